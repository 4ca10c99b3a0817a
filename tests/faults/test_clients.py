"""Clients that are slow, idle or too many: each is ended in its time, and the others served."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.cli.test_workers import children
from tests.faults.conftest import SETTINGS, Place, Placing
from tests.faults.crowd import LONG, Crowd, until
from tests.faults.proxy import Proxy
from tests.process import Serving, serving

HEAD = b"GET /health/live HTTP/1.1\r\nHost: gateway\r\n"
SHORT = {
    "GATEWAY_HEAD_TIMEOUT": "1",
    "GATEWAY_REQUEST_TIMEOUT": "2",
    "GATEWAY_SEND_TIMEOUT": "1",
    "GATEWAY_KEEP_ALIVE_TIMEOUT": "1",
}
GRACE = 3.0


class Wire:
    """A client's connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.began = time.monotonic()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def dripped(self, data: bytes, every: float = 0.2) -> bytes:
        """What comes, up to the end, while bytes are sent one after another."""

        async def drip() -> None:
            for byte in data:
                await self.send(bytes((byte,)))
                await asyncio.sleep(every)

        dripping = asyncio.create_task(drip())
        try:
            return await self.rest()
        finally:
            dripping.cancel()
            await asyncio.gather(dripping, return_exceptions=True)

    async def rest(self) -> bytes:
        try:
            async with asyncio.timeout(20):
                return await self.reader.read()
        except ConnectionError:
            return b""

    @property
    def lasted(self) -> float:
        return time.monotonic() - self.began


@asynccontextmanager
async def wire(place: Place, **options: Any) -> AsyncIterator[Wire]:
    parts = urlsplit(place.served.address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, **options)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


async def test_slow_clients_are_ended(placing: Placing) -> None:
    async with placing(**SHORT) as place:

        async def silent() -> None:
            async with wire(place) as client:
                assert await client.rest() == b""
                assert 0.9 < client.lasted < 1 + GRACE

        async def slow_head() -> None:
            async with wire(place) as client:
                answer = await client.dripped(HEAD * 3)
                assert answer.startswith(b"HTTP/1.1 408 ")
                assert client.lasted < 1 + GRACE

        async def nothing_but_line_ends() -> None:
            async with wire(place) as client:
                await client.send(HEAD + b"\r\n")
                answer = await client.dripped(b"\r\n" * 100)
                assert answer.startswith(b"HTTP/1.1 200 ")
                assert client.lasted < 2 + GRACE

        async def slow_body() -> None:
            async with wire(place) as client:
                token = place.crowd.writer["authorization"].encode()
                await client.send(
                    b"POST /graphql HTTP/1.1\r\nHost: gateway\r\nAuthorization: "
                    + token
                    + b"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
                )
                answer = await client.dripped(b"{" + b" " * 200)
                assert answer.startswith(b"HTTP/1.1 408 ")
                assert client.lasted < 3 + GRACE

        async def idle() -> None:
            async with wire(place) as client:
                await client.send(HEAD + b"\r\n")
                assert b'{"status":"live"}' in await client.rest()
                assert 0.9 < client.lasted < 1 + GRACE

        async def endless_head() -> None:
            async with wire(place) as client:
                await client.send(HEAD + b"X-Long: " + b"x" * 100_000)
                # The answer may be lost with what was still on its way.
                assert (await client.rest())[:13] in {b"HTTP/1.1 431 ", b""}
                assert client.lasted < 0.9

        async with asyncio.TaskGroup() as group:
            for client in (silent, slow_head, nothing_but_line_ends, slow_body, idle, endless_head):
                group.create_task(client())
        assert await place.crowd.ask() == "right"


async def test_a_client_that_does_not_read_is_ended(placing: Placing) -> None:
    async with placing(GATEWAY_SEND_TIMEOUT="1", GATEWAY_KEPT_ANSWERS="1000000") as place:
        token = place.crowd.writer["authorization"]
        schema = "{__schema{types{name description fields{name description type{name}}}}}"
        one = (
            f"POST /graphql HTTP/1.1\r\nHost: gateway\r\nAuthorization: {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(schema) + 12}\r\n\r\n"
            f'{{"query":"{schema}"}}'
        ).encode()
        async with wire(place) as client:
            transport: Any = client.writer.transport
            transport.pause_reading()
            transport.write(one * 200)
            port = transport.get_extra_info("sockname")[1]
            assert established(port)

            async def ended() -> bool:
                return not established(port)

            await until(ended, 20)
        assert await place.crowd.ask() == "right"


def established(port: int) -> bool:
    """Whether somebody has a connection to that port of ours."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(line[2].endswith(f":{port:04X}") and line[3] == "01" for line in lines)


async def test_so_many_connections_and_no_more(placing: Placing) -> None:
    """A new one takes the place of an idle one; where none is idle it is refused."""
    async with placing(GATEWAY_MAX_CONNECTIONS="8") as place:
        async with AsyncExitStack() as stack:
            idle = [await stack.enter_async_context(wire(place)) for _ in range(20)]
            await asyncio.sleep(0.2)
            assert sum(client.reader.at_eof() or is_reset(client) for client in idle) >= 11
            assert await place.crowd.ask() == "right"
        async with stuck(place, 8) as asking:
            async with wire(place) as client:
                answer = await client.rest()
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert b"retry-after: " in answer
            assert not any(task.done() for task in asking)
        assert await place.crowd.ask() == "right"


def is_reset(client: Wire) -> bool:
    return client.reader.exception() is not None


@asynccontextmanager
async def stuck(
    place: Place, count: int, end: str = "right", asked: int | None = None
) -> AsyncIterator[list["asyncio.Task[str]"]]:
    """So many requests wait for a table, of those that are `asked`, and all end like that."""
    async with place.owner.transaction():
        await place.owner.execute(
            "lock table calls, call_days, call_user_days, agent_days in access exclusive mode"
        )
        asking = [asyncio.create_task(place.crowd.ask_figures()) for _ in range(asked or count)]

        async def waiting() -> bool:
            return await place.waiting() >= count

        await until(waiting)
        yield asking
    assert all(what.startswith(end) for what in await asyncio.gather(*asking))


async def test_too_many_at_once_are_told_so_at_once(placing: Placing) -> None:
    limits = {"GATEWAY_REQUESTS_AT_ONCE": "4", "GATEWAY_POOL_SIZE": "4"}
    async with placing(**limits) as place, AsyncExitStack() as stack:
        # Who is still sending keeps nobody out.
        token = place.crowd.writer["authorization"].encode()
        for _ in range(10):
            sender = await stack.enter_async_context(wire(place))
            await sender.send(
                b"POST /graphql HTTP/1.1\r\nHost: gateway\r\nAuthorization: "
                + token
                + b"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
        async with stuck(place, 4):
            for _ in range(10):
                began = time.monotonic()
                assert await place.crowd.ask() == "busy"
                assert time.monotonic() - began < 0.5
            refused = await place.http.get("/v2/report/extension")
            assert refused.json()["code"] == 503
            assert (await place.http.post("/graphql")).json()["errors"][0]["extensions"] == {
                "code": "OVERLOADED"
            }
            assert await place.live() == 200
            # It waits for no connection of the pool, of which there is none.
            assert await place.ready() == 200
        assert await place.crowd.ask() == "right"


async def test_a_signal_waits_for_what_is_under_way(placing: Placing) -> None:
    async with placing() as place, stuck(place, 3):
        place.served.process.send_signal(signal.SIGTERM)

        async def deaf() -> bool:
            try:
                async with wire(place):
                    return False
            except ConnectionError:
                return True

        await until(deaf)
        assert place.served.process.poll() is None


async def test_a_signal_waits_so_long_and_no_longer(placing: Placing) -> None:
    async with placing(GATEWAY_DRAIN_TIMEOUT="1") as place:
        async with stuck(place, 3, "busy"):
            began = time.monotonic()
            place.served.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(place.served.process.wait, 20)
            assert 0.9 < time.monotonic() - began < 1 + GRACE
        assert place.served.process.returncode == 0
        assert await place.waiting() == 0


async def test_a_second_signal_ends_at_once(placing: Placing) -> None:
    async with placing() as place:
        async with stuck(place, 3, "broken"):
            place.served.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.5)
            began = time.monotonic()
            place.served.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(place.served.process.wait, 20)
            assert time.monotonic() - began < GRACE

        async def nothing_left() -> bool:
            return await place.waiting() == 0

        await until(nothing_left)
        assert place.served.process.returncode == 128 + signal.SIGTERM


@pytest.mark.skipif(not LONG, reason="under GATEWAY_TEST_LONG: two processes start twice")
async def test_processes_hand_over_without_a_failed_request(placing: Placing) -> None:
    """Clients keep their connections, and use them all the time."""
    async with placing(GATEWAY_WORKERS="2") as place:
        before = children(place.served)
        async with place.crowd.busy(clients=8, writers=1) as tally:
            place.served.process.send_signal(signal.SIGHUP)

            async def replaced() -> bool:
                now = children(place.served)
                return len(now) == 2 and not now & before

            await until(replaced, 60)
            await asyncio.sleep(0.5)
        tally.check()
        assert tally.counts()["right"] > 50
        place.served.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(place.served.process.wait, 20) == 0


async def test_one_instance_hands_over_to_another_behind_a_proxy(
    placing: Placing, tmp_path: Path
) -> None:
    """As docs/faults.md has it: the new one is ready, the old one is out of the proxy, SIGTERM."""
    async with placing() as place:
        old, url = port_of(place.served), place.url
        settings = {**SETTINGS, "GATEWAY_DATABASE_URL": url}
        with (
            Proxy(old) as front,
            serving(tmp_path / "new", **settings) as new,
        ):
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{front.port}", timeout=40
            ) as http:
                crowd = Crowd(http, place.crowd.asked, place.crowd.writer)
                crowd.right = place.crowd.right
                async with crowd.busy(clients=8, writers=2) as tally:
                    await asyncio.sleep(0.5)
                    ready = await asyncio.to_thread(httpx.get, f"{new.address}/health/ready")
                    assert ready.status_code == 200
                    front.target = port_of(new)
                    place.served.process.send_signal(signal.SIGTERM)
                    assert await asyncio.to_thread(place.served.process.wait, 20) == 0
                    over = time.monotonic()
                    await asyncio.sleep(0.5)
            tally.say()
            tally.check()
            assert tally.counts()["right"] > 50
            assert tally.counts(over)["right"] > 5


def port_of(served: Serving) -> int:
    return urlsplit(served.address).port or 0
