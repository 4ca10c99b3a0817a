"""Random batches: what phone systems send, late, twice, in any order, and what people change."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from gateway.ingest.records import ActivityRecord, CallRecord
from gateway.measures import DIRECTIONS, STATES, STATUSES
from gateway.period import start_of, zone
from tests.ingest.office import HANOI, activity, call, key

Batch: TypeAlias = Sequence[CallRecord] | Sequence[ActivityRecord]

# New York's clocks change within these days.
FIRST, DAYS = date(2026, 3, 1), 14
TWO_YEARS = timedelta(days=730)
ZONES = (HANOI, "America/New_York", "Asia/Kathmandu")
USERS = ("an", "binh", "chi")
# Those from 500 on are not in the directory at first.
NUMBERS = ("101", "102", "103", "104", "201", "", "500", "501", "502", "503")
CALLS, ACTIVITIES = 400, 150
LENGTHS = (0, 1, 59, 3600, 50_000, 200_000, 604_800)


def midnight(chance: random.Random) -> datetime:
    day = FIRST + timedelta(days=chance.randrange(DAYS))
    return start_of(day, zone(chance.choice(ZONES)))


def moment(chance: random.Random) -> datetime:
    """Anywhere in these days, or beside a midnight; some two years late."""
    beside = timedelta(microseconds=chance.choice((-1_000_000, -1, 0, 1, 1_000_000)))
    within = timedelta(seconds=chance.randrange(86_400))
    late = TWO_YEARS if chance.random() < 0.1 else timedelta()
    return midnight(chance) + chance.choice((beside, within)) - late


def some_call(chance: random.Random, names: int = CALLS) -> CallRecord:
    name = f"call {chance.randrange(names)}"
    if chance.random() < 0.1:
        return CallRecord(call_uuid=key(name), deleted=True)
    status = chance.choice(("answered", *STATUSES))
    duration = chance.randrange(600)
    return call(
        name,
        started_at=moment(chance),
        direction=chance.choice(DIRECTIONS),
        status=status,
        duration=duration,
        billsec=duration // 2 if status == "answered" else 0,
        extension=chance.choice(NUMBERS),
        user_uuid=key(chance.choice(USERS)) if chance.random() < 0.1 else None,
    )


def some_activity(chance: random.Random, names: int = ACTIVITIES) -> ActivityRecord:
    name = f"activity {chance.randrange(names)}"
    if chance.random() < 0.1:
        return ActivityRecord(activity_uuid=key(name), deleted=True)
    return activity(
        name,
        user_uuid=key(chance.choice(USERS)),
        state=chance.choice(STATES),
        started_at=moment(chance),
        seconds=chance.choice((None, *LENGTHS)),
    )


def some_batch(chance: random.Random) -> Batch:
    if chance.random() < 0.65:
        return [some_call(chance) for _ in range(chance.randrange(1, 60))]
    return [some_activity(chance) for _ in range(chance.randrange(1, 25))]


def sent_again(chance: random.Random, batch: Batch) -> Sequence[Batch]:
    """The same, or shuffled, or in two parts."""
    again: Any = list(batch)
    if chance.random() < 0.5:
        chance.shuffle(again)
    cut = chance.randrange(len(again))
    return [again[:cut], again[cut:]] if cut and chance.random() < 0.5 else [again]


def kind(batch: Batch) -> str:
    return "activities" if isinstance(batch[0], ActivityRecord) else "calls"


def ndjson(batch: Batch) -> bytes:
    return b"".join(
        msgspec.json.encode({name: value for name, value in values if value is not None}) + b"\n"
        for values in (
            [(name, getattr(record, name)) for name in record.__struct_fields__] for record in batch
        )
    )
