"""The role matrix: what each role sees by each read, in GraphQL and REST."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.graphql.conftest import Client
from tests.walls.conftest import Place
from tests.walls.firm import (
    ASKERS,
    DAY,
    EVERYONE,
    GROUPS,
    OF_MAX_BY_1001,
    PEOPLE,
    REST_DAY,
    UNASSIGNED,
    Asker,
    Firm,
    departments,
    members,
    within,
)

EVERYTHING = """query ($p: Period) {
  users(first: 15) { totalCount callStats(period: $p) { totalDuration }
    ranking(by: TOTAL_DURATION, first: 15, period: $p) { user { username }
      callStats { totalDuration } }
    nodes { username ...Figures agentTime(period: $p) { totalPauseSec }
      extension { extension } extensions { extension } groups(filter: null) { name }
      departments { name } leaders { username } managers { username } } }
  extensions(first: 15) { totalCount nodes { extension user { username } ...Figures } }
  groups(filter: null, first: 10) { totalCount nodes { name department { name } users { username }
    ...Figures agentTime(period: $p) { totalPauseSec } } }
  departments(first: 5) { totalCount nodes { name groups(filter: null) { name } users { username }
    ...Figures agentTime(period: $p) { totalPauseSec } } }
  domain { ...Figures agentTime(period: $p) { totalPauseSec }
    callStats(period: $p) { abandonRate totalCall }
    calls(period: $p, first: 15) { totalCount
      nodes { duration user { username } extension { extension } } }
    oldest: calls(period: $p, first: 15, orderBy: OLDEST_FIRST) { nodes { duration } }
    unowned: calls(period: $p, filter: {hasUser: false}) { totalCount nodes { duration } }
    users { totalCount } groups(filter: null) { totalCount } departments { totalCount }
    extensions { totalCount } unassigned: extensions(filter: {hasUser: false}) { totalCount } }
}
fragment Figures on Reporting {
  callStats(period: $p) { totalDuration } dailyReports(period: $p) { totalDuration }
  timeline(grain: HOUR, period: $p) { totalDuration } calls(period: $p, first: 15) { totalCount
    nodes { duration } } }
"""


def summed(row: dict[str, Any]) -> int:
    """What the row's figures add up to, which all its ways of saying it must agree about."""
    said = [
        row["callStats"]["totalDuration"],
        sum(day["totalDuration"] for day in row["dailyReports"]),
        sum(hour["totalDuration"] for hour in row["timeline"]),
        sum(call["duration"] for call in row["calls"]["nodes"]),
    ]
    assert len({*said}) == 1, said
    assert row["calls"]["totalCount"] == len(row["calls"]["nodes"])
    total: int = said[0]
    return total


def names(rows: list[dict[str, Any]], key: str = "name") -> set[str]:
    found = [row[key] for row in rows]
    assert len({*found}) == len(found)
    return {*found}


def check_users(data: Any, asker: Asker) -> None:
    users = data["users"]
    assert names(users["nodes"], "username") == asker.living
    assert users["totalCount"] == len(asker.living)
    assert users["callStats"]["totalDuration"] == asker.seconds(asker.living)
    ranked = [(place["user"]["username"], place["callStats"]) for place in users["ranking"]]
    by_seconds = sorted(asker.living, key=lambda name: -asker.seconds({name}))
    assert [name for name, _ in ranked] == by_seconds
    assert all(stats["totalDuration"] == asker.seconds({name}) for name, stats in ranked)
    for user in users["nodes"]:
        name = user["username"]
        person = PEOPLE[name]
        assert summed(user) == asker.seconds({name})
        assert user["agentTime"]["totalPauseSec"] == person.seconds
        assert names(user["extensions"], "extension") == {*person.extensions}
        assert (user["extension"] or {}).get("extension") == min(person.extensions, default=None)
        assert names(user["groups"]) == {*person.groups}
        assert names(user["departments"]) == departments(person.groups)
        for level in ("leader", "manager"):
            assert names(user[f"{level}s"], "username") == superiors(name, level) & asker.people


def superiors(name: str, level: str) -> set[str]:
    """Of that level, in a team with the user, and of a higher rank."""
    ranks = ["agent", "leader", "manager", "admin"]
    person = PEOPLE[name]
    teams = {*person.groups} - {"rights"}
    if ranks.index(level) <= ranks.index(person.level or "agent"):
        return set()
    return {other for other in members(*teams) if PEOPLE[other].level == level}


def check_extensions(data: Any, asker: Asker) -> None:
    extensions = data["extensions"]
    assert names(extensions["nodes"], "extension") == asker.extensions
    assert extensions["totalCount"] == len(asker.extensions)
    for extension in extensions["nodes"]:
        number = extension["extension"]
        if number != UNASSIGNED:
            assert number in PEOPLE[extension["user"]["username"]].extensions
        figures = summed(extension)
        if number == "1001":
            of_max = OF_MAX_BY_1001 if "max" in asker.people else 0
            assert figures == PEOPLE["an"].seconds + of_max


def check_groups(data: Any, asker: Asker) -> None:
    for kind, seen, of in (
        ("groups", asker.groups, members),
        ("departments", asker.departments, within),
    ):
        assert names(data[kind]["nodes"]) == seen
        assert data[kind]["totalCount"] == len(seen)
        for row in data[kind]["nodes"]:
            people = of(row["name"])
            assert names(row["users"], "username") == people & asker.living
            assert summed(row) == asker.seconds(people)
            assert row["agentTime"]["totalPauseSec"] == asker.pauses(people)
    for group in data["groups"]["nodes"]:
        assert (group["department"] or {}).get("name") == GROUPS[group["name"]]
    for department in data["departments"]["nodes"]:
        its = {name for name in asker.groups if GROUPS[name] == department["name"]}
        assert names(department["groups"]) == its


def check_domain(data: Any, asker: Asker) -> None:
    domain = data["domain"]
    calls = domain["calls"]["nodes"]
    assert {call["duration"] for call in calls} == asker.calls
    assert domain["calls"]["totalCount"] == len(calls) == len(asker.calls)
    assert {call["duration"] for call in domain["oldest"]["nodes"]} == asker.calls
    assert domain["callStats"]["totalCall"] == len(asker.calls)
    assert summed(domain) == sum(asker.calls)
    assert domain["agentTime"]["totalPauseSec"] == asker.pauses(EVERYONE)
    # A rate of lost calls has no meaning for who sees no lost call.
    assert domain["callStats"]["abandonRate"] == (1.0 if asker.whole else None)
    assert domain["unowned"]["totalCount"] == (2 if asker.whole else 0)
    assert domain["unassigned"]["totalCount"] == (1 if asker.whole else 0)
    for kind in ("users", "groups", "departments", "extensions"):
        assert domain[kind]["totalCount"] == data[kind]["totalCount"]
    for call in calls:
        if call["user"] is not None:
            assert call["user"]["username"] in asker.people
        if call["extension"] is not None:
            assert call["extension"]["extension"] in asker.extensions


CHECKS = (check_users, check_extensions, check_groups, check_domain)


@pytest.mark.parametrize("name", ASKERS)
async def test_what_each_sees_in_graphql(place: Place, ours: Firm, name: str) -> None:
    client = await place.client(ours, name)
    data = await client.ask(EVERYTHING, p=DAY)
    for check in CHECKS:
        check(data, ASKERS[name])


LISTS = """query ($after: String, $first: Int!) { page: %s(%s first: $first, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } }"""
LISTED = {
    "users": "",
    "extensions": "",
    "groups": "filter: null,",
    "departments": "",
}
CALLS = """query ($after: String, $first: Int!, $p: Period) { domain {
    page: calls(period: $p, first: $first, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } } }"""


async def pages(client: Client, query: str, **variables: Any) -> tuple[list[str], int]:
    """The ids of all pages of one row each, and how many pages there were."""
    found, count, after = [], 0, None
    while True:
        data = await client.ask(query, after=after, first=1, **variables)
        page = data.get("page") or data["domain"]["page"]
        found += [node["id"] for node in page["nodes"]]
        count += 1
        if not page["pageInfo"]["hasNextPage"]:
            return found, count
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("name", ["admin", "mai", "lou", "an"])
async def test_the_pages_of_each(place: Place, ours: Firm, name: str) -> None:
    asker = ASKERS[name]
    client = await place.client(ours, name)
    seen = {
        "users": asker.living,
        "extensions": asker.extensions,
        "groups": asker.groups,
        "departments": asker.departments,
    }
    for kind, filtered in LISTED.items():
        ids, count = await pages(client, LISTS % (kind, filtered))
        assert len({*ids}) == len(ids) == count == len(seen[kind]), kind
    ids, count = await pages(client, CALLS, p=DAY)
    assert len({*ids}) == len(ids) == count == len(asker.calls)


LOOK_UPS = """query ($uuid: UUID!, $id: ID!, $p: Period) {
  node(id: $id) { id ... on Reporting { callStats(period: $p) { totalCall } } }
  user(by: {uuid: $uuid}) { id } extension(by: {uuid: $uuid}) { id }
  group(uuid: $uuid) { id } department(uuid: $uuid) { id } }"""
NAMED = """query ($username: String, $number: String) {
  user(by: {username: $username}) { username }
  extension(by: {extension: $number}) { extension } }"""


def identity(typename: str, uuid: UUID) -> str:
    return f"{typename}{uuid.hex}"


def visible(asker: Asker, of: Firm) -> dict[str, set[UUID]]:
    return {
        "User": {of.uuid(name) for name in asker.people},
        "Extension": {of.uuid(number) for number in asker.extensions},
        "Group": {of.uuid(name) for name in asker.groups},
        "Department": {of.uuid(name) for name in asker.departments},
        "Call": {of.uuid(f"call {seconds}") for seconds in asker.calls},
        "Queue": {of.uuid("line")},
        "ImportBatch": {of.uuid("batch")} if asker.whole else set(),
        "Domain": {of.domain_uuid},
    }


@pytest.mark.parametrize("name", ["superadmin", "mai", "lou", "mai as leader", "an", "solo"])
async def test_what_each_finds_by_its_key(place: Place, ours: Firm, name: str) -> None:
    """Of every type, every thing there is: it is found if it is seen, else it does not exist."""
    asker = ASKERS[name]
    client = await place.client(ours, name)
    found = visible(asker, ours)
    for typename, uuids in ours.uuids().items():
        for uuid in uuids:
            ident = identity(typename, uuid)
            data = await client.ask(LOOK_UPS, uuid=str(uuid), id=ident, p=DAY)
            expected = {"id": ident} if uuid in found[typename] else None
            shown = data.pop("node")
            assert (shown and {"id": shown["id"]}) == expected, (typename, uuid)
            for field, value in data.items():
                assert value == (expected if field == typename.lower() else None), field
    for username, person in PEOPLE.items():
        number = (*person.extensions, UNASSIGNED)[0]
        data = await client.ask(NAMED, username=username, number=number)
        assert (data["user"] is not None) == (username in asker.living), username
        assert (data["extension"] is not None) == (number in asker.extensions), number


async def rows(client: Client, path: str, **parameters: str) -> list[dict[str, Any]]:
    answer = await client.http.get(path, params=parameters or REST_DAY)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


@pytest.mark.parametrize("name", ASKERS)
async def test_what_each_sees_in_rest(place: Place, ours: Firm, name: str) -> None:
    asker = ASKERS[name]
    client = await place.client(ours, name)
    users = await rows(client, "/v3/report/call/user")
    assert names(users, "username") == asker.living
    assert sum(row["total_duration"] for row in users) == asker.seconds(asker.living)
    by_extension = await rows(client, "/v2/report/extension")
    assert {row["username"] for row in by_extension} <= {*asker.people, ""}
    assert sum(row["total"] for row in by_extension) == len(
        [seconds for seconds in asker.calls if has_number(seconds)]
    )
    assert (UNASSIGNED in {row["extension"] for row in by_extension}) == asker.whole
    summary = await rows(client, "/v2/report/extension/summary")
    assert {row["username"] for row in summary} <= asker.people
    assert sum(row["total_duration"] for row in summary) == asker.seconds(asker.people)
    days = await rows(client, "/v2/report/extension/summary/day")
    assert names(days, "username") == asker.living
    assert sum(row["total_duration"] for row in days) == asker.seconds(asker.living)
    for row in (*summary, *days):
        above = [*(row["leaders"] or ()), *(row["managers"] or ())]
        assert names(above, "username") <= asker.people
    agents = await rows(client, "/v2/report/agent/time")
    assert names(agents, "username") == asker.people
    assert sum(row["total_pause_sec"] for row in agents) == asker.pauses(EVERYONE)


def has_number(seconds: int) -> bool:
    """Whether the call is credited to a number."""
    if seconds in {OF_MAX_BY_1001, 16384}:
        return True
    return any(person.seconds == seconds and person.extensions for person in PEOPLE.values())


async def test_a_report_is_another_for_another_viewer(place: Place, ours: Firm) -> None:
    """An agent and its leader must not get each other's 304."""
    tags = set()
    for name in ("admin", "superadmin", "mai", "lan", "lan as agent", "an", "binh"):
        client = await place.client(ours, name)
        answer = await client.http.get("/v3/report/call/user", params=REST_DAY)
        assert answer.headers["vary"] == "Authorization, X-Domain"
        tags.add(answer.headers["etag"])
        again = await conditional(client, answer.headers["etag"])
        assert again.status_code == 304
    assert len(tags) == 7
    for tag in tags - {answer.headers["etag"]}:
        assert (await conditional(client, tag)).status_code == 200


async def conditional(client: Client, tag: str) -> httpx.Response:
    return await client.http.get(
        "/v3/report/call/user", params=REST_DAY, headers={"if-none-match": tag}
    )
