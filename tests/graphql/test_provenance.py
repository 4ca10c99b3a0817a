"""Where calls come from, and how fresh each source is."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.ingest.imports import import_activities, import_calls, import_directory, undo
from gateway.ingest.records import ActivityRecord, CallRecord, Directory, DomainEntry, UserEntry
from gateway.store import batches
from gateway.store.database import Database
from gateway.store.statements import statement
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.graphql.company import TUESDAY_ONLY, company
from tests.graphql.conftest import NOW, client_of, stored
from tests.graphql.test_statements import statements
from tests.world import World

DOMAIN = UUID(int=0xD0)
AGENT = UUID(int=0xA0)
START = datetime(2026, 3, 10, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_a_call_tells_where_it_is_from_and_why_it_ended_so(database: TestDatabase) -> None:
    example = company()
    await stored(database, example)
    query = """
        query ($period: Period!) { domain { calls(period: $period, orderBy: OLDEST_FIRST) { nodes {
            status statusRule statusExplanation source sourceKey
            queue { uuid name extension }
            batch { uuid kind origin startedAt finishedAt undoneAt read new replaced unchanged
                deleted rejected }
        } } } }
    """
    async with client_of(database, example.domain_uuid) as client:
        data = await client.ask(query, period=TUESDAY_ONLY)
    found = data["domain"]["calls"]["nodes"]
    (line,) = example.uuids("queues")
    (batch,) = example.uuids("import_batches")
    assert found[0] == {
        "status": "ANSWERED",
        "statusRule": "answered",
        "statusExplanation": "The other party was connected: inbound, an agent."
        " An outbound call that ends so counts as answered.",
        "source": "pbx",
        "sourceKey": "1.1",
        "queue": None,
        "batch": {
            "uuid": str(batch),
            "kind": "CALLS",
            "origin": "pbx.csv",
            "startedAt": "2026-03-11T09:30:00Z",
            "finishedAt": "2026-03-11T09:30:00Z",
            "undoneAt": None,
            "read": 9,
            "new": 8,
            "replaced": 0,
            "unchanged": 0,
            "deleted": 0,
            "rejected": 1,
        },
    }
    lost = found[6]
    assert (lost["statusRule"], lost["queue"]) == (
        "queue",
        {"uuid": str(line), "name": "Hotline", "extension": "600"},
    )
    assert lost["statusExplanation"].startswith("The caller left a queue")
    bare = found[1]
    assert (bare["statusRule"], bare["statusExplanation"], bare["source"]) == ("", None, "")
    assert (bare["batch"], bare["queue"]) == (None, None)


class Office:
    """A domain that the imports write; `ask` gives its sources."""

    def __init__(self, place: TestDatabase, database: Database) -> None:
        self.place = place
        self.database = database

    async def ask(self, wanted: str, now: datetime = NOW) -> list[dict[str, Any]]:
        async with client_of(self.place, DOMAIN, now) as client:
            found: list[dict[str, Any]] = (
                await client.ask(f"{{ domain {{ sources {{ name {wanted} }} }} }}")
            )["domain"]["sources"]
        return found

    async def newest(self) -> dict[str, tuple[str | None, str | None]]:
        found = await self.ask("newestCall newestActivity")
        return {each["name"]: (each["newestCall"], each["newestActivity"]) for each in found}

    async def calls(self, *records: CallRecord, at: datetime = NOW, **options: Any) -> UUID:
        counts = await import_calls(self.database, DOMAIN, records, "calls.csv", at, **options)
        assert counts.batch_uuid is not None
        return counts.batch_uuid

    async def activity(self, number: int, source: str, at: datetime = NOW) -> UUID:
        record = ActivityRecord(
            activity_uuid=UUID(int=number),
            user_uuid=AGENT,
            state="pause",
            started_at=START + number * MINUTE,
            seconds=60,
            source=source,
        )
        counts = await import_activities(self.database, DOMAIN, [record], "agents.csv", at)
        assert counts.batch_uuid is not None
        return counts.batch_uuid


def call(number: int, source: str, **changes: Any) -> CallRecord:
    values = {
        "call_uuid": UUID(int=number),
        "started_at": START + number * MINUTE,
        "direction": "inbound",
        "status": "ivr",
        "duration": 5,
        "billsec": 0,
        "source": source,
        **changes,
    }
    return CallRecord(**values)


def minute(number: int) -> str:
    return (START + number * MINUTE).isoformat().replace("+00:00", "Z")


@pytest.fixture
async def office(database: TestDatabase) -> Any:
    domain = DomainEntry(domain_uuid=DOMAIN, domain_name="office", time_zone="Asia/Ho_Chi_Minh")
    users = [UserEntry(user_uuid=AGENT, username="an")]
    async with database.opened() as opened:
        await import_directory(opened, Directory(domain=domain, users=users), NOW)
        yield Office(database, opened)


async def test_two_sources_and_what_is_newest_of_each(office: Office) -> None:
    assert await office.newest() == {}
    await office.calls(call(1, "fs"), call(9, "ast"), call(3, "fs"))
    await office.activity(5, "ast")
    await office.activity(7, "acd")
    assert await office.newest() == {
        "acd": (None, minute(7)),
        "ast": (minute(9), minute(5)),
        "fs": (minute(3), None),
    }


async def test_the_newest_after_deletes_moves_and_undo(office: Office) -> None:
    first = await office.calls(*(call(number, "fs") for number in (1, 2, 3)), call(4, "ast"))
    await office.calls(CallRecord(call_uuid=UUID(int=3), deleted=True))
    assert (await office.newest())["fs"] == (minute(2), None)
    moved = await office.calls(call(2, "fs", started_at=START))
    assert (await office.newest())["fs"] == (minute(1), None)
    other = await office.calls(call(1, "ast", started_at=START + 50 * MINUTE))
    assert await office.newest() == {"ast": (minute(50), None), "fs": (minute(0), None)}
    for batch in (other, moved):
        await undo(office.database, DOMAIN, batch, NOW)
    assert await office.newest() == {"ast": (minute(4), None), "fs": (minute(2), None)}
    await undo(office.database, DOMAIN, first, NOW)
    assert {each for pair in (await office.newest()).values() for each in pair} <= {None}


async def test_the_newest_after_retention(office: Office) -> None:
    await office.calls(call(1, "old"), call(9, "fs"))
    async with office.place.owner() as owner:
        await owner.execute("delete from calls where started_at < $1", START + 5 * MINUTE)
    assert await office.newest() == {"fs": (minute(9), None), "old": (None, None)}


async def test_a_source_that_was_taken_back_whole_is_none(office: Office) -> None:
    batch = await office.calls(call(1, "typo"))
    await office.calls(call(2, "fs"))
    await undo(office.database, DOMAIN, batch, NOW)
    assert list(await office.newest()) == ["fs"]


async def test_the_last_import_of_a_source(office: Office) -> None:
    later = NOW + timedelta(hours=1)
    calls = await office.calls(call(1, "ast"))
    did = await office.activity(2, "ast", later)
    wanted = """lastImport { uuid kind origin new } calls: lastImport(kind: CALLS) { uuid origin }
        activities: lastImport(kind: ACTIVITIES) { uuid }
        directory: lastImport(kind: DIRECTORY) { uuid } undone: lastImport { undoneAt unchanged }"""
    (found,) = await office.ask(wanted, later)
    assert found == {
        "name": "ast",
        "lastImport": {"uuid": str(did), "kind": "ACTIVITIES", "origin": "agents.csv", "new": 1},
        "calls": {"uuid": str(calls), "origin": "calls.csv"},
        "activities": {"uuid": str(did)},
        "directory": None,
        "undone": {"undoneAt": None, "unchanged": 0},
    }
    # One that changed nothing tells all the same that the source was read.
    again = await office.calls(call(1, "ast"), at=later + MINUTE)
    (found,) = await office.ask("lastImport { uuid unchanged undoneAt }", later)
    assert found["lastImport"] == {"uuid": str(again), "unchanged": 1, "undoneAt": None}
    await undo(office.database, DOMAIN, again, later + MINUTE)
    (found,) = await office.ask("lastImport { uuid undoneAt } newestCall", later)
    assert found["lastImport"]["uuid"] == str(again)
    assert found["lastImport"]["undoneAt"] is not None
    assert found["newestCall"] == minute(1)


async def test_imports_are_not_for_who_sees_only_some(office: Office) -> None:
    batch = await office.calls(call(1, "fs"))
    async with office.database.snapshot(DOMAIN, NOW) as snapshot:
        for scope, seen in ((None, {batch}), (frozenset([AGENT]), set())):
            snapshot.viewer = Viewer(DOMAIN, Role.ADMIN, DOMAIN, "test", scope=scope)
            assert set(await batches.batches_by_uuid(snapshot, [batch])) == seen
            (source,) = (await batches.sources_by_domain(snapshot, [DOMAIN]))[DOMAIN]
            assert (source["name"], source["newest_call"]) == ("fs", START + MINUTE)


async def test_another_domains_sources_are_not_ours(office: Office, database: TestDatabase) -> None:
    other = company("other")
    await stored(database, other)
    await office.calls(call(1, "fs"))
    assert list(await office.newest()) == ["fs"]
    async with client_of(database, other.domain_uuid) as client:
        data = await client.ask("{ domain { sources { name lastImport { rejected } } } }")
    assert data["domain"]["sources"] == [{"name": "pbx", "lastImport": {"rejected": 1}}]


async def test_sources_and_batches_cost_the_same_for_many(database: TestDatabase) -> None:
    query = """{ domain { sources { name newestCall lastImport { origin } }
        calls(period: {preset: LAST_7_DAYS}, first: 100) {
            nodes { batch { origin } queue { name } statusExplanation } } } }"""
    world = World()
    queues = [world.queue(f"queue {number}") for number in range(20)]
    for number in range(60):
        source = f"source {number}"
        batch = world.batch(source, NOW, kind="calls" if number % 2 else "activities")
        queue = queues[number % 20]
        world.call(NOW - number * MINUTE, None, source=source, batch_uuid=batch, queue_uuid=queue)
    seen = await statements(database, world, query)
    # One for the calls' batches and one for the sources', where they are not asked together.
    assert seen.count("reads/batches_by_uuid") <= 2
    assert len([name for name in seen if name != "reads/batches_by_uuid"]) == 4
    assert seen.count("reads/sources") == seen.count("reads/queues_by_uuid") == 1


def scans(plan: Any) -> list[tuple[str, str, float]]:
    """(index, how it is read, rows) of each part of a plan that reads calls."""
    found = []
    if plan.get("Relation Name") == "calls":
        rows = plan["Actual Rows"] * plan["Actual Loops"]
        found.append((plan.get("Index Name", ""), plan["Node Type"], rows))
    for child in plan.get("Plans", ()):
        found += scans(child)
    return found


async def test_sources_do_not_scan_the_calls(database: TestDatabase) -> None:
    world = World()
    for source in ("fs", "ast", "old"):
        world.batch(source, NOW)
    for number in range(5000):
        source = "old" if number < 50 else ("fs", "ast")[number % 2]
        world.call(START + number * MINUTE, None, source=source)
    await stored(database, world)
    async with database.owner() as owner:
        await owner.execute("analyze")
    async with database.opened() as opened, opened.writing(world.domain_uuid) as connection:
        text = f"explain (analyze, format json) {statement('reads/sources')}"
        (row,) = await connection.fetch(text, world.domain_uuid, None, 100)
    found = scans(json.loads(row[0])[0]["Plan"])
    assert {index for index, _, _ in found} == {"calls_by_source"}
    assert {how for _, how, _ in found} == {"Index Only Scan"}
    assert sum(rows for _, _, rows in found) <= 2 * 3  # each is probed for the filter too


async def test_the_migration_finds_the_sources_that_are_there(database: TestDatabase) -> None:
    world = World()
    user = world.user("an")
    older, newer = UUID(int=1), UUID(int=2)
    world.call(START, None, source="fs", batch_uuid=older)
    world.call(START + MINUTE, None, source="fs", batch_uuid=newer)
    world.call(START, None, batch_uuid=older)
    world.activity(user, "pause", START, 60, batch_uuid=older)
    await stored(database, world)
    text = statement("migrations/0007_provenance")
    async with database.owner() as owner:
        for part in text.split("insert into import_sources")[1:]:
            await owner.execute(f"insert into import_sources{part}")
        rows = await owner.fetch(
            "select source, kind, batch_uuid from import_sources order by 1, 2"
        )
    assert [tuple(row) for row in rows] == [
        ("", "activities", older),
        ("", "calls", older),
        ("fs", "calls", newer),
    ]
