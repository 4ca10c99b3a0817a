"""Who may ask: without a valid token nobody learns anything, and is told what to send."""

from datetime import timedelta
from uuid import uuid4

import httpx

from gateway.store import tokens
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.graphql.company import company
from tests.graphql.conftest import NOW, serving, stored

QUERY = "{ viewer { tokenName expiresAt role } }"


async def asked(http: httpx.AsyncClient, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {b"authorization": authorization.encode("latin-1")}
    return await http.post("/graphql", json={"query": QUERY}, headers=headers)


def assert_unauthenticated(response: httpx.Response, said: str) -> None:
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer ")
    body = response.json()
    assert "data" not in body
    (error,) = body["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert said in error["message"], error["message"]


async def test_without_a_valid_token(database: TestDatabase) -> None:
    world = company()
    await stored(database, world)
    async with database.opened() as opened:
        good, short, dead = [
            await tokens.create(opened, world.domain_uuid, Role.ADMIN, name, NOW, end)
            for name, end in (
                ("good", NOW + timedelta(seconds=1)),
                ("short", NOW),
                ("dead", None),
            )
        ]
        await tokens.revoke(opened, world.domain_uuid, "dead", NOW)
    secret = good[-43:]
    refused = {
        None: "Authorization: Bearer",
        "": "Authorization: Bearer",
        "Bearer": "not understood",
        "Bearer ": "not understood",
        good: "not understood",
        f"Basic {good}": "not understood",
        "Digest x": "not understood",
        "Bearer x": "malformed",
        f"Bearer {good}x": "malformed",
        f"Bearer {good[:-1]}": "malformed",
        f"Bearer {good.upper()}": "malformed",
        f"Bearer {good} {good}": "malformed",
        f"Bearer {good[:-1]}é": "malformed",
        f"Bearer {good[:-1]}{'A' if good[-1] != 'A' else 'B'}": "unknown",
        f"Bearer gw_{uuid4().hex}_{secret}": "unknown",
        f"Bearer {short}": "expired",
        f"Bearer {dead}": "revoked",
    }
    async with serving(database) as http:
        for authorization, said in refused.items():
            assert_unauthenticated(await asked(http, authorization), said)
        for scheme in ("Bearer", "bearer", "BEARER"):
            response = await asked(http, f"{scheme} {good}")
            assert response.json()["data"]["viewer"] == {
                "tokenName": "good",
                "expiresAt": "2026-03-11T09:30:01Z",
                "role": "ADMIN",
            }


async def test_a_stranger_learns_neither_the_schema_nor_what_is_wrong_with_the_query(
    database: TestDatabase,
) -> None:
    async with serving(database) as http:
        for query in ("{", "{ user }", "{ __schema { types { name } } }"):
            for header in ({}, {"authorization": f"Bearer gw_{uuid4().hex}_{'a' * 43}"}):
                response = await http.post("/graphql", json={"query": query}, headers=header)
                assert response.status_code == 401
                assert len(response.json()["errors"]) == 1
        response = await http.post("/graphql", content=b"[" * 900_000)
        assert response.status_code == 401


async def test_a_token_ends_while_others_go_on(database: TestDatabase) -> None:
    world = company()
    await stored(database, world)
    async with database.opened() as opened:
        token = await tokens.create(opened, world.domain_uuid, Role.ADMIN, "one", NOW)
        other = await tokens.create(opened, world.domain_uuid, Role.ADMIN, "two", NOW)
        async with serving(database) as http:
            assert (await asked(http, f"Bearer {token}")).status_code == 200
            await tokens.revoke(opened, world.domain_uuid, "one", NOW)
            assert_unauthenticated(await asked(http, f"Bearer {token}"), "revoked")
            assert (await asked(http, f"Bearer {other}")).status_code == 200
