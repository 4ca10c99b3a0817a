"""Many subscribers of few questions on one process, and what they cost.

Under HYPOTHESIS_PROFILE=long 2,000 of 20 questions, with the time from a change to the last client.
"""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from gateway.ingest.imports import import_calls
from gateway.ingest.records import CallRecord
from gateway.store import tokens
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.live.conftest import Socket, opened
from tests.live.hosting import hosted, until
from tests.process import ROOT, environment
from tests.walls.firm import NOON, Firm, firm

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SUBSCRIBERS, QUESTIONS, TOKENS = (2000, 20, 50) if LONG else (60, 6, 5)
CHANGES = 40 if LONG else 3
# Seconds from a write's begin to its last subscriber.
SLOWEST = 2.5


class Counting(NamedTuple):
    address: str
    process: "subprocess.Popen[str]"

    async def counts(self) -> tuple[int, int]:
        """Computations and looks so far."""
        pipe, answers = self.process.stdin, self.process.stdout
        assert pipe is not None
        assert answers is not None
        pipe.write("\n")
        pipe.flush()
        computations, looks = (await asyncio.to_thread(answers.readline)).split()
        return int(computations), int(looks)


@pytest.fixture
def counting(database: TestDatabase, tmp_path: Path) -> Iterator[Counting]:
    changes = {
        "GATEWAY_DATABASE_URL": database.service_url,
        "GATEWAY_LIVE_PER_TOKEN": "2000",
        "PYTHONPATH": str(ROOT),
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.counting"],
            cwd=ROOT,
            env=environment(tmp_path / "unused", **changes),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        assert process.stdout is not None
        yield Counting(process.stdout.readline().strip(), process)


def question(number: int) -> str:
    """Each of another period, which holds every call."""
    first = (NOON - timedelta(days=number)).date()
    period = f'{{days: {{from: "{first}", to: "2026-03-10"}}}}'
    return f"""subscription {{ domain {{ name dataVersion
        callStats(period: {period}) {{ totalCall totalAnswered totalBillsec answerRate }}
        groups {{ nodes {{ name callStats(period: {period}) {{ totalCall totalBillsec }} }} }}
        users(first: 20) {{ nodes {{ username callStats(period: {period}) {{ totalCall }} }} }}
    }} }}"""


@asynccontextmanager
async def crowd(address: str, database: TestDatabase, of: Firm) -> AsyncIterator[list[Socket]]:
    """Its members have been told their first answer."""
    now = datetime.now(UTC)
    async with database.opened() as store:
        shown = [
            await tokens.create(store, of.domain_uuid, Role.ADMIN, f"wall {number}", now)
            for number in range(TOKENS)
        ]
    async with AsyncExitStack() as stack:
        sockets = []
        for number in range(SUBSCRIBERS):
            socket = await stack.enter_async_context(opened(address, ping_interval=None))
            await socket.init(shown[number % TOKENS])
            await socket.subscribe("a", question(number % QUESTIONS))
            await socket.data("a")
            sockets.append(socket)
        yield sockets


async def version(socket: Socket, wanted: int) -> float:
    """When it was told of that version, and of none between."""
    assert (await socket.data("a"))["domain"]["dataVersion"] == wanted
    return time.perf_counter()


async def test_a_change_is_computed_once_per_question_and_told_to_all(
    database: TestDatabase, counting: Counting
) -> None:
    aurora, chance, lasts, firsts = firm("Aurora"), random.Random(6), [], []
    async with database.owner() as owner:
        await aurora.store(owner)
    async with (
        crowd(counting.address, database, aurora) as sockets,
        database.opened() as store,
    ):
        await asyncio.sleep(2)  # for the looks that see who they are
        for number in range(1, CHANGES + 1):
            await asyncio.sleep(chance.random())
            before, _ = await counting.counts()
            started = time.perf_counter()
            record = CallRecord(
                source="test", source_key=str(number), started_at=NOON, direction="outbound",
                status="busy", duration=1, billsec=0, extension="1001",
            )  # fmt: skip
            await import_calls(store, aurora.domain_uuid, [record], "test", NOON)
            told = await asyncio.gather(*(version(socket, number) for socket in sockets))
            lasts.append(max(told) - started)
            firsts.append(min(told) - started)
            assert (await counting.counts())[0] - before == QUESTIONS
    slow = statistics.quantiles(lasts, n=20)[-1]
    report = f"{SUBSCRIBERS} subscribers, {QUESTIONS} questions, {CHANGES} changes: "
    report += f"first {statistics.median(firsts):.2f} s, last {statistics.median(lasts):.2f} s"
    print(f"{report} at the median, {slow:.2f} s at p95, {max(lasts):.2f} s at most")  # noqa: T201
    if LONG:
        assert slow < SLOWEST


async def test_silence_costs_one_statement_a_second(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    connect = asyncpg.connect

    async def listening(*arguments: Any, **options: Any) -> Any:
        connection = await connect(*arguments, **options)
        connection.add_query_logger(lambda query: statements.append(query.query))
        return connection

    monkeypatch.setattr(asyncpg, "connect", listening)
    firms = [firm("Aurora"), firm("Borealis")]
    async with hosted(database, *firms) as place, AsyncExitStack() as stack:
        assert place.hub.looks == 0
        for number in range(30):
            socket = await stack.enter_async_context(opened(place.address))
            await socket.init(await place.token(firms[number % 2], "boss"))
            await socket.subscribe("a", question(number % 3))
            await socket.data("a")
        await until(lambda: place.hub.looks > 1)
        looks, computations = place.hub.looks + 1, place.hub.computations
        await until(lambda: place.hub.looks == looks)
        statements.clear()
        started = time.monotonic()
        await until(lambda: place.hub.looks == looks + 5)
        assert time.monotonic() - started > 4.5
        assert len(statements) == 5
        assert place.hub.computations == computations
    # Nobody listens any more: not even that.
    statements.clear()
    async with hosted(database) as place:
        await asyncio.sleep(1.5)
        assert place.hub.looks == 0
