"""A resolver is given what Strawberry gives it, whichever way it is called."""

from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import GraphQLObjectType, graphql_sync
from strawberry import UNSET

from gateway.graphql.schema import declare

QUERIES = (
    "{ said }",
    "{ said(first: null) }",
    "{ said(first: {}) }",
    "{ said(first: {from: 1, kinds: [ONE, null, OTHER], inner: {from: 2}}) }",
    "{ said(first: {kinds: ONE, inner: null, isIt: true}, second: [[{from: 3}, null], []]) }",
    "{ said(second: {from: 4}, plainName: [5, null]) }",
    "{ said(second: null, plainName: null) }",
    "query ($first: First, $from: Int = 6) { said(first: $first, second: {from: $from}) }",
)
VARIABLES = {"first": {"from": 7, "inner": {"isIt": False}, "kinds": "OTHER"}}


@strawberry.enum
class Kind(Enum):
    ONE = "one"
    OTHER = "other"


@strawberry.input
class Inner:
    from_: int | None = strawberry.field(name="from", default=UNSET)
    is_it: bool = False


@strawberry.input
class First(Inner):
    kinds: list[Kind | None] | None = UNSET
    inner: Inner | None = UNSET


@strawberry.type
class Query:
    @strawberry.field
    def said(
        self: Any,
        info: strawberry.Info,
        first: First | None = UNSET,
        second: list[list[Inner | None] | None] | None = None,
        plain_name: list[int | None] | None = UNSET,
    ) -> str:
        return repr((self, info.python_name, first, second, plain_name))


@pytest.mark.parametrize("query", QUERIES)
def test_a_resolver_is_given_what_strawberry_gives_it(query: str) -> None:
    schema = strawberry.Schema(Query)._schema
    expected = graphql_sync(schema, query, "root", variable_values=VARIABLES)
    assert isinstance(schema.query_type, GraphQLObjectType)
    theirs = schema.query_type.fields["said"].resolve
    declare(schema.query_type)
    assert schema.query_type.fields["said"].resolve is not theirs
    assert graphql_sync(schema, query, "root", variable_values=VARIABLES) == expected
    assert not expected.errors
