"""A document's measures do not depend on how it is written."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from gateway.errors import GatewayError, QueryTooComplexError
from gateway.graphql.documents import Documents
from gateway.graphql.schema import SCHEMA
from gateway.graphql.shape import Shape
from gateway.settings import Settings
from tests.graphql.documents import Asked, Spelling, questions
from tests.profiles import EXAMPLES

UNBOUND: dict[str, Any] = {
    "max_tokens": 20_000,
    "max_depth": 100,
    "max_aliases": 10_000,
    "max_root_fields": 10_000,
    "max_cost": 1_000_000_000_000,
}
DOCUMENTS = Documents(SCHEMA, Settings(**UNBOUND))


def measures(
    text: str, variables: Mapping[str, Any] | None = None
) -> tuple[Shape, int | str | dict[str, object]]:
    """The document's shape and cost, or with what it is refused."""
    try:
        operation = DOCUMENTS.document(text).operation(None)
    except QueryTooComplexError:
        # Written out it is longer than any document may be.
        reject()
    try:
        return operation.shape, DOCUMENTS.check_cost(operation, variables)
    except QueryTooComplexError as error:
        return operation.shape, dict(error.extensions)
    except GatewayError:
        # Of several wrong arguments one is told, and a fragment's are looked at first.
        return operation.shape, "refused"


@settings(max_examples=EXAMPLES * 3)
@given(question=questions(), moved=st.integers(0, 2**30))
def test_inlining_fragments_changes_nothing(question: Sequence[Asked], moved: int) -> None:
    with_them = Spelling(question, bits(moved)).text
    without = Spelling(question, bits(moved), inlined=True).text
    assert "fragment" not in without
    assert measures(with_them) == measures(without)


@settings(max_examples=EXAMPLES * 3)
@given(question=questions(), said=st.integers(0, 2**30))
def test_a_variable_is_measured_as_its_value(question: Sequence[Asked], said: int) -> None:
    spelling = Spelling(question, by_variable=bits(said))
    assert measures(spelling.text, spelling.variables) == measures(Spelling(question).text)


def bits(number: int) -> Any:
    """Says yes and no as the number's bits do, again and again."""
    pattern = [bool(number >> place & 1) for place in range(30)]
    calls = iter(range(10**9))
    # A document doubles with each nested fragment that is spread twice: a few are enough.
    asked: list[bool] = []

    def said() -> bool:
        found = pattern[next(calls) % 30] and sum(asked) < 4
        asked.append(found)
        return found

    return said
