"""JWTs at every face, beside API tokens: who gets in as whom, and what the others are told."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.settings import Settings
from gateway.store import subjects, tokens
from gateway.store.subjects import Revoked
from gateway.viewer import Role
from tests.auth import signing
from tests.auth.signing import AUDIENCE, ISSUER, OTHER_RSA, P256, payload, pem, signed
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, serving, stored
from tests.world import World

WHO = "{ viewer { domain { name } user { username } role tokenName expiresAt } }"
USERS = "/v3/report/call/user"
REFUSED = "The token is not accepted: get another from its issuer."
EXPIRED = "The token is expired: get another from its issuer."
JWT = {"jwt_key": pem(P256), "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}


@dataclass
class Office:
    """Two domains, and a gateway that takes the issuer's tokens for both."""

    database: TestDatabase
    http: httpx.AsyncClient
    mine: World
    theirs: World

    def token(self, **claims: Any) -> str:
        return signed(
            payload(NOW, **{"domain": str(self.mine.domain_uuid), **claims}), P256, "ES256"
        )

    async def asked(self, token: str, **headers: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **headers}
        return await self.http.post("/graphql", json={"query": WHO}, headers=headers)

    async def viewer(self, token: str, **headers: str) -> Any:
        body = (await self.asked(token, **headers)).json()
        assert "errors" not in body, body
        return body["data"]["viewer"]

    async def refusal(self, token: str) -> str:
        """What all faces say alike."""
        header = {"Authorization": f"Bearer {token}"}
        response = await self.asked(token)
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
        rest = await self.http.get(USERS, headers=header)
        assert rest.json() == {"error": error["message"]}
        ingest = await self.http.post(
            "/ingest/calls", headers={**header, "Content-Type": "application/x-ndjson"}, content=b""
        )
        assert ingest.json() == {"error": error["message"]}
        for each in (response, rest, ingest):
            assert each.status_code == 401
            assert each.headers["www-authenticate"].startswith("Bearer ")
        message: str = error["message"]
        return message

    async def execute(self, statement: str, *arguments: object) -> None:
        async with self.database.owner() as owner:
            await owner.execute(statement, *arguments)


def domain(name: str) -> World:
    world = World(name=name)
    team = world.group("team")
    world.user("an", groups=[team], level="manager")
    world.user("binh", groups=[team], level="agent")
    world.user("gone", removed_at=NOW)
    return world


def uuid_of(world: World, username: str) -> str:
    return str(next(row["user_uuid"] for row in world.rows["users"] if row["username"] == username))


@asynccontextmanager
async def office_of(database: TestDatabase, **settings: Any) -> AsyncIterator[Office]:
    worlds = domain("mine"), domain("theirs")
    await stored(database, *worlds)
    async with serving(database, **{**JWT, **settings}) as http:
        yield Office(database, http, *worlds)


@pytest.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    async with office_of(database) as found:
        yield found


async def test_a_jwt_is_a_viewer(office: Office) -> None:
    assert await office.viewer(office.token()) == {
        "domain": {"name": "mine"},
        "user": None,
        "role": "ADMIN",
        "tokenName": "somebody",
        "expiresAt": "2026-03-11T09:40:00Z",
    }
    an = {"username": "an"}
    for user in ("an", uuid_of(office.mine, "an"), uuid_of(office.mine, "an").upper()):
        viewer = await office.viewer(office.token(user=user, role="manager"))
        assert (viewer["user"], viewer["role"]) == (an, "MANAGER")
    # No role is above its user's level.
    viewer = await office.viewer(office.token(user="binh", role="superadmin"))
    assert viewer["role"] == "AGENT"
    assert (await office.viewer(office.token(domain="theirs")))["domain"] == {"name": "theirs"}


async def test_what_it_may_see_is_that_of_its_role(office: Office) -> None:
    rows = {}
    for user in ("an", "binh"):
        token = office.token(user=user, role="manager")
        response = await office.http.get(USERS, headers={"Authorization": f"Bearer {token}"})
        rows[user] = {row["username"] for row in response.json()["data"]}
    assert rows == {"an": {"an", "binh"}, "binh": {"binh"}}


async def test_records_are_taken_of_an_admin(office: Office) -> None:
    call = {
        "source": "test",
        "source_key": "1",
        "started_at": "2026-03-11T09:00:00",
        "direction": "outbound",
        "status": "answered",
        "duration": 60,
        "billsec": 30,
    }
    statuses = []
    for claims in ({}, {"user": "an", "role": "manager"}):
        response = await office.http.post(
            "/ingest/calls",
            headers={
                "Authorization": f"Bearer {office.token(**claims)}",
                "Content-Type": "application/x-ndjson",
            },
            content=json.dumps(call).encode(),
        )
        statuses.append(response.status_code)
    assert statuses == [200, 403]
    async with office.database.owner() as owner:
        assert await owner.fetchval("select source from import_batches") == (
            "POST /ingest/calls, token somebody"
        )


async def test_whoever_is_refused_is_told_the_same(office: Office) -> None:
    taken = office.token()
    refused = {
        "forged": signed(payload(NOW, domain=str(office.mine.domain_uuid)), OTHER_RSA),
        "changed": f"{taken[:-2]}AA",
        "no such domain": office.token(domain=str(uuid4())),
        "no domain of that name": office.token(domain="nobody's"),
        "a domain's name with a NUL": office.token(domain="a\0"),
        "no such user": office.token(user=str(uuid4())),
        "no user of that name": office.token(user="nobody"),
        "a user of another domain": office.token(user=uuid_of(office.theirs, "an")),
        "a user that left": office.token(user="gone"),
        "a user that left, by uuid": office.token(user=uuid_of(office.mine, "gone")),
        "an agent that is nobody": office.token(role="agent"),
        "for another": office.token(aud="billing"),
    }
    for name, token in refused.items():
        assert await office.refusal(token) == REFUSED, name
    assert await office.refusal(office.token(iat=1, exp=2)) == EXPIRED


async def test_api_tokens_go_on_beside(office: Office) -> None:
    async with office.database.opened() as opened:
        token = await tokens.create(opened, office.mine.domain_uuid, Role.ADMIN, "board", NOW)
    assert (await office.viewer(token))["tokenName"] == "board"
    assert "malformed" in await office.refusal("nonsense")
    assert await office.refusal("non.sen.se") == REFUSED
    # A key of the vendor's clients is an API token, never a JWT.
    response = await office.http.post("/v3/auth/token", json={"api_key": office.token()})
    assert (response.status_code, "malformed" in response.json()["error"]) == (401, True)


async def test_without_settings_no_jwt_is_taken(database: TestDatabase) -> None:
    async with office_of(database, jwt_key="", jwt_issuer="", jwt_audience="") as office:
        assert "malformed" in await office.refusal(office.token())


async def test_a_revoked_jwt_and_a_revoked_subject(office: Office) -> None:
    second = int(NOW.timestamp())
    old, new = (office.token(jti=str(number), iat=second - number) for number in (2, 1))
    other = office.token(sub="another", jti="2")
    theirs = office.token(domain="theirs", jti="2")
    async with office.database.opened() as opened:
        mine = office.mine.domain_uuid
        await subjects.revoke(opened, mine, Revoked.SUBJECT, "2", NOW)
        await office.viewer(old)
        await subjects.revoke(opened, mine, Revoked.TOKEN, "2", NOW)
        assert await office.refusal(old) == REFUSED
        assert await office.refusal(other) == REFUSED
        await office.viewer(new)
        await office.viewer(theirs)
        await office.viewer(office.token())

        moment = NOW - timedelta(seconds=1)
        await subjects.revoke(opened, mine, Revoked.SUBJECT, "somebody", moment)
        # An earlier one takes nothing back.
        await subjects.revoke(opened, mine, Revoked.SUBJECT, "somebody", moment - timedelta(days=1))
        assert await office.refusal(new) == REFUSED
        await office.viewer(office.token())
        await office.viewer(office.token(sub="another", iat=second - 5))


async def test_revocations_are_forgotten_when_no_jwt_is_that_old(office: Office) -> None:
    async with office.database.opened() as opened, office.database.owner() as owner:
        mine = office.mine.domain_uuid
        await subjects.revoke(opened, mine, Revoked.TOKEN, "a", NOW)
        await subjects.revoke(opened, mine, Revoked.TOKEN, "b", NOW + timedelta(days=366))
        assert await owner.fetchval("select count(*) from jwt_revocations") == 2
        await subjects.revoke(opened, mine, Revoked.TOKEN, "c", NOW + timedelta(days=367))
        rows = await owner.fetch("select value from jwt_revocations order by value")
    assert [row["value"] for row in rows] == ["b", "c"]
    longest = Settings(jwt_lifetime=31_536_000, jwt_skew=300)
    assert timedelta(seconds=longest.jwt_lifetime + longest.jwt_skew) < subjects.LONGEST_LIFE


async def test_a_name_that_went_to_another_domain(office: Office) -> None:
    """The issuer says "mine": whoever is called so at this moment is meant."""
    token = office.token(domain="mine")
    await office.viewer(token)
    for old, new in (("mine", "away"), ("theirs", "mine")):
        for table in ("domain_names", "domains"):
            await office.execute(
                f"update {table} set domain_name = $2 where domain_name = $1",  # noqa: S608
                old,
                new,
            )
    async with office.database.opened() as opened:
        await subjects.revoke(opened, office.mine.domain_uuid, Revoked.SUBJECT, "somebody", NOW)
        await office.viewer(token)
        await subjects.revoke(opened, office.theirs.domain_uuid, Revoked.SUBJECT, "somebody", NOW)
    assert await office.refusal(token) == REFUSED


async def test_a_superadmin_names_the_domain(office: Office) -> None:
    token = office.token(role="superadmin")
    headers = {"X-Domain": "theirs"}
    assert (await office.viewer(token, **headers))["domain"] == {"name": "theirs"}
    response = await office.asked(office.token(), **headers)
    assert response.status_code == 403
    # It is revoked at home.
    async with office.database.opened() as opened:
        await subjects.revoke(opened, office.mine.domain_uuid, Revoked.SUBJECT, "somebody", NOW)
    assert (await office.asked(token, **headers)).status_code == 401


async def test_an_issuer_that_does_not_answer(database: TestDatabase) -> None:
    settings = {"jwt_key": "", "jwt_jwks_url": "http://127.0.0.1:9/jwks.json"}
    async with office_of(database, **settings) as office:
        response = await office.asked(office.token())
        (error,) = response.json()["errors"]
        assert (response.status_code, error["extensions"]["code"]) == (503, "OVERLOADED")
        assert response.headers["retry-after"] == "5"
        header = {"Authorization": f"Bearer {office.token()}"}
        assert (await office.http.get(USERS, headers=header)).status_code == 503


async def test_the_log_says_why_and_never_the_token(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    reasons = {
        office.token(aud="billing"): "Audience",
        office.token(user="gone"): "no living user",
        office.token(iat=1, exp=2): "it is expired",
    }
    for token, reason in reasons.items():
        caplog.clear()
        await office.asked(token)
        lines: list[Any] = [record.msg for record in caplog.records]
        (line,) = [line for line in lines if isinstance(line, dict) and line["event"] == "request"]
        assert reason in line["refused"]
        assert token.rpartition(".")[2] not in caplog.text


def test_the_tests_time_is_one() -> None:
    assert signing.NOW == NOW == datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
