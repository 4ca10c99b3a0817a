"""The fast executor: leaves of every kind beside the core's, and what it does once per list."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    execute_sync,
    parse,
)
from strawberry.extensions import FieldExtension

from gateway.graphql import plans, running
from gateway.graphql.batches import for_rows
from gateway.graphql.executor import FastExecutor
from gateway.graphql.plans import COLUMN, FOR_ROWS, OF_ROW
from gateway.graphql.schema import SCHEMA, declare
from tests.conftest import TestDatabase
from tests.graphql.company import TUESDAY_ONLY, company
from tests.graphql.conftest import client_of, stored
from tests.laws.schemas import LEAVES, ODD

VALUES = [value for _, values in LEAVES.values() for value in values]
FIGURES = """
query ($period: Period) { users { nodes {
    username level extension { extension } groups { name }
    callStats(period: $period) { totalCall answerRate }
    timeline(period: $period, grain: HOUR) { start totalCall complete }
} } }
"""


def schema(kind: Any, rows: Any, **fields: GraphQLField) -> GraphQLSchema:
    """A list of rows with a column of that type."""
    column = GraphQLField(kind, resolve=lambda row, _: row["value"], extensions={COLUMN: "value"})
    row = GraphQLObjectType("Row", {"value": column, **fields})
    listed = GraphQLField(GraphQLList(row), resolve=lambda *_: rows)
    return GraphQLSchema(GraphQLObjectType("Query", {"rows": listed}))


def answer(schema: GraphQLSchema, query: str, executor: Any = FastExecutor) -> tuple[str, Any]:
    result: ExecutionResult = execute_sync(schema, parse(query), executor_class=executor)
    errors = [error.formatted for error in result.errors or []]
    return json.dumps(result.data, default=repr), errors


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("name", LEAVES)
def test_every_value_of_every_leaf(name: str, required: bool) -> None:
    kind = LEAVES[name][0]
    rows = [{"value": value} for value in [*VALUES, *ODD]]
    made = schema(GraphQLNonNull(kind) if required else kind, [*rows, {}, None, 7, KeyError()])
    query = "{ rows { a: value __typename value } }"
    assert answer(made, query) == answer(made, query, None)


def test_only_odd_rows_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[Any] = []
    original = FastExecutor.complete_list_item_value

    def counted(self: Any, item: Any, *arguments: Any) -> Any:
        given_back.append(item)
        return original(self, item, *arguments)

    monkeypatch.setattr(FastExecutor, "complete_list_item_value", counted)
    rows = [{"value": number} for number in range(100)]
    rows[40]["value"] = 2**31
    data, errors = answer(schema(GraphQLInt, rows), "{ rows { value } }")
    assert json.loads(data)["rows"][39:42] == [{"value": 39}, {"value": None}, {"value": 41}]
    assert [error["path"] for error in errors] == [["rows", 40, "value"]]
    assert given_back == [rows[40]]


@pytest.mark.parametrize("usual", [True, False])
def test_a_resolver_for_rows_is_called_once(usual: bool) -> None:
    asked: list[int] = []

    @for_rows
    def double(rows: Sequence[Any], _: Any) -> list[int]:
        asked.append(len(rows))
        return [row["value"] * 2 for row in rows]

    field = GraphQLField(GraphQLInt, resolve=double, extensions={FOR_ROWS: True})
    made = schema(GraphQLInt, [{"value": 1}, {"value": 2}, {"value": 3}], double=field)
    found = answer(made, "{ rows { double value } }", FastExecutor if usual else None)
    rows = [{"double": 2, "value": 1}, {"double": 4, "value": 2}, {"double": 6, "value": 3}]
    assert found == (json.dumps({"rows": rows}), [])
    assert asked == ([3] if usual else [1, 1, 1])


def test_what_is_kept_is_bounded() -> None:
    kind = SCHEMA.get_type("CallStats")
    assert isinstance(kind, GraphQLObjectType)
    for number in range(plans.KEPT + 10):
        assert plans.plan(kind, ((f"a{number}", "totalCall"),))
    assert plans._plan.cache_info().currsize == plans.KEPT
    before = plans._plan.cache_info()
    many = tuple((f"a{number}", "totalCall") for number in range(plans.MOST_FIELDS + 1))
    assert plans.plan(kind, many) is None
    assert plans.plan(kind, (("a" * (plans.MOST_TEXT + 1), "totalCall"),)) is None
    assert plans._plan.cache_info() == before


def one(self: Any) -> int:
    return 1


@strawberry.type
class Secrets:
    open: int
    function: int = strawberry.field(resolver=one)
    column: int = strawberry.field(extensions=[FieldExtension()])
    of_row: int = strawberry.field(resolver=one, extensions=[FieldExtension()])
    many: int = strawberry.field(resolver=for_rows(one), extensions=[FieldExtension()])


def test_no_extension_is_passed_over() -> None:
    kind = strawberry.Schema(Secrets)._schema.query_type
    assert kind is not None
    declare(kind)
    ways = {COLUMN, OF_ROW, FOR_ROWS}
    declared = {name for name, field in kind.fields.items() if ways & field.extensions.keys()}
    assert declared == {"open", "function"}


async def test_the_setting(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both give the same bytes; the plain one knows of rows only."""
    lists: list[int] = []

    class Counted(FastExecutor):
        def _completed_rows(self, *arguments: Any) -> Any:
            lists.append(1)
            return super()._completed_rows(*arguments)

    monkeypatch.setattr(running, "FastExecutor", Counted)
    example = company()
    await stored(database, example)
    answers = []
    for executor in ("plain", "fast"):
        async with client_of(database, example.domain_uuid, executor=executor) as client:
            answers.append((await client.post(FIGURES, period=TUESDAY_ONLY)).content)
        assert bool(lists) is (executor == "fast")
    assert answers[0] == answers[1]
