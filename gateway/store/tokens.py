"""Tokens: `gw_<the domain's uuid, 32 hex digits>_<secret>`. Only a hash of the text is stored."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from gateway.errors import BadUserInputError, UnauthenticatedError
from gateway.store.database import Database
from gateway.store.rows import Row
from gateway.store.scopes import bounds
from gateway.store.snapshot import UNKNOWN_TOKEN, Connection, Snapshot
from gateway.store.statements import statement
from gateway.viewer import Role, Viewer

SHAPE = re.compile(r"gw_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")
MALFORMED = "The token is malformed: it looks like gw_<32 hex digits>_<43 characters>."
REFRESH_LIFETIME = timedelta(days=30)
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class Session(NamedTuple):
    """What POST /v3/auth/token gives for an API key."""

    client_id: UUID
    user_uuid: UUID | None
    token: str
    refresh_token: str
    expires_at: datetime


def domain_of(token: str) -> UUID:
    """The domain that the token's text names."""
    shape = SHAPE.fullmatch(token)
    if shape is None:
        raise UnauthenticatedError(MALFORMED)
    return UUID(shape[1])


def hash_of(token: str) -> bytes:
    """What is stored of a token, and looked up."""
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode()).digest()


async def viewer(snapshot: Snapshot, token_hash: bytes) -> Viewer:
    """Who shows the token of that hash, which the snapshot was opened with; an unknown, expired or
    revoked one is unauthenticated.
    """
    row = _living(snapshot, token_hash)
    if row["kind"] == "refresh":
        raise UnauthenticatedError("A refresh token is for POST /v3/auth/token only.")
    seen = await bounds(snapshot, Role(row["role"]), row["user_uuid"])
    return Viewer(
        domain_uuid=snapshot.domain_uuid,
        role=seen.role,
        token_uuid=row["token_uuid"],
        token_name=row["token_name"],
        expires_at=row["expires_at"],
        user_uuid=row["user_uuid"],
        scope=seen.scope,
        client_uuid=row["parent_uuid"] or row["token_uuid"],
    )


async def create(
    database: Database,
    domain_uuid: UUID,
    role: Role,
    name: str,
    now: datetime,
    expires_at: datetime | None = None,
    username: str | None = None,
) -> str:
    """A new token's text, which nobody can see again.

    A role that does not see the domain needs a user, and no role is above its user's level.
    """
    if not name.strip() or "\0" in name:
        raise BadUserInputError("name", "Name the token: by what uses it, such as a dashboard.")
    token = _text(domain_uuid)
    async with database.writing(domain_uuid) as connection:
        user_uuid = await _user_for(connection, domain_uuid, role, username)
        await connection.execute(
            statement("writes/token_create"),
            domain_uuid,
            uuid4(),
            hash_of(token),
            "api",
            None,
            role,
            user_uuid,
            name,
            now,
            expires_at,
        )
    return token


async def exchange(database: Database, api_key: str, now: datetime, lifetime: timedelta) -> Session:
    """A session for an API key or a refresh token. Its tokens end with the API key."""
    domain_uuid = domain_of(api_key)
    key_hash = hash_of(api_key)
    async with database.snapshot(domain_uuid, now, [key_hash]) as snapshot:
        row = _living(snapshot, key_hash)
        await bounds(snapshot, Role(row["role"]), row["user_uuid"])
    if row["kind"] == "session":
        raise UnauthenticatedError("A session's token cannot open another: send the API key.")
    parent = row["parent_uuid"] or row["token_uuid"]
    limits = [now + lifetime, row["expires_at"]]
    expires_at = min(limit for limit in limits if limit is not None)
    session = Session(parent, row["user_uuid"], _text(domain_uuid), _text(domain_uuid), expires_at)
    async with database.writing(domain_uuid) as connection:
        await connection.execute(statement("writes/tokens_tidy"), domain_uuid, parent, now)
        for kind, token, end in (
            ("session", session.token, expires_at),
            ("refresh", session.refresh_token, now + REFRESH_LIFETIME),
        ):
            await connection.execute(
                statement("writes/token_create"),
                domain_uuid,
                uuid4(),
                hash_of(token),
                kind,
                parent,
                row["role"],
                row["user_uuid"],
                row["token_name"],
                now,
                end,
            )
    return session


async def listed(database: Database, domain_uuid: UUID) -> Sequence[Row]:
    """The tokens that operators made, oldest first."""
    async with database.writing(domain_uuid) as connection:
        rows: Sequence[Row] = await connection.fetch(statement("writes/tokens_list"), domain_uuid)
        return rows


async def revoke(database: Database, domain_uuid: UUID, which: str, now: datetime) -> int:
    """Revoke the token of that uuid or name, and the sessions it opened; how many it was."""
    async with database.writing(domain_uuid) as connection:
        rows = await connection.fetch(statement("writes/token_revoke"), domain_uuid, which, now)
        if rows:
            await connection.execute(statement("writes/revocation_count"), domain_uuid)
        return len(rows)


async def note_use(database: Database, viewer: Viewer, now: datetime) -> None:
    """Remember when the token was last used, to the minute."""
    async with database.writing(viewer.domain_uuid) as connection:
        await connection.execute(
            statement("writes/token_used"),
            viewer.domain_uuid,
            viewer.token_uuid,
            now,
            now - USE_IS_NOTED_EVERY,
        )


async def _user_for(
    connection: Connection, domain_uuid: UUID, role: Role, username: str | None
) -> UUID | None:
    """Whose token it shall be; BadUserInputError if that user cannot have that role."""
    if username is None:
        if role.sees_domain:
            return None
        raise BadUserInputError(
            "user", f"A token of the role {role} shows what one person may see: say whose it is."
        )
    found = await connection.fetch(
        statement("reads/users_by_username"), domain_uuid, None, [username]
    )
    if not found:
        raise BadUserInputError("user", f'The domain has no living user "{username}".')
    highest = Role.of_level(found[0]["level"])
    if role.rank > highest.rank:
        raise BadUserInputError(
            "role", f"{username} is of the level {highest} and cannot have the role {role}."
        )
    user_uuid: UUID = found[0]["uuid"]
    return user_uuid


def _living(snapshot: Snapshot, token_hash: bytes) -> Row:
    row = snapshot.tokens[token_hash]
    if row is None:
        raise UnauthenticatedError(UNKNOWN_TOKEN)
    if row["revoked_at"] is not None:
        raise UnauthenticatedError("The token is revoked: ask the operator for another.")
    if row["expires_at"] is not None and row["expires_at"] <= snapshot.now:
        raise UnauthenticatedError("The token is expired: ask the operator for another.")
    return row


def _text(domain_uuid: UUID) -> str:
    return f"gw_{domain_uuid.hex}_{secrets.token_urlsafe(32)}"
