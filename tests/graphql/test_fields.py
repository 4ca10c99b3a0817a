"""What each type says of a known company."""

from typing import Any
from uuid import UUID

import pytest

from tests.conftest import TestDatabase
from tests.graphql.company import TUESDAY_ONLY, Company, company
from tests.graphql.conftest import Client, client_of, stored


@pytest.fixture
def example() -> Company:
    return company()


@pytest.fixture
async def client(database: TestDatabase, example: Company) -> Any:
    await stored(database, example)
    async with client_of(database, example.domain_uuid) as opened:
        yield opened


async def test_a_user(client: Client, example: Company) -> None:
    data = await client.ask(
        """
        { user(by: {username: "an"}) {
            id uuid username displayName firstName middleName lastName email level addDate
            addDateText removedAt
            extension { extension } extensions { extension }
            groups { name } all: groups(filter: null) { name } departments { name }
            leaders { username } managers { username }
        } }
        """
    )
    uuid = example.uuids("users")[0]
    assert data["user"] == {
        "id": f"User{uuid.hex}",
        "uuid": str(uuid),
        "username": "an",
        "displayName": "An Văn Nguyễn",
        "firstName": "An",
        "middleName": "Văn",
        "lastName": "Nguyễn",
        "email": "an@example.test",
        "level": "AGENT",
        "addDate": "2023-02-01T01:00:00Z",
        "addDateText": "2023-02-01 08:00:00",
        "removedAt": None,
        "extension": {"extension": "0099"},
        "extensions": [{"extension": "0099"}, {"extension": "1001"}],
        "groups": [{"name": "North"}, {"name": "South"}],
        "all": [{"name": "North"}, {"name": "South"}],
        "departments": [{"name": "Sales"}],
        "leaders": [{"username": "lan"}],
        "managers": [{"username": "mai"}],
    }


async def test_a_user_without_anything(client: Client) -> None:
    data = await client.ask(
        """
        { user(by: {username: "chi"}) {
            displayName firstName email level addDate addDateText extension { uuid }
            extensions { uuid } groups { name } all: groups(filter: null) { name }
            leaders { username } managers { username }
        } }
        """
    )
    assert data["user"] == {
        "displayName": "chi",
        "firstName": "",
        "email": "",
        "level": None,
        "addDate": None,
        "addDateText": "",
        "extension": None,
        "extensions": [],
        "groups": [{"name": "Care"}],
        "all": [{"name": "Care"}, {"name": "admin"}],
        "leaders": [],
        "managers": [],
    }


async def test_superiors_rank_higher_and_share_a_team(client: Client) -> None:
    query = "{ users { nodes { username leaders { username } managers { username } } } }"
    found = {
        user["username"]: [each["username"] for each in user["leaders"] + user["managers"]]
        for user in (await client.ask(query))["users"]["nodes"]
    }
    assert found == {
        "an": ["lan", "mai"],
        "binh": ["lan", "mai"],
        "chi": [],
        "lan": ["mai"],
        "mai": [],
    }


async def test_groups_departments_and_extensions(client: Client, example: Company) -> None:
    data = await client.ask(
        """
        { groups(filter: {kind: null}) { nodes {
            name weight kind department { name } users { username } } }
          departments { nodes { name groups { name } users { username } } }
          extensions { nodes { extension removedAt user { username } } } }
        """
    )
    assert data["groups"]["nodes"] == [
        {
            "name": "Care",
            "weight": 1,
            "kind": "TEAM",
            "department": {"name": "Support"},
            "users": [{"username": "chi"}],
        },
        {
            "name": "North",
            "weight": 3,
            "kind": "TEAM",
            "department": {"name": "Sales"},
            "users": [{"username": each} for each in ("an", "binh", "lan", "mai")],
        },
        {
            "name": "South",
            "weight": 1,
            "kind": "TEAM",
            "department": {"name": "Sales"},
            "users": [{"username": each} for each in ("an", "mai")],
        },
        {
            "name": "admin",
            "weight": 1,
            "kind": "PERMISSION",
            "department": None,
            "users": [{"username": "chi"}],
        },
    ]
    assert data["departments"]["nodes"] == [
        {
            "name": "Sales",
            "groups": [{"name": "North"}, {"name": "South"}],
            "users": [{"username": each} for each in ("an", "binh", "lan", "mai")],
        },
        {"name": "Support", "groups": [{"name": "Care"}], "users": [{"username": "chi"}]},
    ]
    assert [
        (each["extension"], each["user"] and each["user"]["username"])
        for each in data["extensions"]["nodes"]
    ] == [("0099", "an"), ("1001", "an"), ("1002", "binh"), ("2000", "mai"), ("3000", None)]


FIGURES = """
fragment Figures on CallMeasures {
    totalCall totalAnswered totalBillsec totalDuration totalWaitsec totalAnsweredWaitsec
    totalInbound totalOutbound totalLocal totalBusyLine
    answerRate inboundAnswerRate outboundAnswerRate averageDuration averageBillsec
    averageSpeedOfAnswer abandonRate
}
"""


async def test_figures_of_each_subject(client: Client, example: Company) -> None:
    data = await client.ask(
        FIGURES
        + """
        query ($period: Period!) {
            domain { callStats(period: $period) { ...Figures } }
            users { callStats(period: $period) { ...Figures }
                nodes { username callStats(period: $period) { ...Figures } } }
            groups { nodes { name callStats(period: $period) { totalCall abandonRate } } }
            departments { nodes { name callStats(period: $period) { totalCall } } }
            extension(by: {extension: "0099"}) { callStats(period: $period) { totalCall } }
        }
        """,
        period=TUESDAY_ONLY,
    )
    assert data["domain"]["callStats"] == {
        "totalCall": 9,
        "totalAnswered": 3,
        "totalBillsec": 110,
        "totalDuration": 318,
        "totalWaitsec": 208,
        "totalAnsweredWaitsec": 60,
        "totalInbound": 4,
        "totalOutbound": 4,
        "totalLocal": 1,
        "totalBusyLine": 1,
        "answerRate": 3 / 9,
        "inboundAnswerRate": 0.5,
        "outboundAnswerRate": 0.25,
        "averageDuration": 318 / 9,
        "averageBillsec": 110 / 3,
        "averageSpeedOfAnswer": 10.0,
        "abandonRate": 0.25,
    }
    of_users = {user["username"]: user["callStats"] for user in data["users"]["nodes"]}
    assert {name: stats["totalCall"] for name, stats in of_users.items()} == {
        "an": 3,
        "binh": 1,
        "chi": 1,
        "lan": 0,
        "mai": 0,
    }
    # Lost calls have no user: below the domain there is no abandon rate.
    assert {stats["abandonRate"] for stats in of_users.values()} == {None}
    assert of_users["lan"]["answerRate"] is None
    assert data["users"]["callStats"]["totalCall"] == 5
    assert {each["name"]: each["callStats"]["totalCall"] for each in data["groups"]["nodes"]} == {
        # What the removed member did counts.
        "Care": 2,
        "North": 4,
        "South": 3,
    }
    assert [each["callStats"]["totalCall"] for each in data["departments"]["nodes"]] == [4, 2]
    assert data["extension"]["callStats"]["totalCall"] == 3


async def test_calls(client: Client, example: Company) -> None:
    query = """
        query ($period: Period!) { domain { calls(period: $period, orderBy: OLDEST_FIRST) {
            totalCount
            nodes { id uuid startedAt direction status duration billsec waitsec extensionNumber
                callerNumber calleeNumber hangupCause extension { extension } user { username } }
            edges { cursor node { uuid } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        } } }
    """
    found = (await client.ask(query, period=TUESDAY_ONLY))["domain"]["calls"]
    assert found["totalCount"] == 9
    first, unknown = found["nodes"][0], found["nodes"][-1]
    uuid = example.uuids("calls")[0]
    assert first == {
        "id": f"Call{uuid.hex}",
        "uuid": str(uuid),
        "startedAt": "2026-03-10T02:00:00Z",
        "direction": "OUTBOUND",
        "status": "ANSWERED",
        "duration": 100,
        "billsec": 60,
        "waitsec": 40,
        "extensionNumber": "0099",
        "callerNumber": "0901",
        "calleeNumber": "0902",
        "hangupCause": "NORMAL_CLEARING",
        "extension": {"extension": "0099"},
        "user": {"username": "an"},
    }
    assert (unknown["extensionNumber"], unknown["extension"], unknown["user"]) == (
        "7777",
        None,
        None,
    )
    assert found["nodes"][5]["user"]["username"] == "gone"
    cursors = [edge["cursor"] for edge in found["edges"]]
    assert [edge["node"]["uuid"] for edge in found["edges"]] == [
        node["uuid"] for node in found["nodes"]
    ]
    assert found["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[-1],
    }


CALL_FILTERS = {
    "{direction: [INBOUND]}": 4,
    "{direction: []}": 0,
    "{direction: null, status: null, hasUser: null, number: null}": 9,
    "{direction: [INBOUND, LOCAL]}": 5,
    "{status: [IVR, BUSY]}": 2,
    "{hasUser: false}": 3,
    "{hasUser: true, direction: [INBOUND]}": 2,
    '{number: "0099"}': 3,
    '{number: "0902"}': 9,
    '{number: "09"}': 0,
    '{number: ""}': 3,
}


async def test_a_lists_total_is_that_of_its_filter(client: Client) -> None:
    query = """query ($period: Period!) {
        domain { calls(period: $period, filter: %s) { totalCount nodes { uuid } } } }
    """
    for said, expected in CALL_FILTERS.items():
        found = (await client.ask(query % said, period=TUESDAY_ONLY))["domain"]["calls"]
        assert (found["totalCount"], len(found["nodes"])) == (expected, expected), said


async def test_the_viewer_and_its_domain(client: Client, example: Company) -> None:
    data = await client.ask(
        "{ viewer { role tokenName expiresAt user { uuid } domain { id uuid } }"
        "  domain { id uuid name timeZone dataVersion } }"
    )
    domain = data["domain"]
    assert data["viewer"] == {
        "role": "ADMIN",
        "tokenName": "test",
        "expiresAt": None,
        "user": None,
        "domain": {"id": domain["id"], "uuid": domain["uuid"]},
    }
    assert domain == {
        "id": domain["id"],
        "uuid": str(example.domain_uuid),
        "name": "example",
        "timeZone": "Asia/Ho_Chi_Minh",
        "dataVersion": 0,
    }


async def test_agent_time(client: Client, example: Company) -> None:
    query = """
        query ($period: Period!, $crossing: Crossing!) {
            user(by: {username: "an"}) { agentTime(period: $period, crossing: $crossing) {
                totalWaitSec totalPauseSec totalTalkSec totalDispoSec earliestTime latestTime
                loginSec occupancy utilisation user { username } } }
            open: user(by: {username: "binh"}) { agentTime(crossing: $crossing) {
                totalPauseSec earliestTime } }
            groups { nodes { name agentTime(period: $period) { totalPauseSec user { uuid } } } }
            departments { nodes { agentTime(period: $period) { totalPauseSec } } }
            domain { agentTime(period: $period) { totalPauseSec earliestTime } }
        }
    """
    half = {"range": {"start": "2026-03-10T02:30:00Z", "end": "2026-03-10T04:05:00Z"}}
    clipped = await client.ask(query, period=half, crossing="CLIP")
    assert clipped["user"]["agentTime"] == {
        "totalWaitSec": 1800,
        "totalPauseSec": 600,
        "totalTalkSec": 300,
        "totalDispoSec": 0,
        "earliestTime": "2026-03-10T03:00:00Z",
        "latestTime": "2026-03-10T04:00:00Z",
        "loginSec": 2700,
        "occupancy": 300 / 2100,
        "utilisation": 300 / 2700,
        "user": {"username": "an"},
    }
    assert clipped["open"]["agentTime"]["totalPauseSec"] == 600
    assert clipped["groups"]["nodes"] == [
        {"name": "Care", "agentTime": {"totalPauseSec": 0, "user": None}},
        {"name": "North", "agentTime": {"totalPauseSec": 600, "user": None}},
        {"name": "South", "agentTime": {"totalPauseSec": 600, "user": None}},
    ]
    whole = await client.ask(query, period=half, crossing="WHOLE")
    assert whole["user"]["agentTime"]["totalWaitSec"] == 0
    assert whole["user"]["agentTime"]["totalTalkSec"] == 900


async def test_no_source_of_activities_is_null_not_zero(database: TestDatabase) -> None:
    silent = company("silent")
    del silent.rows["agent_activities"]
    await stored(database, silent)
    async with client_of(database, silent.domain_uuid) as client:
        data = await client.ask(
            "{ domain { agentTime { loginSec } } users { nodes { agentTime { loginSec } } } }"
        )
    assert data["domain"]["agentTime"] is None
    assert {user["agentTime"] for user in data["users"]["nodes"]} == {None}


async def test_removed_things_are_found_by_uuid_but_not_listed(
    client: Client, example: Company
) -> None:
    uuid, number = str(example.uuids("users")[5]), str(example.uuids("extensions")[4])
    data = await client.ask(
        """query ($uuid: UUID!, $number: UUID!) {
            user(by: {uuid: $uuid}) { username removedAt extensions { uuid } }
            named: user(by: {username: "gone"}) { uuid }
            extension(by: {uuid: $number}) { extension removedAt }
            users { totalCount nodes { username } }
        }""",
        uuid=uuid,
        number=number,
    )
    assert data["user"]["username"] == "gone"
    assert data["user"]["removedAt"] == "2026-03-10T09:30:00Z"
    assert data["named"] is None
    assert data["users"]["totalCount"] == 5
    assert "gone" not in {user["username"] for user in data["users"]["nodes"]}


async def test_node_gives_what_the_id_names(client: Client, example: Company) -> None:
    places = {"User": "users", "Group": "groups", "Department": "departments"}
    places |= {"Extension": "extensions", "Call": "calls"}
    places |= {"Queue": "queues", "ImportBatch": "import_batches"}
    for typename, table in places.items():
        given = f"{typename}{example.uuids(table)[0].hex}"
        data = await client.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=given)
        assert data["node"] == {"__typename": typename, "id": given}


NO_IDS = ["", "x", "User", "User5", "5", "////", "Ünïcode", f"User{UUID(int=0).hex}"]


async def test_an_id_that_is_none_names_nothing(client: Client, example: Company) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    uuid = example.uuids("users")[0]
    digits = uuid.hex
    odd = [f"User{uuid}", f"User:{uuid}", f"User{digits}0", f"User{digits[:-1]}", f" User{digits}"]
    odd += [f"User{digits.upper()}", f"user{digits}", f"Query{digits}", f"Group{digits}", digits]
    for given in [*NO_IDS, *odd]:
        assert (await client.ask(query, id=given))["node"] is None, given
