"""What fields cost: declared where a field is declared, counted before anything runs.

A unit is about one value in the answer. A thing costs 5, because it is a row that is read; a list
costs that as often as it has items: as many as the page or the period says, or as an organisation
usually has where nothing bounds it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
)
from graphql.type.definition import get_nullable_type
from strawberry.types.field import StrawberryField

from gateway.graphql.calling import DEFINITION
from gateway.settings import Settings

KEY = "price"
VALUE = 1
THING = 5
# The schema's own types are walked in Python, and their lists are long.
INTROSPECTION = 2000


class Size(NamedTuple):
    """How many items a field has, by its arguments; `words` are for people."""

    words: str
    times: Callable[[Mapping[str, Any], Settings], int]


class Price(NamedTuple):
    """What a field costs: `own` once, and `each` with what is selected of it, `size` times.

    `paged`: the field is a connection, so only what is selected of its rows is multiplied.
    `row`: the field is a connection's rows.
    """

    own: int = 0
    each: int = 0
    size: Size | None = None
    paged: bool = False
    row: bool = False


ROWS: Mapping[str, Any] = {KEY: Price(row=True)}


def price(own: int = 0, each: int = THING, size: Size | None = None) -> Mapping[str, Any]:
    """The declaration, as a field's `metadata`."""
    return {KEY: Price(own, each, size)}


def page_price(size: Size, own: int, each: int = THING) -> Mapping[str, Any]:
    return {KEY: Price(own, each, size, paged=True)}


def usually(count: int) -> Size:
    """A list that no argument bounds."""
    return Size(f"{count} (usual)", lambda *_: count)


def price_of(parent: str, field: GraphQLField) -> Price:
    definition = field.extensions.get(DEFINITION)
    if isinstance(definition, StrawberryField) and KEY in (definition.metadata or {}):
        declared: Price = definition.metadata[KEY]
        return declared
    if parent.startswith("__"):
        return Price(own=INTROSPECTION)
    leaf = is_leaf_type(get_named_type(field.type))
    return Price(own=VALUE) if leaf else Price(each=THING)


class PriceLine(NamedTuple):
    field: str
    of: str
    own: str
    each: str
    times: str


def undeclared(schema: GraphQLSchema) -> Iterator[str]:
    """Lists of things whose length nobody declared."""
    for name, field, found in _fields(schema):
        things = is_list_type(get_nullable_type(field.type)) and found.size is None
        if things and not found.row and not is_leaf_type(get_named_type(field.type)):
            yield name


def price_lines(schema: GraphQLSchema) -> list[PriceLine]:
    """The declared prices, as a table."""
    parents: dict[tuple[str, Price], list[str]] = {}
    for name, _, found in _fields(schema):
        if found not in {Price(own=VALUE), Price(each=THING)} and not found.row:
            parent, _, field = name.partition(".")
            parents.setdefault((field, found), []).append(parent)
    return sorted(_line(field, found, of) for (field, found), of in parents.items())


def _line(field: str, found: Price, parents: list[str]) -> PriceLine:
    of = ", ".join(sorted(parents))
    if "Reporting" in parents:
        of = "Reporting"
    elif all(parent.endswith("Connection") for parent in parents) and len(parents) > 1:
        of = "every connection"
    times = found.size.words if found.size else "1"
    return PriceLine(field, of, str(found.own), str(found.each), times)


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField, Price]]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and name[:2] != "__":
            for key, field in kind.fields.items():
                yield f"{name}.{key}", field, price_of(name, field)
