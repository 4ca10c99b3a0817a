"""Whom a JWT speaks of, as the directory stands in the snapshot, and which JWTs are taken back."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.auth.claims import Claims
from gateway.errors import BadUserInputError, UnauthenticatedError
from gateway.store.database import Database
from gateway.store.scopes import bounds
from gateway.store.snapshot import Snapshot
from gateway.store.statements import statement
from gateway.viewer import Viewer

# No setting lets a JWT live longer.
LONGEST_LIFE = timedelta(days=366)
NO_DOMAIN = "There is no domain of that name."


class Revoked(StrEnum):
    """What names the JWTs that are taken back: one by its jti, or all of a subject so far."""

    TOKEN = "jti"  # noqa: S105  # the claim's name
    SUBJECT = "sub"


async def home(database: Database, claims: Claims) -> UUID:
    """The domain that the claims name."""
    if isinstance(claims.domain, UUID):
        return claims.domain
    # Asked each time: a name may have gone to another domain.
    found = await database.domain_named(claims.domain)
    if found is None:
        raise UnauthenticatedError(NO_DOMAIN)
    return found


async def viewer(snapshot: Snapshot, claims: Claims) -> Viewer:
    """Who shows the JWT; a revoked one, or one of nobody, is unauthenticated."""
    if claims.domain not in {snapshot.domain_uuid, snapshot.domain.name}:
        raise UnauthenticatedError(NO_DOMAIN)
    row = await snapshot.subject(
        claims.token_id,
        claims.subject,
        claims.issued_at,
        str(claims.user) if isinstance(claims.user, UUID) else None,
        claims.user if isinstance(claims.user, str) else None,
    )
    if row["revoked"]:
        raise UnauthenticatedError("The JWT is revoked.")
    if claims.user is not None and row["user_uuid"] is None:
        raise UnauthenticatedError("The domain has no living user of that uuid or name.")
    seen = await bounds(snapshot, claims.role, row["user_uuid"])
    return Viewer(
        domain_uuid=snapshot.domain_uuid,
        role=seen.role,
        token_uuid=None,
        token_name=claims.subject,
        expires_at=claims.expires_at,
        user_uuid=row["user_uuid"],
        scope=seen.scope,
    )


async def revoke(
    database: Database, domain_uuid: UUID, what: Revoked, value: str, now: datetime
) -> None:
    """Take back the JWT of that id, or every JWT of the subject that is issued until now."""
    if not value.strip() or not value.isprintable():
        raise BadUserInputError(what, f'Write the JWT\'s "{what}" as its payload has it.')
    async with database.writing(domain_uuid) as connection:
        await connection.execute(
            statement("writes/jwt_revocations_tidy"), domain_uuid, now - LONGEST_LIFE
        )
        await connection.execute(statement("writes/jwt_revoke"), domain_uuid, what, value, now)
        await connection.execute(statement("writes/revocation_count"), domain_uuid)
