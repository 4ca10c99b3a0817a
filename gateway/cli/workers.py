"""Several serving processes on one socket, looked after by uvicorn's supervisor.

SIGHUP replaces them one after another, each once its successor serves; one that dies is replaced.
"""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

from gateway.app import prepare
from gateway.errors import ConfigurationError
from gateway.log import logger
from gateway.settings import PREFIX, Settings
from gateway.store.database import Database
from gateway.store.opening import Source
from gateway.telemetry.workers import DIRECTORY

# Seconds that a process may take to serve, also on a busy machine, and to show that it lives.
STARTING = 60
POLL = 0.05
# What the database keeps free for imports and other commands.
SPARE = 10

_log = logger(__name__)


class _Supervisor(Multiprocess):
    """Says when all serve."""

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket.socket], announce: Callable[[], None]
    ) -> None:
        super().__init__(config, sockets)
        self._announce = announce
        self.started = False

    def init_processes(self) -> None:
        super().init_processes()
        ready = [p.wait_until_ready(STARTING, self.should_exit) for p in self.processes]
        self.started = all(ready)
        if self.started:
            self._announce()
        else:
            self.should_exit.set()

    def keep_subprocess_alive(self) -> None:
        for process in self.processes:
            # Its own end is the process's alone: else one that dies while it is asked whether it
            # lives would be waited for as if it were slow.
            process.child_conn.close()
        super().keep_subprocess_alive()

    def join_all(self) -> None:
        """Wait until all have ended; a second signal ends them at once."""
        while any(process.process.is_alive() for process in self.processes):
            if signal.SIGTERM in self.signal_queue or signal.SIGINT in self.signal_queue:
                for process in self.processes:
                    process.process.kill()
                break
            time.sleep(POLL)
        super().join_all()


def supervise(
    settings: Settings,
    config: uvicorn.Config,
    listeners: list[socket.socket],
    announce: Callable[[], None],
) -> None:
    """Serve with `config.workers` processes until SIGINT or SIGTERM."""
    source = Source(settings)
    try:
        pool = asyncio.run(_prepared(source, settings))
        # They read their settings themselves.
        os.environ[f"{PREFIX}POOL_SIZE"] = str(pool)
        with _meeting(settings):
            supervisor = _Supervisor(config, listeners, announce)
            supervisor.run()
    finally:
        if source.embedded is not None:
            asyncio.run(source.embedded.release())
    if not supervisor.started:
        raise ConfigurationError("The gateway did not start: the log above says why.")


@contextmanager
def _meeting(settings: Settings) -> Iterator[None]:
    """Where the processes find each other, to tell the figures of all."""
    if settings.operations_port is None:
        yield
        return
    try:
        directory = TemporaryDirectory(prefix="gateway-")
    except OSError as error:
        raise ConfigurationError(
            f"GATEWAY_OPERATIONS_PORT with several processes needs a directory for their sockets"
            f" ({error}): mount a writable /tmp, or name another directory by TMPDIR."
        ) from None
    with directory as os.environ[DIRECTORY]:
        os.environ[f"{PREFIX}OPERATIONS_PORT"] = str(settings.operations_port)
        yield


async def _prepared(source: Source, settings: Settings) -> int:
    """Start and migrate the database; the connections of each process."""
    if source.embedded is not None:
        await source.embedded.start()
    async with Database(source.service_url, settings) as database:
        if not await prepare(source, database):
            return settings.pool_size
        room = await database.room() - SPARE
    # One more looks whether the database answers.
    share = max(1, min(settings.pool_size, room // settings.workers - 1))
    if share < settings.pool_size:
        _log.warning(
            "fewer connections than set, for the database allows no more",
            pool_size=share,
            workers=settings.workers,
        )
    return share
