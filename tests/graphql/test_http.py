"""What may be sent to /graphql, and what comes back: never a 500, always JSON."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog

from gateway.app import create_app
from tests.conftest import TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import NOW, Client, admin_token, client_of, stored

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
TYPENAME = "{ __typename }"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the log writes, as it writes it."""
    root = logging.getLogger()
    (ours,) = [
        handler
        for handler in root.handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(ours.formatter)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


@pytest.fixture
def example() -> Company:
    return company()


@pytest.fixture
async def client(database: TestDatabase, example: Company) -> AsyncIterator[Client]:
    await stored(database, example)
    async with client_of(database, example.domain_uuid) as opened:
        yield opened


async def posted(client: Client, body: str | bytes, **headers: str) -> httpx.Response:
    given = {"content-type": JSON, **headers}
    return await client.http.post("/graphql", content=body, headers=given)


def assert_refused(response: httpx.Response, status: int, code: str) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].split(";")[0] in {JSON, GRAPHQL_JSON}
    body = response.json()
    assert "data" not in body
    error = body["errors"][0]
    assert error["extensions"]["code"] == code
    assert error["message"]
    return error


NOT_REQUESTS: list[str | bytes] = [
    "",
    "5",
    "null",
    '"x"',
    "true",
    "[]",
    '[{"query": "{ __typename }"}]',
    "{}",
    '{"query": null}',
    '{"query": 5}',
    '{"query": ""}',
    '{"query": " \\n "}',
    '{"query": "{ __typename }", "variables": []}',
    '{"query": "{ __typename }", "variables": "x"}',
    '{"query": "{ __typename }", "operationName": 1}',
    '{"query": "{ __typename }"',
    b'{"query": "\xff\xfe"}',
    b"\xff\xfe\x00",
    b"\x00",
    '{"query": "\\ud800"}',
    "[" * 3000,
    '{"query": "{ __typename }", "variables": ' + '{"a":' * 3000 + "1" + "}" * 3001,
    '{"query": "{ __typename }", "variables": {"a": NaN}}',
]


async def test_a_body_that_is_no_request_is_refused(client: Client) -> None:
    for body in NOT_REQUESTS:
        for accept in (JSON, GRAPHQL_JSON):
            response = await posted(client, body, accept=accept)
            assert_refused(response, 400, "BAD_REQUEST")
            assert response.headers["content-type"] == f"{accept}; charset=utf-8"


async def test_a_body_of_another_type_is_refused(client: Client) -> None:
    body = json.dumps({"query": TYPENAME})
    for content_type in (
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/jsonx",
        "",
        ";",
        "multipart/form-data; boundary=x",
    ):
        response = await posted(client, body, **{"content-type": content_type})
        assert_refused(response, 415, "UNSUPPORTED_MEDIA_TYPE")
    for content_type in (
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json ; x=y",
    ):
        response = await posted(client, body, **{"content-type": content_type})
        assert response.json() == {"data": {"__typename": "Query"}}


async def test_too_large_a_body_is_refused_before_it_is_read(
    database: TestDatabase, example: Company
) -> None:
    await stored(database, example)
    async with client_of(database, example.domain_uuid, max_body=2000) as client:
        assert_refused(await posted(client, "x" * 2001), 413, "CONTENT_TOO_LARGE")
        sent = 0

        async def chunks() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(100):
                sent += 100
                yield b"x" * 100

        response = await client.http.post(
            "/graphql", content=chunks(), headers={"content-type": JSON}
        )
        assert_refused(response, 413, "CONTENT_TOO_LARGE")
        assert sent < 5000
        just = json.dumps({"query": TYPENAME}).ljust(2000)
        assert (await posted(client, just)).json() == {"data": {"__typename": "Query"}}


DOCUMENTS = {
    "{": "GRAPHQL_PARSE_FAILED",
    "{ users { ": "GRAPHQL_PARSE_FAILED",
    "query": "GRAPHQL_PARSE_FAILED",
    "{" * 3000: "GRAPHQL_PARSE_FAILED",
    "{a" * 500 + "}" * 500: "GRAPHQL_PARSE_FAILED",
    "{a" * 1300 + "}" * 1300: "GRAPHQL_PARSE_FAILED",
    "{ users(filter: {groups: " + "[" * 900 + "]" * 900 + "}) { totalCount } }": (
        "GRAPHQL_PARSE_FAILED"
    ),
    "{ " + "a " * 5000 + "}": "QUERY_TOO_COMPLEX",
    "# nothing": "GRAPHQL_PARSE_FAILED",
    "\0": "GRAPHQL_PARSE_FAILED",
    "{ nothing }": "GRAPHQL_VALIDATION_FAILED",
    "{ users }": "GRAPHQL_VALIDATION_FAILED",
    "fragment F on User { uuid }": "GRAPHQL_VALIDATION_FAILED",
    "{ ...F } fragment F on Query { ...F }": "GRAPHQL_VALIDATION_FAILED",
    "query ($p: Nothing) { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "{ user(by: {}) { uuid } }": "GRAPHQL_VALIDATION_FAILED",
    "mutation { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "subscription { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "type A { a: Int }": "GRAPHQL_VALIDATION_FAILED",
    "{ a: users { totalCount } a: groups { totalCount } }": "GRAPHQL_VALIDATION_FAILED",
    "{ __typename } { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "{ users @defer { totalCount } }": "GRAPHQL_VALIDATION_FAILED",
    "{ users { nodes @stream { uuid } } }": "GRAPHQL_VALIDATION_FAILED",
}


async def test_a_document_that_is_not_valid_is_refused(client: Client) -> None:
    for query, code in DOCUMENTS.items():
        body = json.dumps({"query": query})
        for accept, status in ((GRAPHQL_JSON, 400), (JSON, 200)):
            response = await posted(client, body, accept=accept)
            assert response.headers["content-type"] == f"{accept}; charset=utf-8"
            error = assert_refused(response, status, code)
            assert len(error["message"]) < 2000


async def test_depth_never_ends_in_an_internal_error(client: Client) -> None:
    for depth in (10, 30, 60, 100, 150, 200, 300, 600):
        query = '{ user(by: {username: "an"}) {' + " extension { user {" * depth
        query += " username " + "} }" * depth + " } }"
        body = (await client.post(query)).json()
        for error in body.get("errors", []):
            assert error["extensions"]["code"] != "INTERNAL", depth


async def test_deep_variables_never_end_in_an_internal_error(client: Client) -> None:
    query = """query ($u: UUID!, $d: DateTime!, $p: Period) { group(uuid: $u) {
        callStats(period: $p) { totalCall }
        other: callStats(period: {range: {start: $d, end: $d}}) { totalCall } } }"""
    for depth in (10, 100, 250, 500, 1000):
        for name in ("u", "d", "p"):
            values = {"u": '"x"', "d": '"x"', "p": "null"} | {name: "[" * depth + "1" + "]" * depth}
            variables = ", ".join(f'"{key}": {value}' for key, value in values.items())
            text = f'{{"query": {json.dumps(query)}, "variables": {{{variables}}}}}'
            response = await posted(client, text)
            assert response.status_code in {200, 400}, response.text
            for error in response.json()["errors"]:
                assert error["extensions"]["code"] in {"BAD_USER_INPUT", "BAD_REQUEST"}, error
                assert len(error["message"]) < 2000


SEVERAL = "query A { a: viewer { role } } query B { b: viewer { role } }"


async def test_of_several_operations_the_named_one_runs(client: Client) -> None:
    body: dict[str, Any] = {"query": SEVERAL}
    for accept, status in ((GRAPHQL_JSON, 400), (JSON, 200)):
        response = await posted(client, json.dumps(body), accept=accept)
        assert "operationName" in assert_refused(response, status, "BAD_REQUEST")["message"]
        response = await posted(client, json.dumps(body | {"operationName": "C"}), accept=accept)
        assert '"C"' in assert_refused(response, status, "BAD_REQUEST")["message"]
    response = await posted(client, json.dumps(body | {"operationName": "B"}))
    assert response.json() == {"data": {"b": {"role": "ADMIN"}}}
    for none in (None, ""):
        response = await posted(client, json.dumps({"query": TYPENAME, "operationName": none}))
        assert response.json() == {"data": {"__typename": "Query"}}


async def test_get_asks_too(client: Client) -> None:
    query = "query Q($name: String!) { user(by: {username: $name}) { username } }"
    parameters = {"query": query, "variables": '{"name": "an"}', "operationName": "Q"}
    response = await client.http.get("/graphql", params=parameters)
    assert response.json() == {"data": {"user": {"username": "an"}}}
    head = await client.http.head("/graphql", params=parameters)
    assert (head.status_code, head.headers["content-type"]) == (200, f"{JSON}; charset=utf-8")
    for wrong in (
        {},
        {"query": ""},
        {"query": TYPENAME, "variables": "5"},
        {"query": TYPENAME, "variables": "{"},
    ):
        assert_refused(await client.http.get("/graphql", params=wrong), 400, "BAD_REQUEST")
    for text, name in (("mutation { a }", ""), ("query Q { __typename } mutation M { a }", "M")):
        response = await client.http.get("/graphql", params={"query": text, "operationName": name})
        assert_refused(response, 405, "METHOD_NOT_ALLOWED")
        assert response.headers["allow"] == "POST"
    response = await client.http.get("/graphql", params={"query": "subscription { a }"})
    assert_refused(response, 200, "GRAPHQL_VALIDATION_FAILED")


ACCEPTS = {
    "": JSON,
    "*/*": JSON,
    "application/*": JSON,
    "application/json": JSON,
    "application/graphql-response+json": GRAPHQL_JSON,
    "application/graphql-response+json, application/json;q=0.9": GRAPHQL_JSON,
    "application/graphql-response+json;q=0.5, application/json": JSON,
    "application/json, application/graphql-response+json": GRAPHQL_JSON,
    "application/json, */*": JSON,
    "application/json;q=0, */*": GRAPHQL_JSON,
    "application/graphql-response+json;q=0.1, */*;q=0.5": JSON,
    "Application/JSON; charset=utf-8": JSON,
    "text/html, application/xhtml+xml, */*;q=0.8": JSON,
    "text/html, application/*;q=0": None,
    "application/json;q=0": None,
    "application/json;q=x": None,
    "text/html": None,
    "image/png, text/*": None,
}


async def test_the_answer_is_of_an_accepted_type(client: Client) -> None:
    for accept, expected in ACCEPTS.items():
        response = await posted(client, json.dumps({"query": TYPENAME}), accept=accept)
        if expected is None:
            assert_refused(response, 406, "NOT_ACCEPTABLE")
        else:
            assert response.headers["content-type"] == f"{expected}; charset=utf-8", accept
            assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_browser_that_opens_the_address_is_led_to_graphiql(client: Client) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    visit = await client.http.get("/graphql", headers=browser)
    assert (visit.status_code, visit.headers["location"]) == (303, "/graphiql")
    assert (await client.http.get("/graphiql", headers=browser)).status_code == 200
    asked = await client.http.get("/graphql", params={"query": TYPENAME}, headers=browser)
    assert asked.json() == {"data": {"__typename": "Query"}}


async def test_without_graphiql_nobody_is_led_there(
    database: TestDatabase, example: Company
) -> None:
    await stored(database, example)
    async with client_of(database, example.domain_uuid, graphiql=False) as opened:
        visit = await opened.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
        assert_refused(visit, 400, "BAD_REQUEST")
        assert (await opened.http.get("/graphiql")).status_code == 404


async def test_other_methods_and_addresses(client: Client) -> None:
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        response = await client.http.request(method, "/graphql")
        assert response.status_code == 405
        assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))
        assert response.headers["content-type"] == JSON
    response = await client.http.post("/graphql/", json={"query": TYPENAME})
    assert response.status_code == 404
    assert response.headers["content-type"] == JSON


async def test_exactly_one_of_an_input_is_said(client: Client) -> None:
    uuid = "00000000-0000-0000-0000-000000000000"
    for literal in ("{}", f'{{uuid: "{uuid}", username: "an"}}', "{username: null}"):
        response = await client.post(f"{{ user(by: {literal}) {{ uuid }} }}")
        error = assert_refused(response, 200, "GRAPHQL_VALIDATION_FAILED")
        assert "UserKey" in error["message"]
    query = "query ($by: UserKey!) { user(by: $by) { uuid } }"
    said: list[Any] = [
        {},
        {"uuid": uuid, "username": "an"},
        {"username": None},
        {"uuid": None, "username": "an"},
        None,
        5,
        [],
        {"username": "an", "more": 1},
    ]
    for value in said:
        response = await client.post(query, by=value)
        assert_refused(response, 200, "BAD_USER_INPUT")
    body = json.dumps({"query": query, "variables": {"by": {}}})
    response = await posted(client, body, accept=GRAPHQL_JSON)
    error = assert_refused(response, 400, "BAD_USER_INPUT")
    assert error["extensions"]["argument"] == "by"


async def test_a_null_that_only_shows_when_it_runs_is_the_clients_mistake(client: Client) -> None:
    query = "query ($name: String) { user(by: {username: $name}) { uuid } domain { name } }"
    for variables in ({}, {"name": None}):
        body = (await client.post(query, **variables)).json()
        assert body["data"] == {"user": None, "domain": {"name": "example"}}
        (error,) = body["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}
        assert error["path"] == ["user"]
        assert "UserKey" in error["message"]
    query = "query ($n: Int) { users(first: $n) { totalCount } }"
    assert (await client.ask(query))["users"]["totalCount"] == 5
    (error,) = (await client.post(query, n=None)).json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "n"}


async def test_a_text_with_a_character_that_no_row_can_have(client: Client) -> None:
    period = '{days: {from: "2026-03-10", to: "2026-03-10"}}'
    for field in (
        "user(by: {username: $text}) { uuid }",
        "extension(by: {extension: $text}) { uuid }",
        "users(filter: {search: $text}) { totalCount }",
        "groups(filter: {search: $text}) { totalCount }",
        "extensions(filter: {search: $text}) { totalCount }",
        f"domain {{ calls(period: {period}, filter: {{number: $text}}) {{ totalCount }} }}",
    ):
        query = f"query ($text: String!) {{ {field} domain {{ name }} }}"
        errors = (await client.post(query, text="a\0b")).json()["errors"]
        assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
        assert "U+0000" in errors[0]["message"]


async def test_an_unexpected_error_shows_a_request_id_and_nothing_else(
    client: Client, database: TestDatabase, log: io.StringIO
) -> None:
    async with database.owner() as owner:
        await owner.execute("alter table departments rename department_name to secret_name")
    query = "{ departments { nodes { name } } domain { name } }"
    response = await client.http.post(
        "/graphql", json={"query": query}, headers={"x-request-id": "asked-1"}
    )
    assert response.status_code == 200
    body = response.json()
    (error,) = body["errors"]
    assert error == {
        "message": "Something went wrong inside. The log has the details under this request's id."
        " asked-1",
        "locations": [{"line": 1, "column": 3}],
        "path": ["departments"],
        "extensions": {"code": "INTERNAL", "requestId": "asked-1"},
    }
    assert response.headers["x-request-id"] == "asked-1"
    (line,) = [line for line in log.getvalue().splitlines() if "UndefinedColumnError" in line]
    assert json.loads(line)["request_id"] == "asked-1"


async def test_what_nobody_foresaw_is_a_500_without_details(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret of the inside")

    monkeypatch.setattr("gateway.graphql.context.Operation", fail)
    response = await client.post(TYPENAME)
    error = assert_refused(response, 500, "INTERNAL")
    assert "secret" not in response.text
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    assert error["extensions"]["requestId"] in error["message"]


async def test_the_log_has_no_token(
    database: TestDatabase, example: Company, log: io.StringIO
) -> None:
    await stored(database, example)
    async with client_of(database, example.domain_uuid) as client:
        await client.post(TYPENAME)
        await client.post("{ nothing }")
        await posted(client, "5")
        header = client.http.headers["authorization"]
        wrong = header.replace("gw_", "gw_0")
        await client.http.get("/graphql", headers={"authorization": wrong})
        async with database.owner() as owner:
            await owner.execute("alter table groups rename to other_groups")
        await client.post("{ groups { totalCount } users { nodes { groups { name } } } }")
    text = log.getvalue()
    assert text.count('"path":"/graphql"') == 5
    token = header.removeprefix("Bearer ")
    assert token[-43:] not in text
    assert token[:40] not in text


async def test_a_slow_body_holds_no_connection(database: TestDatabase, example: Company) -> None:
    await stored(database, example)
    token = await admin_token(database, example.domain_uuid)
    app = create_app(database.settings(pool_size=1, pool_timeout=1), clock=lambda: NOW)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"query": '
        arrived.set()
        await go_on.wait()
        yield b'"{ __typename }"}'

    headers = {"authorization": f"Bearer {token}", "content-type": JSON}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://gateway.test", headers=headers
        ) as http,
        asyncio.TaskGroup() as group,
    ):
        waiting = group.create_task(http.post("/graphql", content=slow()))
        await arrived.wait()
        response = await http.post("/graphql", json={"query": TYPENAME})
        assert response.json() == {"data": {"__typename": "Query"}}
        go_on.set()
        assert (await waiting).json() == {"data": {"__typename": "Query"}}
