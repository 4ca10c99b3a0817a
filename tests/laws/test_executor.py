"""The fast executor answers what graphql-core answers."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import ExecutionResult, execute, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.graphql.executor import FastExecutor
from tests.laws.answers import UNBEGUN, places, shown, text
from tests.laws.schemas import Question, World, questions, worlds

# 400 of each law, and 6,000 in the long profile.
MANY = settings(max_examples=4 * settings().max_examples)

pytestmark = UNBEGUN


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found
    gc.collect()


async def answered(world: World, question: Question, executor: Any) -> ExecutionResult:
    result = execute(
        world.schema,
        parse(question.text),
        world.rows["Query"][0],
        variable_values=question.variables,
        executor_class=executor,
    )
    return result if isinstance(result, ExecutionResult) else await result


def both(
    runner: asyncio.Runner, world: World, question: Question
) -> tuple[ExecutionResult, ExecutionResult]:
    plain = runner.run(answered(world, question, None))
    return plain, runner.run(answered(world, question, FastExecutor))


@MANY
@given(data=st.data())
def test_answers_are_equal(runner: asyncio.Runner, data: st.DataObject) -> None:
    world = data.draw(worlds(batches=False))
    question = data.draw(questions(world.schema))
    assert not validate(world.schema, parse(question.text))
    plain, fast = both(runner, world, question)
    assert text(fast.data) == text(plain.data)
    assert [*map(shown, fast.errors or [])] == [*map(shown, plain.errors or [])]


@MANY
@given(data=st.data())
def test_answers_for_all_rows_are_equal(runner: asyncio.Runner, data: st.DataObject) -> None:
    world = data.draw(worlds(batches=True))
    question = data.draw(questions(world.schema))
    plain, fast = both(runner, world, question)
    assert text(fast.data) == text(plain.data)
    assert places(fast) == places(plain)
