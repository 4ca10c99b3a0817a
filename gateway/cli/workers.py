"""Several serving processes on one socket, looked after by uvicorn's supervisor.

SIGHUP replaces them one after another, each once its successor serves; one that dies is replaced.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors.multiprocess import Multiprocess

from gateway.app import create_app, prepare
from gateway.errors import ConfigurationError
from gateway.log import configure, logger
from gateway.settings import PREFIX, Settings, load
from gateway.store.database import Database
from gateway.store.opening import Source
from gateway.telemetry.workers import DIRECTORY

# Seconds that a process may take to serve, also on a busy machine, and to show that it lives.
STARTING = 60
ENDS = (signal.SIGINT, signal.SIGTERM)
# What the database keeps free for imports and other commands.
SPARE = 10

_log = logger(__name__)


def served() -> Starlette:
    """The application of one of several processes, by its own environment. It ends with its
    supervisor, however that ends.
    """
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        loop = asyncio.get_running_loop()

        def orphaned() -> None:
            loop.remove_reader(supervisor.sentinel)
            _log.warning("the supervisor is gone")
            signal.raise_signal(signal.SIGTERM)

        loop.add_reader(supervisor.sentinel, orphaned)
    found = load()
    configure(found)
    return create_app(found)


class _Ending(threading.Event):
    """Set, or about to be: by a signal that is not looked at yet."""

    def __init__(self, signals: Sequence[int]) -> None:
        super().__init__()
        self._signals = signals

    def is_set(self) -> bool:
        return super().is_set() or any(number in ENDS for number in self._signals)


class _Supervisor(Multiprocess):
    """Says when all serve. A first signal ends it whatever it waits for, a second one at once."""

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket.socket], announce: Callable[[], None]
    ) -> None:
        super().__init__(config, sockets)
        self._announce = announce
        self._asked_to_end = self.failed = False
        self.should_exit = _Ending(self.signal_queue)
        for number in ENDS:
            signal.signal(number, self._end)

    def _end(self, number: int, _: FrameType | None) -> None:
        if self._asked_to_end:
            left = multiprocessing.active_children()
            for child in left:
                child.kill()
            for child in left:
                child.join(1)
            raise SystemExit(128 + number)
        self._asked_to_end = True
        self.signal_queue.append(number)

    def init_processes(self) -> None:
        super().init_processes()
        ready = [p.wait_until_ready(STARTING, self.should_exit) for p in self.processes]
        if all(ready):
            self._announce()
        else:
            self.failed = not self._asked_to_end
            self.should_exit.set()

    def keep_subprocess_alive(self) -> None:
        for process in self.processes:
            # Its own end is the process's alone: else one that dies while it is asked whether it
            # lives would be waited for as if it were slow.
            process.child_conn.close()
        super().keep_subprocess_alive()


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
    except SystemExit as end:
        # Without a farewell to anybody: the embedded server ends by itself.
        os._exit(int(end.code or 0))
    finally:
        if source.embedded is not None:
            asyncio.run(source.embedded.release())
    if supervisor.failed:
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
