"""The rollup of days: what it covers, that reports read it, and that it can be made anew."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.measures import MEASURES
from gateway.period import Grain, Period, buckets, days, start_of, zone
from gateway.store import statements
from gateway.store.cover import Part, cover
from gateway.store.writes import locked
from tests.conftest import TestDatabase
from tests.world import World

HANOI = zone("Asia/Ho_Chi_Minh")
ZONES = ("Asia/Ho_Chi_Minh", "America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC")
MARCH = days(date(2026, 3, 1), date(2026, 3, 31), HANOI)
START = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)

moments = st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


def seconds_of(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta())


@given(
    moments,
    st.timedeltas(timedelta(seconds=1), timedelta(days=40)),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    st.sampled_from(Grain),
)
def test_a_cover_is_the_period_once(
    start: datetime, length: timedelta, domains: str, asked: str, grain: Grain
) -> None:
    tz = zone(domains)
    parts = list(buckets(Period(start, start + length, zone(asked)), grain))
    found = cover(parts, tz)
    spans = [
        (datetime.fromisoformat(a), datetime.fromisoformat(b))
        for a, b in zip(found.starts, found.ends, strict=True)
    ]
    rolled = [
        (start_of(day, tz), start_of(day + timedelta(days=1), tz))
        for day in map(date.fromisoformat, found.days)
    ]
    # Nothing is missing and nothing is counted twice.
    pieces = sorted([*spans, *(piece for piece in rolled if piece[0] < piece[1])])
    assert seconds_of(pieces) == length
    assert all(a[1] == b[0] for a, b in pairwise(pieces))
    # A day is in the bucket that holds all of it.
    for (begin, end), number in zip(rolled, map(int, found.buckets), strict=True):
        assert parts[number - 1].start <= begin
        assert end <= parts[number - 1].end


def test_whole_days_of_the_domain_need_no_calls() -> None:
    assert cover(list(buckets(MARCH, Grain.DAY)), HANOI).starts == []
    assert len(cover([Part(MARCH.start, MARCH.end)], HANOI).days) == 31
    assert cover(list(buckets(MARCH, Grain.HOUR)), HANOI).days == []
    assert cover([Part(MARCH.start, MARCH.end)], HANOI, rolled=False).days == []


def relations(plan: Any) -> set[str]:
    """The tables that a plan really reads."""
    found = set()
    if plan.get("Actual Loops"):
        found |= {plan["Relation Name"]} if "Relation Name" in plan else set()
        for child in plan.get("Plans", ()):
            found |= relations(child)
    return found


async def test_day_reports_read_the_rollup_only(database: TestDatabase) -> None:
    world = World()
    user = world.user("an", extensions=["101"])
    for number in range(50):
        world.call(START + timedelta(hours=number), user)
    async with database.owner() as owner:
        await world.store(owner)
    cases = {
        "call_buckets_by_member": ("user", [str(user)]),
        "call_buckets_by_domain": ("domain", [str(world.domain_uuid)]),
        "call_buckets_by_credit": (),
    }
    async with database.opened() as opened, opened.writing(world.domain_uuid) as connection:
        for name, subject in cases.items():
            for grain, expected in ((Grain.DAY, "call_days"), (Grain.HOUR, "calls")):
                text = statements.with_measures(f"reads/{name}", tuple(MEASURES))
                matching = () if name.endswith("credit") else (None, None, None, None)
                (row,) = await connection.fetch(
                    f"explain (analyze, format json) {text}",
                    world.domain_uuid,
                    None,
                    *subject,
                    *cover(list(buckets(MARCH, grain)), HANOI),
                    *matching,
                )
                read = relations(json.loads(row[0])[0]["Plan"])
                assert expected in read
                assert not ({"calls", "call_days"} - {expected}) & read


async def stored_days(connection: Any) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        "select * from call_days order by domain_uuid, user_uuid, day, extension_uuid, direction"
    )
    return [tuple(row) for row in rows]


async def test_a_broken_day_is_found_and_mended(database: TestDatabase) -> None:
    world = World()
    user = world.user("an", extensions=["101"])
    for number in range(5):
        world.call(START + timedelta(days=number), user)
    world.call(START, None, direction="inbound", status="busy_line")
    async with database.owner() as owner:
        await world.store(owner)
        good = await stored_days(owner)
        await owner.execute("update call_days set total_call = 7 where day = '2026-03-11'")
        await owner.execute("delete from call_days where user_uuid is null")
        await owner.execute("update call_days set day = '2026-05-01' where day = '2026-03-12'")
    async with database.opened() as opened, locked(opened, world.domain_uuid) as writer:
        assert len(await writer.differences()) == 4
        await writer.rebuild()
        assert await writer.differences() == []
    async with database.owner() as owner:
        assert await stored_days(owner) == good


async def test_an_empty_domain_has_no_days(database: TestDatabase) -> None:
    world = World()
    async with database.owner() as owner:
        await world.store(owner)
    async with database.opened() as opened, locked(opened, world.domain_uuid) as writer:
        await writer.rebuild()
        assert await writer.differences() == []


async def test_a_zone_change_counts_the_days_anew(database: TestDatabase) -> None:
    world = World()
    user = world.user("an", extensions=["101"])
    for number in range(48):
        world.call(START + timedelta(hours=number), user)
    async with database.owner() as owner:
        await world.store(owner)
    async with database.opened() as opened:
        async with locked(opened, world.domain_uuid) as writer:
            await writer.execute("domain_put", world.name, "America/New_York")
            await writer.rezone("America/New_York")
        async with locked(opened, world.domain_uuid) as writer:
            assert writer.zone.key == "America/New_York"
            assert await writer.differences() == []
    async with database.owner() as owner:
        total = await owner.fetchval("select sum(total_call) from call_days")
        assert total == 48


def indexes(plan: Any) -> set[str]:
    """The indexes that a plan really reads."""
    found = {plan["Index Name"]} if plan.get("Actual Loops") and "Index Name" in plan else set()
    return found.union(*(indexes(child) for child in plan.get("Plans", ())))


@pytest.mark.parametrize("whole", [True, False])
async def test_agent_time_of_days_reads_the_rollup_and_what_goes_on(
    database: TestDatabase, whole: bool
) -> None:
    world = World()
    user = world.user("an", extensions=["101"])
    for number in range(2000):
        world.activity(user, "talk", START + timedelta(minutes=number), 50)
    async with database.owner() as owner:
        await world.store(owner)
        await owner.execute("analyze agent_activities, agent_days")
    covered = cover([Part(MARCH.start, MARCH.end)], HANOI)
    async with database.opened() as opened, opened.writing(world.domain_uuid) as connection:
        (row,) = await connection.fetch(
            f"explain (analyze, format json) {statements.statement('reads/agent_time_by_member')}",
            world.domain_uuid,
            None,
            "user",
            [str(user)],
            MARCH.start,
            MARCH.end,
            *covered.unbucketed,
            MARCH.end,
            whole,
        )
    plan = json.loads(row[0])[0]["Plan"]
    assert "agent_days" in relations(plan)
    assert {name for name in indexes(plan) if "activities" in name} <= {"agent_activities_open"}
    assert "Seq Scan on agent_activities" not in json.dumps(plan)
