"""What every object with a key of its own has in common."""

import re
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import ID

from gateway.store.rows import Row

# The type's name, and the UUID's digits without what stands between them.
WRITTEN = re.compile("([A-Za-z]+)([0-9a-f]{32})")


@strawberry.interface(description="Anything that can be asked for again by its id (Relay).")
class Node:
    @strawberry.field(
        graphql_type=ID, description="The key for caches, unique over all types: opaque."
    )
    def id(self: Any) -> str:
        return f"{self.typename}{self['uuid'].hex}"

    @classmethod
    def resolve_type(cls, row: Row, *_: Any) -> str:
        typename: str = row.typename
        return typename


def named_by(node_id: str) -> tuple[str, UUID | None]:
    """What an id names; nothing if it is none of ours, for such a thing does not exist."""
    found = WRITTEN.fullmatch(node_id)
    return (found[1], UUID(found[2])) if found else ("", None)
