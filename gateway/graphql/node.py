"""What every object with a key of its own has in common."""

from binascii import b2a_base64
from typing import Any

import strawberry
from strawberry.scalars import ID

from gateway.store.rows import Row

URL_SAFE = bytes.maketrans(b"+/", b"-_")


@strawberry.interface(description="Anything that can be asked for again by its id (Relay).")
class Node:
    @strawberry.field(description="The key for caches, unique over all types: opaque.")
    def id(self: Any) -> ID:
        named = f"{self.typename}:{self['uuid']}".encode()
        return ID(b2a_base64(named, newline=False).translate(URL_SAFE).decode())

    @classmethod
    def resolve_type(cls, row: Row, *_: Any) -> str:
        typename: str = row.typename
        return typename
