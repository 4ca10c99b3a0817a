"""The query that the design is judged by."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, client_of
from tests.process import ROOT
from tests.world import World

DASHBOARD = json.loads((ROOT / "examples" / "dashboard.json").read_text("utf-8"))["query"]


def company(agents: int) -> World:
    world = World()
    department = world.department("Sales")
    groups = [world.group(f"Team {number}", department) for number in range(3)]
    for number in range(agents):
        user = world.user(
            f"agent{number:03}",
            extensions=[f"{1000 + number}"],
            groups=[groups[number % 3]],
            first_name=f"Agent {number}",
        )
        for day in range(3):
            world.call(NOW - timedelta(days=day, minutes=number), user)
        world.activity(user, "pause", NOW - timedelta(hours=2), 600)
    return world


async def test_dashboard_reconciles(database: TestDatabase) -> None:
    async with database.owner() as owner:
        world = await company(7).store(owner)
    async with client_of(database, world.domain_uuid) as client:
        data = await client.ask(DASHBOARD, period={"preset": "LAST_7_DAYS"})
    users, groups = data["users"]["nodes"], data["groups"]["nodes"]
    assert [user["username"] for user in users] == [f"agent{number:03}" for number in range(7)]
    for user in users:
        assert user["callStats"]["totalCall"] == 3
        assert len(user["dailyReports"]) == 7
        assert sum(day["totalCall"] for day in user["dailyReports"]) == 3
    of_groups = sum(day["totalCall"] for group in groups for day in group["dailyReports"])
    assert of_groups == sum(user["callStats"]["totalCall"] for user in users) == 21
    assert sum(group["agentTime"]["totalPauseSec"] for group in groups) == 7 * 600


async def statements_of_dashboard(database: TestDatabase, agents: int) -> list[str]:
    from gateway.store.snapshot import Snapshot

    seen: list[str] = []
    original = Snapshot._fetch_now

    async def counted(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        seen.append(name)
        return await original(self, name, *arguments, **options)

    async with database.owner() as owner:
        world = await company(agents).store(owner)
    async with client_of(database, world.domain_uuid) as client:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Snapshot, "_fetch_now", counted)
            await client.ask(DASHBOARD, period={"preset": "LAST_30_DAYS"})
    return seen


@pytest.mark.parametrize("agents", [3, 300])
async def test_statements_do_not_grow_with_users(database: TestDatabase, agents: int) -> None:
    seen = await statements_of_dashboard(database, agents)
    assert sorted(seen) == [
        "reads/agent_time_by_member",
        "reads/call_days_by_member",
        "reads/call_days_by_user",
        "reads/domain",
        "reads/extensions_by_user",
        "reads/groups_by_user",
        "reads/groups_page",
        "reads/users_by_group",
        "reads/users_page",
    ]
