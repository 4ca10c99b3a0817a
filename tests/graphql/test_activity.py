"""What an agent does now: of what goes on, and for as long as it does."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.ingest.imports import import_activities
from gateway.ingest.records import ActivityRecord
from gateway.store.snapshot import Snapshot
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, client_of, stored
from tests.graphql.test_kept_answers import Place, placed
from tests.walls.firm import NOON, Firm, firm
from tests.world import World

WEEK = timedelta(days=7)
MOMENT = timedelta(microseconds=1)
QUERY = "{ users(first: 50) { nodes { username activity { state since pauseCode } } } }"


async def activities(database: TestDatabase, world: World, query: str = QUERY) -> dict[str, Any]:
    await stored(database, world)
    async with client_of(database, world.domain_uuid) as client:
        nodes = (await client.ask(query))["users"]["nodes"]
    return {node["username"]: node["activity"] for node in nodes}


def state(activity: Any) -> Any:
    return activity and activity["state"]


async def test_of_what_goes_on_the_last_that_began(database: TestDatabase) -> None:
    world = World()
    hour = timedelta(hours=1)
    an, binh, chi = (world.user(name) for name in ("an", "binh", "chi"))
    duc, em, giang, hoa = (world.user(name) for name in ("duc", "em", "giang", "hoa"))
    world.activity(an, "pause", NOW - hour, None, pause_code="LUNCH")
    world.activity(an, "wait", NOW - 2 * hour, None)
    world.activity(binh, "talk", NOW - hour, 60)
    world.activity(chi, "dispo", NOW, None)
    world.activity(duc, "talk", NOW + MOMENT, None)
    world.activity(em, "wait", NOW - WEEK, None)
    world.activity(giang, "wait", NOW - WEEK + MOMENT, None)
    world.activity(hoa, "talk", NOW - hour, None)
    world.activity(hoa, "wait", NOW + hour, None)
    found = await activities(database, world)
    assert found["an"] == {"state": "PAUSE", "since": "2026-03-11T08:30:00Z", "pauseCode": "LUNCH"}
    assert found["chi"] == {"state": "DISPO", "since": "2026-03-11T09:30:00Z", "pauseCode": ""}
    assert {name: state(found[name]) for name in ("binh", "duc", "em", "giang", "hoa")} == {
        "binh": None, "duc": None, "em": None, "giang": "WAIT", "hoa": "TALK",
    }  # fmt: skip


async def test_a_domain_without_activities_has_none(database: TestDatabase) -> None:
    world = World()
    world.user("an")
    assert await activities(database, world) == {"an": None}


async def test_those_of_others_are_not_seen(database: TestDatabase) -> None:
    ours, theirs = firm("ours"), firm("theirs")
    for each in (ours, theirs):
        for name in ("an", "lan", "chi"):
            each.activity(each.uuid(name), "talk", NOON, None)
    group = '{ group(uuid: "%s") { users { username activity { state } } } }'
    async with placed(database, ours, theirs) as place:
        leader = await place.token(ours, "lan")
        nodes = (await place.ask(leader, QUERY)).json()["data"]["users"]["nodes"]
        talking = {node["username"] for node in nodes if node["activity"]}
        assert talking == {"an", "lan"}
        care = (await place.ask(leader, group % ours.uuid("Care"))).json()["data"]["group"]
        assert care == {"users": [{"username": "duc", "activity": None}]}
        foreign = await place.ask(leader, group % theirs.uuid("North"))
        assert foreign.json() == {"data": {"group": None}}


def opened(started_at: Any, seconds: int | None = None, **changes: Any) -> ActivityRecord:
    return ActivityRecord(
        **{
            "source": "test",
            "source_key": f"an {started_at}",
            "username": "an",
            "state": "talk",
            "started_at": started_at,
            "seconds": seconds,
            **changes,
        }
    )


async def of_an(place: Place, token: str) -> Any:
    query = '{ user(by: {username: "an"}) { activity { state since pauseCode } } }'
    response: httpx.Response = await place.ask(token, query)
    return response.json()["data"]["user"]["activity"]


async def written(place: Place, of: Firm, *records: ActivityRecord) -> None:
    counts = await import_activities(place.opened, of.domain_uuid, records, "test", NOON)
    assert counts.rejected == 0


async def test_an_activity_opens_and_closes(database: TestDatabase) -> None:
    aurora = firm("Aurora")
    async with placed(database, aurora) as place:
        token, now = await place.token(aurora, "admin"), place.clock.now
        assert await of_an(place, token) is None
        await written(place, aurora, opened(now))
        assert state(await of_an(place, token)) == "TALK"
        place.clock.now += timedelta(minutes=3)
        # It ends, and the next begins, in one commit.
        after = opened(place.clock.now, state="pause", pause_code="BREAK")
        await written(place, aurora, opened(now, 180), after)
        assert (await of_an(place, token))["pauseCode"] == "BREAK"
        await written(place, aurora, opened(after.started_at, 0, state="pause"))
        assert await of_an(place, token) is None


async def test_an_answer_is_kept_until_a_write_or_the_weeks_end(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    aurora = firm("Aurora")
    reads: list[str] = []
    original = Snapshot.rows

    async def rows(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        reads.append(name)
        return await original(self, name, *arguments, **options)

    async with placed(database, aurora) as place:
        token, began = await place.token(aurora, "admin"), place.clock.now
        await written(place, aurora, opened(began))
        monkeypatch.setattr(Snapshot, "rows", rows)
        first = await of_an(place, token)
        assert first is not None
        # Over midnights too: nothing of it is about a day.
        for later in (timedelta(seconds=1), timedelta(hours=12), WEEK - MOMENT):
            place.clock.now = began + later
            assert await of_an(place, token) == first
        assert reads.count("open_activities_by_user") == 1
        await written(place, aurora, opened(began - WEEK, 1, source_key="another"))
        assert await of_an(place, token) == first
        assert reads.count("open_activities_by_user") == 2
        place.clock.now = began + WEEK
        assert await of_an(place, token) is None
        place.clock.now = began
        assert await of_an(place, token) == first


async def test_one_that_is_to_come_begins_in_its_time(database: TestDatabase) -> None:
    aurora = firm("Aurora")
    aurora.activity(aurora.uuid("an"), "wait", NOON + timedelta(hours=4), None)
    async with placed(database, aurora) as place:
        token = await place.token(aurora, "admin")
        assert await of_an(place, token) is None
        place.clock.now = NOON + timedelta(hours=4) - MOMENT
        assert await of_an(place, token) is None
        place.clock.now += MOMENT
        assert state(await of_an(place, token)) == "WAIT"


async def test_the_plain_executor_answers_the_same(database: TestDatabase) -> None:
    world = World()
    for number, doing in enumerate(("pause", "wait", "talk", "dispo", None)):
        user = world.user(f"u{number}")
        if doing:
            world.activity(user, doing, NOW - timedelta(minutes=number), None)
    await stored(database, world)
    bodies = []
    for executor in ("fast", "plain"):
        async with client_of(database, world.domain_uuid, executor=executor) as client:
            bodies.append((await client.post(QUERY)).content)
    assert bodies[0] == bodies[1]
