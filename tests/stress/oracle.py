"""Two ways of counting in one snapshot: what the reports say, and plain SQL over the records."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.measures import MEASURES
from gateway.period import Grain, Period, days, zone
from gateway.store.agents import agent_time
from gateway.store.calls import call_buckets, call_stats
from gateway.store.rows import Subject
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.ingest.conftest import DIFFERENT_AGENT_DAYS, DIFFERENT_DAYS, DIFFERENT_QUARTERS
from tests.ingest.office import NOW, Office, key
from tests.laws.recount import agent_seconds, recounted, zeros
from tests.laws.test_calls import figures, part, total
from tests.stress.batches import DAYS, FIRST, NUMBERS, TWO_YEARS, USERS, ZONES

ALL = tuple(MEASURES)
EVER = date(2023, 1, 1), date(2027, 1, 1)
BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)
SUBJECTS: dict[Subject, Sequence[UUID]] = {
    "user": [key(name) for name in USERS],
    "group": [key("sales")],
    "department": [key("front")],
    "extension": [key(number) for number in NUMBERS if number],
}

# What retention deletes is put aside, so that it can still be counted.
KEEPING = (
    "create table kept_calls (like calls)",
    "create table kept_activities (like agent_activities)",
    """
    create function keep() returns trigger language plpgsql security definer as $$
    begin
        if old.started_at < (select raw_since from domains where domain_uuid = old.domain_uuid)
        then
            execute format('insert into %I select ($1).*', tg_argv[0]) using old;
        end if;
        return old;
    end $$
    """,
    "create trigger keep before delete on calls for each row execute function keep(kept_calls)",
    """
    create trigger keep before delete on agent_activities
    for each row execute function keep(kept_activities)
    """,
    "grant select on kept_calls, kept_activities to gateway_service",
)
EVERYTHING = """
    select
        (select array[count(*), sum(duration), sum(billsec)] from (
            select duration, billsec from calls where domain_uuid = $1
            union all select duration, billsec from kept_calls where domain_uuid = $1
        ) c)::bigint[] as calls,
        (select coalesce(sum(seconds), 0) from (
            select seconds from agent_activities where domain_uuid = $1
            union all select seconds from kept_activities where domain_uuid = $1
        ) a)::bigint as seconds
"""


async def keep(place: TestDatabase) -> None:
    """Make retention put aside what it deletes; what a writer deletes is gone."""
    async with place.owner() as owner:
        for text in KEEPING:
            await owner.execute(text)


class Reader:
    """Each look is one snapshot, in which all figures must agree."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.looks = 0

    async def look(self, office: Office) -> None:
        now = NOW - timedelta(days=self.chance.choice((0, 88)))
        async with office.database.snapshot(office.domain_uuid, now) as snapshot:
            uuid = office.domain_uuid
            snapshot.viewer = Viewer(uuid, Role.ADMIN, uuid, "reader")
            check = self.chance.choice((_days, _everything, self._calls, self._calls, self._time))
            await check(snapshot)
        self.looks += 1

    async def look_at_all(self, office: Office) -> None:
        for _ in range(20):
            await self.look(office)

    async def _calls(self, snapshot: Snapshot) -> None:
        subject, keys = self._subject(snapshot)
        period = self._period(snapshot)
        grain = self.chance.choice(tuple(Grain))
        connection: Any = snapshot._connection
        expected = dict(await recounted(connection, snapshot.domain_uuid, subject, period, grain))
        found = await call_buckets(snapshot, keys, subject, period, grain, ALL)
        whole = await call_stats(snapshot, keys, subject, period, ALL)
        where = (subject, period, grain, snapshot.domain)
        for uuid in keys:
            assert total(found[uuid]) == figures(whole[uuid]), where
            for bucket in found[uuid]:
                name = part(bucket, grain, period)
                assert figures(bucket) == expected.pop((uuid, name), zeros()), (name, *where)
        # Of extensions and users that nobody asked for, and nothing else.
        assert not {uuid for uuid, _ in expected} & set(keys), where

    async def _time(self, snapshot: Snapshot) -> None:
        subject, keys = self._subject(snapshot)
        if subject in {"extension", "domain"}:
            subject, keys = "user", SUBJECTS["user"]
        period, whole = self._period(snapshot), self.chance.random() < 0.5
        connection: Any = snapshot._connection
        found = await agent_time(snapshot, keys, subject, period, whole)
        expected = await agent_seconds(
            connection, snapshot.domain_uuid, subject, period, snapshot.now, whole=whole
        )
        for uuid, row in found.items():
            seconds = {s: row[f"total_{s}_sec"] for s in ("pause", "wait", "talk", "dispo")}
            none = dict.fromkeys(seconds, 0)
            where = (subject, period, whole, snapshot.domain)
            assert seconds == none | dict(expected.get(uuid, {})), where
        assert found or not expected

    def _subject(self, snapshot: Snapshot) -> tuple[Subject, Sequence[UUID]]:
        if self.chance.random() < 0.3:
            return "domain", [snapshot.domain_uuid]
        subject = self.chance.choice(tuple(SUBJECTS))
        return subject, SUBJECTS[subject]

    def _period(self, snapshot: Snapshot) -> Period:
        """Whole days of the domain's zone or another, or days with a piece off at each end; all of
        it where the records are still there.
        """
        chance = self.chance
        tz = chance.choice((snapshot.zone, snapshot.zone, zone(chance.choice(ZONES))))
        first = FIRST - chance.choice((timedelta(), timedelta(), TWO_YEARS))
        first += timedelta(days=chance.randrange(-1, DAYS))
        period = days(first, first + timedelta(days=chance.randrange(DAYS)), tz)
        start, end = period.start, period.end
        if chance.random() < 0.5:
            start += timedelta(seconds=chance.randrange(100_000))
            end = max(start, end - timedelta(microseconds=chance.randrange(10**11)))
        if snapshot.raw_since is not None:
            start = max(start, snapshot.raw_since)
            end = max(start, end)
        return Period(start, end, tz)


async def _days(snapshot: Snapshot) -> None:
    """Every stored day and quarter hour, and none that is not stored, is what its records are."""
    since = snapshot.raw_since
    first = date.min if since is None else since.astimezone(snapshot.zone).date()
    for text in (DIFFERENT_DAYS, DIFFERENT_AGENT_DAYS):
        rows = await snapshot._connection.fetch(text)
        # The day on which the records begin may have lost some of them.
        kept = [row for row in rows if row["day"] > first]
        assert kept == [], snapshot.domain
    assert await snapshot._connection.fetch(DIFFERENT_QUARTERS) == [], snapshot.domain


async def _everything(snapshot: Snapshot) -> None:
    """Whatever there ever was is still counted, once, whether it is kept as a record or a day."""
    (row,) = await snapshot._connection.fetch(EVERYTHING, snapshot.domain_uuid)
    ever = days(*EVER, snapshot.zone)
    found = await call_stats(snapshot, [snapshot.domain_uuid], "domain", ever, ALL)
    calls = found[snapshot.domain_uuid]
    counted = [calls[name] for name in ("total_call", "total_duration", "total_billsec")]
    assert counted == [number or 0 for number in row["calls"]], snapshot.domain
    # What goes on is in no day.
    snapshot.now = BEFORE_EVERYTHING
    for whole in (True, False):
        times = await agent_time(snapshot, SUBJECTS["user"], "user", ever, whole)
        seconds = sum(
            time[f"total_{state}_sec"]
            for time in times.values()
            for state in ("pause", "wait", "talk", "dispo")
        )
        assert seconds == row["seconds"], (whole, snapshot.domain)
