"""Rate limits at every face: the fields on each answer, and 429 before anything is done."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.store import tokens
from gateway.store.database import Database
from gateway.viewer import Role
from tests.auth.signing import P256, payload, signed
from tests.auth.test_faces import JWT, WHO
from tests.conftest import TestDatabase
from tests.graphql.conftest import NOW, serving, stored
from tests.world import World

USERS = "/v3/report/call/user"
EXTENSIONS = "/v2/report/extension"
FIELD = re.compile(r'"requests";r=(\d+);t=(\d+)')


@dataclass
class Office:
    http: httpx.AsyncClient
    database: TestDatabase
    world: World

    async def token(self, name: str = "board") -> str:
        async with self.database.opened() as opened:
            return await tokens.create(opened, self.world.domain_uuid, Role.ADMIN, name, NOW)

    def jwt(self, **claims: Any) -> str:
        claims = {"domain": str(self.world.domain_uuid), **claims}
        return signed(payload(NOW, **claims), P256, "ES256")

    async def graphql(self, token: str, query: str = WHO) -> httpx.Response:
        return await self.http.post("/graphql", json={"query": query}, headers=bearer(token))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def remaining(response: httpx.Response) -> int:
    found = FIELD.fullmatch(response.headers["ratelimit"])
    assert found is not None
    return int(found[1])


@asynccontextmanager
async def office_of(database: TestDatabase, **settings: Any) -> AsyncIterator[Office]:
    world = World()
    await stored(database, world)
    async with serving(database, **{**JWT, **settings}) as http:
        yield Office(http, database, world)


def assert_limited(response: httpx.Response, policy: str, seconds: int) -> None:
    assert response.status_code == 429, response.text
    assert response.headers["retry-after"] == str(seconds)
    assert response.headers["ratelimit"] == f'"{policy}";r=0;t={seconds}'
    assert response.headers["content-type"].startswith("application/json")


async def test_every_answer_has_the_fields(database: TestDatabase) -> None:
    async with office_of(database, rate_limit=12) as office:
        token = await office.token()
        asked = [
            office.graphql(token),
            office.graphql(token, "{ nothing }"),
            office.graphql(token, "{"),
            office.http.get(f"/graphql?query={WHO}", headers=bearer(token)),
            office.http.post("/graphql", content=b"x", headers=bearer(token)),
            office.http.get(USERS, headers=bearer(token)),
            office.http.head(USERS, headers=bearer(token)),
            office.http.get(f"{EXTENSIONS}?start_time=x", headers=bearer(token)),
            office.http.get(USERS, headers={**bearer(token), "If-None-Match": "*"}),
            office.http.post("/ingest/calls", headers=bearer(token)),
            office.http.post("/v3/auth/token", json={"api_key": token}),
        ]
        statuses = []
        for number, asking in enumerate(asked):
            response = await asking
            statuses.append(response.status_code)
            assert response.headers["ratelimit-policy"] == '"requests";q=12;w=60'
            # Each counts once, whether the token was known or not.
            assert remaining(response) == 11 - number, number
        assert statuses == [200, 200, 200, 200, 415, 200, 200, 400, 304, 415, 200]


async def test_what_is_free_for_all_has_none(database: TestDatabase) -> None:
    async with office_of(database) as office:
        for path in ("/health/live", "/openapi.json", "/nowhere"):
            assert "ratelimit" not in (await office.http.get(path)).headers
        response = await office.http.post("/graphql", json={"query": WHO})
        assert response.status_code == 401
        assert "ratelimit" not in response.headers


async def test_the_faces_share_a_tokens_quota_and_tell_it_in_their_words(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office_of(database, rate_limit=2) as office:
        token, other = await office.token(), await office.token("other")
        await office.graphql(token)
        await office.http.get(USERS, headers=bearer(token))

        def untouched(*_: object) -> None:
            raise AssertionError("the database is asked")

        read = []

        async def unread() -> AsyncIterator[bytes]:
            read.append("the body")
            yield b""

        message = "Too many requests: 2 a minute are allowed; try again in 30 s."
        with monkeypatch.context() as patched:
            patched.setattr(Database, "connection", untouched)
            response = await office.http.post("/graphql", content=unread(), headers=bearer(token))
            assert_limited(response, "requests", 30)
            assert response.json()["errors"] == [
                {"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfter": 30}}
            ]
            response = await office.http.get(USERS, headers=bearer(token))
            assert_limited(response, "requests", 30)
            assert response.json() == {"error": message}
            response = await office.http.get(EXTENSIONS, headers=bearer(token))
            assert response.json() == {
                "code": 429,
                "content": "Too Many Requests",
                "error": message,
            }
            response = await office.http.post(
                "/ingest/calls",
                content=unread(),
                headers={**bearer(token), "Content-Type": "application/x-ndjson"},
            )
            assert_limited(response, "requests", 30)
            response = await office.http.post("/v3/auth/token", json={"api_key": token})
            assert_limited(response, "requests", 30)
        assert read == []
        assert (await office.graphql(other)).status_code == 200


async def test_requests_at_once_are_not_admitted_beyond_the_quota(database: TestDatabase) -> None:
    async with office_of(database, rate_limit=5, pool_size=10) as office:
        for token in (await office.token(), office.jwt()):
            answers = await asyncio.gather(*(office.graphql(token) for _ in range(40)))
            statuses = [response.status_code for response in answers]
            assert (statuses.count(200), statuses.count(429)) == (5, 35)


async def test_sessions_share_the_quota_of_their_key(database: TestDatabase) -> None:
    async with office_of(database, rate_limit=3) as office:
        key = await office.token()
        opened = [await office.http.post("/v3/auth/token", json={"api_key": key}) for _ in "ab"]
        first, second = (response.json()["token"] for response in opened)
        assert (await office.graphql(first)).status_code == 200
        assert_limited(await office.graphql(second), "requests", 20)
        assert_limited(await office.graphql(key), "requests", 20)


async def test_the_jwts_of_a_subject_share_a_quota(database: TestDatabase) -> None:
    async with office_of(database, rate_limit=2) as office:
        statuses = [(await office.graphql(office.jwt(jti=str(n)))).status_code for n in range(3)]
        assert statuses == [200, 200, 429]
        assert (await office.graphql(office.jwt(sub="another"))).status_code == 200


async def test_failures_count_for_the_address(database: TestDatabase) -> None:
    async with office_of(database, failure_limit=3) as office:
        known, new = await office.token("known"), await office.token("new")
        assert (await office.graphql(known)).status_code == 200
        unknown = f"gw_{uuid4().hex}_{'a' * 43}"
        failed = [
            await office.graphql(unknown),
            await office.graphql(office.jwt(aud="x")),
            await office.http.post("/v3/auth/token", json={"api_key": unknown}),
        ]
        assert [response.status_code for response in failed] == [401, 401, 401]
        assert [response.headers["ratelimit"] for response in failed] == [
            '"failures";r=2;t=20',
            '"failures";r=1;t=20',
            '"failures";r=0;t=20',
        ]
        for refused in (unknown, new, "nonsense"):
            assert_limited(await office.graphql(refused), "failures", 20)
        assert_limited(await office.graphql(office.jwt(aud="x")), "failures", 20)
        response = await office.http.post("/v3/auth/token", json={"api_key": new})
        assert_limited(response, "failures", 20)
        # Who is known, or can be told without the database, is not shut out with them.
        assert (await office.graphql(known)).status_code == 200
        assert (await office.graphql(office.jwt())).status_code == 200


async def test_without_limits_there_are_no_fields(database: TestDatabase) -> None:
    async with office_of(database, rate_limit=0, failure_limit=0) as office:
        for token in (await office.token(), office.jwt(), "nonsense"):
            assert "ratelimit" not in (await office.graphql(token)).headers


async def test_a_browser_of_another_origin_may_read_them(database: TestDatabase) -> None:
    async with office_of(database, cors_origins="https://board.example") as office:
        headers = {**bearer(await office.token()), "Origin": "https://board.example"}
        response = await office.http.get(USERS, headers=headers)
        exposed = response.headers["access-control-expose-headers"]
        assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed.split(", "))
