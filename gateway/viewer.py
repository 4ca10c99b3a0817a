"""Who asks: the domain, the role and what may be seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Role(StrEnum):
    """Ascending: each may see at least what the one before it may."""

    AGENT = "agent"
    LEADER = "leader"
    MANAGER = "manager"
    ADMIN = "admin"
    SUPERADMIN = "superadmin"

    @classmethod
    def of_level(cls, level: str) -> "Role":
        """The highest role a user of that level may have; without a level it ranks as an agent."""
        return cls(level or cls.AGENT)

    @property
    def rank(self) -> int:
        return tuple(Role).index(self)

    @property
    def sees_domain(self) -> bool:
        """Whether it sees all of a domain, not only what is its user's business."""
        return self in (Role.ADMIN, Role.SUPERADMIN)


class Sight(StrEnum):
    """Whose personal data a role may read."""

    EVERYBODYS = "everybody's"
    OF_SEEN = "that of the people it sees, and its own"
    OWN = "its own"


_BY_RANK: Mapping[Role, Sight] = {
    Role.AGENT: Sight.OWN,
    Role.LEADER: Sight.OF_SEEN,
    Role.MANAGER: Sight.OF_SEEN,
    Role.ADMIN: Sight.EVERYBODYS,
    Role.SUPERADMIN: Sight.EVERYBODYS,
}
# Personal fields by the name of their column. Who may not read one gets "".
PERSONAL: Mapping[str, Mapping[Role, Sight]] = {
    "email": _BY_RANK,
    "caller_number": _BY_RANK,
    "callee_number": _BY_RANK,
}


class Vantage(NamedTuple):
    """All of a viewer that what it is told depends on."""

    domain_uuid: UUID
    role: Role
    user_uuid: UUID | None
    scope: frozenset[UUID] | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """`scope` is what the viewer may see: the uuids of users, or None for the whole domain.

    `role` is the role in effect, `user_uuid` a user of the domain that is looked at. A JWT has no
    `token_uuid`. `client_uuid` is the token that an operator made, of which this may be a session.
    """

    domain_uuid: UUID
    role: Role
    token_uuid: UUID | None
    token_name: str
    expires_at: datetime | None = None
    user_uuid: UUID | None = None
    scope: frozenset[UUID] | None = None
    client_uuid: UUID | None = None

    @property
    def vantage(self) -> Vantage:
        """Who has the same is told the same."""
        # Who sees all sees the same, whoever it is.
        user = None if self.scope is None else self.user_uuid
        return Vantage(self.domain_uuid, self.role, user, self.scope)

    def at(self, domain_uuid: UUID) -> "Viewer":
        """The same who looks at that domain."""
        if domain_uuid == self.domain_uuid:
            return self
        # Its user is one of its home; there another may have that uuid.
        return replace(self, domain_uuid=domain_uuid, user_uuid=None)

    def reads(self, field: str, owner: UUID | None) -> bool:
        """Whether it may read that personal field of what belongs to that user."""
        match PERSONAL[field][self.role]:
            case Sight.EVERYBODYS:
                return True
            case Sight.OF_SEEN:
                return self.scope is None or owner in self.scope
            case Sight.OWN:
                return owner is not None and owner == self.user_uuid
