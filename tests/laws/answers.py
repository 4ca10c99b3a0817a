"""Answers of two executors, side by side."""

import json
from typing import Any, cast

import orjson
import pytest
from graphql import ExecutionResult, GraphQLError

# graphql-core cancels coroutines of siblings that have not begun, when one must not be null and is.
UNBEGUN = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def text(data: object) -> str:
    """With the order of keys, and 1 apart from true."""
    return json.dumps(data, default=_read)


def _read(value: object) -> object:
    """JSON texts that are part of an answer are read; of anything else, how it looks."""
    return orjson.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else repr(value)


def shown(error: GraphQLError) -> str:
    return json.dumps([error.message, error.path, error.locations and [*error.locations]])


def places(result: ExecutionResult) -> dict[str, list[str]]:
    """The nulls that errors made, each with the errors at that very place.

    An error that comes from further down may stand for others there: which of them is told is a
    question of time, where resolvers wait.
    """
    found: dict[str, list[str]] = {}
    for error in result.errors or []:
        value, place = cast("Any", result.data), list[Any]()
        for key in error.path or []:
            if value is None:
                break
            value = value[key]
            place.append(key)
        assert value is None or error.path == place
        found.setdefault(json.dumps(place), []).append(shown(error) if place == error.path else "")
    return {place: sorted({*errors} - {""}) for place, errors in found.items()}
