"""WebSockets that come by the hundreds a second: those who ask by HTTP are answered meanwhile."""

import asyncio
import json
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from websockets.frames import Frame, Opcode

from tests.faults.conftest import WRITTEN, Place, Placing
from tests.faults.crowd import LONG
from tests.faults.test_clients import stuck
from tests.live.conftest import opened

RATE = 500
SECONDS = 10 if LONG else 2
TICK = 0.01
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)

# 503: too many that have not shown a token. A refusal may be lost with what was still on its way.
ENDS = {
    "silent": {"101", "503", "broken"},
    "wrong": {"101", "503", "broken", "closed"},
    "right": {"101", "503", "broken", "acknowledged"},
}


def frame(message: object) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True)


class Flood:
    """Handshakes at a rate, each on a connection of its own, and what came of them."""

    def __init__(self, place: Place, authorization: str | None) -> None:
        parts = urlsplit(place.served.address)
        self._place = parts.hostname or "", parts.port or 0
        self._init = b""
        if authorization is not None:
            payload = {"authorization": authorization}
            self._init = frame({"type": "connection_init", "payload": payload})
        self.ends: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, seconds: float) -> None:
        began, sent = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            for _ in range(int(passed * RATE) - sent):
                sent += 1
                task = asyncio.create_task(self._one())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(TICK)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _one(self) -> None:
        try:
            reader, writer = await asyncio.open_connection(*self._place)
        except OSError:
            self.ends["unconnected"] += 1
            return
        try:
            writer.write(HANDSHAKE)
            head = await reader.readuntil(b"\r\n\r\n")
            self.ends[head[9:12].decode()] += 1
            if b"HTTP/1.1 101" in head and self._init:
                writer.write(self._init)
                said = await reader.read(200)
                self.ends["acknowledged" if b"connection_ack" in said else "closed"] += 1
            else:
                await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            self.ends["broken"] += 1
        finally:
            writer.transport.abort()


@pytest.mark.parametrize("kind", ["silent", "wrong", "right"] if LONG else ["silent"])
async def test_handshakes_keep_nobody_out(placing: Placing, kind: str) -> None:
    async with placing(GATEWAY_MAX_CONNECTIONS="400") as place:
        tokens = {"wrong": "Bearer gw_x", "right": place.crowd.writer["authorization"]}
        flood = Flood(place, tokens.get(kind))
        async with place.crowd.busy(clients=4) as tally:
            await flood.run(SECONDS)
            assert await place.ready() == 200
    if LONG:
        print(kind, flood.ends, tally.counts(), f"{tally.longest('right'):.2f} s")  # noqa: T201
    tally.check()
    assert tally.counts()["right"] > 20
    assert set(flood.ends) <= ENDS[kind], flood.ends


async def test_queries_over_a_socket_take_places_as_requests_do(placing: Placing) -> None:
    limits = {"GATEWAY_REQUESTS_AT_ONCE": "4", "GATEWAY_POOL_SIZE": "4"}
    async with placing(**limits) as place, opened(place.served.address) as socket:
        await socket.send("connection_init", payload=place.crowd.writer)
        await socket.receive()
        async with stuck(place, 4):
            await socket.subscribe("a", "{ domain { name } }")
            refused = await socket.receive()
            assert (refused["type"], refused["id"]) == ("error", "a")
            assert refused["payload"][0]["extensions"] == {"code": "OVERLOADED"}
        await socket.subscribe("b", "{ domain { name } }")
        assert await socket.data("b") == {"domain": {"name": WRITTEN}}
