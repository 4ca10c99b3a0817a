"""Whatever is asked of the program, it answers: nothing unforeseen, no 500."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Server
from tests.graphql.documents import SCALARS, Asked, Spelling, questions
from tests.graphql.served import served
from tests.graphql.test_cost_laws import UNBOUND, bits
from tests.profiles import EXAMPLES

# A request that takes this long is ended by the program itself.
PATIENCE = 60


@pytest.fixture(scope="module")
def http(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    limits = {f"GATEWAY_{name.upper()}": str(value) for name, value in UNBOUND.items()}
    directory = tmp_path_factory.mktemp("fuzz")
    settings = {**limits, "GATEWAY_RATE_LIMIT": "0", "GATEWAY_FAILURE_LIMIT": "0"}
    with (
        served(server, directory, **settings) as program,
        httpx.Client(base_url=program.address, headers=program.headers, timeout=PATIENCE) as client,
    ):
        yield client


def assert_foreseen(response: httpx.Response) -> None:
    assert response.status_code < 500, response.text
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL", error


@settings(max_examples=EXAMPLES * 3)
@given(question=questions(), moved=st.integers(0, 2**30), said=st.integers(0, 2**30))
def test_the_whole_schema(
    http: httpx.Client, question: Sequence[Asked], moved: int, said: int
) -> None:
    spelling = Spelling(question, bits(moved), bits(said))
    assert_foreseen(
        http.post("/graphql", json={"query": spelling.text, "variables": spelling.variables})
    )


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "query": st.one_of(ANYTHING, st.just("query ($a: Period) { __typename }")),
        "variables": ANYTHING,
        "operationName": ANYTHING,
        "extensions": st.one_of(ANYTHING, st.fixed_dictionaries({"persistedQuery": ANYTHING})),
        "documentId": ANYTHING,
    },
)
HEADERS = st.dictionaries(
    st.sampled_from(["accept", "content-type", "authorization", "x-domain", "content-encoding"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.strip),
    max_size=2,
)


@settings(max_examples=EXAMPLES * 2)
@given(body=st.one_of(BODIES, ANYTHING, st.binary(max_size=40)), headers=HEADERS)
def test_any_body_and_header(http: httpx.Client, body: Any, headers: dict[str, str]) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given_headers = {"content-type": "application/json", **headers}
    assert_foreseen(http.post("/graphql", content=content, headers=given_headers))


@settings(max_examples=EXAMPLES)
@given(parameters=st.dictionaries(
    st.sampled_from(["query", "variables", "operationName", "extensions", "documentId", "more"]),
    st.one_of(st.text(max_size=20), ANYTHING.map(json.dumps)), max_size=4,
))  # fmt: skip
def test_any_parameters_of_a_get(http: httpx.Client, parameters: dict[str, str]) -> None:
    assert_foreseen(http.get("/graphql", params=parameters))


@pytest.fixture(scope="module")
def described(http: httpx.Client) -> list[tuple[str, list[dict[str, Any]]]]:
    """The GET paths of the OpenAPI document, with their parameters."""
    found: dict[str, Any] = http.get("/openapi.json").json()
    return [
        (path, [_resolved(found, each) for each in item["get"].get("parameters", ())])
        for path, item in found["paths"].items()
        if "get" in item
    ]


def _resolved(document: Any, parameter: dict[str, Any]) -> dict[str, Any]:
    target: dict[str, Any] = parameter
    if "$ref" in parameter:
        target = document
        for key in parameter["$ref"].removeprefix("#/").split("/"):
            target = target[key]
    return target


TEXTS = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    SCALARS["Date"],
    SCALARS["DateTime"],
    SCALARS["UUID"],
    st.sampled_from(["2022-01-01 00:00:00", "2022-01-02", "an", "1001", "", "0"]),
)


@settings(max_examples=EXAMPLES * 2)
@given(data=st.data())
def test_the_rest_paths(
    http: httpx.Client, described: list[tuple[str, list[dict[str, Any]]]], data: st.DataObject
) -> None:
    path, parameters = data.draw(st.sampled_from(described))
    known = [each["name"] for each in parameters if each["in"] == "query"]
    said = data.draw(st.dictionaries(st.sampled_from([*known, "more"]), TEXTS, max_size=4))
    for each in parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", "x")
    response = http.get(path, params=said)
    assert response.status_code < 500, response.text
    if response.status_code != 304:
        response.json()
