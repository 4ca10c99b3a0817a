"""The schema, built once."""

from operator import getitem

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema, lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from gateway.graphql.provenance import ImportBatch
from gateway.graphql.root import Query
from gateway.graphql.scalars import SCALARS
from gateway.graphql.types import Call, Department, Extension, Group, Queue, User


def build() -> GraphQLSchema:
    """The executable schema. Rows are mappings: a field without a resolver takes its item."""
    config = StrawberryConfig(default_resolver=getitem, scalar_map=SCALARS)
    whole = strawberry.Schema(
        Query, types=[Call, Department, Extension, Group, ImportBatch, Queue, User], config=config
    )
    # Its own execution is a pipeline that we do not need.
    built = whole._schema  # noqa: SLF001
    for kind in built.type_map.values():
        definition = kind.extensions.get("strawberry-definition")
        if isinstance(kind, GraphQLInputObjectType) and isinstance(
            definition, StrawberryObjectDefinition
        ):
            # So that the core validates, coerces, introspects and prints it as one of.
            kind.is_one_of = definition.is_one_of
    return built


SCHEMA = build()


def printed() -> str:
    """`schema.graphql`: the schema in alphabetical order."""
    return print_schema(lexicographic_sort_schema(SCHEMA)) + "\n"
