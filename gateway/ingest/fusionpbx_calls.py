"""The calls of a FusionPBX, from the legs that were written since a mark."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias
from uuid import UUID

from gateway.ingest import fusionpbx_legs as legs
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.fusionpbx_legs import Leg, Numbers
from gateway.ingest.fusionpbx_tally import Tally
from gateway.ingest.records import CallRecord, Line, Reject
from gateway.store.source import Source

CallLine: TypeAlias = Line[CallRecord] | Reject

LEGS = 5000
# More are written in the overlap only when a PBX catches up: then some are written twice.
REMEMBERED = 100_000
# A row is marked when its transaction begins, and seen when that is committed.
OVERLAP = timedelta(minutes=10)
FIRST_KEY = UUID(int=0)
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


class Mark(NamedTuple):
    """The place of a leg in the order in which legs are read."""

    at: datetime
    key: UUID = FIRST_KEY


class Chunk(NamedTuple):
    """`last` is true where no more legs are there now."""

    records: Sequence[CallLine]
    new: Sequence[Leg]
    mark: Mark
    last: bool


@dataclass
class Calls:
    """Reads legs in the order of their marks. Whatever leg is new, its whole call is read anew: so
    it does not matter in how many pieces, and in which order, a call's legs come.
    """

    source: Source
    domain_uuid: UUID
    numbers: Numbers
    tally: Tally | None = None
    legs: int = 0
    _seen: dict[UUID, datetime] = field(default_factory=dict)

    async def chunk(self, after: Mark) -> Chunk | None:
        """The calls of the next legs; None if there are none."""
        rows = await self.source.rows("legs_new", self.domain_uuid, after.at, after.key, LEGS)
        if not rows:
            return None
        new = [row for row in rows if row["xml_cdr_uuid"] not in self._seen]
        mark = Mark(rows[-1]["mark"], rows[-1]["xml_cdr_uuid"])
        records = await self._records(new, mark.at) if new else []
        return Chunk(records, new, mark, last=len(rows) < LEGS)

    def written(self, chunk: Chunk) -> None:
        """What lies in the overlap is read again, but need not be written again."""
        for leg in chunk.new:
            self._seen[leg["xml_cdr_uuid"]] = leg["mark"]
        oldest = chunk.mark.at - OVERLAP
        while self._seen:
            key = next(iter(self._seen))
            if self._seen[key] >= oldest and len(self._seen) <= REMEMBERED:
                break
            del self._seen[key]

    async def _records(self, new: Sequence[Leg], until: datetime) -> list[CallLine]:
        calls = await self._calls(new)
        others = await self._others(calls, until)
        flows = await self._flows(calls.values())
        records = []
        first = self.legs
        self.legs += len(new)
        own = {leg["xml_cdr_uuid"]: number for number, leg in enumerate(new, first + 1)}
        for key, leg in calls.items():
            number = own.get(key, self.legs)
            made = self._made(number, leg, others[key], flows.get(key))
            if made is not None:
                records.append(made)
            if self.tally is not None and key in own:
                self.tally.add_call(made)
        if self.tally is not None:
            await self._count(new)
        return records

    async def _calls(self, new: Iterable[Leg]) -> dict[UUID, Leg]:
        """The legs that are calls: of the new ones, and those that new ones are parts of."""
        found = {leg["xml_cdr_uuid"]: leg for leg in new if legs.part(leg) is None}
        parts = (legs.call_of(leg) for leg in new if legs.part(leg) is not None)
        missing = sorted({str(key) for key in parts if key is not None and key not in found})
        if missing:
            for leg in await self.source.rows("legs_named", self.domain_uuid, missing):
                if legs.part(leg) is None:
                    found[leg["xml_cdr_uuid"]] = leg
        return found

    async def _others(self, calls: Mapping[UUID, Leg], until: datetime) -> dict[UUID, list[Leg]]:
        """{call: its other legs}. None was written before the call began, but for clocks."""
        found: dict[UUID, list[Leg]] = defaultdict(list)
        begun = [second for leg in calls.values() if (second := legs.second(leg["start_epoch"]))]
        if not begun:
            return found
        since = datetime.fromtimestamp(min(begun), UTC) - OVERLAP
        keys = [str(key) for key in calls]
        for leg in await self.source.rows("legs_related", self.domain_uuid, keys, since, until):
            call = legs.call_of(leg)
            if call is not None and call in calls and leg["xml_cdr_uuid"] not in calls:
                found[call].append(leg)
        return found

    async def _flows(self, calls: Iterable[Leg]) -> dict[UUID, str]:
        """Where FusionPBX tells it, what became of calls that came in and were connected."""
        keys = [
            str(leg["xml_cdr_uuid"])
            for leg in calls
            if leg["bridge_uuid"] and leg["direction"] != "outbound"
        ]
        if not keys:
            return {}
        rows = await self.source.rows_if_there("flows", self.domain_uuid, keys)
        return {row["xml_cdr_uuid"]: row["call_flow"] for row in rows}

    def _made(
        self, number: int, leg: Leg, others: Iterable[Leg], flow: str | None
    ) -> CallLine | None:
        text = f"xml_cdr_uuid {leg['xml_cdr_uuid']}"
        try:
            record = legs.call(leg, others, flow, self.numbers)
        except InvalidRecordError as error:
            return Reject(number, str(error), text)
        return None if record is None else Line(number, text, record)

    async def _count(self, new: Sequence[Leg]) -> None:
        assert self.tally is not None  # noqa: S101  # as whoever calls this knows
        keys = [str(leg["xml_cdr_uuid"]) for leg in new]
        rows = await self.source.rows_if_there("leg_statuses", self.domain_uuid, keys)
        self.tally.add_legs(new, Counter(row["status"] or "none" for row in rows))
