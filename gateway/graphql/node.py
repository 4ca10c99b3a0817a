"""What every object with a key of its own has in common."""

import base64
from typing import Any

import strawberry
from strawberry.scalars import ID

from gateway.store.rows import Row


def global_id(row: Row) -> ID:
    return ID(base64.urlsafe_b64encode(f"{row.typename}:{row.uuid}".encode()).decode())


@strawberry.interface(description="Anything that can be asked for again by its id (Relay).")
class Node:
    @strawberry.field(description="The key for caches, unique over all types: opaque.")
    def id(self: Any) -> ID:
        return global_id(self)

    @classmethod
    def resolve_type(cls, row: Row, *_: Any) -> str:
        typename: str = row.typename
        return typename
