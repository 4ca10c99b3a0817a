"""Writes: whoever changes a domain's data holds the domain's row, so each write sees the last.

A chunk of records goes into a temporary table, is judged there (whose is it, is it new), and what
has changed is written, remembered for undo and counted, all in one transaction.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.errors import ImportRefusedError, OutdatedError
from gateway.period import zone
from gateway.store.database import Database
from gateway.store.migrate import known
from gateway.store.rollups import (
    AGENT_DAYS,
    CALL_DAYS,
    CALL_QUARTERS,
    ROLLUPS,
    Rollup,
    Rollups,
)
from gateway.store.rows import Row
from gateway.store.snapshot import Connection
from gateway.store.statements import statement

NEW, REPLACED, UNCHANGED, DELETED, REJECTED = (
    "new",
    "replaced",
    "unchanged",
    "deleted",
    "rejected",
)
CHANGES = (NEW, REPLACED, DELETED)


class Kind(NamedTuple):
    """What is imported in chunks. `plural` begins its statements' names, `columns` are a row's."""

    plural: Literal["calls", "activities"]
    record: str
    rollups: tuple[Rollup, ...]
    columns: tuple[str, ...]


CALLS = Kind(
    "calls",
    "call",
    (CALL_DAYS, CALL_QUARTERS),
    (
        "position", "call_uuid", "deleted", "started_at", "direction", "status", "duration",
        "billsec", "queue_waitsec", "extension_uuid", "extension", "username", "user_uuid",
        "queue_uuid", "queue", "caller_number", "callee_number", "hangup_cause", "source",
        "source_key", "status_rule",
    ),
)  # fmt: skip
ACTIVITIES = Kind(
    "activities",
    "activity",
    (AGENT_DAYS,),
    (
        "position", "activity_uuid", "deleted", "username", "user_uuid", "state", "started_at",
        "seconds", "pause_code", "source",
    ),
)  # fmt: skip


class Judgement(NamedTuple):
    """What became of a chunk: {outcome: how many}, and (position, reason) of the rejected."""

    totals: Mapping[str, int]
    rejected: Sequence[tuple[int, str]] = ()


class Purged(NamedTuple):
    """How many records are gone."""

    calls: int
    activities: int


class Writer:
    """A transaction that holds one domain's row: nobody else writes the domain until it ends."""

    def __init__(self, connection: Connection, domain_uuid: UUID, domain: Row) -> None:
        self._connection = connection
        self.domain_uuid = domain_uuid
        self.version: int = domain["data_version"]
        self.zone: ZoneInfo = zone(domain["time_zone"])
        self.domain_name: str = domain["domain_name"]
        self.rollups = Rollups(connection, domain_uuid, self.zone, domain["raw_since"])
        self._staged: set[str] = set()

    @property
    def raw_since(self) -> datetime | None:
        """Before it records are no longer kept one by one, and never change again."""
        return self.rollups.raw_since

    async def fetch(self, name: str, *arguments: Any) -> list[Row]:
        return await self._connection.fetch(
            statement(f"writes/{name}"), self.domain_uuid, *arguments
        )

    async def execute(self, name: str, *arguments: Any) -> None:
        await self._connection.execute(statement(f"writes/{name}"), self.domain_uuid, *arguments)

    async def changed(self) -> None:
        """Tell that rows of the domain are others now."""
        self.version += 1
        await self.execute("domain_changed", self.version)

    async def write(
        self, kind: Kind, rows: Sequence[tuple[Any, ...]], batch_uuid: UUID
    ) -> Judgement:
        """Bring the domain's records to what the rows say; of equal keys the last row counts."""
        await self._stage(kind)
        await self._connection.copy_records_to_table(
            f"incoming_{kind.plural}", records=rows, columns=kind.columns
        )
        await self.execute(f"{kind.plural}_judge", batch_uuid, self.raw_since)
        totals = await self._totals(kind)
        await self._remember(kind, totals, batch_uuid)
        await self._apply(kind, totals)
        if REJECTED not in totals:
            return Judgement(totals)
        rejected = await self._connection.fetch(statement(f"writes/{kind.plural}_rejected"))
        return Judgement(totals, [(row["position"], row["reason"]) for row in rejected])

    async def rezone(self, name: str) -> None:
        """The domain's days are those of another zone now: count them anew."""
        # What the days before `raw_since` hold must not be counted again.
        await self.purge()
        self.zone = zone(name)
        await self.rollups.rezone(self.zone)
        if self.raw_since is not None:
            await self.keep_since(self.raw_since)
            await self.purge()

    async def rebuild(self) -> None:
        """Count all rollups anew."""
        for rollup in ROLLUPS:
            await self.rollups.rebuild(rollup)
        await self.changed()

    async def differences(self) -> list[Any]:
        """See Rollups.differences."""
        return [row for rollup in ROLLUPS for row in await self.rollups.differences(rollup)]

    async def keep_since(self, moment: datetime) -> None:
        """Keep records one by one from that local midnight on, and of what is older days only."""
        await self.rollups.keep_since(moment)
        await self.execute("domain_keep", moment)
        await self.changed()

    async def purge(self, most: int | None = None) -> Purged:
        """Delete records, at most so many of each kind, that are only kept as days; how many."""
        if self.raw_since is None:
            return Purged(0, 0)
        (calls,) = await self.fetch("calls_purge", self.raw_since, most)
        (activities,) = await self.fetch("activities_purge", self.raw_since, most)
        purged = Purged(calls["total"], activities["total"])
        if any(purged):
            await self.changed()
        else:
            await self.execute("import_changes_purge", self.raw_since)
        return purged

    async def attach(self) -> None:
        """Credit calls of numbers that were unknown once and are known now."""
        await self._stage(CALLS)
        await self.execute("calls_attach", self.raw_since)
        await self._apply(CALLS, await self._totals(CALLS))

    async def take_back(self, kind: Kind, batch_uuid: UUID) -> Judgement:
        """Undo a batch; what a later one changed since keeps the later values."""
        await self._stage(kind)
        await self._connection.execute(statement("staging/undone_changes"))
        await self.execute(f"{kind.plural}_undo_find", batch_uuid)
        await self.execute("undo_mend", kind.record)
        await self.execute("undo_forget", batch_uuid)
        await self.execute(f"{kind.plural}_undo_judge", batch_uuid, self.raw_since)
        totals = await self._totals(kind)
        await self._apply(kind, totals)
        kept = await self._connection.fetchval(statement("writes/undo_kept"))
        kept += totals.get(UNCHANGED, 0)
        if kind is CALLS:
            await self.attach()
        return Judgement({**totals, UNCHANGED: kept})

    async def _stage(self, kind: Kind) -> None:
        """Empty temporary tables; they live as long as the connection, their rows do not."""
        if kind.plural in self._staged:
            await self._connection.execute(statement(f"writes/{kind.plural}_clear"))
            return
        await self._connection.execute(statement(f"staging/incoming_{kind.plural}"))
        await self._connection.execute(statement(f"staging/judged_{kind.plural}"))
        self._staged.add(kind.plural)

    async def _totals(self, kind: Kind) -> Mapping[str, int]:
        rows = await self._connection.fetch(statement(f"writes/{kind.plural}_outcomes"))
        return {row["outcome"]: row["total"] for row in rows}

    async def _remember(self, kind: Kind, totals: Mapping[str, int], batch_uuid: UUID) -> None:
        if REPLACED in totals or DELETED in totals:
            await self.execute(f"{kind.plural}_remember", batch_uuid, self.version + 1)
        if NEW in totals:
            await self.execute(f"{kind.plural}_remember_return", batch_uuid, self.version + 1)

    async def _apply(self, kind: Kind, totals: Mapping[str, int]) -> None:
        """Make the domain's rows what the judged ones are. Every change of a record comes this way:
        here the old rows still stand in its table, and the new ones among the judged.
        """
        if totals.keys().isdisjoint(CHANGES):
            return
        for rollup in kind.rollups:
            await self.rollups.touch(rollup)
        if DELETED in totals:
            await self.execute(f"{kind.plural}_delete")
        if REPLACED in totals:
            await self.execute(f"{kind.plural}_replace")
        if NEW in totals:
            await self.execute(f"{kind.plural}_insert")
        for rollup in kind.rollups:
            await self.rollups.recount(rollup)
        await self.changed()


Transaction: TypeAlias = Callable[[], AbstractAsyncContextManager[Writer]]


class TakenBackError(Exception):
    """Ends a dry run's transaction."""


@asynccontextmanager
async def locked(database: Database, domain_uuid: UUID) -> AsyncIterator[Writer]:
    """A transaction that writes one domain, alone."""
    async with database.writing(domain_uuid) as connection:
        writer = await writer_of(connection, domain_uuid)
        if writer is None:
            raise ImportRefusedError(f"There is no domain {domain_uuid}: import its directory.")
        yield writer


async def writer_of(connection: Connection, domain_uuid: UUID) -> Writer | None:
    """Who holds the domain's row from here on; None if there is no such domain."""
    domain = await connection.fetchrow(statement("writes/domain_locked"), domain_uuid)
    if domain is None:
        return None
    # Only now: a migration that this release does not know may have kept the row until here.
    if await connection.fetchval(statement("upkeep/outdated"), known()):
        raise OutdatedError
    return Writer(connection, domain_uuid, domain)


@asynccontextmanager
async def transactions(
    database: Database, domain_uuid: UUID, *, dry_run: bool
) -> AsyncIterator[Transaction]:
    """What opens the transaction of each chunk. A dry run has a single one, taken back at its end,
    so that a chunk finds what those before it would have written.
    """
    if not dry_run:
        yield lambda: locked(database, domain_uuid)
        return
    with suppress(TakenBackError):
        async with locked(database, domain_uuid) as writer:
            yield lambda: nullcontext(writer)
            raise TakenBackError
