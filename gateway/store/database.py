"""Connections, snapshots and transactions: the only place that opens any.

A snapshot is one read-only REPEATABLE READ transaction with the tenant set: all that one operation
reads comes from it. Statements run one after another; `$1` is the tenant, in a snapshot `$2` the
viewer's scope (users' uuids as text, null for all).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Self, cast
from uuid import UUID

import asyncpg

from gateway.errors import (
    ConfigurationError,
    DatabaseUnavailableError,
    InternalError,
    ReadOnlyDatabaseError,
    UnavailableError,
)
from gateway.settings import Settings
from gateway.store import migrate
from gateway.store.connecting import ENDING, LOST, Dialer, PooledConnection
from gateway.store.lookout import Lookout
from gateway.store.rows import Row
from gateway.store.snapshot import SET_TENANT, Connection, Snapshot, drop, rolled_back, translated
from gateway.store.statements import statement

BEGIN_WRITING = "begin; " + SET_TENANT
SET_DOMAIN_NAME = "select set_config('app.domain_name', $1, true)"

CLOSING = 5
LOOKING = 2
# Seconds between two looks for a server that takes writes.
LOOKING_FOR_A_WRITER = 5


class Pool(NamedTuple):
    """Connections that are used and idle, how many there may be, who waits for one, and how many
    have waited in vain.
    """

    used: int
    idle: int
    most: int
    waiting: int
    timeouts: int


class Database:
    """A pool of connections as the service's role.

    `serving` is false while nobody may read or write: before the database is known to be prepared.
    """

    def __init__(self, url: Callable[[], str], settings: Settings) -> None:
        self._settings = settings
        self._waiting = self._timeouts = 0
        self.serving = True
        self._looked_for_a_writer = -float(LOOKING_FOR_A_WRITER)
        self._dialer = Dialer(url, min(10, settings.pool_timeout))
        options: dict[str, Any] = {
            "command_timeout": settings.statement_timeout + 1,
            "connection_class": cast("Any", PooledConnection),
            "record_class": Row,
            "server_settings": {
                "application_name": "call-statistics-gateway",
                "statement_timeout": str(int(settings.statement_timeout * 1000)),
                "idle_in_transaction_session_timeout": "60000",
                # A generic plan would scan the calls of all tenants.
                "plan_cache_mode": "force_custom_plan",
                "timezone": "UTC",
                "jit": "off",
            },
        }
        self._pool: asyncpg.Pool[Row] = asyncpg.create_pool(
            connect=cast("Any", self._dialer.connect),
            min_size=0,
            max_size=settings.pool_size,
            max_inactive_connection_lifetime=300,
            **options,
        )
        connect = partial(self._dialer.connect, **options)
        seconds = min(LOOKING, settings.pool_timeout)
        self._lookout = Lookout(self._dialer, connect, self._cut_off, seconds)

    async def __aenter__(self) -> Self:
        await self._pool
        return self

    async def __aexit__(self, *_: object) -> None:
        self._lookout.close()
        try:
            async with asyncio.timeout(CLOSING):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        if not self.serving:
            raise DatabaseUnavailableError
        return self._connected()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        with translated():
            self._waiting += 1
            try:
                connection = await self._pool.acquire(timeout=self._settings.pool_timeout)
            except TimeoutError as error:
                self._timeouts += 1
                self._lookout.look()
                if self._dialer.failing:
                    raise
                raise UnavailableError from error
            finally:
                self._waiting -= 1
        try:
            yield connection
        except DatabaseUnavailableError as error:
            await self._doubt(connection, error)
            raise
        finally:
            # The work is done or failed; what becomes of the connection is the pool's affair.
            with contextlib.suppress(*LOST, asyncpg.PostgresError):
                await self._pool.release(connection, timeout=ENDING)

    async def _doubt(self, connection: Connection, error: DatabaseUnavailableError) -> None:
        """What took this connection away has taken the others too, or will answer a new one."""
        if isinstance(error, ReadOnlyDatabaseError):
            # It was the primary when we came; another host may be now.
            now = asyncio.get_running_loop().time()
            if now - self._looked_for_a_writer < LOOKING_FOR_A_WRITER:
                return
            self._looked_for_a_writer = now
        elif not isinstance(error.__cause__, LOST):
            return
        drop(connection)
        await self._pool.expire_connections()

    def _cut_off(self) -> bool:
        """Whether no connection is left and none can be had."""
        return self._dialer.failing and not self._pool.get_size()

    @property
    def pool(self) -> Pool:
        """How the pool stands at this moment."""
        size, idle = self._pool.get_size(), self._pool.get_idle_size()
        most = self._pool.get_max_size()
        return Pool(size - idle, idle, most, self._waiting, self._timeouts)

    @asynccontextmanager
    async def snapshot(
        self, domain_uuid: UUID, now: datetime, token_hashes: Sequence[bytes] = ()
    ) -> AsyncIterator["Snapshot"]:
        """What the domain's tables hold at this moment; an unknown domain is unauthenticated.

        DatabaseUnavailableError at the end if the database was lost meanwhile, whatever was made of
        that inside.
        """
        async with self.connection() as connection:
            snapshot = Snapshot(connection, domain_uuid, now)
            await snapshot.open(self._settings.pool_timeout, token_hashes)
            try:
                yield snapshot
            finally:
                await snapshot.close()
            snapshot.check()

    @asynccontextmanager
    async def writing(self, domain_uuid: UUID) -> AsyncIterator[Connection]:
        """A transaction that may write rows of one domain; it commits unless an error leaves it."""
        async with self.connection() as connection:
            with translated():
                begin = BEGIN_WRITING.format(domain_uuid)
                await connection.execute(begin, timeout=self._settings.pool_timeout)
                try:
                    yield connection
                    ended = await connection.execute("commit")
                except BaseException:
                    await rolled_back(connection)
                    raise
            if ended != "COMMIT":
                # A statement failed, and whoever waited for it went on.
                raise InternalError

    async def domain_named(self, name: str) -> UUID | None:
        """The domain of that name."""
        async with self.connection() as connection:
            with translated():
                async with connection.transaction(readonly=True):
                    await connection.execute(SET_DOMAIN_NAME, name)
                    found: UUID | None = await connection.fetchval(
                        statement("writes/domain_named"), name
                    )
                    return found

    async def status(self) -> migrate.Status:
        """At which migration the database is: as of a second ago, and waiting for nobody."""
        return await self._lookout.status()

    async def room(self) -> int:
        """How many connections the server allows its users in all."""
        async with self._connected() as connection:
            with translated():
                found: int = await connection.fetchval(statement("upkeep/room"))
                return found

    async def check_service_role(self) -> None:
        """Row-level security must bind the role that serves."""
        async with self._connected() as connection:
            with translated():
                (row,) = await connection.fetch(statement("writes/service_role"))
        if row["unbound"]:
            raise ConfigurationError(
                f"The role {row['role']} of GATEWAY_DATABASE_URL is not bound by row-level security"
                " (it owns the tables, is a superuser or has BYPASSRLS):"
                " serve as a role that is only a member of gateway_service."
            )
