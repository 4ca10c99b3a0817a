"""Our schema over PostgreSQL: the fast executor answers what graphql-core answers."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLField, execute, is_required_argument, parse, validate
from hypothesis import given
from hypothesis import strategies as st
from orjson import Fragment

from gateway.graphql.context import Operation
from gateway.graphql.executor import FastExecutor
from gateway.graphql.schema import SCHEMA
from tests.graphql.company import Company, company
from tests.graphql.conftest import NOW
from tests.laws.answers import UNBEGUN, places, text
from tests.laws.conftest import Bench
from tests.laws.schemas import Draw, Question, Writer, document

COMPANY = company("own-schema")
WHOLE = '{days: {from: "2026-03-08", to: "2026-03-12"}}'
SAID: dict[str, list[str]] = {
    "period": [WHOLE, WHOLE, "{preset: TODAY}", "{lastMinutes: 90}", "{lastMinutes: 99999999}"],
    "shift": ["DAY", "YEAR"],
    "timeZone": ['"America/New_York"'],
    "grain": ["HOUR", "DAY", "WEEK"],
    "first": ["0", "1", "3", "100", "501"],
    "after": ['"x"'],
    "crossing": ["WHOLE"],
    "direction": ["ASC"],
    "orderBy": ["{key: EXTENSION, direction: DESC}"],
    "id": ['"x"'],
}
BY = {
    "user": ['{username: "an"}'],
    "extension": ['{extension: "1001"}'],
    "ranking": ["TOTAL_CALL", "AVERAGE_BILLSEC", "INBOUND_ANSWER_RATE"],
}


pytestmark = UNBEGUN


@pytest.fixture(scope="module")
def world(bench: Bench) -> Iterator[Company]:
    bench.run(bench.put(COMPANY))
    yield COMPANY
    gc.collect()


class OwnWriter(Writer):
    often = 3

    def said(self, name: str, field: GraphQLField) -> str:
        said = {}
        for key, argument in field.args.items():
            values = SAID.get(key, [])
            if key == "by":
                values = BY[name]
            if key == "uuid":
                values = [f'"{uuid}"' for uuid in COMPANY.uuids(f"{name}s")[:2]]
            if key == "orderBy" and name == "calls":
                values = ["OLDEST_FIRST"]
            often = 6 if key == "period" else 1
            if values and (is_required_argument(argument) or self.chance(often)):
                said[key] = self.draw(st.sampled_from(values))
        body = ", ".join(f"{key}: {value}" for key, value in said.items())
        return f"({body})" if body else ""


@st.composite
def own_questions(draw: Draw) -> Question:
    return document(draw, OwnWriter(draw, SCHEMA), 4)


async def answered(bench: Bench, world: Company, question: Question, executor: Any) -> Any:
    async with bench.snapshot(world, NOW) as snapshot:
        result = execute(
            SCHEMA,
            parse(question.text),
            context_value=Operation(snapshot, bench.place.settings()),
            variable_values=question.variables,
            executor_class=executor,
        )
        found = result if isinstance(result, ExecutionResult) else await result
        return found, sorted(step.name for step in snapshot.statements)


@given(data=st.data())
def test_answers_are_equal(bench: Bench, world: Company, data: st.DataObject) -> None:
    question = data.draw(own_questions())
    assert [error.message for error in validate(SCHEMA, parse(question.text))] == []
    plain, statements = bench.run(answered(bench, world, question, None))
    fast, fewer = bench.run(answered(bench, world, question, FastExecutor))
    assert text(fast.data) == text(plain.data)
    assert places(fast) == places(plain)
    # An error may end reads that have begun.
    assert plain.errors or len(fewer) <= len(statements)


@pytest.mark.parametrize(
    "period",
    [WHOLE, '{days: {from: "2001-01-01", to: "2001-01-02"}}', "{lastMinutes: 90}"],
    ids=["with calls", "without", "of part of a day"],
)
def test_figures_of_a_period_are_texts(bench: Bench, world: Company, period: str) -> None:
    question = Question(
        f"""{{ users {{ nodes {{ ... on User {{
            all: callStats(period: {period}) {{ __typename n: totalCall totalBillsec }}
            callStats(period: {period}, filter: {{direction: [INBOUND]}}) {{
                totalLocal __typename
            }}
        }} }} }} }}""",
        {},
    )
    plain, _ = bench.run(answered(bench, world, question, None))
    fast, _ = bench.run(answered(bench, world, question, FastExecutor))
    assert fast.errors is None
    nodes = fast.data["users"]["nodes"]
    assert nodes
    assert {type(node[key]) for node in nodes for key in ("all", "callStats")} == {Fragment}
    assert text(fast.data) == text(plain.data)


@pytest.mark.parametrize(
    "period", [WHOLE, "{lastMinutes: 9000}"], ids=["of whole days", "with ragged ends"]
)
def test_a_period_and_its_days_are_one_read(bench: Bench, world: Company, period: str) -> None:
    question = Question(
        f"""{{ users {{ nodes {{
            callStats(period: {period}) {{ totalBillsec n: totalCall __typename }}
            dailyReports(period: {period}) {{ date totalInbound totalCall }}
            again: dailyReports(period: {period}) {{ totalWaitsec date }}
            hours: timeline(grain: HOUR, period: {period}) {{ start totalCall }}
            local: callStats(period: {period}, filter: {{direction: [LOCAL]}}) {{ totalCall }}
        }} }} }}""",
        {},
    )
    plain, _ = bench.run(answered(bench, world, question, None))
    fast, reads = bench.run(answered(bench, world, question, FastExecutor))
    assert fast.errors is None
    assert text(fast.data) == text(plain.data)
    # Five fields, but one of the lists of days has the period beside it.
    assert sum(name.startswith("reads/call_") for name in reads) == 4
