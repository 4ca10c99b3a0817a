"""One operation's view of one domain, and what a statement's errors mean."""

import asyncio
import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from gateway.errors import (
    BadUserInputError,
    DatabaseUnavailableError,
    GatewayError,
    QueryTimeoutError,
    ReadOnlyDatabaseError,
    UnauthenticatedError,
)
from gateway.period import EVER, zone
from gateway.store.connecting import ENDING, LOST
from gateway.store.cover import Cover, Span, cover
from gateway.store.rows import DomainRow, Row
from gateway.store.statements import Per, statement, uuids, with_measures, with_texts
from gateway.telemetry.work import Step
from gateway.viewer import Viewer

# One round trip each. A UUID's text needs no quoting; `set local` takes no parameter.
SET_TENANT = "set local app.domain_uuid = '{}'"
# The read that opens is planned once for each connection; it sets the mode back.
BEGIN = (
    "begin isolation level repeatable read, read only; savepoint opened; "
    "set local plan_cache_mode = force_generic_plan; " + SET_TENANT
)
RECOVER = "rollback to savepoint opened; " + SET_TENANT
# One message, whether the domain or the secret is unknown.
UNKNOWN_TOKEN = "The token is unknown."  # noqa: S105  # a sentence

# What is raised when the server is gone, or has not what a statement needs.
AWAY = (
    *LOST,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.UndefinedTableError,
    # No connection, memory or room on the disk is left.
    asyncpg.InsufficientResourcesError,
)

AnyRow = TypeVar("AnyRow", bound=Row)

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Row]"


class translated:  # noqa: N801  # said like a function, as contextlib's are
    """PostgreSQL's and the network's errors as ours."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        match error:
            case None:
                return
            case asyncpg.QueryCanceledError():
                raise QueryTimeoutError from error
            case asyncpg.CharacterNotInRepertoireError():
                raise BadUserInputError(
                    "text",
                    "A text has the character U+0000, which nothing here can have: leave it out.",
                ) from error
            case asyncpg.ReadOnlySQLTransactionError():
                raise ReadOnlyDatabaseError from error
        if isinstance(error, AWAY):
            raise DatabaseUnavailableError from error


@contextmanager
def lost_is_unavailable() -> Iterator[None]:
    """The loss of the server as ours; what it says of a statement stays its own."""
    try:
        yield
    except LOST as error:
        raise DatabaseUnavailableError from error


class Snapshot:
    """One operation's view of one domain.

    `tokens` are those that it was opened with, by hash: living, dead, or None if the domain knows
    no such token.
    `viewer` is set once it is known who asks; before that nothing else may be read.
    """

    domain: DomainRow
    tokens: Mapping[bytes, Row | None]

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
        self._scope = None if viewer.scope is None else uuids(viewer.scope)

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

    async def open(self, seconds: float, token_hashes: Sequence[bytes] = ()) -> None:
        with translated():
            # A living server answers this at once, whatever else it has to do.
            await self._connection.execute(BEGIN.format(self.domain_uuid), timeout=seconds)
            hashes = [token_hash.hex() for token_hash in token_hashes]
            found = await self._fetch(
                "reads/domain", statement("reads/domain"), None, hashes, row=DomainRow
            )
        if not found:
            raise UnauthenticatedError(UNKNOWN_TOKEN)
        self.domain = found[0]
        known = {row["token_hash"]: row for row in found}
        self.tokens = {token_hash: known.get(token_hash) for token_hash in token_hashes}

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
        whole: tuple[str, ...] = (),
        by: str | None = None,
        per: Per | None = None,
    ) -> list[AnyRow]:
        """The rows of a statement of `sql/reads`, with the viewer's scope as `$2`; of one of
        figures, `measures` or `texts` are asked for, these maybe with those of the `whole`, and
        added up `per` key or bucket (see `statements`); `by` is what one that ranks does so by.
        """
        name = f"reads/{name}"
        if texts is not None:
            text = with_texts(name, texts, whole, per)
        elif measures is not None:
            text = with_measures(name, measures, by, per)
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
