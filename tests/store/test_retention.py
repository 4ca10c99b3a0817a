"""Retention keeps every figure of whole days, and says of the rest since when it is there."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.errors import PeriodTooOldError
from gateway.ingest.imports import import_activities, import_calls, undo
from gateway.ingest.records import ActivityRecord, CallRecord, Reject
from gateway.measures import STATUSES
from gateway.period import Grain, Period, days, span, zone
from gateway.store import retention
from gateway.store.agents import agent_time
from gateway.store.calls import CallFilter, call_buckets, calls_page
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.store.writes import locked
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.world import World

HANOI = zone("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 6, 15, 5, tzinfo=UTC)
SINCE = datetime(2026, 4, 14, 17, tzinfo=UTC)  # two months ago, at midnight in Hanoi
FIGURES = ("total_call", "total_answered", "total_duration", "total_billsec", "total_inbound")
# A filter that all calls pass, but that only the records can answer.
RAW = CallFilter(statuses=STATUSES)
KEPT = span(SINCE, NOW, HANOI)
SPRING = days(date(2026, 3, 1), date(2026, 6, 15), HANOI)


def company() -> tuple[World, UUID]:
    """Calls every seven hours and shifts around the clock from March on."""
    world = World()
    user = world.user("an", extensions=["101"])
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(350):
        world.call(
            start + timedelta(hours=7 * number),
            user if number % 3 else None,
            direction="inbound" if number % 2 else "outbound",
            duration=number,
        )
        state = ("wait", "talk", "pause", "dispo")[number % 4]
        world.activity(user, state, start + timedelta(hours=7 * number, seconds=0.5), 7 * 3600)
    world.activity(user, "pause", start + timedelta(days=3), None)
    return world, user


def seen(snapshot: Snapshot) -> Snapshot:
    snapshot.viewer = Viewer(snapshot.domain_uuid, Role.ADMIN, uuid4(), "test")
    return snapshot


async def by_day(
    database: Database, world: World, user: UUID, period: Period = SPRING
) -> tuple[Any, Mapping[str, Any], Mapping[str, Any]]:
    """The domain's calls per day, and the user's seconds, counted in both ways."""
    async with database.snapshot(world.domain_uuid, NOW) as opened:
        snapshot = seen(opened)
        buckets = await call_buckets(
            snapshot, [world.domain_uuid], "domain", period, Grain.DAY, FIGURES
        )
        rows = [
            {name: row[name] for name in (*FIGURES, "date")} for row in buckets[world.domain_uuid]
        ]
        clipped = await agent_time(snapshot, [user], "user", period)
        whole = await agent_time(snapshot, [user], "user", period, whole=True)
        return rows, dict(clipped[user].items()), dict(whole[user].items())


async def test_days_stay_what_they_were(database: TestDatabase) -> None:
    world, user = company()
    async with database.owner() as owner:
        await world.store(owner)
    async with database.opened() as opened:
        before = await by_day(opened, world, user)
        since, gone = await retention.retain(opened, world.domain_uuid, 2, NOW)
        assert since == SINCE
        assert gone.calls > 100
        assert gone.activities > 100
        assert await by_day(opened, world, user) == before
        again = await retention.retain(opened, world.domain_uuid, 2, NOW)
        assert again == (SINCE, (0, 0))
        # More months than before bring nothing back, and promise nothing.
        assert await retention.retain(opened, world.domain_uuid, 12, NOW) == (SINCE, (0, 0))
        async with locked(opened, world.domain_uuid) as writer:
            assert await writer.differences() == []
            await writer.rebuild()
        assert await by_day(opened, world, user) == before


async def test_old_records_are_gone_and_those_that_reach_over_stay(database: TestDatabase) -> None:
    world, user = company()
    over = world.activity(user, "talk", SINCE - timedelta(hours=1), 7200)
    async with database.owner() as owner:
        await world.store(owner)
    async with database.opened() as opened:
        await retention.retain(opened, world.domain_uuid, 2, NOW)
    async with database.owner() as owner:
        assert await owner.fetchval("select min(started_at) >= $1 from calls", SINCE)
        left = await owner.fetch(
            "select activity_uuid, seconds from agent_activities where started_at < $1", SINCE
        )
    assert over in {row["activity_uuid"] for row in left}
    assert None in {row["seconds"] for row in left}
    # and those from April 14th on that the shift over midnight belongs to
    assert len(left) in (2, 3)


@pytest.mark.parametrize(
    ("period", "grain", "matching"),
    [
        (SPRING, Grain.HOUR, CallFilter()),
        (SPRING, Grain.DAY, CallFilter(statuses=("answered",))),
        (days(date(2026, 3, 1), date(2026, 6, 1), zone("UTC")), Grain.DAY, CallFilter()),
        (span(SINCE - timedelta(seconds=1), NOW, HANOI), Grain.DAY, CallFilter()),
    ],
)
async def test_what_needs_the_old_records_says_since_when_they_are_there(
    database: TestDatabase, period: Period, grain: Grain, matching: CallFilter
) -> None:
    world, user = company()
    async with database.owner() as owner:
        await world.store(owner)
    key = [world.domain_uuid]
    async with database.opened() as opened:
        await retention.retain(opened, world.domain_uuid, 2, NOW)
        async with opened.snapshot(world.domain_uuid, NOW) as found:
            snapshot = seen(found)
            assert snapshot.raw_since == SINCE
            with pytest.raises(PeriodTooOldError, match="2026-04-14T17:00:00") as error:
                await call_buckets(snapshot, key, "domain", period, grain, FIGURES, matching)
            assert error.value.extensions["rawSince"] == SINCE.isoformat()
            with pytest.raises(PeriodTooOldError):
                await calls_page(snapshot, key, "domain", period, 10)
            recent = span(SINCE, NOW, HANOI)
            assert await calls_page(snapshot, key, "domain", recent, 10)
            assert await call_buckets(snapshot, key, "domain", recent, Grain.HOUR, FIGURES)
            assert await agent_time(snapshot, [user], "user", recent)


def call(started_at: datetime, **changes: Any) -> CallRecord:
    return CallRecord(
        **{
            "source": "test",
            "source_key": "one",
            "started_at": started_at,
            "direction": "local",
            "status": "busy",
            "duration": 5,
            "billsec": 0,
            **changes,
        }
    )


async def test_the_past_cannot_be_written_edited_deleted_or_undone(database: TestDatabase) -> None:
    world, user = company()
    reaching = world.activity(user, "talk", SINCE - timedelta(hours=1), 7200)
    async with database.owner() as owner:
        await world.store(owner)
    rejects: list[Reject] = []
    old, new = SINCE - timedelta(days=2), SINCE + timedelta(days=2)

    async with database.opened() as opened:

        async def bring(*records: CallRecord) -> Any:
            return await import_calls(
                opened, world.domain_uuid, records, "test", NOW, on_reject=rejects.append
            )

        first = await bring(call(old), call(new, source_key="two"))
        moved = await bring(call(old, source_key="two", duration=9))
        async with locked(opened, world.domain_uuid) as writer:
            await writer.keep_since(SINCE)  # interrupted before anything is deleted
        before = await by_day(opened, world, user)

        counts = await bring(
            call(old),
            call(new),
            call(old, deleted=True),
            call(old, source_key="three"),
            call(new, source_key="two"),
        )
        assert counts.rejected == 5
        assert all("is no longer kept one by one" in reject.reason for reject in rejects)
        removal = ActivityRecord(activity_uuid=reaching, deleted=True)
        activities = await import_activities(opened, world.domain_uuid, [removal], "test", NOW)
        assert activities.rejected == 1
        assert moved.batch_uuid is not None
        assert first.batch_uuid is not None
        for batch in (moved, first):
            undone = await undo(opened, world.domain_uuid, batch.batch_uuid or uuid4(), NOW)
            assert (undone.deleted, undone.replaced, undone.new) == (0, 0, 0)
        assert await by_day(opened, world, user) == before
        _, gone = await retention.retain(opened, world.domain_uuid, 2, NOW)
        assert gone.calls > 100
        assert await by_day(opened, world, user) == before
    async with database.owner() as owner:
        assert await owner.fetchval("select count(*) from import_changes") == 0


BEGUN = "select min(starts_at) from call_quarters"


async def by_quarter(database: Database, world: World, period: Period) -> dict[datetime, int]:
    """The domain's calls, as its timeline says and as its records do."""
    key, grain = world.domain_uuid, Grain.QUARTER_HOUR
    async with database.snapshot(key, NOW) as opened:
        snapshot = seen(opened)
        found = await call_buckets(snapshot, [key], "domain", period, grain, FIGURES)
        assert found == await call_buckets(snapshot, [key], "domain", period, grain, FIGURES, RAW)
    return {row["start"]: row["total_call"] for row in found[key] if row["total_call"]}


async def test_quarter_hours_go_at_once_with_the_records(database: TestDatabase) -> None:
    world, _ = company()
    async with database.owner() as owner, database.opened() as opened:
        await world.store(owner)
        before = await by_quarter(opened, world, KEPT)
        async with locked(opened, world.domain_uuid) as writer:
            await writer.keep_since(SINCE)
        assert await owner.fetchval(BEGUN) >= SINCE
        assert await by_quarter(opened, world, KEPT) == before
        await retention.retain(opened, world.domain_uuid, 2, NOW)
        async with locked(opened, world.domain_uuid) as writer:
            await writer.rebuild()
            assert await writer.differences() == []
        assert await by_quarter(opened, world, KEPT) == before


async def test_records_may_begin_within_a_quarter_hour(database: TestDatabase) -> None:
    """Until 1972 midnight in Monrovia was at 00:44:30 UTC."""
    tz = zone("Africa/Monrovia")
    world = World(time_zone=tz.key)
    since = datetime(1971, 4, 15, 0, 44, 30, tzinfo=UTC)
    whole, now = datetime(1971, 4, 15, 0, 45, tzinfo=UTC), datetime(1971, 6, 15, 5, tzinfo=UTC)
    for seconds in range(-3600, 3600, 10):
        world.call(since + timedelta(seconds=seconds))
    async with database.owner() as owner, database.opened() as opened:
        await world.store(owner)
        kept, _ = await retention.retain(opened, world.domain_uuid, 2, now)
        assert kept == since
        records = [call(moment, source_key=str(moment)) for moment in (since, whole)]
        await import_calls(opened, world.domain_uuid, records, "test", now)
        for again in (False, True):
            async with locked(opened, world.domain_uuid) as writer:
                if again:
                    await writer.rebuild()
                assert await writer.differences() == []
            assert await owner.fetchval(BEGUN) == whole
            counts = await by_quarter(opened, world, span(since, now, zone("UTC")))
            assert counts[since] == 3 + 1
            assert counts[whole] == 90 + 1


@pytest.mark.parametrize("zones", [("UTC", "Asia/Tokyo"), ("Asia/Tokyo", "UTC"), ("UTC", "UTC")])
async def test_a_zone_change_after_it_loses_and_doubles_nothing(
    database: TestDatabase, zones: tuple[str, str]
) -> None:
    world, user = company()
    async with database.owner() as owner:
        await world.store(owner)
    async with database.opened() as opened:
        before = await by_day(opened, world, user)
        await retention.retain(opened, world.domain_uuid, 2, NOW)
        for name in (*zones, "Asia/Ho_Chi_Minh"):
            async with locked(opened, world.domain_uuid) as writer:
                await writer.execute("domain_put", world.name, name)
                await writer.rezone(name)
            async with locked(opened, world.domain_uuid) as writer:
                assert await writer.differences() == []
            async with database.owner() as owner:
                assert await owner.fetchval(BEGUN) >= await owner.fetchval(
                    "select raw_since from domains"
                )
            wide = days(date(2026, 2, 20), date(2026, 6, 20), zone(name))
            after = await by_day(opened, world, user, wide)
            for figure in FIGURES:
                assert sum(row[figure] for row in after[0]) == sum(
                    row[figure] for row in before[0]
                ), (name, figure)
            assert after[2] == before[2]
            assert after[1] == before[1]


async def test_it_goes_on_where_it_was_interrupted(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, user = company()
    async with database.owner() as owner:
        await world.store(owner)
    monkeypatch.setattr(retention, "BATCH", 30)

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    async with database.opened() as opened:
        before = await by_day(opened, world, user)
        with pytest.raises(KeyboardInterrupt):
            await retention.retain(opened, world.domain_uuid, 2, NOW, stop)
        assert await by_day(opened, world, user) == before
        _, gone = await retention.retain(opened, world.domain_uuid, 2, NOW)
        assert gone.calls > 30
        assert await by_day(opened, world, user) == before
