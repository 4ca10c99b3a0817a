"""The load: a client in a process of its own, which keeps connections busy with one request.

    python -m benchmarks.load   (a Job as JSON comes in, a Tally goes out)

wrk would cost less CPU; this one sees that every answer has the size that the right answer has.
"""

import asyncio
import math
import subprocess
import sys
import time
from typing import NamedTuple, cast

import msgspec
import uvloop

LONGEST = 600


class Job(msgspec.Struct):
    """`size` is the length of the right answer's body."""

    port: int
    request: bytes
    size: int
    connections: int
    seconds: float


class Tally(msgspec.Struct):
    """Seconds of each right answer, how many were wrong or refused, and how long all of it took
    until the last of them.
    """

    latencies: list[float]
    wrong: int
    elapsed: float


class Head(NamedTuple):
    ok: bool
    length: int | None
    begins: int


def head_of(data: bytes | bytearray) -> Head | None:
    """The status and where the body begins, as soon as all of the head is there."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = bytes(data[:end]).lower().split(b"\r\n")
    lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
    ok = lines[0].split(b" ", 2)[1] == b"200"
    return Head(ok, lengths[0] if lengths else None, end + 4)


class _Connection(asyncio.Protocol):
    """Asks again as soon as it is answered, until the time is up; then finishes and closes."""

    def __init__(self, job: Job, ends: float, tally: Tally) -> None:
        self._job = job
        self._ends = ends
        self._tally = tally
        self._data = bytearray()
        self._head: Head | None = None
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        self._waiting = True
        self._data.clear()
        self._head = None
        self._asked = time.perf_counter()
        self._transport.write(self._job.request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._head is None:
            self._head = head_of(self._data)
        if self._head is None:
            return
        length = self._head.length
        if length is None:
            # Nobody here answers in chunks; how would one know where such an answer ends?
            self._ends = 0
            self._answered(right=False)
        elif len(self._data) >= self._head.begins + length:
            self._answered(right=self._head.ok and length == self._job.size)

    def _answered(self, *, right: bool) -> None:
        self._waiting = False
        now = time.perf_counter()
        if right:
            self._tally.latencies.append(now - self._asked)
        else:
            self._tally.wrong += 1
        if now < self._ends:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        self._tally.wrong += self._waiting
        if not self.closed.done():
            self.closed.set_result(None)


async def _run(job: Job) -> Tally:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    tally = Tally([], 0, 0)
    connections = [
        (await loop.create_connection(
            lambda: _Connection(job, began + job.seconds, tally), "127.0.0.1", job.port
        ))[1]
        for _ in range(job.connections)
    ]  # fmt: skip
    async with asyncio.timeout(LONGEST):
        await asyncio.gather(*(connection.closed for connection in connections))
    tally.elapsed = time.perf_counter() - began
    return tally


def loaded(job: Job) -> Tally:
    """Do the job in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=msgspec.json.encode(job),
        capture_output=True,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Tally)


def percentile(latencies: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    ranked = sorted(latencies)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.encode(
            uvloop.run(_run(msgspec.json.decode(sys.stdin.buffer.read(), type=Job)))
        )
    )
