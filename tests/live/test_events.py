"""GraphQL over server-sent events, in distinct connections mode."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Server
from tests.graphql.served import Served, served
from tests.live.conftest import opened, streamed

VERSION = "subscription { dataVersion }"
NAME = "{ domain { name } }"
NAMED = {"data": {"domain": {"name": "example"}}}
EVENTS = {"accept": "text/event-stream"}


def parsed(text: str) -> list[tuple[str, Any]]:
    """The events of a stream that ended."""
    events = []
    for part in text.removesuffix("\n\n").split("\n\n"):
        if part != ":":
            name, data = part.split("\n")
            body = data.removeprefix("data:").strip()
            events.append((name.removeprefix("event: "), json.loads(body) if body else None))
    return events


def ask(place: Served, query: str = NAME, **options: Any) -> httpx.Response:
    headers = {**place.headers, **EVENTS, **options.pop("headers", {})}
    body = {"query": query, **options}
    return httpx.post(f"{place.address}/graphql", json=body, headers=headers)


def get(place: Served, query: str, **headers: str) -> httpx.Response:
    parameters = {"query": query}
    return httpx.get(f"{place.address}/graphql", params=parameters, headers={**EVENTS, **headers})


async def test_a_subscription_is_a_stream(place: Served) -> None:
    async with streamed(place.address, VERSION, place.headers) as events:
        headers = events.response.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-store"
        assert "content-length" not in headers
        assert events.response.status_code == 200
        assert await events.next() == ("", None)  # shows that it is open
        assert await events.data() == {"dataVersion": 0}


async def test_a_subscription_by_get(place: Served) -> None:
    headers = {**place.headers, **EVENTS}
    async with (
        httpx.AsyncClient(base_url=place.address, headers=headers) as http,
        http.stream("GET", "/graphql", params={"query": VERSION}) as response,
    ):
        lines = response.aiter_lines()
        assert [await anext(lines) for _ in range(4)] == [
            ":", "", "event: next", 'data: {"data":{"dataVersion":0}}',
        ]  # fmt: skip


def test_a_query_is_a_stream_of_one(place: Served) -> None:
    for response in (ask(place), get(place, NAME, **place.headers)):
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert parsed(response.text) == [("next", NAMED), ("complete", None)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { group(uuid: 5) { name } }", "BAD_USER_INPUT"),
        ("subscription A { dataVersion } subscription B { dataVersion }", "BAD_REQUEST"),
    ],
)
def test_errors_before_the_execution_are_told_in_the_stream(
    place: Served, query: str, code: str
) -> None:
    response = ask(place, query)
    assert response.status_code == 200
    (kind, body), end = parsed(response.text)
    assert (kind, end) == ("next", ("complete", None))
    assert body["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("kind", ["query", "subscription"])
def test_variables_that_do_not_fit_are_told_in_the_stream(place: Served, kind: str) -> None:
    query = f"{kind} ($u: UUID!) {{ group(uuid: $u) {{ name }} }}"
    response = ask(place, query, variables={"u": "north"})
    (_, body), end = parsed(response.text)
    assert end == ("complete", None)
    assert body["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "u"}
    assert "data" not in body


def test_who_may_not_ask_gets_a_status(place: Served) -> None:
    response = httpx.post(f"{place.address}/graphql", json={"query": VERSION}, headers=EVENTS)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "accept",
    ["application/json", "application/graphql-response+json", "*/*", "", "multipart/mixed, */*"],
)
def test_a_subscription_is_no_single_answer(place: Served, accept: str) -> None:
    response = ask(place, VERSION, headers={"accept": accept})
    assert response.status_code == 406
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "NOT_ACCEPTABLE"
    assert "text/event-stream" in error["message"]
    assert "WebSocket" in error["message"]


def test_who_takes_both_gets_json_for_a_query(place: Served) -> None:
    accept = "application/graphql-response+json, application/json, text/event-stream"
    response = ask(place, headers={"accept": accept})
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    accept = "application/json;q=0.5, text/event-stream"
    response = ask(place, headers={"accept": accept})
    assert parsed(response.text) == [("next", NAMED), ("complete", None)]


async def test_who_takes_both_gets_a_stream_for_a_subscription(place: Served) -> None:
    accept = "application/graphql-response+json, application/json, text/event-stream;q=0.1"
    headers = {**place.headers, "accept": accept}
    async with streamed(place.address, VERSION, headers) as events:
        assert await events.data() == {"dataVersion": 0}


@pytest.fixture(params=["1", "2"], ids="{} process".format)
def ending(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(server, tmp_path, GATEWAY_WORKERS=request.param) as found:
        yield found


@pytest.fixture
def hearty(server: Server, tmp_path: Path) -> Iterator[Served]:
    with served(server, tmp_path, GATEWAY_LIVE_PING="1") as found:
        yield found


async def test_silence_is_filled(hearty: Served) -> None:
    async with streamed(hearty.address, VERSION, hearty.headers) as events:
        await events.data()
        assert await events.next() == ("", None)
        assert await events.next() == ("", None)


async def test_the_servers_end_is_told_at_once(ending: Served) -> None:
    async with (
        streamed(ending.address, VERSION, ending.headers) as events,
        opened(ending.address) as early,
        opened(ending.address) as socket,
    ):
        await socket.init(ending.token)
        await socket.subscribe("a", VERSION)
        await socket.data("a")
        await events.data()
        ending.process.process.send_signal(signal.SIGTERM)
        kind = ""
        while not kind:
            kind, _ = await events.next()
        assert kind == "complete"
        assert (await socket.closed())[0] == 1001
        assert (await early.closed())[0] == 1001
    assert await asyncio.to_thread(ending.process.process.wait, 5) == 0
