"""The rollups: what they cover, that reports read them, and that they can be made anew."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import PeriodTooOldError
from gateway.measures import MEASURES
from gateway.period import Grain, Period, buckets, days, start_of, zone
from gateway.store import statements
from gateway.store.calls import call_buckets
from gateway.store.cover import Part, cover
from gateway.store.rollups import CALL_QUARTERS, ROLLUPS, rebuild_all
from gateway.store.writes import locked
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.world import World

HANOI = zone("Asia/Ho_Chi_Minh")
ODD_ZONE = "Africa/Monrovia"  # 44 minutes and 30 seconds behind until January 7th, 1972
ZONES = (
    "Asia/Ho_Chi_Minh",
    "Asia/Kathmandu",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "UTC",
    ODD_ZONE,
)
COUNTED = ("total_call",)
MARCH = days(date(2026, 3, 1), date(2026, 3, 31), HANOI)
START = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
RESOLUTION = timedelta(microseconds=1)

moments = st.one_of(
    st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 1)),  # noqa: DTZ001
    st.datetimes(datetime(1969, 12, 1), datetime(1972, 2, 1)),  # noqa: DTZ001
).map(lambda naive: naive.replace(tzinfo=UTC))


def seconds_of(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta())


@settings(deadline=None)
@given(
    moments,
    st.timedeltas(timedelta(seconds=1), timedelta(days=40)),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    st.sampled_from(Grain),
    st.booleans(),
)
def test_a_cover_is_the_period_once(
    start: datetime, length: timedelta, domains: str, asked: str, grain: Grain, quarters: bool
) -> None:
    tz = zone(domains)
    parts = list(buckets(Period(start, start + length, zone(asked)), grain))
    found = cover(parts, tz, quarters=quarters)
    spans = pairs(found.starts, found.ends)
    whole = pairs(found.quarter_starts, found.quarter_ends)
    rolled = [
        (start_of(day, tz), start_of(day + timedelta(days=1), tz))
        for day in map(date.fromisoformat, found.days)
    ]
    # Nothing is missing and nothing is counted twice.
    pieces = sorted([*spans, *whole, *(piece for piece in rolled if piece[0] < piece[1])])
    assert seconds_of(pieces) == length
    assert all(a[1] == b[0] for a, b in pairwise(pieces))
    # A day is in the bucket that holds all of it.
    for (begin, end), number in zip(rolled, map(int, found.buckets), strict=True):
        assert parts[number - 1].start <= begin
        assert end <= parts[number - 1].end
    # So is a quarter hour, and what is left to the calls has none.
    edges = [part.start for part in parts]
    assert all(aligned(moment) for span in whole for moment in span)
    assert all(aligned(edge) for piece in whole for edge in cut(piece, edges)[1:-1])
    assert quarters or not whole
    for piece in spans if quarters else ():
        for begin, end in pairwise(cut(piece, edges)):
            assert (begin - EPOCH + QUARTER - RESOLUTION) // QUARTER >= (end - EPOCH) // QUARTER


def aligned(moment: datetime) -> bool:
    return (moment - EPOCH) % QUARTER == timedelta()


def cut(piece: tuple[datetime, datetime], edges: list[datetime]) -> list[datetime]:
    """The edges within the piece, between its start and its end."""
    start, end = piece
    return [start, *edges[bisect_right(edges, start) : bisect_left(edges, end)], end]


def pairs(starts: Iterable[str], ends: Iterable[str]) -> list[tuple[datetime, datetime]]:
    both = zip(map(datetime.fromisoformat, starts), map(datetime.fromisoformat, ends), strict=True)
    return list(both)


def test_whole_days_of_the_domain_need_no_calls() -> None:
    assert cover(list(buckets(MARCH, Grain.DAY)), HANOI).starts == []
    assert len(cover([Part(MARCH.start, MARCH.end)], HANOI).days) == 31
    assert cover(list(buckets(MARCH, Grain.HOUR)), HANOI).days == []
    assert cover([Part(MARCH.start, MARCH.end)], HANOI, rolled=False).days == []


def test_hours_of_the_domain_are_one_piece_of_quarter_hours() -> None:
    hours = list(buckets(MARCH, Grain.HOUR))
    found = cover(hours, HANOI, quarters=True)
    assert (found.starts, found.days) == ([], [])
    assert pairs(found.quarter_starts, found.quarter_ends) == [(MARCH.start, MARCH.end)]
    assert cover(hours, HANOI, quarters=False).quarter_starts == []
    assert cover(hours, HANOI, rolled=False, quarters=True).quarter_starts == []


def test_a_ragged_period_leaves_less_than_two_quarter_hours_to_the_calls() -> None:
    ragged = Part(MARCH.start + timedelta(minutes=20), MARCH.end - timedelta(seconds=1))
    found = cover([ragged], HANOI, quarters=True)
    assert len(found.days) == 29
    assert pairs(found.starts, found.ends) == [
        (ragged.start, MARCH.start + 2 * QUARTER),
        (MARCH.end - QUARTER, ragged.end),
    ]


def test_before_the_records_begin_there_are_days_and_nothing_finer() -> None:
    since = MARCH.start + timedelta(days=5, minutes=7)
    with pytest.raises(PeriodTooOldError):
        cover([Part(since - timedelta(minutes=7), since)], HANOI, since, quarters=True)
    found = cover([Part(since, since + timedelta(hours=1))], HANOI, since, quarters=True)
    assert pairs(found.starts, found.ends)[0] == (since, since + timedelta(minutes=8))
    assert len(cover([Part(MARCH.start, MARCH.end)], HANOI, since, quarters=True).days) == 31


def relations(plan: Any) -> set[str]:
    """The tables that a plan really reads."""
    found = set()
    if plan.get("Actual Loops"):
        found |= {plan["Relation Name"]} if "Relation Name" in plan else set()
        for child in plan.get("Plans", ()):
            found |= relations(child)
    return found


ROLLED = {"calls", "call_days", "call_user_days", "call_quarters"}


async def read_by(connection: Any, name: str, *arguments: object) -> set[str]:
    """Which of the calls' tables the statement reads."""
    text = statements.with_measures(f"reads/{name}", tuple(MEASURES))
    (row,) = await connection.fetch(f"explain (analyze, format json) {text}", *arguments)
    return relations(json.loads(row[0])[0]["Plan"]) & ROLLED


async def test_reports_read_the_rollups_only(database: TestDatabase) -> None:
    world = World()
    user = world.user("an", extensions=["101"])
    for number in range(50):
        world.call(START + timedelta(hours=number), user)
    async with database.owner() as owner:
        await world.store(owner)
    any_call = (None, None, None, None)
    asked = {
        grain: cover(list(buckets(MARCH, grain)), HANOI, quarters=True)
        for grain in (Grain.DAY, Grain.HOUR, Grain.QUARTER_HOUR)
    }
    raw = cover(list(buckets(MARCH, Grain.HOUR)), HANOI).without_quarters
    days = asked[Grain.DAY].without_quarters
    uuid = world.domain_uuid
    async with database.opened() as opened, opened.writing(uuid) as connection:

        async def read(name: str, *arguments: object) -> set[str]:
            return await read_by(connection, name, uuid, None, *arguments)

        whose, inbound = ("user", statements.uuids([user])), (["inbound"], None, None, None)
        readings: tuple[tuple[str, tuple[object, ...], str], ...] = (
            ("call_buckets_by_member", (*whose, *days, *any_call), "call_user_days"),
            ("call_buckets_by_member", (*whose, *days, *inbound), "call_days"),
            ("call_buckets_by_member", (*whose, *raw, *any_call), "calls"),
            ("call_buckets_by_member", (*whose, *raw, *inbound), "calls"),
            ("call_buckets_by_credit", days, "call_days"),
            ("call_buckets_by_credit", raw, "calls"),
        )
        for name, rest, expected in readings:
            assert await read(name, *rest) == {expected}, (name, expected)
        for grain, expected in (
            (Grain.DAY, "call_user_days"),
            (Grain.HOUR, "call_quarters"),
            (Grain.QUARTER_HOUR, "call_quarters"),
        ):
            found = asked[grain]
            arguments = ("domain", statements.uuids([uuid]), *found, *any_call)
            assert await read("call_buckets_by_domain", *arguments) == {expected}


async def test_hours_of_users_are_read_from_an_index_alone(database: TestDatabase) -> None:
    world = World()
    user = world.user("an", extensions=["101"])
    for number in range(50):
        world.call(START + timedelta(hours=number), user)
    raw = cover(list(buckets(MARCH, Grain.HOUR)), HANOI).without_quarters
    text = statements.with_measures("reads/call_buckets_by_member", tuple(MEASURES))
    arguments = (
        world.domain_uuid,
        None,
        "user",
        statements.uuids([user]),
        *raw,
        ["inbound"],
        ["answered"],
    )
    async with database.owner() as owner:
        await world.store(owner)
        await owner.execute("vacuum analyze calls")
    async with (
        database.opened() as opened,
        opened.writing(world.domain_uuid) as connection,
    ):
        # The few calls of a test are read faster without any index.
        await connection.execute(
            "set local enable_seqscan = off; set local enable_bitmapscan = off"
        )
        rows = await connection.fetch(f"explain {text}", *arguments, None, None)
    plan = [row[0] for row in rows]
    assert any("Index Only Scan using calls_by_user on calls" in line for line in plan), plan


async def test_whoever_sees_some_users_gets_no_quarter_hours(database: TestDatabase) -> None:
    world = World()
    an, binh = world.user("an", extensions=["101"]), world.user("binh", extensions=["102"])
    for number in range(20):
        world.call(START + timedelta(minutes=20 * number), (an, binh, None)[number % 3])
    uuid, hours = world.domain_uuid, list(buckets(MARCH, Grain.HOUR))
    async with database.owner() as owner:
        await world.store(owner)
    async with database.opened() as opened, opened.snapshot(uuid, START) as snapshot:
        counts = []
        for scope in (None, frozenset({an}), frozenset[UUID]()):
            snapshot.viewer = Viewer(uuid, Role.LEADER, uuid, "test", scope=scope)
            covered = snapshot.cover(hours, of_domain=True)
            assert bool(covered.quarter_starts) == (scope is None)
            assert snapshot.cover(hours).quarter_starts == []
            found = await call_buckets(snapshot, [uuid], "domain", MARCH, Grain.HOUR, COUNTED)
            counts.append(sum(row["total_call"] for row in found[uuid]))
        assert counts == [20, 7, 0]
        # Even if it were covered with them.
        whole = cover(hours, HANOI, quarters=True)
        arguments = ("domain", statements.uuids([uuid]), *whole, None, None, None, None)
        assert not await snapshot.rows("call_buckets_by_domain", *arguments, measures=COUNTED)


async def stored(connection: Any) -> list[tuple[Any, ...]]:
    days = await connection.fetch(
        "select * from call_days order by domain_uuid, user_uuid, day, extension_uuid, direction"
    )
    users = await connection.fetch(
        "select * from call_user_days order by domain_uuid, user_uuid, day"
    )
    quarters = await connection.fetch(
        "select * from call_quarters order by domain_uuid, starts_at, direction"
    )
    return [tuple(row) for row in (*days, *users, *quarters)]


@pytest.mark.parametrize(
    ("breaks", "different"),
    [
        ("update call_days set total_call = 7 where day = '2026-03-11'", ["2026-03-11"]),
        ("delete from call_days where user_uuid is null", ["2026-03-10"]),
        ("update call_user_days set total_inbound = 7 where day = '2026-03-11'", ["2026-03-11"]),
        ("delete from call_user_days where user_uuid is null", ["2026-03-10"]),
        (
            "update call_user_days set day = '2026-05-01' where day = '2026-03-12'",
            ["2026-03-12", "2026-05-01"],
        ),
        (
            "update call_days set day = '2026-05-01' where day = '2026-03-12'",
            ["2026-03-12", "2026-05-01"],
        ),
        (
            "update call_quarters set total_billsec = 7 where starts_at = '2026-03-11 03:00+00'",
            ["2026-03-11 03:00:00+00"],
        ),
        (
            "update call_quarters set starts_at = '2026-05-01' where direction = 'inbound'",
            ["2026-03-10 03:00:00+00", "2026-05-01 00:00:00+00"],
        ),
    ],
)
async def test_what_is_broken_is_found_and_mended(
    database: TestDatabase, breaks: str, different: list[str]
) -> None:
    world = World()
    user = world.user("an", extensions=["101"])
    for number in range(5):
        world.call(START + timedelta(days=number), user)
    world.call(START, None, direction="inbound", status="busy_line")
    async with database.owner() as owner:
        await world.store(owner)
        good = await stored(owner)
        await owner.execute("set timezone to 'UTC'")
        await owner.execute(breaks)
    async with database.opened() as opened, locked(opened, world.domain_uuid) as writer:
        assert [row["part"] for row in await writer.differences()] == different
        await writer.rebuild()
        assert await writer.differences() == []
    async with database.owner() as owner:
        assert await stored(owner) == good


async def test_a_migration_counts_the_quarter_hours_of_the_kept_calls(
    database: TestDatabase,
) -> None:
    world = World()
    for number in range(20):
        world.call(START + timedelta(minutes=7 * number), None)
    since = START + timedelta(minutes=20)
    async with database.owner() as owner:
        await world.store(owner)
        await owner.execute("update domains set raw_since = $1", since)
        await owner.execute("delete from call_quarters")
        async with owner.transaction():
            await rebuild_all(owner, CALL_QUARTERS)
        rows = await owner.fetch("select starts_at, total_call from call_quarters order by 1")
    assert rows[0]["starts_at"] == START + 2 * QUARTER
    assert sum(row["total_call"] for row in rows) == 15


async def test_a_migration_fills_the_rollups_of_every_domain(database: TestDatabase) -> None:
    worlds = [World(name=name) for name in ("one", "two", "three")]
    for world in worlds:
        user = world.user("an", extensions=["101"])
        for number in range(3):
            world.call(START + timedelta(days=number), user)
            world.call(START + timedelta(days=number), None, direction="inbound", status="ivr")
            world.activity(user, "talk", START + timedelta(days=number), 60)
    async with database.owner() as owner:
        for world in worlds:
            await world.store(owner)
        for rollup in ROLLUPS:
            good = await owner.fetch(f"table {rollup.table} order by 1, 2, 3")
            assert len({row["domain_uuid"] for row in good}) == 3
            async with owner.transaction():
                await owner.execute(f"truncate {rollup.table}")
                await rebuild_all(owner, rollup)
            assert await owner.fetch(f"table {rollup.table} order by 1, 2, 3") == good


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
            statements.uuids([user]),
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


async def test_a_total_of_nothing_is_zero_and_has_64_bits(database: TestDatabase) -> None:
    total = "select total(v), total(v) filter (where false) from unnest($1::bigint[]) v"
    async with database.owner() as connection:
        assert tuple(await connection.fetchrow(total, [None, 2**61, 1]) or ()) == (2**61 + 1, 0)
        assert tuple(await connection.fetchrow(total, []) or ()) == (0, 0)
        with pytest.raises(asyncpg.NumericValueOutOfRangeError):
            await connection.fetch(total, [2**62, 2**62])
