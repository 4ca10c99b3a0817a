"""Users ranked by their calls: places, ties, who has no value, and what is asked of each."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, Client, client_of, stored
from tests.world import World

TODAY = NOW - timedelta(hours=1)
# Local midnight in Hanoi, and an hour that is no edge of a day nor of a quarter.
MIDNIGHT = NOW.replace(hour=17, minute=0) - timedelta(days=1)
RANKING = """query ($by: CallMetric!, $direction: SortDirection = DESC, $first: Int = 10,
        $users: UserFilter, $filter: StatsFilter, $period: Period, $shift: PeriodShift) {
    users(first: 1, filter: $users) { ranking(by: $by, direction: $direction, first: $first,
        filter: $filter, period: $period, shift: $shift) {
            rank user { username } callStats { totalCall answerRate period { start } } } } }"""


@pytest.fixture
def shop() -> World:
    """Calls today: an and binh two, chi three, duc none, em one; gone many."""
    world = World("shop")
    sales = world.group("Sales")
    care = world.group("Care", world.department("Support"))
    an = world.user("an", groups=[sales])
    binh = world.user("binh", groups=[sales, care])
    chi = world.user("chi", groups=[care], level="leader")
    world.user("duc", groups=[sales])
    em = world.user("em")
    gone = world.user("gone", groups=[sales], removed_at=NOW)
    for user, answered, missed in ((an, 1, 1), (binh, 2, 0), (chi, 0, 3), (em, 1, 0), (gone, 9, 0)):
        for number in range(answered):
            world.call(TODAY + timedelta(minutes=number), user)
        for number in range(missed):
            world.call(TODAY + timedelta(minutes=number), user, direction="local", status="busy")
    world.call(NOW - timedelta(days=1, hours=2), em)
    world.call(NOW - timedelta(days=1, hours=-2), em)
    world.call(MIDNIGHT, an)
    world.call(MIDNIGHT - timedelta(microseconds=1), em)
    return world


@pytest.fixture
async def client(database: TestDatabase, shop: World) -> AsyncIterator[Client]:
    other = World("other")
    other.call(TODAY, other.user("an"))
    await stored(database, shop, other)
    async with client_of(database, shop.domain_uuid) as found:
        yield found


async def places(client: Client, **said: Any) -> list[tuple[int, str, int]]:
    rows = (await client.ask(RANKING, **said))["users"]["ranking"]
    return [(row["rank"], row["user"]["username"], row["callStats"]["totalCall"]) for row in rows]


async def test_equal_values_share_a_rank_in_the_order_of_usernames(client: Client) -> None:
    assert await places(client, by="TOTAL_CALL") == [
        (1, "an", 3), (1, "chi", 3), (3, "binh", 2), (4, "em", 1), (5, "duc", 0),
    ]  # fmt: skip
    assert await places(client, by="TOTAL_CALL", direction="ASC") == [
        (1, "duc", 0), (2, "em", 1), (3, "binh", 2), (4, "an", 3), (4, "chi", 3),
    ]  # fmt: skip


async def test_who_has_no_value_is_last_from_both_ends(client: Client) -> None:
    best = await places(client, by="ANSWER_RATE")
    assert best == [(1, "binh", 2), (1, "em", 1), (3, "an", 3), (4, "chi", 3), (5, "duc", 0)]
    worst = await places(client, by="ANSWER_RATE", direction="ASC")
    assert worst == [(1, "chi", 3), (2, "an", 3), (3, "binh", 2), (3, "em", 1), (5, "duc", 0)]
    # Without an answered call there is no talk time to average.
    talk = await places(client, by="AVERAGE_BILLSEC")
    assert talk[3:] == [(4, "chi", 3), (4, "duc", 0)]


async def test_first_cuts_and_more_than_there_are_is_all(client: Client) -> None:
    whole = await places(client, by="TOTAL_CALL", first=500)
    assert len(whole) == 5
    for first in range(5):
        assert await places(client, by="TOTAL_CALL", first=first) == whole[:first]


@pytest.mark.parametrize("first", [-1, 501])
async def test_first_has_bounds(client: Client, first: int) -> None:
    response = await client.post(RANKING, by="TOTAL_CALL", first=first)
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "first"}
    # Before anything runs.
    assert "data" not in response.json()


async def test_users_are_filtered_and_all_that_match_are_ranked(
    client: Client, shop: World
) -> None:
    sales, care = [str(row["group_uuid"]) for row in shop.rows["groups"]]
    (department,) = [str(row["department_uuid"]) for row in shop.rows["departments"]]
    in_sales = await places(client, by="TOTAL_CALL", users={"groups": [sales]})
    assert in_sales == [(1, "an", 3), (2, "binh", 2), (3, "duc", 0)]
    both = await places(client, by="TOTAL_CALL", users={"groups": [sales, care]})
    assert [name for _, name, _ in both] == ["an", "chi", "binh", "duc"]
    there = await places(client, by="TOTAL_CALL", users={"departments": [department]})
    assert there == [(1, "chi", 3), (2, "binh", 2)]
    assert await places(client, by="TOTAL_CALL", users={"levels": ["LEADER"]}) == [(1, "chi", 3)]
    assert await places(client, by="TOTAL_CALL", users={"search": "nobody"}) == []


async def test_calls_are_filtered(client: Client) -> None:
    local = await places(client, by="TOTAL_CALL", filter={"direction": ["LOCAL"]})
    assert local[:3] == [(1, "chi", 3), (2, "an", 1), (3, "binh", 0)]
    none = await places(client, by="TOTAL_CALL", filter={"direction": []})
    assert none == [(1, name, 0) for name in ("an", "binh", "chi", "duc", "em")]


async def test_a_ranking_of_yesterday_until_the_same_time(client: Client) -> None:
    said = {"by": "TOTAL_CALL", "first": 1}
    (row,) = (await client.ask(RANKING, **said, shift="DAY"))["users"]["ranking"]
    # At half past four; the one call later in the evening does not count.
    assert (row["user"]["username"], row["callStats"]["totalCall"]) == ("em", 1)
    assert row["callStats"]["period"] == {"start": "2026-03-09T17:00:00Z"}
    assert await places(client, **said, period={"preset": "YESTERDAY"}) == [(1, "em", 3)]


async def test_edges_that_are_no_midnights_are_exact(client: Client) -> None:
    since = MIDNIGHT - timedelta(microseconds=1)
    for start, end, expected in (
        (since, MIDNIGHT, [("em", 1), ("an", 0)]),
        (MIDNIGHT, MIDNIGHT + timedelta(microseconds=1), [("an", 1), ("binh", 0)]),
        (since, NOW, [("an", 3), ("chi", 3)]),
        (MIDNIGHT, MIDNIGHT, [("an", 0), ("binh", 0)]),
    ):
        period = {"range": {"start": start.isoformat(), "end": end.isoformat()}}
        found = await places(client, by="TOTAL_CALL", first=2, period=period)
        assert [(name, calls) for _, name, calls in found] == expected


async def test_what_is_asked_of_the_figures_is_found_wherever_it_stands(client: Client) -> None:
    query = """{ users { ranking(by: TOTAL_CALL, first: 1) { ...A b: callStats { ...M } }
        again: ranking(by: TOTAL_CALL, first: 1) { callStats { __typename } }
        bare: ranking(by: TOTAL_CALL, first: 1) { rank } } }
      fragment A on UserRank { ... on UserRank { callStats { totalBillsec } } user { ...U } }
      fragment U on User { callStats { totalLocal } }
      fragment M on CallMeasures { averageDuration ... on CallStats { totalBusy abandonRate } }"""
    users = (await client.ask(query))["users"]
    (row,) = users["ranking"]
    assert row["callStats"] == {"totalBillsec": 60}
    assert row["b"] == {"averageDuration": 60.0, "totalBusy": 1, "abandonRate": None}
    assert row["user"] == {"callStats": {"totalLocal": 1}}
    assert users["again"] == [{"callStats": {"__typename": "CallStats"}}]
    assert users["bare"] == [{"rank": 1}]


async def test_days_are_ranked_after_their_calls_are_gone(
    database: TestDatabase, client: Client, shop: World
) -> None:
    async with database.owner() as owner:
        await owner.execute(
            "update domains set raw_since = $2 where domain_uuid = $1", shop.domain_uuid, MIDNIGHT
        )
        await owner.execute(
            "delete from calls where domain_uuid = $1 and started_at < $2",
            shop.domain_uuid,
            MIDNIGHT,
        )
    yesterday = {"by": "TOTAL_CALL", "period": {"preset": "YESTERDAY"}}
    assert (await places(client, **yesterday))[0] == (1, "em", 3)
    error = await client.error(RANKING, by="TOTAL_CALL", shift="DAY")
    assert error["extensions"]["code"] == "PERIOD_TOO_OLD"
    assert error["path"] == ["users", "ranking"]


async def test_the_plain_executor_answers_the_same(database: TestDatabase, shop: World) -> None:
    await stored(database, shop)
    bodies = []
    for executor in ("fast", "plain"):
        async with client_of(database, shop.domain_uuid, executor=executor) as client:
            bodies.append((await client.post(RANKING, by="AVERAGE_DURATION")).content)
    assert bodies[0] == bodies[1]
