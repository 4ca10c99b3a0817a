"""Import batches: one row for each import, with what it did."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from gateway.errors import ImportRefusedError
from gateway.store.database import Database
from gateway.store.rows import BatchRow, Row, SourceRow
from gateway.store.snapshot import Snapshot
from gateway.store.statements import statement, uuids
from gateway.store.writes import Writer

# A record may name any source: a file in which each names its own does not make a list of them.
MOST_SOURCES = 100


async def start(writer: Writer, batch_uuid: UUID, kind: str, source: str, now: datetime) -> None:
    await writer.execute("batch_start", batch_uuid, kind, source, now)


async def joined(writer: Writer, kind: str, source: str, since: datetime) -> UUID | None:
    """The import of that kind and origin which has begun since then, to be continued."""
    found = await writer.fetch("batch_to_join", kind, source, since)
    return found[0]["batch_uuid"] if found else None


async def brought(writer: Writer, batch_uuid: UUID, kind: str, sources: Collection[str]) -> None:
    """Note that the batch has records of these sources: it is their latest import."""
    if sources:
        await writer.execute("source_imported", batch_uuid, kind, list(sources))


async def record(
    writer: Writer,
    batch_uuid: UUID,
    counts: tuple[int, int, int, int, int, int],
    finished_at: datetime | None = None,
) -> None:
    """What the batch has done more: read, new, replaced, unchanged, deleted, rejected."""
    if not await writer.fetch("batch_counts", batch_uuid, *counts, finished_at):
        raise ImportRefusedError("The import was undone while it ran: import the file again.")


async def latest(database: Database, domain_uuid: UUID, most: int) -> Sequence[Row]:
    """The domain's latest imports, the newest first."""
    async with database.writing(domain_uuid) as connection:
        return await connection.fetch(statement("writes/batches_list"), domain_uuid, most)


async def undoable(writer: Writer, batch_uuid: UUID) -> Row:
    """The batch, if it can be taken back."""
    found = await writer.fetch("batch", batch_uuid)
    if not found:
        raise ImportRefusedError(f"The domain {writer.domain_name} has no import {batch_uuid}.")
    if found[0]["undone_at"] is not None:
        raise ImportRefusedError(
            f"The import {batch_uuid} was already undone at"
            f" {found[0]['undone_at'].isoformat(timespec='seconds')}."
        )
    if found[0]["kind"] == "directory":
        raise ImportRefusedError(
            "An import of a directory is not undone: import the earlier file instead."
        )
    return found[0]


async def undone(writer: Writer, batch_uuid: UUID, now: datetime) -> None:
    await writer.execute("batch_undone", batch_uuid, now)


async def batches_by_uuid(snapshot: Snapshot, keys: Iterable[UUID]) -> Mapping[UUID, BatchRow]:
    """Only for a viewer who sees the whole domain."""
    rows = await snapshot.rows("batches_by_uuid", uuids(keys), row=BatchRow)
    return {row["uuid"]: row for row in rows}


async def sources_by_domain(
    snapshot: Snapshot, keys: Iterable[UUID]
) -> Mapping[UUID, Sequence[SourceRow]]:
    """Where the domain's records come from, by name: the newest records and the latest imports."""
    rows = await snapshot.rows("sources", MOST_SOURCES, row=SourceRow)
    return dict.fromkeys(keys, rows)
