"""What a document may ask for at once: told before anything runs, alike for all spellings."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from gateway.errors import GatewayError, QueryTooComplexError
from gateway.graphql.documents import Document, Documents, InvalidDocumentError
from gateway.graphql.prices import price_of, undeclared
from gateway.graphql.schema import SCHEMA
from gateway.measures import METRICS, SHOWN
from gateway.settings import Settings
from gateway.store.snapshot import Snapshot
from gateway.telemetry.work import hash_of
from tests.conftest import TestDatabase
from tests.graphql.company import company
from tests.graphql.conftest import Client, client_of, stored
from tests.process import ROOT

MONTH = {"days": {"from": "2026-01-01", "to": "2026-01-31"}}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


EVERY_FIGURE = " ".join(map(camel, [each.name for each in SHOWN] + list(METRICS)))
DASHBOARD = json.loads((ROOT / "examples" / "dashboard.json").read_text("utf-8"))


def cost(query: str, variables: Mapping[str, Any] | None = None, **settings: Any) -> int:
    documents = Documents(SCHEMA, Settings(**settings))
    operation = documents.document(query).operation(None)
    return documents.check_cost(operation, variables)


def refusal(query: str, variables: Mapping[str, Any] | None = None, **settings: Any) -> Any:
    with pytest.raises(GatewayError) as error:
        cost(query, variables, **settings)
    return dict(error.value.extensions)


def test_every_list_has_a_declared_length() -> None:
    assert list(undeclared(SCHEMA)) == []


def test_every_connection_is_paged() -> None:
    for parent in ("Query", "Domain", "User", "Group", "Department", "Extension"):
        for name, field in SCHEMA.type_map[parent].fields.items():  # type: ignore[attr-defined]
            if str(field.type).rstrip("!").endswith("Connection"):
                assert price_of(parent, field).paged, f"{parent}.{name}"


# What is counted: a value is 1, a thing that is read 5, and what is declared.
COSTS = {
    "{ __typename }": 1,
    "{ viewer { role } }": 5 + 1,
    "{ domain { name } viewer { user { uuid username } } }": 5 + 1 + 5 + 5 + 2,
    "{ users { totalCount } }": 20 + 50 * 5 + 20,
    "{ users(first: 10) { nodes { uuid } } }": 20 + 10 * (5 + 1),
    "{ users(first: 10) { edges { cursor node { uuid } } } }": 20 + 10 * (5 + 1 + 5 + 1),
    "{ users(first: 10) { pageInfo { endCursor } } }": 20 + 5 + 1 + 10 * 5,
    "{ users(first: 0) { nodes { uuid } } }": 20,
    "{ users(first: 2) { nodes { groups { name } } } }": 20 + 2 * (5 + 3 * (5 + 1)),
    "{ domain { callStats { totalCall } } }": 5 + 20 + 5 + 1,
    "{ domain { dailyReports(period: {preset: LAST_7_DAYS}) { date } } }": 5 + 20 + 7 * (2 + 1),
    "{ domain { timeline(grain: HOUR) { hour } } }": 5 + 20 + 24 * (2 + 1),
    "{ domain { timeline(grain: QUARTER_HOUR, period: {lastMinutes: 60}) { hour } } }": (
        5 + 20 + 4 * (2 + 1)
    ),
    "{ domain { calls(first: 3) { nodes { uuid } } } }": 5 + 50 + 3 * (20 + 1),
    "{ domain @skip(if: true) { name } viewer @include(if: false) { role } __typename }": 1,
    "{ ... @include(if: false) { domain { name } } __typename }": 1,
    "{ ...F @skip(if: true) __typename } fragment F on Query { domain { name } }": 1,
}


@pytest.mark.parametrize("query", COSTS)
def test_the_cost(query: str) -> None:
    assert cost(query) == COSTS[query]


ALIKE: list[tuple[str, str, dict[str, Any]]] = [
    ("first: Int!", "users(first: $first) { nodes { uuid } }", {"first": 77}),
    ("period: Period", "domain { dailyReports(period: $period) { date } }", {"period": MONTH}),
    (
        "period: Period",
        "domain { dailyReports(period: $period) { date } }",
        {"period": {"range": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T12:00:00Z"}}},
    ),
    ("days: Boolean!", "domain @include(if: $days) { name }", {"days": False}),
    ("grain: Grain!", "domain { timeline(grain: $grain) { date } }", {"grain": "HOUR"}),
]


@pytest.mark.parametrize(("definition", "selection", "values"), ALIKE)
def test_a_variable_costs_what_its_value_costs(
    definition: str, selection: str, values: dict[str, Any]
) -> None:
    literal = selection
    for name, value in values.items():
        literal = literal.replace(f"${name}", written(value))
    by_variable = cost(f"query (${definition}) {{ {selection} }}", values)
    by_default = cost(f"query (${definition} = {written(next(iter(values.values())))})"
                      f" {{ {selection} }}")  # fmt: skip
    assert by_variable == by_default == cost(f"{{ {literal} }}")


def written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    text = json.dumps(value)
    return text if text != text.upper() or "-" in text else text.strip('"')


def test_what_people_ask_is_far_below_the_cap() -> None:
    assert cost(DASHBOARD["query"], DASHBOARD["variables"]) < 200_000
    every = f"""query ($period: Period) {{ users(first: 500) {{ nodes {{
        uuid username callStats(period: $period) {{ {EVERY_FIGURE} }}
        dailyReports(period: $period) {{ date {EVERY_FIGURE} }} }} }} }}"""
    assert cost(every, {"period": MONTH}) < 600_000
    assert cost(get_introspection_query()) < 500_000


TOO_MUCH = {
    "{ users(first: 500) { nodes { calls(first: 500) { nodes { uuid } } } } }": 5_277_520,
    "{ users(first: 500) { nodes { calls(first: 500) { nodes { user { username groups {"
    " users { username } } } } } } } }": 500 * 500 * (20 + 5 + 1 + 3 * (5 + 30 * 6)) + 27_520,
}


@pytest.mark.parametrize("query", TOO_MUCH)
def test_what_nobody_should_ask_is_refused_with_its_estimate(query: str) -> None:
    expected = {"limit": "cost", "estimate": TOO_MUCH[query], "cap": 1_000_000}
    assert refusal(query) == {"code": "QUERY_TOO_COMPLEX", **expected}


LIMITS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("{ " + "a " * 99 + "}", {"max_tokens": 100}, {"limit": "tokens", "cap": 100}),
    (
        "{ domain { users { nodes { uuid } } } }",
        {"max_depth": 3},
        {"limit": "depth", "estimate": 4, "cap": 3},
    ),
    (
        "{ a: __typename ...F ...F } fragment F on Query { b: __typename c: __typename }",
        {"max_aliases": 4},
        {"limit": "aliases", "estimate": 5, "cap": 4},
    ),
    (
        "{ domain { name } ... { viewer { role } ...F } } fragment F on Query { __typename }",
        {"max_root_fields": 2},
        {"limit": "root fields", "estimate": 3, "cap": 2},
    ),
    (
        (
            "{ domain { ...A } } fragment A on Domain { users { ...B } }"
            " fragment B on UserConnection { nodes { uuid } }"
        ),
        {"max_depth": 3},
        {"limit": "depth", "estimate": 4, "cap": 3},
    ),
]


@pytest.mark.parametrize(("query", "settings", "expected"), LIMITS)
def test_a_limit(query: str, settings: dict[str, Any], expected: dict[str, Any]) -> None:
    assert refusal(query, **settings) == {"code": "QUERY_TOO_COMPLEX", **expected}
    (name,) = settings
    if name != "max_tokens":
        cost(query, **{name: settings[name] + 1})


@pytest.mark.parametrize("field", ["callStats", "dailyReports", "agentTime", "calls", "timeline"])
def test_a_period_and_a_page_are_checked_wherever_they_stand(field: str) -> None:
    body = {"calls": "totalCount", "agentTime": "loginSec"}.get(field, "totalCall")
    grain = ", grain: DAY" if field == "timeline" else ""
    long = '{days: {from: "2025-01-01", to: "2026-01-02"}}'
    asked = f"{field}(period: {long}{grain}) {{ {body} }}"
    query = f"{{ domain {{ ...F }} }} fragment F on Domain {{ {asked} }}"
    assert refusal(query) == {"code": "PERIOD_TOO_LONG", "maxDays": 366}
    query = "query ($n: Int!) { groups(first: $n) { totalCount } }"
    assert refusal(query, {"n": 501}) == {"code": "BAD_USER_INPUT", "argument": "first"}
    query = "{ domain { timeline(grain: HOUR, period: {preset: LAST_30_DAYS}) { date } } }"
    assert refusal(query, max_buckets=700) == {"code": "BAD_USER_INPUT", "argument": "grain"}


def chain(length: int, body: str, last: str) -> str:
    """Fragments on Query, each spreading the next; `body` says how, with NEXT for its spread."""
    links = [
        f"fragment F{n} on Query {{ {body.replace('NEXT', f'...F{n + 1}')} }}"
        for n in range(length)
    ]
    return " ".join(["{ ...F0 }", *links, f"fragment F{length} on Query {{ {last} }}"])


def nests(length: int) -> str:
    members = [
        f"fragment F{n} on Domain {{ users {{ nodes {{ groups {{ users {{ ...G{n} }} }} }} }} }}"
        f" fragment G{n} on User {{ extension {{ user {{ groups {{ users {{ uuid }} }} }} }} }}"
        for n in range(length)
    ]
    return " ".join(["{ domain { ...F0 } }", *members])


BOMBS = {
    "fragments that double": chain(110, "NEXT NEXT domain { name }", "domain { name }"),
    "fragments in nests": nests(20),
    "a million aliases": chain(6, "NEXT " * 10, "a: __typename"),
    "fields of one name": "{ domain {" + "users { nodes { uuid } } " * 220 + "} }",
    "directives": "{ __typename " + "@skip(if: false) " * 300 + "}",
    "a cycle": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "a long chain": chain(240, "NEXT", "__typename"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_measured_at_once(name: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(QueryTooComplexError, InvalidDocumentError):
        cost(BOMBS[name])
    # In milliseconds; the second is for a busy machine.
    assert time.perf_counter() - started < 1


def test_an_estimate_is_a_number_that_json_has() -> None:
    doubled = BOMBS["fragments that double"]
    expected = {"limit": "root fields", "estimate": 2**53 - 1, "cap": 20}
    assert refusal(doubled) == {"code": "QUERY_TOO_COMPLEX", **expected}


def test_documents_are_kept_by_number_and_by_size() -> None:
    documents = Documents(SCHEMA, Settings(max_documents=2))
    texts = ["{ a: __typename }", "{ b: __typename }", "{ c: __typename }"]

    async def read() -> None:
        first = await documents.read(texts[0])
        await documents.read(texts[1])
        assert documents.kept(hash_of(texts[0])) is first
        await documents.read(texts[2])
        assert documents.kept(hash_of(texts[1])) is None
        assert documents.kept(hash_of(texts[0])) is first
        with pytest.raises(InvalidDocumentError):
            await documents.read("{ nothing }")
        assert documents.kept(hash_of("{ nothing }")) is None

    asyncio.run(read())


@pytest.fixture
async def client(database: TestDatabase) -> AsyncIterator[Client]:
    example = company()
    await stored(database, example)
    async with client_of(database, example.domain_uuid) as opened:
        yield opened


async def test_a_refused_query_reads_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    original = Snapshot._fetch_now

    async def counted(self: Snapshot, name: str, *arguments: Any, **options: Any) -> Any:
        seen.append(name)
        return await original(self, name, *arguments, **options)

    monkeypatch.setattr(Snapshot, "_fetch_now", counted)
    query = next(iter(TOO_MUCH))
    for accept, status in (("application/json", 200), ("application/graphql-response+json", 400)):
        response = await client.http.post(
            "/graphql", json={"query": query}, headers={"accept": accept}
        )
        assert response.status_code == status
        (error,) = response.json()["errors"]
        assert error["extensions"]["estimate"] == TOO_MUCH[query]
        assert "data" not in response.json()
    assert set(seen) <= {"reads/domain"}


async def test_a_long_document_is_not_read_for_who_has_no_good_token(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "{ __typename " + "# long\n" * 1000 + "}"
    read: list[str] = []
    original = Documents.document

    def counted(self: Documents, text: str, **options: Any) -> Document:
        read.append(text)
        return original(self, text, **options)

    monkeypatch.setattr(Documents, "document", counted)
    forged = {"authorization": client.http.headers["authorization"][:-3] + "AAA"}
    response = await client.http.post("/graphql", json={"query": query}, headers=forged)
    assert response.status_code == 401
    assert read == []
    for _ in range(2):
        assert await client.ask(query) == {"__typename": "Query"}
    assert read == [query]


async def test_errors_are_capped(database: TestDatabase) -> None:
    example = company()
    await stored(database, example)
    async with database.owner() as owner:
        await owner.execute("alter table users drop constraint users_level_check")
        await owner.execute("update users set level = 'emperor'")
    async with client_of(database, example.domain_uuid, max_errors=3) as client:
        body = (await client.post("{ users { nodes { level } } }")).json()
    assert len(body["errors"]) == 3
    assert len(body["data"]["users"]["nodes"]) == 5


async def test_introspection_needs_a_token_unless_it_is_open(database: TestDatabase) -> None:
    example = company()
    await stored(database, example)
    query = {"query": get_introspection_query()}
    async with client_of(database, example.domain_uuid) as client:
        assert "__schema" in (await client.post(get_introspection_query())).json()["data"]
        del client.http.headers["authorization"]
        assert (await client.http.post("/graphql", json=query)).status_code == 401
    async with client_of(database, example.domain_uuid, introspection="open") as client:
        header = client.http.headers.pop("authorization")
        async with database.owner() as owner:
            await owner.execute("alter table domains rename to hidden_domains")
        response = await client.http.post("/graphql", json=query)
        assert response.status_code == 200
        assert "__schema" in response.json()["data"]
        await assert_only_the_schema_is_open(client.http)
        async with database.owner() as owner:
            await owner.execute("alter table hidden_domains rename to domains")
        client.http.headers["authorization"] = header
        assert await client.ask("{ domain { name } }") == {"domain": {"name": "example"}}
        error = await client.error("{ domain { nam } }")
        assert "Did you mean" in error["message"]


async def assert_only_the_schema_is_open(http: httpx.AsyncClient) -> None:
    for text in (
        "{ domain { name } }",
        "{ __schema { description } domain { name } }",
        "{ __typename ... { ...F } } fragment F on Query { viewer { role } }",
    ):
        response = await http.post("/graphql", json={"query": text})
        assert response.status_code == 401
    for text in (
        "{ domain { nam } }",
        "{ __schema { typ } }",
        "{ user(by: {usernam: 1}) { uuid } }",
    ):
        response = await http.post("/graphql", json={"query": text})
        (error, *_) = response.json()["errors"]
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert "Did you mean" not in response.text
    # A page of another site can make a browser send this, so it must say that it is none.
    parameters = {"query": "{ __typename }"}
    assert (await http.get("/graphql", params=parameters)).status_code == 403
    for name in (
        "GraphQL-Require-Preflight",
        "Apollo-Require-Preflight",
        "X-Apollo-Operation-Name",
    ):
        response = await http.get("/graphql", params=parameters, headers={name: "1"})
        assert response.json() == {"data": {"__typename": "Query"}}
