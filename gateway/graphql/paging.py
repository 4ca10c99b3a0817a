"""Connections: keyset pages with opaque cursors.

A cursor names its list and order, because a place in one is none in another.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import orjson
import strawberry

from gateway.errors import BadUserInputError
from gateway.graphql.prices import ROWS, Size, price
from gateway.graphql.scalars import Count, instant_text, parse_datetime
from gateway.settings import Settings
from gateway.store.calls import CallPosition
from gateway.store.directory import Position
from gateway.store.rows import Row

Node = TypeVar("Node")
Listing: TypeAlias = tuple[str | bool, ...]


@strawberry.type(description="Where a page stands among all matches.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page began at a cursor.")
    start_cursor: str | None = strawberry.field(description="The first row's cursor.")
    end_cursor: str | None = strawberry.field(
        description="The last row's cursor: give it as `after` for the next page."
    )


@strawberry.type(description="A row with its cursor.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(description="Where the row stands.")
    node: Node = strawberry.field(description="The row.")


@strawberry.type(description="A page of rows.")
class Connection(Generic[Node]):
    nodes: list[Node] = strawberry.field(description="The rows of the page.", metadata=ROWS)

    @strawberry.field(description="The rows with their cursors.", metadata=ROWS)
    def edges(self: Any) -> list[Edge[Node]]:
        listing, nodes = self["listing"], self["nodes"]
        found: list[Any] = [{"cursor": _cursor(row, listing), "node": row} for row in nodes]
        return found

    @strawberry.field(description="Where the page stands.")
    def page_info(self: Any) -> PageInfo:
        listing, nodes = self["listing"], self["nodes"]
        return {
            "has_next_page": self["has_next_page"],
            "has_previous_page": self["has_previous_page"],
            "start_cursor": _cursor(nodes[0], listing) if nodes else None,
            "end_cursor": _cursor(nodes[-1], listing) if nodes else None,
        }

    @strawberry.field(
        description="How many match in all, not only on this page.", metadata=price(own=20, each=0)
    )
    async def total_count(self: Any) -> Count:
        total: Count = await self["total"]()
        return total


def size(first: int, settings: Settings) -> int:
    """The page's size, checked."""
    if not 0 <= first <= settings.max_page:
        raise BadUserInputError("first", f"first must be from 0 to {settings.max_page}.")
    return first


PAGE = Size("`first`", lambda arguments, settings: size(arguments["first"], settings))


def position(after: str | None, listing: Listing) -> Position | None:
    """What a directory's cursor says."""
    if not after:
        return None
    key, uuid = _decoded(after, listing)
    return Position(key, uuid)


def call_position(after: str | None, listing: Listing) -> CallPosition | None:
    """What a call's cursor says."""
    if not after:
        return None
    text, uuid = _decoded(after, listing)
    try:
        return CallPosition(parse_datetime(text), uuid)
    except BadUserInputError:
        raise _unreadable() from None


def page(
    rows: Sequence[Row],
    first: int,
    after: str | None,
    listing: Listing,
    total: Callable[[], Awaitable[int]],
) -> dict[str, Any]:
    """A connection's row, of at most one row more than the page holds."""
    return {
        "nodes": rows[:first],
        "has_next_page": len(rows) > first,
        "has_previous_page": bool(after),
        "listing": listing,
        "total": total,
    }


def _cursor(row: Row, listing: Listing) -> str:
    key = row["position"] if "position" in row else instant_text(row["started_at"])
    return base64.urlsafe_b64encode(orjson.dumps([listing, key, str(row["uuid"])])).decode()


def _decoded(after: str, listing: Listing) -> tuple[str, UUID]:
    try:
        match orjson.loads(base64.urlsafe_b64decode(after.encode())):
            case [[*named], str() as key, str() as uuid] if named == [*listing] and "\0" not in key:
                return key, UUID(uuid)
    except (binascii.Error, ValueError):
        pass
    raise _unreadable()


def _unreadable() -> BadUserInputError:
    return BadUserInputError(
        "after", "The cursor is not one of this list's: take it from pageInfo."
    )
