"""Queries made from the schema: together they ask for every field of every type."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from gateway.graphql.schema import SCHEMA

FIXED = {"grain": "HOUR", "by": "AVERAGE_BILLSEC"}


def queries(keys: Mapping[str, str], period: str) -> Iterator[tuple[str, str]]:
    """(root field, query). `keys` has the arguments of the root fields that need some."""
    root = SCHEMA.query_type
    assert root is not None
    for name, field in root.fields.items():
        arguments = keys.get(name, "")
        selection = _selection(get_named_type(field.type), {root.name}, period, 0)
        yield name, f"{{ {name}{arguments} {selection} }}"


def _selection(kind: Any, seen: set[str], period: str, depth: int) -> str:
    """Each type is asked for everything once; met again, for its name only."""
    if kind.name in seen or depth > 8:
        return "{ __typename }"
    seen.add(kind.name)
    if isinstance(kind, GraphQLInterfaceType):
        of_types = [
            f"... on {each.name} {_selection(each, seen, period, depth + 1)}"
            for each in SCHEMA.get_possible_types(kind)
        ]
        return "{ __typename " + " ".join(of_types) + " }"
    assert isinstance(kind, GraphQLObjectType)
    fields = sorted(
        kind.fields.items(), key=lambda item: is_composite_type(get_named_type(item[1].type))
    )
    return (
        "{ " + " ".join(_field(name, field, seen, period, depth) for name, field in fields) + " }"
    )


def _field(name: str, field: GraphQLField, seen: set[str], period: str, depth: int) -> str:
    inner = get_named_type(field.type)
    said = [_argument(key, argument, period) for key, argument in field.args.items()]
    arguments = ", ".join(filter(None, said))
    called = f"{name}({arguments})" if arguments else name
    return (
        f"{called} {_selection(inner, seen, period, depth + 1)}"
        if is_composite_type(inner)
        else called
    )


def _argument(name: str, argument: GraphQLArgument, period: str) -> str:
    if name == "period":
        return f"period: {period}"
    return f"{name}: {FIXED[name]}" if is_required_argument(argument) else ""
