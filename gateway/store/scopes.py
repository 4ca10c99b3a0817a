"""What a viewer may see, as the directory stands in the snapshot."""

from typing import NamedTuple
from uuid import UUID

from gateway.errors import UnauthenticatedError
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role

USER_IS_GONE = "The token's user has left the directory: ask the operator for another token."


class Bounds(NamedTuple):
    """The role in effect, and the users that it sees: None for all."""

    role: Role
    scope: frozenset[UUID] | None


async def bounds(snapshot: Snapshot, role: Role, user_uuid: UUID | None) -> Bounds:
    """How far that role of that user reaches: a role never reaches above its user's level.

    Without a user only a role that sees the domain has anything to see. A user that is no more
    among the living is unauthenticated.
    """
    if user_uuid is None:
        if role.sees_domain:
            return Bounds(role, None)
        raise UnauthenticatedError(f"A token of the role {role} must name its user.")
    row = await snapshot.scope(user_uuid, role)
    if row is None or row["removed"]:
        raise UnauthenticatedError(USER_IS_GONE)
    role = Role(row["role"])
    return Bounds(role, None if role.sees_domain else frozenset(map(UUID, row["scope"])))
