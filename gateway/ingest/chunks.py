"""The import of calls or activities, chunk by chunk.

A chunk is written whole or not at all, and what is there already stays as it is: an import that was
interrupted, however it was, can be run again.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeAlias
from uuid import UUID, uuid4

import msgspec

from gateway.errors import ImportRefusedError
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.counts import Counts
from gateway.ingest.records import Line, Record, Reject
from gateway.ingest.rows import Row
from gateway.store import batches, upkeep
from gateway.store.database import Database
from gateway.store.writes import Kind, Transaction, Writer, transactions

CHUNK = 10_000

OnReject: TypeAlias = Callable[[Reject], None]
OnProgress: TypeAlias = Callable[[Counts], None]


class Batch:
    """What the chunks of one import have in common. `system` is the source of all its records, if
    it is known beforehand: also of those that are rejected.
    """

    def __init__(
        self, kind: str, source: str, now: datetime, joining: datetime | None, system: str | None
    ) -> None:
        self.uuid = uuid4()
        self.kind = kind
        self.source = source
        self.now = now
        self.started = False
        self._joining = joining
        self._systems = set() if system is None else {system}
        self._brought: set[str] = set()
        self._began = time.monotonic()

    def now_it_is(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._began)

    async def start(self, writer: Writer) -> None:
        """Begin, or continue the latest import from there if it began at `joining` or later."""
        joined = self._joining and await batches.joined(
            writer, self.kind, self.source, self._joining
        )
        if joined:
            self.uuid = joined
        else:
            await batches.start(writer, self.uuid, self.kind, self.source, self.now)

    async def bring(self, writer: Writer, sources: Iterable[str]) -> None:
        """Note of which sources the records are, each once."""
        room = batches.MOST_SOURCES - len(self._brought)
        more = sorted(self._systems.union(sources) - self._brought)[:room]
        await batches.brought(writer, self.uuid, self.kind, more)
        self._brought.update(more)


class ChunkedImport(Generic[Record]):
    """`counts` is what is committed so far."""

    def __init__(
        self,
        kind: Kind,
        row: Callable[[Writer, int, Record], Row],
        on_reject: OnReject | None,
        on_progress: OnProgress | None,
        max_errors: int | None,
    ) -> None:
        self.counts = Counts()
        self._kind = kind
        self._row: Callable[[Writer, int, Record], Row] = row
        self._on_reject = on_reject
        self._on_progress = on_progress
        self._max_errors = max_errors

    async def run(
        self,
        database: Database,
        domain_uuid: UUID,
        records: Iterable[Record | Line[Record] | Reject],
        source: str,
        now: datetime,
        *,
        dry_run: bool,
        joining: datetime | None = None,
        system: str | None = None,
    ) -> Counts:
        batch = Batch(self._kind.plural, source, now, joining, system)
        async with transactions(database, domain_uuid, dry_run=dry_run) as transaction:
            if not dry_run:
                self.counts.batch_uuid = batch.uuid
            last: Sequence[Record | Line[Record] | Reject] | None = None
            for chunk in self._chunks(records):
                await self._write(transaction, chunk, batch)
                last = chunk
            if last is None or len(last) == CHUNK:
                # Nothing came, or the last chunk could not know that it was the last.
                await self._write(transaction, [], batch)
        if not dry_run and self.counts.changed >= upkeep.LARGE:
            await upkeep.analyze(database, self._kind.plural)
        return self.counts

    def _chunks(
        self, records: Iterable[Record | Line[Record] | Reject]
    ) -> Iterator[list[Record | Line[Record] | Reject]]:
        chunk = []
        rejected = 0
        for item in records:
            chunk.append(item)
            rejected += isinstance(item, Reject)
            if len(chunk) == CHUNK or self._too_many(self.counts.rejected + rejected):
                yield chunk
                chunk = []
                rejected = 0
        if chunk:
            yield chunk

    async def _write(
        self,
        transaction: Transaction,
        items: Sequence[Record | Line[Record] | Reject],
        batch: Batch,
    ) -> None:
        async with transaction() as writer:
            kept = self.counts.batch_uuid is not None
            if kept and not batch.started:
                await batch.start(writer)
            rows, rejects = self._rows(writer, items)
            judgement = await writer.write(self._kind, rows, batch.uuid)
            rejects += [
                self._reject(items[position], position, reason)
                for position, reason in judgement.rejected
            ]
            chunk = _counts(len(items), judgement.totals, len(rejects))
            if kept:
                await batch.bring(writer, _sources(items))
                finished_at = batch.now_it_is() if len(items) < CHUNK else None
                await batches.record(writer, batch.uuid, chunk.figures, finished_at)
                chunk.batch_uuid = batch.uuid
        batch.started = True
        self._tell(self.counts + chunk, rejects)

    def _rows(
        self, writer: Writer, items: Sequence[Record | Line[Record] | Reject]
    ) -> tuple[list[Row], list[Reject]]:
        rows: list[Row] = []
        rejects: list[Reject] = []
        for position, item in enumerate(items):
            if isinstance(item, Reject):
                rejects.append(item)
                continue
            record = item.record if isinstance(item, Line) else item
            try:
                rows.append(self._row(writer, position, record))
            except InvalidRecordError as error:
                rejects.append(self._reject(item, position, str(error)))
        return rows, rejects

    def _reject(self, item: Record | Line[Record] | Reject, position: int, reason: str) -> Reject:
        """A reject with its line, or the place among the records of one that comes from no file."""
        if isinstance(item, Line):
            return Reject(item.number, reason, item.text)
        return Reject(self.counts.read + position + 1, reason, msgspec.json.encode(item).decode())

    def _tell(self, counts: Counts, rejects: list[Reject]) -> None:
        self.counts = counts
        if self._on_reject is not None:
            for reject in sorted(rejects, key=lambda reject: reject.line):
                self._on_reject(reject)
        if self._on_progress is not None:
            self._on_progress(counts)
        if self._too_many(counts.rejected):
            raise ImportRefusedError(
                f"Stopped: {counts.rejected} records are rejected, and no more than"
                f" {self._max_errors} may be."
            )

    def _too_many(self, rejected: int) -> bool:
        return self._max_errors is not None and rejected > self._max_errors


def _counts(read: int, totals: Mapping[str, int], rejected: int) -> Counts:
    """What became of a chunk."""
    return Counts(
        read=read,
        new=totals.get("new", 0),
        replaced=totals.get("replaced", 0),
        unchanged=totals.get("unchanged", 0),
        deleted=totals.get("deleted", 0),
        rejected=rejected,
    )


def _sources(items: Iterable[Record | Line[Record] | Reject]) -> Iterator[str]:
    for item in items:
        record = item.record if isinstance(item, Line) else item
        if not isinstance(record, Reject) and not record.deleted:
            yield record.source or ""
