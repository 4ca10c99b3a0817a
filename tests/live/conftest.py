"""Clients of streams, against the program on a port."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.live import hub as live
from tests.conftest import Server
from tests.graphql.served import Served, served

PROTOCOL = Subprotocol("graphql-transport-ws")
# More than any of it takes, however busy the machine.
PATIENCE = 30


class Socket:
    """A client of graphql-transport-ws that shows every message."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, kind: str, operation_id: str | None = None, payload: Any = None) -> None:
        message = {"type": kind, "id": operation_id, "payload": payload}
        said = {key: value for key, value in message.items() if value is not None}
        await self.connection.send(json.dumps(said))

    async def receive(self) -> Any:
        async with asyncio.timeout(PATIENCE):
            text = await self.connection.recv()
        assert isinstance(text, str), "frames are text"
        return json.loads(text)

    async def init(self, token: str, **payload: Any) -> Self:
        await self.send("connection_init", payload={"Authorization": f"Bearer {token}", **payload})
        assert await self.receive() == {"type": "connection_ack"}
        return self

    async def subscribe(self, operation_id: str, query: str, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send("subscribe", operation_id, payload)

    async def data(self, operation_id: str) -> Any:
        """The next answer's data, which is that operation's and has no errors."""
        message = await self.receive()
        assert (message["type"], message["id"]) == ("next", operation_id), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def closed(self) -> tuple[int, str]:
        """The code and the reason of the close, which is the next thing to come."""
        with pytest.raises(websockets.ConnectionClosed) as closed:
            raise AssertionError(await self.receive())
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason


@asynccontextmanager
async def opened(address: str, **options: Any) -> AsyncIterator[Socket]:
    url = address.replace("http://", "ws://") + "/graphql"
    options = {"subprotocols": [PROTOCOL], "proxy": None, **options}
    async with connect(url, **options) as connection:
        yield Socket(connection)


class Events:
    """A client of an event stream that shows every event; comments are `""`."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        said: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if not line:
                    break
                name, _, value = line.partition(":")
                said[name] = value.removeprefix(" ")
        if "event" not in said:
            return "", None
        return said["event"], json.loads(said["data"]) if said["data"] else None

    async def data(self) -> Any:
        kind, body = await self.next()
        while not kind:
            kind, body = await self.next()
        assert kind == "next", kind
        assert "errors" not in body, body
        return body["data"]


@asynccontextmanager
async def streamed(
    address: str, query: str, headers: Mapping[str, str], **variables: Any
) -> AsyncIterator[Events]:
    body = {"query": query, "variables": variables}
    headers = {"accept": "text/event-stream", **headers}
    async with (
        httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE) as http,
        http.stream("POST", "/graphql", json=body) as response,
    ):
        yield Events(response)


@pytest.fixture(scope="session")
def place(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(server, tmp_path_factory.mktemp("live")) as found:
        yield found


@pytest.fixture
async def socket(place: Served) -> AsyncIterator[Socket]:
    async with opened(place.address) as found:
        yield found


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub looks twenty times a second."""
    monkeypatch.setattr(live, "TICK", 0.05)
