"""Who asks: the domain, the role and what may be seen."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Viewer:
    """`scope` is what the viewer may see: the uuids of users, or None for the whole domain."""

    domain_uuid: UUID
    role: Role
    token_uuid: UUID
    token_name: str
    expires_at: datetime | None = None
    user_uuid: UUID | None = None
    scope: frozenset[UUID] | None = None
