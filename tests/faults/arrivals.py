"""Requests that come at a steady rate, however many of them are answered."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httpx

from tests.walls.test_storm import Question

TICK = 0.005
MOST_CONNECTIONS = 600


class Answered(NamedTuple):
    """`right`: with the right body; otherwise a 503 with Retry-After, or what is `wrong`."""

    began: float
    took: float
    right: bool
    wrong: str


class Raw(NamedTuple):
    """A request's bytes and its right answer's body."""

    request: bytes
    body: bytes


def raw(address: str, right: Mapping[Question, bytes]) -> list[Raw]:
    found = []
    with httpx.Client(base_url=address) as http:
        for question, body in right.items():
            request = question.built(http)
            path = request.url.raw_path
            lines = [b"%b: %b" % pair for pair in request.headers.raw if pair[0] != b"Connection"]
            head = b"\r\n".join([b"%b %b HTTP/1.1" % (request.method.encode(), path), *lines])
            head = head.replace(b"Accept-Encoding: gzip, deflate, zstd\r\n", b"")
            found.append(Raw(head + b"\r\n\r\n" + request.read(), body))
    return found


class Arrivals:
    """What came of the requests sent to an address."""

    def __init__(self, address: str, questions: Sequence[Raw]) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._questions = questions
        self._free: list[_Client] = []
        self._sent = 0
        self._connections = 0
        self.answered: list[Answered] = []
        self.unsent = 0

    async def kept_busy(self, clients: int, seconds: float) -> list[Answered]:
        """Each client asks as soon as it is answered."""
        self.answered = []
        end = time.monotonic() + seconds

        async def client() -> None:
            while time.monotonic() < end:
                await self._ask(await self._connection())

        await asyncio.gather(*(client() for _ in range(clients)))
        return self.answered

    async def at_rate(self, rate: float, seconds: float) -> list[Answered]:
        """So many requests a second."""
        self.answered = []
        began, due = time.monotonic(), 0
        tasks: set[asyncio.Task[None]] = set()
        while (passed := time.monotonic() - began) < seconds:
            for _ in range(int(passed * rate) - due):
                due += 1
                if len(tasks) >= MOST_CONNECTIONS:
                    self.unsent += 1
                    continue
                task = asyncio.create_task(self._one())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(TICK)
        await asyncio.gather(*tasks)
        return self.answered

    async def _one(self) -> None:
        await self._ask(await self._connection())

    async def _connection(self) -> "_Client":
        while self._free:
            found = self._free.pop()
            if not found.closed:
                return found
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(_Client, self._host, self._port))[1]

    async def _ask(self, client: "_Client") -> None:
        self._sent += 1
        question = self._questions[self._sent % len(self._questions)]
        began = time.monotonic()
        head, body = await client.ask(question.request)
        took = time.monotonic() - began
        right = head.startswith(b"HTTP/1.1 200 ") and body == question.body
        clean = head.startswith(b"HTTP/1.1 503 ") and b"\r\nretry-after: " in head
        wrong = "" if right or clean else (head[:60] + body[:100]).decode(errors="replace")
        self.answered.append(Answered(began, took, right, wrong))
        if not client.closed:
            self._free.append(client)

    def close(self) -> None:
        for client in self._free:
            client.transport.close()


class _Client(asyncio.Protocol):
    """One request after another on one connection."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.closed = False
        self._answer: asyncio.Future[tuple[bytes, bytes]] | None = None

    async def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer; empty if the connection ended instead."""
        self._data = bytearray()
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head = bytes(self._data[:end]).lower().replace(b"http/1.1", b"HTTP/1.1")
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(self._data) >= end + 4 + length and not self._answer.done():
            self._answer.set_result((head, bytes(self._data[end + 4 :])))

    def connection_lost(self, _: Exception | None) -> None:
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((b"", b""))
