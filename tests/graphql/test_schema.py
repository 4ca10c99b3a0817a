"""The schema as people read it, and every field of it."""

from pathlib import Path
from typing import Any
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_specified_scalar_type,
    parse,
    validate,
    visit,
)

from gateway.graphql.schema import SCHEMA, printed
from gateway.measures import METRICS, SHOWN
from tests.conftest import TestDatabase
from tests.graphql.company import company
from tests.graphql.conftest import client_of, stored
from tests.graphql.everything import queries
from tests.world import World

PERIOD = '{days: {from: "2026-03-10", to: "2026-03-11"}}'


def test_the_checked_in_schema_is_the_codes() -> None:
    text = (Path(__file__).parents[2] / "schema.graphql").read_text("utf-8")
    assert text == printed(), "run: make schema"


def described() -> dict[str, Any]:
    """Everything that should have a description, by its path."""
    found: dict[str, Any] = {}
    for name, kind in SCHEMA.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        found[name] = kind
        if isinstance(kind, GraphQLEnumType):
            found |= {f"{name}.{value}": each for value, each in kind.values.items()}
        elif isinstance(kind, GraphQLInputObjectType):
            found |= {f"{name}.{field}": each for field, each in kind.fields.items()}
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, each in kind.fields.items():
                found[f"{name}.{field}"] = each
                found |= {f"{name}.{field}({key})": arg for key, arg in each.args.items()}
    return found


def test_everything_has_a_description() -> None:
    everything = described()
    assert len(everything) > 300
    assert [path for path, each in everything.items() if not each.description] == []


def test_every_measure_and_metric_is_a_field_with_its_definition() -> None:
    fields = SCHEMA.type_map["CallMeasures"].fields  # type: ignore[attr-defined]
    found = sorted(field.description for field in fields.values())
    assert found == sorted(
        [each.definition for each in SHOWN] + [each.definition for each in METRICS.values()]
    )


async def test_every_field_answers_without_an_error(database: TestDatabase) -> None:
    rich, empty = company(), World("empty")
    await stored(database, rich, empty)
    user = f"User{rich.uuids('users')[0].hex}"
    keys = {
        "node": f'(id: "{user}")',
        "user": f'(by: {{uuid: "{rich.uuids("users")[0]}"}})',
        "extension": f'(by: {{uuid: "{rich.uuids("extensions")[0]}"}})',
        "group": f'(uuid: "{rich.uuids("groups")[0]}")',
        "department": f'(uuid: "{rich.uuids("departments")[0]}")',
    }
    async with client_of(database, rich.domain_uuid, max_cost=10**9) as client:
        for root, query in queries(keys, PERIOD):
            assert (await client.ask(query))[root], query
    async with client_of(database, empty.domain_uuid, max_cost=10**9) as client:
        for _, query in queries(keys, PERIOD):
            await client.ask(query)


def test_the_queries_ask_for_every_field() -> None:
    asked: set[tuple[str, str]] = set()

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = info.get_parent_type()
            assert parent is not None
            asked.add((parent.name, node.name.value))

    keys = {name: f'(by: {{uuid: "{UUID(int=0)}"}})' for name in ("user", "extension")}
    keys |= {name: f'(uuid: "{UUID(int=0)}")' for name in ("group", "department")}
    for _, query in queries(keys | {"node": '(id: "x")'}, PERIOD):
        document = parse(query)
        assert validate(SCHEMA, document) == []
        info = TypeInfo(SCHEMA)
        visit(document, TypeInfoVisitor(info, Fields()))
    there_are = {
        (name, field)
        for name, kind in SCHEMA.type_map.items()
        # Subscriptions are asked for in tests/live.
        if isinstance(kind, GraphQLObjectType) and not name.startswith(("__", "Subscription"))
        for field in kind.fields
    }
    assert there_are - asked == set()
