"""PostgreSQL servers of a test's own, on ports of their own: to be killed, stopped and promoted."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import asyncpg

from gateway.store.embedded import OWNER, SERVICE, _environment, _install
from tests.faults.crowd import until
from tests.process import ROOT

BACKUP = ("--checkpoint=fast", "--wal-method=stream", "--no-sync", "--no-manifest")
FAST = ("fsync=off", "shared_buffers=32MB", "max_connections=60", "log_timezone=UTC")
SECONDS = 60


# The process that becomes PostgreSQL, and ends with the test's.
POSTGRES = """
import os, signal, sys
from pathlib import Path
from gateway.store import keeper
from gateway.store.account import Account

parent, install, cluster, *settings = sys.argv[1:]
account = Account(Path(install), Path(cluster))
account.become()
keeper._die_with_parent(int(parent), signal.SIGQUIT)
program = account.program("postgres")
os.execv(program, [program, "-D", str(account.cluster), "-k", "", *settings])
"""


class Server:
    """A copy of another server, with all that it has, that listens on a port."""

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self._cluster = directory / f"postgresql-{port}"
        self._log = directory / f"postgresql-{port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def copy(self, source: str, *options: str) -> None:
        """Of the server at that address."""
        program = str(_install() / "bin" / "pg_basebackup")
        command = [program, "-d", source, "-D", str(self._cluster), *BACKUP, *options]
        subprocess.run(command, env=_environment(), check=True)

    def accept(self, *rules: str) -> None:
        """Who may log in, as pg_hba.conf says it."""
        (self._cluster / "pg_hba.conf").write_text("".join(f"{rule}\n" for rule in rules))

    def start(self) -> None:
        listening = ("listen_addresses=127.0.0.1", f"port={self.port}")
        settings = [word for each in (*listening, *FAST) for word in ("-c", each)]
        places = (_install(), self._cluster)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", POSTGRES, str(os.getpid()), *map(str, places), *settings],
                stderr=log,
                stdout=log,
                cwd=ROOT,
                env=_environment(),
            )

    def processes(self) -> list[int]:
        """The postmaster first."""
        if self._process is None:
            return []
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [pid, *map(int, children.split())]

    def order(self, number: signal.Signals) -> None:
        """To all its processes."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """As when its machine stops."""
        self.order(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self._process = None

    def url(self, name: str = "postgres", user: str = OWNER) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}?sslmode=disable"

    async def ask(self, text: str, name: str = "postgres") -> object:
        connection = await asyncpg.connect(self.url(name), timeout=5)
        try:
            return await connection.fetchval(text)
        finally:
            await connection.close()

    async def answers(self) -> bool:
        try:
            return await self.ask("select true") is True
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    async def wait(self) -> None:
        await until(self.answers, SECONDS)


@contextlib.contextmanager
def ended(servers: Iterable[Server]) -> Iterator[None]:
    """Whatever happens, nothing of them is left."""
    try:
        yield
    finally:
        for each in servers:
            each.order(signal.SIGCONT)
            each.kill()


def address(servers: Iterable[Server], name: str, user: str = SERVICE, **options: str) -> str:
    """One address that names them all."""
    hosts = ",".join(f"127.0.0.1:{each.port}" for each in servers)
    said = "".join(f"&{key}={quote(value)}" for key, value in options.items())
    return f"postgresql://{user}@{hosts}/{name}?sslmode=disable{said}"
