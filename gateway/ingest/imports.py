"""Imports: records and directories into a domain, and back out of it."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from gateway.errors import ImportRefusedError
from gateway.ingest import faults
from gateway.ingest.chunks import ChunkedImport, OnProgress, OnReject
from gateway.ingest.counts import Counts
from gateway.ingest.plan import Plan
from gateway.ingest.records import ActivityRecord, CallRecord, Directory, DomainEntry, Line, Reject
from gateway.ingest.rows import activity_row, call_row
from gateway.store import batches, upkeep, writes_directory
from gateway.store.database import Database
from gateway.store.writes import ACTIVITIES, CALLS, TakenBackError, Writer, locked

__all__ = ["Counts", "import_activities", "import_calls", "import_directory", "undo"]

KINDS = {kind.plural: kind for kind in (CALLS, ACTIVITIES)}


async def import_calls(
    database: Database,
    domain_uuid: UUID,
    records: Iterable[CallRecord | Line[CallRecord] | Reject],
    source: str,
    now: datetime,
    *,
    dry_run: bool = False,
    on_reject: OnReject | None = None,
    on_progress: OnProgress | None = None,
    max_errors: int | None = None,
    system: str | None = None,
    joining: datetime | None = None,
) -> Counts:
    """Bring the domain's calls to what the records say; of equal keys the last record counts.

    `source` is the file or the address that they come from, `system` the records' own source where
    all have the same. `on_progress` hears the counts whenever a chunk is committed. With `joining`
    they continue the batch of the latest import from there, if it began since then.
    ImportRefusedError once more than `max_errors` records are rejected; what was committed stays.
    """
    running = ChunkedImport(CALLS, call_row, on_reject, on_progress, max_errors)
    return await running.run(
        database,
        domain_uuid,
        records,
        source,
        now,
        dry_run=dry_run,
        system=system,
        joining=joining,
    )


async def import_activities(
    database: Database,
    domain_uuid: UUID,
    records: Iterable[ActivityRecord | Line[ActivityRecord] | Reject],
    source: str,
    now: datetime,
    *,
    dry_run: bool = False,
    on_reject: OnReject | None = None,
    on_progress: OnProgress | None = None,
    max_errors: int | None = None,
    system: str | None = None,
) -> Counts:
    """As `import_calls`, for what agents did."""
    running = ChunkedImport(ACTIVITIES, activity_row, on_reject, on_progress, max_errors)
    return await running.run(
        database, domain_uuid, records, source, now, dry_run=dry_run, system=system
    )


async def import_directory(
    database: Database,
    document: Directory,
    now: datetime,
    *,
    prune: bool = False,
    dry_run: bool = False,
    source: str = "directory",
) -> Counts:
    """Bring the domain's directory to what the document says, whole or not at all.

    With `prune` also take out what the document's lists no longer hold; a list that is missing
    says nothing. ImportRefusedError tells all that is wrong with the document.
    """
    counts = Counts()
    domain = document.domain
    _refuse(faults.of_domain(domain))
    with suppress(TakenBackError):
        async with writes_directory.opened(
            database, domain.domain_uuid, domain.domain_name, domain.time_zone
        ) as (writer, new):
            counts = await _write_directory(writer, document, now, prune=prune, new=new)
            if dry_run:
                raise TakenBackError
            counts.batch_uuid = uuid4()
            await batches.start(writer, counts.batch_uuid, "directory", source, now)
            await batches.record(writer, counts.batch_uuid, counts.figures, now)
    if not dry_run and counts.changed:
        await upkeep.analyze(database, "directory")
    return counts


async def _write_directory(
    writer: Writer, document: Directory, now: datetime, *, prune: bool, new: bool
) -> Counts:
    tables = writes_directory.TABLES
    stored = {table: await writes_directory.stored(writer, table) for table in tables}
    plan = Plan(document, stored, prune=prune)
    _refuse(faults.of_plan(plan))
    counts = Counts()
    changes = {table: plan.change(table, counts) for table in tables}
    renamed = await _write_domain(writer, document.domain, counts, new=new)
    for table in tables:
        await writes_directory.put(writer, table, changes[table], now)
    for table in reversed(tables):
        await writes_directory.drop(writer, table, changes[table], now)
    if renamed or any(changes.values()):
        await writer.changed()
    if changes[writes_directory.EXTENSIONS]:
        await writer.attach()
    return counts


def _refuse(found: Iterable[str]) -> None:
    wrong = "\n".join(found)
    if wrong:
        raise ImportRefusedError(wrong)


async def _write_domain(writer: Writer, domain: DomainEntry, counts: Counts, *, new: bool) -> bool:
    """Write the domain's own row; whether it is another now."""
    written = (domain.domain_name, domain.time_zone)
    changed = written != (writer.domain_name, writer.zone.key)
    if changed:
        await writer.execute("domain_put", *written)
    if domain.time_zone != writer.zone.key:
        await writer.rezone(domain.time_zone)
    counts.read += 1
    counts.new += new
    counts.replaced += changed
    counts.unchanged += not (new or changed)
    return new or changed


async def undo(database: Database, domain_uuid: UUID, batch_uuid: UUID, now: datetime) -> Counts:
    """Take an import of calls or activities back. `unchanged` counts the records that a later
    import changed since: they keep the later values.
    """
    async with locked(database, domain_uuid) as writer:
        batch = await batches.undoable(writer, batch_uuid)
        judgement = await writer.take_back(KINDS[batch["kind"]], batch_uuid)
        await batches.undone(writer, batch_uuid, now)
    totals = judgement.totals
    return Counts(read=sum(totals.values()), batch_uuid=batch_uuid, **totals)
