"""Connections, snapshots and transactions: the only place that opens any.

A snapshot is one read-only REPEATABLE READ transaction with the tenant set: all that one operation
reads comes from it. Statements run one after another; `$1` is the tenant, in a snapshot `$2` the
viewer's scope (users' uuids as text, null for all).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from gateway.errors import (
    BadUserInputError,
    ConfigurationError,
    DatabaseUnavailableError,
    GatewayError,
    InternalError,
    QueryTimeoutError,
    ReadOnlyDatabaseError,
    UnauthenticatedError,
    UnavailableError,
)
from gateway.period import EVER, zone
from gateway.settings import Settings
from gateway.store import migrate
from gateway.store.connecting import ENDING, LOST, Dialer, PooledConnection
from gateway.store.cover import Cover, Span, cover
from gateway.store.lookout import Lookout
from gateway.store.rows import DomainRow, Row
from gateway.store.statements import statement, with_measures, with_texts
from gateway.telemetry.work import Step
from gateway.viewer import Viewer

# One round trip each. A UUID's text needs no quoting; `set local` takes no parameter.
SET_TENANT = "set local app.domain_uuid = '{}'"
BEGIN = "begin isolation level repeatable read, read only; savepoint opened; " + SET_TENANT
BEGIN_WRITING = "begin; " + SET_TENANT
RECOVER = "rollback to savepoint opened; " + SET_TENANT
SET_DOMAIN_NAME = "select set_config('app.domain_name', $1, true)"

CLOSING = 5
LOOKING = 2
# Seconds between two looks for a server that takes writes.
LOOKING_FOR_A_WRITER = 5
# One message, whether the domain or the secret is unknown.
UNKNOWN_TOKEN = "The token is unknown."  # noqa: S105  # a sentence

AnyRow = TypeVar("AnyRow", bound=Row)


Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Row]"


@contextmanager
def translated() -> Iterator[None]:
    """PostgreSQL's and the network's errors as ours."""
    try:
        yield
    except asyncpg.QueryCanceledError as error:
        raise QueryTimeoutError from error
    except asyncpg.CharacterNotInRepertoireError as error:
        raise BadUserInputError(
            "text", "A text has the character U+0000, which nothing here can have: leave it out."
        ) from error
    except (
        *LOST,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.UndefinedTableError,
        # No connection, memory or room on the disk is left.
        asyncpg.InsufficientResourcesError,
    ) as error:
        raise DatabaseUnavailableError from error
    except asyncpg.ReadOnlySQLTransactionError as error:
        raise ReadOnlyDatabaseError from error


@contextmanager
def lost_is_unavailable() -> Iterator[None]:
    """The loss of the server as ours; what it says of a statement stays its own."""
    try:
        yield
    except LOST as error:
        raise DatabaseUnavailableError from error


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

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        if not self.serving:
            raise DatabaseUnavailableError
        async with self._connected() as connection:
            yield connection

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
    async def snapshot(self, domain_uuid: UUID, now: datetime) -> AsyncIterator["Snapshot"]:
        """What the domain's tables hold at this moment; an unknown domain is unauthenticated.

        DatabaseUnavailableError at the end if the database was lost meanwhile, whatever was made of
        that inside.
        """
        async with self.connection() as connection:
            snapshot = Snapshot(connection, domain_uuid, now)
            await snapshot.open(self._settings.pool_timeout)
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


class Snapshot:
    """One operation's view of one domain.

    `viewer` is set once the token is known; before that nothing but tokens may be read.
    """

    domain: DomainRow

    def __init__(self, connection: Connection, domain_uuid: UUID, now: datetime) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._reading: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._lost: DatabaseUnavailableError | None = None
        self.domain_uuid = domain_uuid
        self.now = now
        self.since, self.until = EVER
        self.statements: list[Step] = []

    def holds(self, since: datetime, until: datetime) -> None:
        """What is answered depends on the clock: it is so then, if nobody writes meanwhile."""
        self.since = max(self.since, since)
        self.until = min(self.until, until)

    def passes(self) -> None:
        """What is answered is so now, and not for anybody else."""
        self.until = self.now

    @property
    def zone(self) -> ZoneInfo:
        return zone(self.domain["time_zone"])

    @property
    def viewer(self) -> Viewer:
        return self._viewer

    @viewer.setter
    def viewer(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._scope = None if viewer.scope is None else list(map(str, viewer.scope))

    @property
    def raw_since(self) -> datetime | None:
        """From then on records are kept one by one; None: all of them are."""
        since: datetime | None = self.domain["raw_since"]
        return since

    def cover(
        self, parts: Sequence[Span], *, rolled: bool = True, of_domain: bool = False
    ) -> Cover:
        """Where the figures for those buckets come from. Quarter hours are not anybody's: they are
        read for figures `of_domain`, for a viewer that sees all of it.
        """
        quarters = of_domain and self.viewer.scope is None
        return cover(parts, self.zone, self.raw_since, rolled=rolled, quarters=quarters)

    async def open(self, seconds: float) -> None:
        with translated():
            # A living server answers this at once, whatever else it has to do.
            await self._connection.execute(BEGIN.format(self.domain_uuid), timeout=seconds)
            found = await self._fetch(
                "reads/domain", statement("reads/domain"), None, row=DomainRow
            )
        if not found:
            raise UnauthenticatedError(UNKNOWN_TOKEN)
        self.domain = found[0]

    async def close(self) -> None:
        """End the transaction, and first every read that nobody waits for any more."""
        self._closed = True
        for task in self._reading:
            task.cancel()
        if self._reading:
            await asyncio.wait(self._reading)
        await rolled_back(self._connection)

    def check(self) -> None:
        """DatabaseUnavailableError if the database was lost: what was read is not the whole."""
        if self._lost is not None:
            raise self._lost

    async def token(self, token_hash: bytes) -> Row | None:
        """The living or dead token of that hash; needs no viewer, for it makes one."""
        found = await self._fetch("reads/token", statement("reads/token"), token_hash, row=Row)
        return found[0] if found else None

    async def subject(
        self,
        token_id: str | None,
        subject: str,
        issued_at: datetime,
        user_uuid: str | None,
        username: str | None,
    ) -> Row:
        """What the domain knows of a JWT; needs no viewer, for it makes one."""
        arguments = (token_id, subject, issued_at, user_uuid, username)
        (found,) = await self._fetch(
            "reads/subject", statement("reads/subject"), *arguments, row=Row
        )
        return found

    async def scope(self, user_uuid: UUID, role: str) -> Row | None:
        """How far that role of that user reaches; needs no viewer, for it makes one."""
        arguments = (str(user_uuid), role)
        found = await self._fetch("reads/scope", statement("reads/scope"), *arguments, row=Row)
        return found[0] if found else None

    async def rows(
        self,
        name: str,
        *arguments: Any,
        row: type[AnyRow] = Row,  # type: ignore[assignment]  # a default is not generic
        measures: tuple[str, ...] | None = None,
        texts: tuple[str, ...] | None = None,
        by: str | None = None,
    ) -> list[AnyRow]:
        """The rows of a statement of `sql/reads`, with the viewer's scope as `$2`; of one of
        figures, `measures` or `texts` are asked for (see `statements`), and `by` is what one that
        ranks does so by.
        """
        name = f"reads/{name}"
        if texts is not None:
            text = with_texts(name, texts)
        elif measures is not None:
            text = with_measures(name, measures, by)
        else:
            text = statement(name)
        return await self._fetch(name, text, self._scope, *arguments, row=row)

    async def _fetch(
        self, name: str, text: str, *arguments: Any, row: type[AnyRow]
    ) -> list[AnyRow]:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine runs in a task
        if self._closed:
            # Too late: as those are ended that were reading. The connection is another's now.
            raise asyncio.CancelledError
        self._reading.add(task)
        try:
            async with self._turn:
                try:
                    return await self._fetch_now(name, text, *arguments, row=row)
                except asyncpg.InvalidCachedStatementError:
                    # The schema changed since this connection prepared the statement.
                    return await self._fetch_now(name, text, *arguments, row=row)
        finally:
            self._reading.discard(task)

    async def _fetch_now(
        self, name: str, text: str, *arguments: Any, row: type[AnyRow]
    ) -> list[AnyRow]:
        started = time.perf_counter()
        found: list[AnyRow] = []
        try:
            with translated():
                found = await self._connection.fetch(
                    text, self.domain_uuid, *arguments, record_class=row
                )
                return found
        except DatabaseUnavailableError as error:
            self._lost = error
            drop(self._connection)
            raise
        except (GatewayError, asyncpg.PostgresError):
            await self._recover()
            raise
        finally:
            task = id(asyncio.current_task())
            ended = time.perf_counter()
            self.statements.append(Step(name, task, started, ended, len(found)))

    async def _recover(self) -> None:
        """After a failed statement the others of the operation go on, in the same snapshot."""
        try:
            await self._connection.execute(RECOVER.format(self.domain_uuid), timeout=ENDING)
        except (*LOST, asyncpg.PostgresError):
            drop(self._connection)


async def rolled_back(connection: Connection) -> None:
    """End the transaction. A connection that cannot even do that, and soon, is dropped."""
    try:
        await connection.execute("rollback", timeout=ENDING)
    except (*LOST, asyncpg.PostgresError):
        drop(connection)


def drop(connection: Connection) -> None:
    """Part from the connection without waiting for the server."""
    # The pool may have taken it back already.
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()
