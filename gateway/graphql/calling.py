"""How a resolver is called: what Strawberry would find out at each call is found out once."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
)
from graphql.type.definition import get_nullable_type
from strawberry.types.fields.resolver import StrawberryResolver

DEFINITION = "strawberry-definition"

Make: TypeAlias = Callable[[Any], Any]
# By the name that clients say: the name in Python, and what makes the value.
Makes: TypeAlias = Mapping[str, tuple[str, Make]]


def calling(field: GraphQLField, resolver: StrawberryResolver[Any]) -> Callable[..., Any]:
    """What the core calls: the resolver is given what Strawberry would give it."""
    definition, makes = field.extensions[DEFINITION], _makes(field.args)
    function: Callable[..., Any] = resolver.wrapped_func  # type: ignore[assignment]  # it is one
    own, informed = resolver.self_parameter, resolver.info_parameter

    def resolve(source: Any, info: Any, /, **said: Any) -> Any:
        arguments = _made(makes, said)
        if informed:
            arguments[informed.name] = strawberry.Info(info, definition)
        return function(source, **arguments) if own else function(**arguments)

    return resolve


def _makes(fields: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]) -> Makes:
    return {
        name: (field.extensions[DEFINITION].python_name, _make(field.type))
        for name, field in fields.items()
    }


def _made(makes: Makes, said: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for said_name, value in said.items():
        name, make = makes[said_name]
        found[name] = None if value is None else make(value)
    return found


def _make(kind: Any) -> Make:
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList):
        of_item = _make(kind.of_type)
        return lambda values: [None if value is None else of_item(value) for value in values]
    if isinstance(kind, GraphQLInputObjectType):
        origin, makes = kind.extensions[DEFINITION].origin, _makes(kind.fields)
        return lambda said: origin(**_made(makes, said))
    return lambda value: value
