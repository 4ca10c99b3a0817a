"""FusionPBX: a domain's directory and calls, once or for as long as it is followed."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import msgspec

from gateway.errors import BadUserInputError
from gateway.ingest import fusionpbx_directory
from gateway.ingest.chunks import Batch, ChunkedImport, OnProgress, OnReject
from gateway.ingest.counts import Counts
from gateway.ingest.fusionpbx_calls import BEGINNING, OVERLAP, Calls, Chunk, Mark
from gateway.ingest.fusionpbx_directory import Pbx, Stored, TeamsFrom
from gateway.ingest.fusionpbx_legs import SOURCE
from gateway.ingest.fusionpbx_tally import Tally
from gateway.ingest.imports import import_directory
from gateway.ingest.records import CallRecord, DomainEntry
from gateway.ingest.rows import call_row
from gateway.period import zone
from gateway.store import marks, upkeep, writes_directory
from gateway.store.database import Database
from gateway.store.source import Source
from gateway.store.writes import CALLS, locked, transactions

# People change less often than calls end.
DIRECTORY_EVERY = timedelta(minutes=5)
INDEX = (
    "create index concurrently v_xml_cdr_written"
    " on v_xml_cdr (domain_uuid, coalesce(insert_date, end_stamp), xml_cdr_uuid);"
)


class Wanted(NamedTuple):
    """What to import: FusionPBX's `pbx_domain` into `domain`, which may be `new`. `since`: from
    then on, whatever has been read before.
    """

    domain: DomainEntry
    pbx_domain: str
    new: bool = False
    teams_from: TeamsFrom | None = None
    since: datetime | None = None
    dry_run: bool = False

    @property
    def name(self) -> str:
        """How the log of imports names it."""
        return f"FusionPBX {self.pbx_domain}"


class Import(ChunkedImport[CallRecord]):
    """One import, or one life of a follower: `counts` are of the calls, over all rounds.

    Whenever it ends, however it does, another one goes on where it was.
    """

    def __init__(
        self,
        database: Database,
        wanted: Wanted,
        now: Callable[[], datetime],
        on_reject: OnReject | None = None,
        on_progress: OnProgress | None = None,
        max_errors: int | None = None,
    ) -> None:
        super().__init__(CALLS, call_row, on_reject, on_progress, max_errors)
        self.directory = Counts()
        self.tally = Tally() if wanted.dry_run else None
        self.stopping = False
        self._database = database
        self._wanted = wanted
        self._domain_uuid = wanted.domain.domain_uuid
        self._now = now
        self._known = b""
        self._pbx: Pbx | None = None
        self._asked_at = BEGINNING
        self._calls: Calls | None = None

    async def round(self, source: Source, *, joining: datetime | None = None) -> None:
        """Bring in what is new since the last round. The round's batch continues that of an earlier
        one that began at `joining` or later.
        """
        now = self._now()
        pbx = await self._people(source, now)
        calls = self._calls or Calls(source, pbx.domain_uuid, pbx.numbers, self.tally)
        self._calls, calls.source, calls.numbers = calls, source, pbx.numbers
        if self._wanted.dry_run and self._wanted.new:
            async for chunk in self._new(calls, Mark(self._wanted.since or BEGINNING)):
                calls.written(chunk)
            return
        batch = Batch(CALLS.plural, self._wanted.name, now, joining, SOURCE)
        begin = await self._begin(pbx)
        before = self.counts.changed
        async with transactions(
            self._database, self._domain_uuid, dry_run=self._wanted.dry_run
        ) as transaction:
            async for chunk in self._new(calls, begin):
                if chunk.records:
                    if not self._wanted.dry_run:
                        self.counts.batch_uuid = batch.uuid
                    await self._write(transaction, chunk.records, batch)
                calls.written(chunk)
                # After the calls: a mark that tells of more than is stored would lose calls.
                if not self._wanted.dry_run:
                    mark = chunk.mark.at
                    await marks.put(self._database, self._domain_uuid, _marked(pbx), mark)
        if self.counts.changed - before >= upkeep.LARGE and not self._wanted.dry_run:
            await upkeep.analyze(self._database, CALLS.plural)
        self._wanted = self._wanted._replace(since=None)

    async def _new(self, calls: Calls, after: Mark) -> AsyncIterator[Chunk]:
        while not self.stopping:
            chunk = await calls.chunk(after)
            if chunk is None:
                return
            yield chunk
            if chunk.last:
                return
            after = chunk.mark

    async def _begin(self, pbx: Pbx) -> Mark:
        if self._wanted.since is not None:
            return Mark(self._wanted.since)
        mark = await marks.mark(self._database, self._domain_uuid, _marked(pbx))
        return Mark(BEGINNING if mark is None else mark - OVERLAP)

    async def _people(self, source: Source, now: datetime) -> Pbx:
        if self._pbx is not None and now - self._asked_at < DIRECTORY_EVERY:
            return self._pbx
        wanted = self._wanted
        pbx = await fusionpbx_directory.read(source, wanted.pbx_domain)
        document = fusionpbx_directory.document(
            pbx, wanted.domain, await self._stored(), wanted.teams_from
        )
        text = msgspec.json.encode(document)
        if text != self._known:
            self.directory = await import_directory(
                self._database, document, now, prune=True, dry_run=wanted.dry_run,
                source=wanted.name,
            )  # fmt: skip
            self._wanted = wanted._replace(new=wanted.new and wanted.dry_run)
        self._pbx, self._known, self._asked_at = pbx, text, now
        return pbx

    async def _stored(self) -> Stored:
        if self._wanted.new:
            return {table: {} for table in writes_directory.TABLES}
        async with locked(self._database, self._domain_uuid) as writer:
            return {
                table: await writes_directory.stored(writer, table)
                for table in writes_directory.TABLES
            }


async def domain_entry(
    database: Database, name: str, zone_name: str | None
) -> tuple[DomainEntry, bool]:
    """The domain of that name, and whether it is new; a new one needs a zone."""
    domain_uuid = await database.domain_named(name)
    if domain_uuid is not None:
        async with locked(database, domain_uuid) as writer:
            entry = DomainEntry(
                domain_uuid=domain_uuid, domain_name=name, time_zone=writer.zone.key
            )
            return entry, False
    if zone_name is None:
        raise BadUserInputError(
            "zone", f'There is no domain "{name}" yet: to make it, name its zone with --zone.'
        )
    zone(zone_name)
    return DomainEntry(domain_uuid=uuid4(), domain_name=name, time_zone=zone_name), True


async def indexed(source: Source) -> bool:
    """Whether FusionPBX can find new legs without reading all."""
    (row,) = await source.rows("mark_index")
    found: bool = row["found"]
    return found


def _marked(pbx: Pbx) -> str:
    return f"{SOURCE} {pbx.domain_uuid}"
