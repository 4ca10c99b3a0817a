"""Real processes: a token that is revoked is refused by each of them at once."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.auth.jwks_server import JwksServer, document, response
from tests.auth.signing import AUDIENCE, ISSUER, OTHER_RSA, P256, RSA, jwk, payload, pem, signed
from tests.conftest import TestDatabase
from tests.process import Serving, gateway, serving
from tests.world import World

# What is promised; it is at once, for every request reads the token.
WITHIN = 5
JWT = {"GATEWAY_JWT_ISSUER": ISSUER, "GATEWAY_JWT_AUDIENCE": AUDIENCE}
DOMAIN = ("--domain", "example")


@pytest.fixture
def world(database: TestDatabase) -> World:
    async def store() -> World:
        async with database.owner() as owner:
            return await World().store(owner)

    return asyncio.run(store())


@contextmanager
def two_servers(
    tmp_path: Path, database: TestDatabase, **changes: str
) -> Iterator[tuple[Serving, Serving]]:
    with ExitStack() as stack:
        environment = {"GATEWAY_DATABASE_URL": database.service_url, **changes}
        one, two = (
            stack.enter_context(serving(tmp_path / name, **environment)) for name in ("a", "b")
        )
        yield one, two


def statuses(servers: tuple[Serving, ...], token: str) -> list[int]:
    """GraphQL's and REST's, of each."""
    header = {"Authorization": f"Bearer {token}"}
    query = {"query": "{ domain { name } }"}
    found = []
    for server in servers:
        found += [
            httpx.post(f"{server.address}/graphql", json=query, headers=header).status_code,
            httpx.get(f"{server.address}/v3/report/call/user", headers=header).status_code,
        ]
    return found


def command(tmp_path: Path, database: TestDatabase, *arguments: str) -> str:
    done = gateway(tmp_path / "c", *arguments, GATEWAY_DATABASE_URL=database.service_url)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def jwt_of(world: World, **claims: Any) -> str:
    claims = {"domain": str(world.domain_uuid), **claims}
    return signed(payload(datetime.now(UTC), **claims), P256, "ES256")


def test_a_revoked_token_is_refused_by_every_process_at_once(
    tmp_path: Path, database: TestDatabase, world: World
) -> None:
    key = command(tmp_path, database, "token", "create", *DOMAIN, "--name", "board")
    with two_servers(tmp_path, database) as servers:
        opened = httpx.post(f"{servers[0].address}/v3/auth/token", json={"api_key": key}).json()
        session = opened["token"]
        for token in (key, session):
            assert statuses(servers, token) == [200] * 4
        command(tmp_path, database, "token", "revoke", "board", *DOMAIN)
        revoked_at = time.monotonic()
        for token in (key, session):
            assert statuses(servers, token) == [401] * 4
        assert time.monotonic() - revoked_at < WITHIN


def test_a_revoked_jwt_is_refused_by_every_process_at_once(
    tmp_path: Path, database: TestDatabase, world: World
) -> None:
    with two_servers(tmp_path, database, **JWT, GATEWAY_JWT_KEY=pem(P256)) as servers:
        by_id, kept, by_subject = jwt_of(world, jti="1"), jwt_of(world), jwt_of(world, sub="other")
        for token in (by_id, kept, by_subject):
            assert statuses(servers, token) == [200] * 4
        command(tmp_path, database, "token", "revoke-jwt", *DOMAIN, "--id", "1")
        command(tmp_path, database, "token", "revoke-jwt", *DOMAIN, "--subject", "other")
        revoked_at = time.monotonic()
        for token in (by_id, by_subject):
            assert statuses(servers, token) == [401] * 4
        assert time.monotonic() - revoked_at < WITHIN
        assert statuses(servers, kept) == [200] * 4


def test_a_user_that_leaves_takes_its_tokens_along(
    tmp_path: Path, database: TestDatabase, world: World
) -> None:
    async def execute(statement: str) -> None:
        async with database.owner() as owner:
            await owner.execute(statement, world.domain_uuid)

    asyncio.run(
        execute(
            "insert into users (domain_uuid, user_uuid, username, level)"
            " values ($1, gen_random_uuid(), 'an', 'agent')"
        )
    )
    key = command(
        tmp_path, database, "token", "create", *DOMAIN, "--name", "an's", "--role", "agent",
        "--user", "an",
    )  # fmt: skip
    with two_servers(tmp_path, database, **JWT, GATEWAY_JWT_KEY=pem(P256)) as servers:
        token = jwt_of(world, user="an", role="agent")
        assert statuses(servers, key) == statuses(servers, token) == [200] * 4
        asyncio.run(execute("update users set removed_at = now() where domain_uuid = $1"))
        assert statuses(servers, key) == statuses(servers, token) == [401] * 4


async def test_keys_from_an_address_that_rotates_and_fails(
    tmp_path: Path, database: TestDatabase
) -> None:
    async with database.owner() as owner:
        world = await World().store(owner)
    jwks = JwksServer(response(document(jwk(RSA, "one"))))
    claims = payload(datetime.now(UTC), domain=str(world.domain_uuid))
    one = signed(claims, RSA, headers={"kid": "one"})
    forged = signed(claims, OTHER_RSA, headers={"kid": "one"})
    unknown = signed(claims, OTHER_RSA, headers={"kid": "two"})
    async with jwks.running():
        changes = {
            **JWT,
            "GATEWAY_DATABASE_URL": database.service_url,
            "GATEWAY_JWT_JWKS_URL": jwks.url,
        }

        def serve() -> list[list[int]]:
            with serving(tmp_path / "a", **changes) as server:
                found = [statuses((server,), token) for token in (one, forged, unknown)]
                jwks.answer = b""
                return [*found, *(statuses((server,), token) for token in (one, forged, unknown))]

        found = await asyncio.to_thread(serve)
    assert found == [[200, 200], [401, 401], [401, 401]] * 2
    # Once at start; an unknown key is no reason to ask again so soon.
    assert len(jwks.requests) == 1


def test_wrong_settings_are_told_in_a_sentence(tmp_path: Path, database: TestDatabase) -> None:
    for changes, words in (
        ({"GATEWAY_JWT_SECRET": "short", **JWT}, "GATEWAY_JWT_SECRET: it has 5 bytes"),
        ({"GATEWAY_JWT_KEY": pem(P256)}, "GATEWAY_JWT_ISSUER: set it beside GATEWAY_JWT_KEY"),
        ({"GATEWAY_JWT_ROLES": "boss=root"}, "GATEWAY_JWT_ROLES: write name=role"),
    ):
        done = gateway(tmp_path, "serve", GATEWAY_DATABASE_URL=database.service_url, **changes)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_what_to_revoke_is_named_once(tmp_path: Path, database: TestDatabase, world: World) -> None:
    for arguments in ((), ("--id", "1", "--subject", "a"), ("--id", "")):
        done = gateway(
            tmp_path, "token", "revoke-jwt", *DOMAIN, *arguments,
            GATEWAY_DATABASE_URL=database.service_url,
        )  # fmt: skip
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
