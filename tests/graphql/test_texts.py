"""Figures written by PostgreSQL: what fails takes nothing with it that stands beside it."""

from datetime import timedelta
from itertools import cycle

from gateway.graphql.plans import MOST_TEXT
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, client_of, stored
from tests.world import World

# Local midnight in Hanoi.
MIDNIGHT = NOW.replace(hour=17, minute=0) - timedelta(days=1)
SOME = ("totalCall", "totalAnswered", "totalDuration")
FIELDS = """query ($period: Period, $zone: TimeZone) { users { nodes {
    callStats(period: $period, timeZone: $zone) { totalCall totalBillsec }
    dailyReports(period: $period, timeZone: $zone) { date totalCall }
    timeline(grain: HOUR, period: $period, timeZone: $zone) { start totalCall }
} } }"""


async def test_a_period_is_told_where_its_days_are_not_known_any_more(
    database: TestDatabase,
) -> None:
    world = World("shop")
    an, _ = world.user("an"), world.user("binh")
    for hours in (1, 20, 40):
        world.call(MIDNIGHT - timedelta(hours=hours), an)
    await stored(database, world)
    async with database.owner() as owner:
        await owner.execute("update domains set raw_since = $1", MIDNIGHT)
    whole_days = {
        "start": (MIDNIGHT - timedelta(days=2)).isoformat(),
        "end": MIDNIGHT.isoformat(),
    }
    bodies = []
    for executor in ("fast", "plain"):
        async with client_of(database, world.domain_uuid, executor=executor) as client:
            answer = await client.post(
                FIELDS, period={"range": whole_days}, zone="America/New_York"
            )
            bodies.append(answer.json())
    fast, plain = bodies
    assert fast["data"] == plain["data"]
    assert [node["callStats"]["totalCall"] for node in fast["data"]["users"]["nodes"]] == [3, 0]
    told = [
        sorted((each["extensions"]["code"], each["path"][2:]) for each in body["errors"])
        for body in bodies
    ]
    assert told[0] == told[1]
    assert told[0] == [
        ("PERIOD_TOO_OLD", [number, field])
        for number in (0, 1)
        for field in ("dailyReports", "timeline")
    ]


async def test_a_key_that_is_too_long_to_be_kept_is_answered(database: TestDatabase) -> None:
    world = World("shop")
    world.user("an")
    await stored(database, world)
    key = "k" * (MOST_TEXT + 1)
    question = f"{{ users {{ nodes {{ dailyReports {{ {key}: date totalCall }} }} }} }}"
    async with client_of(database, world.domain_uuid) as client:
        data = await client.ask(question)
    assert data["users"]["nodes"] == [{"dailyReports": [{key: "2026-03-11", "totalCall": 0}]}]


async def test_more_figures_than_a_call_has_arguments(database: TestDatabase) -> None:
    world = World("shop")
    an = world.user("an")
    world.call(MIDNIGHT - timedelta(hours=1), an)
    await stored(database, world)
    keys = [f"a{number}" for number in range(60)]
    asked = " ".join(f"{key}: {name}" for key, name in zip(keys, cycle(SOME), strict=False))
    question = (
        f"{{ users {{ nodes {{ callStats(period: {{preset: YESTERDAY}}) {{ {asked} }} }} }} }}"
    )
    async with client_of(database, world.domain_uuid, max_aliases=100) as client:
        data = await client.ask(question)
        plain = await client.ask(question.replace(asked, " ".join(SOME)))
    (found,), (figures,) = (each["users"]["nodes"] for each in (data, plain))
    assert list(found["callStats"]) == keys
    assert figures["callStats"]["totalCall"] == 1
    for key, name in zip(keys, cycle(SOME), strict=False):
        assert found["callStats"][key] == figures["callStats"][name]
