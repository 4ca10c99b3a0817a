"""graphql-transport-ws, rule by rule."""

import json
import re
from typing import Any

import httpx
import pytest
import websockets

from gateway.graphql import messages
from tests.conftest import Server
from tests.graphql.served import Served, served
from tests.live.conftest import PROTOCOL, Socket, opened
from tests.process import ROOT

VERSION = "subscription { dataVersion }"
NAME = "{ domain { name } }"


async def test_a_subscription_is_told_and_a_query_is_completed(
    place: Served, socket: Socket
) -> None:
    await socket.init(place.token)
    await socket.subscribe("a", VERSION)
    assert await socket.data("a") == {"dataVersion": 0}
    await socket.subscribe("b", NAME)
    assert await socket.data("b") == {"domain": {"name": "example"}}
    assert await socket.receive() == {"type": "complete", "id": "b"}
    await socket.send("complete", "a")
    # The id is free again.
    await socket.subscribe("a", NAME)
    assert await socket.data("a") == {"domain": {"name": "example"}}


async def test_every_field_of_a_subscription_answers_as_its_query(
    place: Served, socket: Socket
) -> None:
    await socket.init(place.token)
    group, user = place.example.uuids("groups")[0], place.example.uuids("users")[0]
    stats = 'callStats(period: {days: {from: "2026-03-10", to: "2026-03-10"}}) { totalCall }'
    fields = [
        f"domain {{ name {stats} users {{ nodes {{ username {stats} }} }} }}",
        f'group(uuid: "{group}") {{ name {stats} users {{ username }} }}',
        f'user(by: {{uuid: "{user}"}}) {{ username {stats} }}',
        'user(by: {username: "an"}) { uuid }',
        'user(by: {username: "nobody"}) { uuid }',
    ]
    for field in fields:
        await socket.subscribe(field, f"subscription {{ {field} }}")
        told = await socket.data(field)
        await socket.subscribe("query", f"{{ {field} }}")
        assert told == await socket.data("query")
        assert (await socket.receive())["type"] == "complete"
        await socket.send("complete", field)


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
async def test_the_token_is_in_the_payload(place: Served, socket: Socket, name: str) -> None:
    await socket.send("connection_init", payload={name: f"Bearer {place.token}"})
    assert await socket.receive() == {"type": "connection_ack"}


async def test_the_token_is_among_headers_in_the_payload(place: Served, socket: Socket) -> None:
    await socket.send("connection_init", payload={"headers": place.headers})
    assert await socket.receive() == {"type": "connection_ack"}


async def test_the_token_is_in_the_handshake(place: Served) -> None:
    async with opened(place.address, additional_headers=place.headers) as socket:
        await socket.send("connection_init")
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.subscribe("a", NAME)
        assert await socket.data("a") == {"domain": {"name": "example"}}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"Authorization": "Bearer gw_0_0"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": ["x"]},
        {"Authorization": "Bearer gw_" + "0" * 32 + "_" + "x" * 43},
        {"Authorization": "Basic eA=="},
        {"Authorization": "Bearer ừ"},
    ],
)
async def test_without_a_good_token_4403(socket: Socket, payload: Any) -> None:
    await socket.send("connection_init", payload=payload)
    code, reason = await socket.closed()
    assert code == 4403
    assert reason


async def test_another_domain_without_the_right_4403(place: Served, socket: Socket) -> None:
    payload = {"Authorization": f"Bearer {place.token}", "X-Domain": "elsewhere"}
    await socket.send("connection_init", payload=payload)
    code, reason = await socket.closed()
    assert (code, "superadmin" in reason) == (4403, True)


async def test_a_subscription_before_the_acknowledgement_4401(socket: Socket) -> None:
    await socket.subscribe("a", VERSION)
    assert (await socket.closed())[0] == 4401


async def test_no_connection_init_4408(socket: Socket) -> None:
    await socket.send("ping")
    assert await socket.receive() == {"type": "pong"}
    assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_a_second_connection_init_4429(place: Served, socket: Socket) -> None:
    await socket.init(place.token)
    await socket.send("connection_init")
    assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_an_id_that_is_taken_4409(place: Served, socket: Socket) -> None:
    await socket.init(place.token)
    await socket.subscribe("a", VERSION)
    await socket.data("a")
    await socket.subscribe("a", VERSION)
    assert await socket.closed() == (4409, "Subscriber for a already exists")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"ping"',
        "{}",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "next", "id": "a", "payload": {}}',
        '{"type": "ping", "payload": 1}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "a"}',
        '{"type": "complete"}',
        b"{}",
        "[" * 100_000,
    ],
)
async def test_what_is_no_message_4400(socket: Socket, text: str | bytes) -> None:
    await socket.connection.send(text)
    code, reason = await socket.closed()
    assert (code, bool(reason)) == (4400, True)


@pytest.mark.parametrize(
    "payload", [{}, {"query": 5}, {"query": ""}, {"query": NAME, "variables": []}]
)
async def test_what_is_no_question_4400(place: Served, socket: Socket, payload: Any) -> None:
    await socket.init(place.token)
    await socket.send("subscribe", "a", payload)
    assert (await socket.closed())[0] == 4400


async def test_a_message_that_is_too_large_1009(place: Served, socket: Socket) -> None:
    await socket.init(place.token)
    await socket.send("ping", payload={"x": "x" * 1_000_001})
    assert (await socket.closed())[0] == 1009


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], None, ["graphql-ws", "x"]])
async def test_another_subprotocol_4406(place: Served, subprotocols: Any) -> None:
    async with opened(place.address, subprotocols=subprotocols) as socket:
        code, reason = await socket.closed()
        assert (code, PROTOCOL in reason) == (4406, True)


async def test_the_subprotocol_is_chosen_among_several(place: Served) -> None:
    async with opened(place.address, subprotocols=["graphql-ws", PROTOCOL]) as socket:
        assert socket.connection.subprotocol == PROTOCOL


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "subscription { domain { name } dataVersion }", "query A { a }"]
)
async def test_a_refused_document_is_an_error_and_no_more(
    place: Served, socket: Socket, query: str
) -> None:
    await socket.init(place.token)
    await socket.subscribe("a", query)
    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", "a")
    assert message["payload"][0]["extensions"]["code"] in {
        "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED",
    }  # fmt: skip
    # The connection and the id go on.
    await socket.subscribe("a", NAME)
    assert await socket.data("a") == {"domain": {"name": "example"}}


@pytest.mark.parametrize("kind", ["query", "subscription"])
async def test_variables_that_do_not_fit_are_an_error(
    place: Served, socket: Socket, kind: str
) -> None:
    await socket.init(place.token)
    query = f"{kind} ($u: UUID!) {{ group(uuid: $u) {{ name }} }}"
    await socket.subscribe("a", query, u="north")
    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", "a")
    assert message["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "u"}
    await socket.subscribe("a", NAME)
    assert await socket.data("a") == {"domain": {"name": "example"}}


async def test_errors_of_the_execution_are_part_of_the_answer(
    place: Served, socket: Socket
) -> None:
    await socket.init(place.token)
    query = 'subscription { domain { name calls(after: "x") { totalCount } } }'
    await socket.subscribe("a", query)
    message = await socket.receive()
    assert message["type"] == "next"
    assert message["payload"]["data"] == {"domain": {"name": "example", "calls": None}}
    assert message["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_pings_are_answered_with_their_payload(place: Served, socket: Socket) -> None:
    await socket.init(place.token)
    await socket.send("ping", payload={"n": 1})
    assert await socket.receive() == {"type": "pong", "payload": {"n": 1}}
    await socket.send("pong")
    await socket.send("complete", "unknown")
    await socket.send("ping")
    assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (None, True),
        ("own", True),
        ("http://wall.test", True),
        ("http://evil.test", False),
        ("null", False),
        ("http://wall.test.evil.test", False),
        ("http://127.0.0.1:1", False),
        ("http://[", False),
        ("http://", False),
    ],
)
async def test_a_foreign_origin_does_not_connect(
    allowing: Served, origin: str | None, *, welcome: bool
) -> None:
    origin = allowing.address if origin == "own" else origin
    headers = {} if origin is None else {"Origin": origin}
    if welcome:
        async with opened(allowing.address, additional_headers=headers) as socket:
            await socket.init(allowing.token)
        return
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with opened(allowing.address, additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403
    assert "GATEWAY_CORS_ORIGINS" in json.loads(refused.value.response.body)["error"]


@pytest.fixture(scope="module")
def allowing(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """It allows an origin, and little else."""
    with served(
        server,
        tmp_path_factory.mktemp("allowing"),
        GATEWAY_CORS_ORIGINS="http://wall.test",
        GATEWAY_LIVE_PER_TOKEN="2",
        GATEWAY_LIVE_PER_CONNECTION="2",
        GATEWAY_RATE_LIMIT="60",
    ) as found:
        yield found


async def test_a_token_has_so_many_streams(allowing: Served) -> None:
    first = opened(allowing.address)
    async with first as one, opened(allowing.address) as two, opened(allowing.address) as three:
        await one.init(allowing.token)
        await two.init(allowing.token)
        await three.send("connection_init", payload=allowing.headers)
        code, reason = await three.closed()
        assert (code, "2 streams" in reason) == (1013, True)
        headers = {**allowing.headers, "accept": "text/event-stream"}
        async with httpx.AsyncClient(base_url=allowing.address, headers=headers) as http:
            response = await http.post("/graphql", json={"query": VERSION})
        assert response.status_code == 429
        assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"
    async with opened(allowing.address) as socket:
        await socket.init(allowing.token)


async def test_a_connection_carries_so_many_operations(allowing: Served) -> None:
    async with opened(allowing.address) as socket:
        await socket.init(allowing.token)
        for name in "ab":
            await socket.subscribe(name, VERSION)
            await socket.data(name)
        await socket.subscribe("c", VERSION)
        message = await socket.receive()
        assert (message["type"], message["id"]) == ("error", "c")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"
        await socket.send("complete", "a")
        await socket.subscribe("c", VERSION)
        await socket.data("c")


async def pongs(socket: Socket) -> None:
    while (await socket.receive())["type"] == "pong":
        pass


async def test_messages_count_as_requests(allowing: Served) -> None:
    async with opened(allowing.address) as socket:
        await socket.init(allowing.token)
        message: Any = {"type": "next"}
        for number in range(70):
            await socket.subscribe(str(number), NAME)
            message = await socket.receive()
            if message["type"] == "error":
                break
            assert (await socket.receive())["type"] == "complete"
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        for _ in range(3):
            await socket.send("ping")
        with pytest.raises(websockets.ConnectionClosed) as flooded:
            await pongs(socket)
        closing = flooded.value.rcvd
        assert closing is not None
        assert (closing.code, "requests" in closing.reason) == (1008, True)


def test_a_reason_fits_into_a_close_frame() -> None:
    error = messages.CloseError(messages.CloseCode.FORBIDDEN, "ừ" * 100)
    assert len(error.reason.encode()) <= 123
    assert set(error.reason) == {"ừ"}


# What graphql-ws 6.4 does not come again after, in its own `shouldRetryConnectOrThrow`.
COMES_AGAIN = {1000, 1001, 1005, 1006, 1012, 1013, 1014}
GIVES_UP = {4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500}


def test_what_graphql_ws_does_after_a_close_is_documented() -> None:
    text = (ROOT / "docs" / "live.md").read_text("utf-8")
    told = {
        int(code): said
        for code, said in re.findall(r"^\| (\d{4}) \|.*\| ([a-z ]+) \|$", text, re.MULTILINE)
    }
    assert set(messages.CloseCode) <= told.keys()
    for code, said in told.items():
        fatal = code in GIVES_UP or (code < 2000 and code not in COMES_AGAIN)
        assert said == ("gives up" if fatal else "comes again"), code
