"""How far a token reaches: its user's level and teams now, and the domain a superadmin names."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.errors import BadUserInputError, UnauthenticatedError
from gateway.store import tokens
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, Client
from tests.process import gateway
from tests.walls.conftest import Place
from tests.walls.firm import ASKERS, DAY, PEOPLE, REST_DAY, Asker, Firm, firm

WHO = "{ viewer { role user { username } domain { name } } users { nodes { username } } }"


async def sees(client: Client) -> set[str]:
    return {user["username"] for user in (await client.ask(WHO))["users"]["nodes"]}


async def test_memberships_and_levels_count_as_they_are_now(place: Place, ours: Firm) -> None:
    lan = await place.client(ours, "lan")
    assert await sees(lan) == {"lan", "an", "duc", "binh"}
    await place.execute("update users set level = 'leader' where user_uuid = $1", ours.uuid("binh"))
    assert await sees(lan) == {"lan", "an", "duc"}
    await place.execute("delete from group_members where user_uuid = $1", ours.uuid("duc"))
    assert await sees(lan) == {"lan", "an"}
    await place.execute(
        "update group_members set group_uuid = $2 where user_uuid = $1 and group_uuid <> $3",
        ours.uuid("lan"),
        ours.uuid("Care"),
        ours.uuid("rights"),
    )
    assert await sees(lan) == {"lan", "chi"}
    await place.execute("update groups set kind = 'permission' where group_name = 'Care'")
    assert await sees(lan) == {"lan"}


async def test_a_token_is_never_above_its_user(place: Place, ours: Firm) -> None:
    mai, boss = await place.client(ours, "mai"), await place.client(ours, "boss")
    change = "update users set level = $2 where user_uuid = $1"
    for level, role, count in (
        ("superadmin", "MANAGER", 5),
        ("manager", "MANAGER", 5),
        ("leader", "LEADER", 4),
        ("agent", "AGENT", 1),
        ("", "AGENT", 1),
    ):
        await place.execute(change, ours.uuid("mai"), level)
        data = await mai.ask(WHO)
        assert (data["viewer"]["role"], len(data["users"]["nodes"])) == (role, count), level
    await place.execute(change, ours.uuid("boss"), "agent")
    assert await sees(boss) == {"boss"}
    answer = await boss.http.post("/ingest/calls", content=b"", headers=NDJSON)
    assert answer.status_code == 403


async def test_who_left_is_not_let_in(place: Place, ours: Firm) -> None:
    lan = await place.client(ours, "lan")
    key = await place.token(ours, "lan")
    session = await tokens.exchange(place.opened, key, NOW, timedelta(hours=1))
    await place.execute("update users set removed_at = now() where username = 'lan'")
    answer = await lan.post(WHO)
    assert answer.status_code == 401
    assert "has left the directory" in answer.text
    for dead in (session.token, key):
        headers = {"authorization": f"Bearer {dead}"}
        assert (await place.http.get("/v2/report/extension", headers=headers)).status_code == 401
    for dead in (session.refresh_token, key):
        with pytest.raises(UnauthenticatedError):
            await tokens.exchange(place.opened, dead, NOW, timedelta(hours=1))


async def test_a_session_reaches_as_far_as_its_key(place: Place, ours: Firm) -> None:
    for name in ("admin", "lan", "an"):
        key = await place.token(ours, name)
        answer = (await place.http.post("/v3/auth/token", json={"api_key": key})).json()
        user = ASKERS[name].user
        assert answer["user_id"] == ("" if user is None else str(ours.uuid(user)))
        again = await place.http.post(
            "/v3/auth/token", json={"refresh_token": answer["refresh_token"]}
        )
        for session in (answer, again.json()):
            rows = await place.http.get(
                "/v3/report/call/user", headers={"authorization": f"Bearer {session['token']}"}
            )
            assert {row["username"] for row in rows.json()["data"]} == ASKERS[name].living


async def test_a_token_that_ought_to_name_a_user_and_does_not(place: Place, ours: Firm) -> None:
    """Nothing makes one; were it there, it would see nobody, not everybody."""
    token = await place.token(ours, "lan")
    await place.execute("update tokens set user_uuid = null")
    answer = await place.http.get(
        "/v2/report/extension", headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401
    assert "must name its user" in answer.text


@pytest.mark.parametrize("name", ["manager", "leader", "agent"])
async def test_tokens_that_cannot_be_made(place: Place, ours: Firm, name: str) -> None:
    async def refused(role: str, user: str | None) -> str:
        with pytest.raises(BadUserInputError) as caught:
            await tokens.create(place.opened, ours.domain_uuid, Role(role), "t", NOW, None, user)
        return caught.value.message

    assert "say whose it is" in await refused(name, None)
    assert "no living user" in await refused(name, "gone")
    assert "no living user" in await refused(name, "")
    for user, person in PEOPLE.items():
        level = Role.of_level(person.level)
        for role in Role:
            if role.rank > level.rank and user != "gone":
                assert "cannot have the role" in await refused(role, user)


# Ingest


NDJSON = {"content-type": "application/x-ndjson"}


@pytest.mark.parametrize("name", ["superadmin", "admin", "boss", "mai", "lan", "an"])
async def test_records_are_taken_from_who_sees_the_domain(
    place: Place, ours: Firm, name: str
) -> None:
    client = await place.client(ours, name)
    for path in ("calls", "activities", "freeswitch"):
        headers = NDJSON if path != "freeswitch" else {"content-type": "application/json"}
        answer = await client.http.post(f"/ingest/{path}", content=b"", headers=headers)
        if ASKERS[name].whole:
            assert answer.status_code in {200, 400}, answer.text
        else:
            assert answer.status_code == 403
            role = ASKERS[name].in_effect
            assert answer.json()["error"] == (
                f"Records are taken from an admin's token, not from one of the role {role}."
            )


# The header of superadmins


@pytest.fixture
async def theirs(place: Place) -> Firm:
    """Another firm, whose things have the uuids of ours, and a name beyond ASCII."""
    found = firm("Công ty B")
    await place.store(found)
    return found


def named(name: str) -> Mapping[str, Any]:
    return {"x-domain": name.encode()}


async def test_a_superadmin_opens_the_domain_it_names(
    place: Place, ours: Firm, theirs: Firm
) -> None:
    home = await place.client(ours, "superadmin")
    assert (await home.ask(WHO))["viewer"]["domain"]["name"] == "firm"
    for name in ("firm", " Công ty B "):
        away = await place.client(ours, "superadmin", named(name))
        data = await away.ask(WHO)
        assert data["viewer"] == {
            "role": "SUPERADMIN",
            "user": None,
            "domain": {"name": name.strip()},
        }
        assert {user["username"] for user in data["users"]["nodes"]} == ASKERS["admin"].living
    rows = (await away.http.get("/v3/report/call/user", params=REST_DAY)).json()["data"]
    assert {row["domain_uuid"] for row in rows} == {str(theirs.domain_uuid)}


async def test_a_superadmins_user_is_nobody_abroad(place: Place, ours: Firm, theirs: Firm) -> None:
    """Another domain may have a user of the same uuid."""
    await place.execute("update users set level = 'superadmin' where username = 'boss'")
    async with place.database.owner() as owner:
        await owner.execute(
            "insert into users (domain_uuid, user_uuid, username) values ($1, $2, 'double')",
            theirs.domain_uuid,
            ours.uuid("boss"),
        )
    token = await tokens.create(
        place.opened, ours.domain_uuid, Role.SUPERADMIN, "t", NOW, None, "boss"
    )
    headers = {"authorization": f"Bearer {token}"}
    at_home = await place.http.post("/graphql", json={"query": WHO}, headers=headers)
    assert at_home.json()["data"]["viewer"]["user"] == {"username": "boss"}
    abroad = await place.http.post(
        "/graphql", json={"query": WHO}, headers={**headers, **named("Công ty B")}
    )
    assert abroad.json()["data"]["viewer"]["user"] is None
    # A superadmin no more: the header opens nothing, and says nothing of what there is.
    await place.execute("update users set level = 'admin' where username = 'boss'")
    for name in ("Công ty B", "no such domain"):
        answer = await place.http.post(
            "/graphql", json={"query": WHO}, headers={**headers, **named(name)}
        )
        assert answer.status_code == 403


@pytest.mark.parametrize("name", ["admin", "boss", "mai", "lan", "an"])
async def test_nobody_else_opens_another_domain(
    place: Place, ours: Firm, theirs: Firm, name: str
) -> None:
    token = await place.token(ours, name)

    async def asked(domain: str) -> list[httpx.Response]:
        headers = {"authorization": f"Bearer {token}", **named(domain)}
        return [
            await place.http.post("/graphql", json={"query": WHO}, headers=headers),
            await place.http.get("/v3/report/call/user", headers=headers),
            await place.http.get("/v2/report/extension", headers=headers),
            await place.http.post("/ingest/calls", headers={**headers, **NDJSON}),
        ]

    for answer, none in zip(await asked("Công ty B"), await asked("none such"), strict=True):
        assert answer.status_code == none.status_code == 403
        assert answer.content == none.content
        assert b"leave X-Domain out" in answer.content
    assert (await asked("firm"))[0].status_code == 200


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ([("x-domain", "none such")], 'X-Domain: there is no domain "none such".'),
        ([("x-domain", "")], "X-Domain cannot be read"),
        ([("x-domain", "  ")], "X-Domain cannot be read"),
        ([("x-domain", b"\xff\xfe")], "X-Domain cannot be read"),
        ([("x-domain", "firm"), ("x-domain", "firm")], "X-Domain cannot be read"),
        ([("x-domain", "FIRM")], "there is no domain"),
        ([("x-domain", "firm' or true --")], "there is no domain"),
    ],
)
async def test_a_wrong_header_is_told(
    place: Place, ours: Firm, headers: list[tuple[str, Any]], said: str
) -> None:
    token = await place.token(ours, "superadmin")
    given = [("authorization", f"Bearer {token}"), *headers]
    answer = await place.http.post("/graphql", json={"query": WHO}, headers=given)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert said in error["message"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "X-Domain"}
    answer = await place.http.get("/v2/report/agent/time", headers=given)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


async def test_what_a_superadmin_posts_goes_where_it_says(
    place: Place, ours: Firm, theirs: Firm
) -> None:
    record = {
        "call_uuid": str(uuid4()),
        "started_at": "2026-03-10T05:00:00Z",
        "direction": "inbound",
        "status": "ivr",
        "duration": 1,
        "billsec": 0,
    }
    away = await place.client(ours, "superadmin", named("Công ty B"))
    answer = await away.http.post("/ingest/calls", json=record, headers=NDJSON)
    assert answer.json()["new"] == 1, answer.text
    async with place.database.owner() as owner:
        where = await owner.fetchval(
            "select domain_uuid from calls where call_uuid = $1", record["call_uuid"]
        )
        assert where == theirs.domain_uuid
    # Its use is noted at home, where the token is.
    gateway = place.http._transport.app.state.gateway  # type: ignore[attr-defined]
    await gateway.close()
    async with place.database.owner() as owner:
        used = await owner.fetch("select domain_uuid, last_used_at from tokens")
    assert [tuple(row) for row in used] == [(ours.domain_uuid, NOW)]


# The command


def test_the_command(database: TestDatabase, tmp_path: Path) -> None:
    import asyncio

    ours = firm()

    async def stored() -> None:
        async with database.owner() as owner:
            await ours.store(owner)

    asyncio.run(stored())
    url = {"GATEWAY_DATABASE_URL": database.service_url}

    def create(*arguments: str) -> tuple[int, str]:
        done = gateway(
            tmp_path, "token", "create", "--domain", "firm", "--name", "n", *arguments, **url
        )
        return done.returncode, (done.stdout or done.stderr).strip()

    made = {}
    for role, user in (("leader", "lan"), ("agent", "an"), ("superadmin", None)):
        code, made[role] = create("--role", role, *(("--user", user) if user else ()))
        assert code == 0, made[role]
    code, said = create("--role", "leader")
    assert code != 0
    assert "say whose it is" in said
    code, said = create("--role", "manager", "--user", "lan")
    assert code != 0
    assert "lan is of the level leader and cannot have the role manager" in said
    listed = gateway(tmp_path, "token", "list", "--domain", "firm", **url).stdout
    assert "  leader lan  valid  never used  n" in listed
    assert "  superadmin  valid  never used  n" in listed

    async def seen(token: str) -> Asker:
        token_hash = tokens.hash_of(token)
        async with (
            database.opened() as opened,
            opened.snapshot(ours.domain_uuid, NOW, [token_hash]) as snapshot,
        ):
            viewer = await tokens.viewer(snapshot, token_hash)
        people = {name for name in PEOPLE if ours.uuid(name) in (viewer.scope or ())}
        return Asker(viewer.role, None, viewer.role, frozenset(people), frozenset())

    assert asyncio.run(seen(made["leader"])).people == ASKERS["lan"].people
    assert asyncio.run(seen(made["agent"])).people == {"an"}


# Personal data


PERSONAL = """query ($p: Period) { users { nodes { username email } }
  domain { calls(period: $p, first: 100) { nodes { duration callerNumber calleeNumber } } } }"""


@pytest.mark.parametrize("name", ["superadmin", "admin", "max", "lan", "mai as leader", "an"])
async def test_personal_data_go_with_the_person(place: Place, ours: Firm, name: str) -> None:
    asker = ASKERS[name]
    client = await place.client(ours, name)
    data = await client.ask(PERSONAL, p=DAY)
    emails = {user["username"]: user["email"] for user in data["users"]["nodes"]}
    assert emails == {user: f"{user}@firm.test" for user in asker.living}
    for call in data["domain"]["calls"]["nodes"]:
        seconds = call["duration"]
        assert (call["callerNumber"], call["calleeNumber"]) == (f"+84{seconds}", f"firm{seconds}")
    # Neither by a search nor by a filter can one guess what one does not see.
    for user in PEOPLE:
        found = await client.ask(
            "query ($s: String) { users(filter: {search: $s}) { totalCount nodes { username } } }",
            s=f"{user}@firm.test",
        )
        listed = {row["username"] for row in found["users"]["nodes"]}
        assert listed == {each for each in asker.living if each.endswith(user)}
        assert found["users"]["totalCount"] == len(listed)
    for person in PEOPLE.values():
        found = await client.ask(
            """query ($n: String, $p: Period) { domain {
                calls(period: $p, filter: {number: $n}) { totalCount } } }""",
            n=f"+84{person.seconds}",
            p=DAY,
        )
        assert found["domain"]["calls"]["totalCount"] == (person.seconds in asker.calls)
    text = "".join(
        [
            (await client.http.get(path, params=REST_DAY)).text
            for path in ("/v3/report/call/user", "/v2/report/extension/summary")
        ]
    )
    for user in PEOPLE:
        assert (f'"{user}@firm.test"' in text) == (user in asker.people), user
