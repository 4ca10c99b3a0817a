"""What a query costs: statements, whatever the number of rows."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.store.snapshot import Snapshot
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, client_of, stored
from tests.world import World

NESTED = """
query ($period: Period) {
  domain {
    name callStats(period: $period) { totalCall } timeline(grain: HOUR) { totalCall }
    calls(period: $period, first: 20) { totalCount nodes {
        extension { extension user { username } } user { username groups { name } } } }
    users(first: 500) {
      totalCount
      callStats(period: $period) { totalCall }
      ranking(by: ANSWER_RATE, period: $period) { rank callStats { totalCall }
        user { activity { state } groups { name } callStats(period: $period) { totalCall } } }
      nodes {
        activity { state since }
        extension { user { username } callStats(period: $period) { totalBillsec } }
        extensions { extension user { groups { name } } }
        groups { name department { name } users { username extension { extension } } }
        departments { name groups { name } }
        leaders { username managers { username } } managers { username }
        callStats(period: $period) { totalCall answerRate }
        before: callStats(period: $period, shift: WEEK) { totalCall }
        dailyReports(period: $period) { totalCall }
        timeline(grain: WEEK, period: $period) { totalCall }
        calls(period: $period, first: 2) { totalCount nodes { user { username } } }
        agentTime(period: $period) { loginSec user { username } }
      }
    }
    groups { totalCount nodes { users { groups { name } activity { state } } } }
    departments { nodes { users { username } } }
    departments { nodes { agentTime { loginSec } } }
    extensions(first: 500) { nodes { user { leaders { username } } } }
  }
}
"""


PLACES = {
    "reads/users_by_uuid": NESTED.count("user {"),
    "reads/groups_by_user": NESTED.count(" groups {"),
    "reads/extensions_by_user": NESTED.count("extension {") + NESTED.count("extensions {"),
    "reads/call_buckets_by_member": 7,
    "reads/users_ranking": 1,
    "reads/open_activities_by_user": 3,
    "reads/superiors_by_user": 4,
    "reads/users_by_group": 2,
    "reads/users_by_department": 1,
    "reads/users_page": 1,
}


def company(agents: int) -> World:
    world = World()
    departments = [world.department(f"Department {number}") for number in range(2)]
    groups = [world.group(f"Team {number}", departments[number % 2]) for number in range(3)]
    for number in range(agents):
        level = ("agent", "leader", "manager")[number % 3]
        # Some have no group, some no extension.
        member = [groups[number % 3], groups[(number + 1) % 3]] if number % 5 else [groups[0]]
        extensions = [f"{1000 + number}"] if number % 4 != 1 else []
        user = world.user(f"u{number:03}", extensions=extensions, groups=member, level=level)
        for day in range(3):
            world.call(NOW - timedelta(days=day, minutes=number), user)
        world.call(NOW - timedelta(minutes=number), None)
        world.activity(user, "pause", NOW - timedelta(hours=2), 600)
        world.activity(user, "wait", NOW - timedelta(hours=1), None)
    return world


async def statements(database: TestDatabase, world: World, query: str) -> list[str]:
    seen: list[str] = []
    original = Snapshot._fetch_now

    async def counted(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        seen.append(name)
        return await original(self, name, *arguments, **options)

    await stored(database, world)
    async with client_of(database, world.domain_uuid) as client:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Snapshot, "_fetch_now", counted)
            await client.ask(query, period={"preset": "LAST_7_DAYS"})
    return sorted(seen)


async def test_a_deep_query_costs_the_same_for_many(database: TestDatabase) -> None:
    few, many = company(3), company(100)
    few.name, many.name = "few", "many"
    of_few = set(await statements(database, few, NESTED))
    of_many = await statements(database, many, NESTED)
    assert set(of_many) == of_few
    # At most one for each place in the document at which it is read; fewer where all was read.
    for name, places in PLACES.items():
        assert of_many.count(name) <= places, name
    assert len(of_many) < 40


async def test_what_is_asked_twice_is_read_once(database: TestDatabase) -> None:
    query = """{ users { nodes { groups { name } a: groups { uuid }
        callStats { totalCall } b: callStats { totalCall } } } }"""
    seen = await statements(database, company(4), query)
    assert seen == [
        "reads/call_days_by_user",
        "reads/domain",
        "reads/groups_by_user",
        "reads/users_page",
    ]


async def test_nothing_is_read_for_what_is_not_asked(database: TestDatabase) -> None:
    query = """query ($without: Boolean = false) { users { nodes { username
        callStats @include(if: $without) { totalCall } ...F @include(if: $without) } }
        domain { name callStats { period { start } __typename } } }
        fragment F on User { groups { name } }"""
    seen = await statements(database, company(4), query)
    assert seen == ["reads/domain", "reads/users_page"]
