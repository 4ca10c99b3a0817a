"""Two domains that are equal but for their uuids: neither sees a trace of the other."""

import base64
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.period import days
from gateway.store import directory, statements
from gateway.store.calls import call_credits
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.graphql.company import TUESDAY, TUESDAY_ONLY, Company, company
from tests.graphql.conftest import NOW, Client, client_of, stored
from tests.graphql.everything import queries

PERIOD = '{days: {from: "2026-03-10", to: "2026-03-11"}}'
# Queries for every field of everything cost more than anybody is allowed.
COSTLY = 1_000_000_000
TABLES = {
    "User": "users",
    "Group": "groups",
    "Department": "departments",
    "Extension": "extensions",
    "Call": "calls",
    "Queue": "queues",
    "ImportBatch": "import_batches",
}


@pytest.fixture
async def both(database: TestDatabase) -> tuple[Company, Company]:
    ours, theirs = company("ours"), company("theirs")
    # They have more of everything.
    for number in range(5):
        extra = theirs.user(f"more{number}", extensions=[f"5{number}"])
        theirs.group(f"More {number}", theirs.department(f"More {number}"))
        theirs.call(theirs.rows["calls"][0]["started_at"], extra)
        theirs.activity(extra, "talk", theirs.rows["calls"][0]["started_at"], 60)
    await stored(database, ours, theirs)
    return ours, theirs


@pytest.fixture
async def client(database: TestDatabase, both: tuple[Company, Company]) -> AsyncIterator[Client]:
    async with client_of(database, both[0].domain_uuid, max_cost=COSTLY) as opened:
        yield opened


def every_uuid(world: Company) -> set[str]:
    """All uuids of the domain, also as ids and cursors have them."""
    found = {str(world.domain_uuid)}
    for table in (*TABLES.values(), "agent_activities"):
        found |= {str(uuid) for uuid in world.uuids(table)}
    return found


def decoded(text: str) -> str:
    """The text with its ids and cursors readable."""
    said = set(re.findall(r'"([A-Za-z0-9_=-]{24,})"', text))
    plain = [text]
    plain += [str(UUID(digits)) for digits in re.findall(r'"[A-Za-z]+([0-9a-f]{32})"', text)]
    for each in said:
        try:
            plain.append(base64.urlsafe_b64decode(each).decode())
        except ValueError:
            continue
    return "\n".join(plain)


async def test_no_query_shows_the_others_uuids_or_counts(
    client: Client, both: tuple[Company, Company]
) -> None:
    ours, theirs = both
    keys = {
        "node": f'(id: "{identity("User", ours.uuids("users")[0])}")',
        "user": '(by: {username: "an"})',
        "extension": '(by: {extension: "1001"})',
        "group": f'(uuid: "{ours.uuids("groups")[0]}")',
        "department": f'(uuid: "{ours.uuids("departments")[0]}")',
    }
    foreign, own = every_uuid(theirs), every_uuid(ours)
    seen = ""
    for _, query in queries(keys, PERIOD):
        text = decoded((await client.post(query)).text)
        assert '"errors"' not in text
        assert not [uuid for uuid in foreign if uuid in text], query
        assert "more" not in text.lower()
        assert "theirs" not in text
        seen += text
    assert [uuid for uuid in own if uuid in seen]
    data = await client.ask(
        """query ($period: Period) {
            users { totalCount callStats(period: $period) { totalCall } }
            groups(filter: null) { totalCount } departments { totalCount }
            extensions { totalCount }
            domain { callStats(period: $period) { totalCall }
                calls(period: $period) { totalCount }
                agentTime(period: $period) { loginSec } } }""",
        period=TUESDAY_ONLY,
    )
    assert data == {
        "users": {"totalCount": 5, "callStats": {"totalCall": 5}},
        "groups": {"totalCount": 4},
        "departments": {"totalCount": 2},
        "extensions": {"totalCount": 5},
        "domain": {
            "callStats": {"totalCall": 9},
            "calls": {"totalCount": 9},
            "agentTime": {"loginSec": 5400},
        },
    }


def identity(typename: str, uuid: UUID) -> str:
    return f"{typename}{uuid.hex}"


LOOK_UPS = """query ($uuid: UUID!, $id: ID!, $filter: UserFilter, $groups: GroupFilter) {
    user(by: {uuid: $uuid}) { username callStats { totalCall } }
    extension(by: {uuid: $uuid}) { extension user { username } }
    group(uuid: $uuid) { name users { username } }
    department(uuid: $uuid) { name groups { name } }
    node(id: $id) { __typename id ... on Reporting { callStats { totalCall } } }
    users(filter: $filter) { totalCount nodes { username } callStats { totalCall } }
    groups(filter: $groups) { totalCount nodes { name } }
}"""


async def test_the_others_uuids_are_those_of_nothing(
    client: Client, both: tuple[Company, Company]
) -> None:
    """Every answer is the same as for a random uuid."""

    async def answer(typename: str, uuid: UUID) -> Any:
        text, node = str(uuid), identity(typename, uuid)
        return await client.ask(
            LOOK_UPS,
            uuid=text,
            id=node,
            filter={"groups": [text]},
            groups={"kind": None, "departments": [text]},
        )

    theirs = both[1]
    for typename, table in TABLES.items():
        expected = await answer(typename, uuid4())
        assert expected["user"] is None
        for uuid in theirs.uuids(table):
            assert await answer(typename, uuid) == expected
    expected = await answer("Domain", uuid4())
    assert await answer("Domain", theirs.domain_uuid) == expected
    assert expected["node"] is None


async def test_the_others_cursors_show_nothing_of_it(
    database: TestDatabase, client: Client, both: tuple[Company, Company]
) -> None:
    query = """query ($after: String) { users(first: 2, after: $after) {
        nodes { uuid } pageInfo { endCursor } } }"""
    async with client_of(database, both[1].domain_uuid) as others:
        theirs = (await others.ask(query))["users"]["pageInfo"]["endCursor"]
    text = decoded((await client.post(query, after=theirs)).text)
    assert not [uuid for uuid in every_uuid(both[1]) if uuid in text]


@contextmanager
def without_tenants_conditions(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Every statement as if `domain_uuid = $1` had been forgotten; which were executed so."""
    original = Snapshot._fetch_now
    executed: set[str] = set()

    async def fetch(self: Snapshot, name: str, text: str, *arguments: Any, **options: Any) -> Any:
        opened = re.sub(r"\b\w+\.domain_uuid = \$1", "$1::uuid is not null", text)
        assert "domain_uuid = $1" in text
        assert "domain_uuid = $1" not in opened
        executed.add(name)
        return await original(self, name, opened, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "_fetch_now", fetch)
        yield executed


async def everything(client: Client, ours: Company, theirs: Company) -> list[str]:
    """The answers to all queries, and to look-ups of the other's things."""
    user, extension = ours.uuids("users")[0], ours.uuids("extensions")[0]
    group, department = ours.uuids("groups")[0], ours.uuids("departments")[0]
    keys = {
        "node": f'(id: "{identity("Call", ours.uuids("calls")[0])}")',
        "user": f'(by: {{uuid: "{user}"}})',
        "extension": f'(by: {{uuid: "{extension}"}})',
        "group": f'(uuid: "{group}")',
        "department": f'(uuid: "{department}")',
    }
    calls = f"calls(period: {PERIOD}, orderBy: OLDEST_FIRST) {{ totalCount nodes {{ uuid }} }}"
    oldest = f"""{{ domain {{ {calls} }} user(by: {{uuid: "{user}"}}) {{ {calls} }}
        extension(by: {{uuid: "{extension}"}}) {{ {calls} }} }}"""
    asked: list[tuple[str, dict[str, Any]]] = [(each, {}) for _, each in queries(keys, PERIOD)]
    asked += [
        (
            LOOK_UPS,
            {
                "uuid": str(uuid),
                "id": identity(typename, uuid),
                "filter": {"groups": [str(uuid)], "departments": [str(uuid)]},
                "groups": {"departments": [str(uuid)]},
            },
        )
        for typename, table in TABLES.items()
        for uuid in theirs.uuids(table)[-2:]
    ]
    asked += [
        ('{ user(by: {username: "an"}) { uuid } extension(by: {extension: "1001"}) { uuid } }', {}),
        (oldest, {}),
    ]
    return [(await client.post(query, **variables)).text for query, variables in asked]


async def test_without_its_condition_no_statement_shows_another_tenant(
    database: TestDatabase, both: tuple[Company, Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall: row-level security binds the service's role."""
    ours, theirs = both
    # No answer is kept: each statement is executed again.
    settings: dict[str, Any] = {"max_cost": COSTLY, "kept_answers": 0}
    async with client_of(database, ours.domain_uuid, **settings) as client:
        expected = await everything(client, ours, theirs)
        with without_tenants_conditions(monkeypatch) as executed:
            assert await everything(client, ours, theirs) == expected
            async with database.opened() as opened, opened.snapshot(ours.domain_uuid, NOW) as found:
                found.viewer = Viewer(ours.domain_uuid, Role.ADMIN, uuid4(), "test")
                period = days(TUESDAY.date(), TUESDAY.date(), found.zone)
                assert len(await directory.users_ever(found)) == len(ours.rows["users"])
                assert len(await directory.extensions_ever(found)) == len(ours.rows["extensions"])
                credited = await call_credits(found, period, None, ["total_call"])
                assert sum(row["total_call"] for _, row in credited) == len(ours.rows["calls"])
                seen = await found.scope(ours.uuids("users")[4], Role.MANAGER)
                assert seen is not None
                assert len(seen["scope"]) == len({"an", "binh", "lan", "mai"})
                known = await found.subject(None, "", NOW, None, "an")
                assert known["user_uuid"] == ours.uuids("users")[0]
            assert executed == set(statements.names("reads"))
            # Without the second wall the other's things would be seen: the test has teeth.
            async with database.owner() as owner:
                for table in ("users", "calls", "groups", "departments", "extensions"):
                    await owner.execute(f"alter table {table} disable row level security")
            assert "more0" in "".join(await everything(client, ours, theirs))
