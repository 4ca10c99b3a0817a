"""Tokens: who has one gets in until it ends, and a refusal tells nothing about other domains."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.errors import UnauthenticatedError
from gateway.store import tokens
from gateway.store.database import Database
from gateway.viewer import Role, Viewer
from tests.conftest import TestDatabase
from tests.world import World

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MALFORMED = "The token is malformed: it looks like gw_<32 hex digits>_<43 characters>."
UNKNOWN = "The token is unknown."
REVOKED = "The token is revoked: ask the operator for another."
EXPIRED = "The token is expired: ask the operator for another."


@pytest.fixture
async def domain(database: TestDatabase) -> UUID:
    async with database.owner() as owner:
        return (await World(name="mine").store(owner)).domain_uuid


@pytest.fixture
async def opened(database: TestDatabase, domain: UUID) -> AsyncIterator[Database]:
    async with database.opened() as found:
        yield found


async def shown(database: Database, token: str, now: datetime = NOW) -> Viewer:
    """What a request with this token goes through."""
    token_hash = tokens.hash_of(token)
    async with database.snapshot(tokens.domain_of(token), now, [token_hash]) as snapshot:
        return await tokens.viewer(snapshot, token_hash)


async def refusal(database: Database, token: str, now: datetime = NOW) -> str:
    with pytest.raises(UnauthenticatedError) as caught:
        await shown(database, token, now)
    assert caught.value.status == 401
    assert "WWW-Authenticate" in caught.value.headers
    return caught.value.message


async def exchanged(
    database: Database, token: str, now: datetime = NOW, lifetime: timedelta = HOUR
) -> tokens.Session:
    return await tokens.exchange(database, token, now, lifetime)


async def row_of(database: TestDatabase, token_uuid: UUID | None) -> Any:
    async with database.owner() as owner:
        return await owner.fetchrow("select * from tokens where token_uuid = $1", token_uuid)


async def test_a_new_token_opens_its_domain(opened: Database, domain: UUID) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "reports", NOW)
    viewer = await shown(opened, token)
    assert (viewer.domain_uuid, viewer.role, viewer.token_name) == (domain, Role.ADMIN, "reports")
    assert (viewer.scope, viewer.expires_at) == (None, None)
    assert token.startswith(f"gw_{domain.hex}_")
    assert tokens.domain_of(token) == domain


async def test_only_a_hash_is_stored(
    database: TestDatabase, opened: Database, domain: UUID
) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "reports", NOW)
    session = await exchanged(opened, token)
    async with database.owner() as owner:
        rows = await owner.fetch("select t::text, length(token_hash) as bytes from tokens t")
    assert [row["bytes"] for row in rows] == [32, 32, 32]
    for secret in (token, session.token, session.refresh_token):
        _, _, text = secret.split("_", 2)
        for row in rows:
            assert text not in row["t"]
            assert text.encode().hex() not in row["t"]


async def test_the_list(opened: Database, domain: UUID) -> None:
    await tokens.create(opened, domain, Role.ADMIN, "second", NOW + HOUR, NOW + 2 * HOUR)
    first = await tokens.create(opened, domain, Role.ADMIN, "first", NOW)
    await exchanged(opened, first)
    listed = await tokens.listed(opened, domain)
    assert [(row["token_name"], row["expires_at"]) for row in listed] == [
        ("first", None),
        ("second", NOW + 2 * HOUR),
    ]
    assert "token_hash" not in listed[0]


async def test_it_expires_at_that_moment(opened: Database, domain: UUID) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "short", NOW, NOW + HOUR)
    assert (await shown(opened, token, NOW + HOUR - MINUTE)).expires_at == NOW + HOUR
    assert await refusal(opened, token, NOW + HOUR) == EXPIRED


async def test_revoking_by_uuid_and_by_name(opened: Database, domain: UUID) -> None:
    by_uuid = await tokens.create(opened, domain, Role.ADMIN, "a", NOW)
    by_name = await tokens.create(opened, domain, Role.ADMIN, "b", NOW)
    kept = await tokens.create(opened, domain, Role.ADMIN, "c", NOW)
    uuid = str((await shown(opened, by_uuid)).token_uuid)
    assert await tokens.revoke(opened, domain, uuid.upper(), NOW) == 1
    assert await tokens.revoke(opened, domain, uuid, NOW) == 0
    assert await tokens.revoke(opened, domain, "b", NOW) == 1
    assert await tokens.revoke(opened, domain, "nobody's", NOW) == 0
    assert await tokens.revoke(opened, uuid4(), "c", NOW) == 0
    assert await refusal(opened, by_uuid) == REVOKED
    assert await refusal(opened, by_name) == REVOKED
    await shown(opened, kept)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "gw_",
        f"gw_{'0' * 32}_{'a' * 42}",
        f"gw_{'0' * 32}_{'a' * 44}",
        f"gw_{'0' * 31}_{'a' * 43}",
        f"gw_{'G' * 32}_{'a' * 43}",
        f"GW_{'0' * 32}_{'a' * 43}",
        f"gw_{'0' * 32}_{'a' * 43}\n",
        f"gw_{'0' * 32}_{'a' * 42}\0",
        f"gw_{'٣' * 32}_{'a' * 43}",
        f"gw_{'0' * 32}_{'é' * 43}",
        "\ud800",
        "gw_" * 100_000,
    ],
)
def test_malformed_texts(text: str) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        tokens.domain_of(text)
    assert caught.value.message == MALFORMED


async def test_unknown_secrets_and_unknown_domains_are_told_the_same(
    database: TestDatabase, opened: Database, domain: UUID
) -> None:
    async with database.owner() as owner:
        other = (await World(name="theirs").store(owner)).domain_uuid
    token = await tokens.create(opened, domain, Role.ADMIN, "mine", NOW)
    secret = token.rpartition(f"gw_{domain.hex}_")[2]
    for text in (
        f"gw_{domain.hex}_{'a' * 43}",
        f"gw_{other.hex}_{secret}",
        f"gw_{uuid4().hex}_{secret}",
    ):
        assert await refusal(opened, text) == UNKNOWN
        with pytest.raises(UnauthenticatedError, match=UNKNOWN):
            await exchanged(opened, text)


async def test_a_session_opens_the_domain_for_its_lifetime(opened: Database, domain: UUID) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "phone", NOW)
    session = await exchanged(opened, token)
    assert session.expires_at == NOW + HOUR
    assert session.client_id == (await shown(opened, token)).token_uuid
    viewer = await shown(opened, session.token)
    assert (viewer.token_name, viewer.expires_at) == ("phone", NOW + HOUR)
    assert await refusal(opened, session.token, NOW + HOUR) == EXPIRED
    await shown(opened, token, NOW + HOUR)


async def test_a_refresh_token_opens_sessions_and_nothing_else(
    opened: Database, domain: UUID
) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "phone", NOW)
    session = await exchanged(opened, token)
    assert "refresh token" in await refusal(opened, session.refresh_token)
    later = NOW + 2 * HOUR
    again = await exchanged(opened, session.refresh_token, later)
    assert again.client_id == session.client_id
    await shown(opened, again.token, later)
    with pytest.raises(UnauthenticatedError, match="session's token"):
        await exchanged(opened, again.token, later)
    with pytest.raises(UnauthenticatedError, match="expired"):
        await exchanged(opened, session.refresh_token, NOW + tokens.REFRESH_LIFETIME)


async def test_sessions_die_with_their_parent(opened: Database, domain: UUID) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "phone", NOW, NOW + HOUR)
    session = await exchanged(opened, token, lifetime=2 * HOUR)
    assert session.expires_at == NOW + HOUR
    again = await exchanged(opened, session.refresh_token, NOW + 30 * MINUTE, 2 * HOUR)
    assert again.expires_at == NOW + HOUR
    assert await refusal(opened, session.token, NOW + HOUR) == EXPIRED
    with pytest.raises(UnauthenticatedError, match="expired"):
        await exchanged(opened, session.refresh_token, NOW + HOUR)

    assert await tokens.revoke(opened, domain, "phone", NOW) == 1
    for dead in (token, session.token, again.token):
        assert await refusal(opened, dead) == REVOKED
    for dead in (token, session.refresh_token, again.refresh_token):
        with pytest.raises(UnauthenticatedError, match="revoked"):
            await exchanged(opened, dead)


async def test_a_session_is_no_way_to_revoke_or_list(opened: Database, domain: UUID) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "phone", NOW)
    session = await exchanged(opened, token)
    uuid = (await shown(opened, session.token)).token_uuid
    assert await tokens.revoke(opened, domain, str(uuid), NOW) == 0
    assert len(await tokens.listed(opened, domain)) == 1


async def test_dead_sessions_are_cleared_away(
    database: TestDatabase, opened: Database, domain: UUID
) -> None:
    token = await tokens.create(opened, domain, Role.ADMIN, "phone", NOW)
    for hours in range(4):
        await exchanged(opened, token, NOW + hours * HOUR)
    async with database.owner() as owner:
        sessions = await owner.fetchval("select count(*) from tokens where kind = 'session'")
    assert sessions == 1


async def test_the_last_use_is_noted_once_a_minute(
    database: TestDatabase, opened: Database, domain: UUID
) -> None:
    viewer = await shown(opened, await tokens.create(opened, domain, Role.ADMIN, "phone", NOW))
    noted = []
    for seconds in (0, 30, 60, 61, 120, 121):
        await tokens.note_use(opened, viewer, NOW + timedelta(seconds=seconds))
        noted.append((await row_of(database, viewer.token_uuid))["last_used_at"] - NOW)
    assert [int(moment.total_seconds()) for moment in noted] == [0, 0, 0, 61, 61, 61]


async def test_the_use_of_a_session_is_its_parents_use(
    database: TestDatabase, opened: Database, domain: UUID
) -> None:
    """The list shows what operators made: a key that is used through sessions is in use."""
    token = await tokens.create(opened, domain, Role.ADMIN, "phone", NOW)
    session = await exchanged(opened, token)
    await tokens.note_use(opened, await shown(opened, session.token), NOW)
    (listed,) = await tokens.listed(opened, domain)
    assert listed["last_used_at"] == NOW
