"""The schema, built once."""

from operator import getitem

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    lexicographic_sort_schema,
    print_schema,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from gateway.graphql.batches import is_for_rows
from gateway.graphql.calling import DEFINITION, calling
from gateway.graphql.figures import ALWAYS
from gateway.graphql.plans import COLUMN, FOR_ROWS, OF_ITS_TYPE, OF_ROW
from gateway.graphql.provenance import ImportBatch
from gateway.graphql.root import Query
from gateway.graphql.scalars import SCALARS
from gateway.graphql.subscription import Subscription
from gateway.graphql.texts import TEXTS
from gateway.graphql.types import Call, Department, Extension, Group, Queue, User


def build() -> GraphQLSchema:
    """The executable schema. Rows are mappings: a field without a resolver takes its item."""
    config = StrawberryConfig(default_resolver=getitem, scalar_map=SCALARS)
    whole = strawberry.Schema(
        Query,
        subscription=Subscription,
        types=[Call, Department, Extension, Group, ImportBatch, Queue, User],
        config=config,
    )
    # Its own execution is a pipeline that we do not need.
    built = whole._schema  # noqa: SLF001
    for kind in built.type_map.values():
        definition = kind.extensions.get(DEFINITION)
        if isinstance(kind, GraphQLInputObjectType) and isinstance(
            definition, StrawberryObjectDefinition
        ):
            # So that the core validates, coerces, introspects and prints it as one of.
            kind.is_one_of = definition.is_one_of
        elif isinstance(kind, GraphQLObjectType):
            declare(kind)
    return built


def declare(kind: GraphQLObjectType) -> None:
    """What the executor needs not ask a resolver, or not for each row."""
    if getattr(kind.is_type_of, "__func__", None) is ALWAYS.__func__:
        kind.extensions[OF_ITS_TYPE] = True
    for field in kind.fields.values():
        definition = field.extensions.get(DEFINITION)
        # An extension, such as a permission, is to be asked for each row.
        if not isinstance(definition, StrawberryField) or definition.extensions:
            continue
        resolver = definition.base_resolver
        if resolver is None:
            field.extensions[COLUMN] = definition.python_name
            continue
        field.resolve = calling(field, resolver)
        if is_for_rows(resolver.wrapped_func):
            field.extensions[FOR_ROWS] = True
            if definition.metadata.get(TEXTS):
                field.extensions[TEXTS] = True
        elif resolver.self_parameter and not (
            resolver.info_parameter or definition.is_async or field.args
        ):
            field.extensions[OF_ROW] = resolver.wrapped_func


SCHEMA = build()


def printed() -> str:
    """`schema.graphql`: the schema in alphabetical order."""
    return print_schema(lexicographic_sort_schema(SCHEMA)) + "\n"
