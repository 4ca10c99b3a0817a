"""Many clients at once, and a count of what came of their requests."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
import httpx

from gateway.store.database import Database
from tests.walls.conftest import token_of
from tests.walls.firm import ASKERS, Firm
from tests.walls.test_storm import PATHS, QUERIES, Question

LONG = bool(os.environ.get("GATEWAY_TEST_LONG"))
ROLES = ("admin", "mai", "an")
# Calls in what a writer posts.
BATCH = 5
LINES = {"content-type": "application/x-ndjson"}


class End(NamedTuple):
    """How a request ended: `what` is right, busy (a clean 503), late (504), broken or wrong."""

    began: float
    took: float
    what: str


class Tally:
    """What came of the requests."""

    def __init__(self) -> None:
        self.ends: list[End] = []
        self.wrong: list[str] = []
        self.foreign: list[str] = []
        self.acknowledged: list[str] = []

    def counts(self, since: float = 0, until: float = float("inf")) -> Counter[str]:
        return Counter(end.what for end in self.ends if since <= end.began < until)

    def whole_again(self, since: float) -> float:
        """Seconds from that moment until nothing but right answers came."""
        bad = [end.began for end in self.ends if end.began >= since and end.what != "right"]
        return max(bad, default=since) - since

    async def known(self, since: float, seconds: float) -> None:
        """Wait until most of those who come are told at once."""

        async def told() -> bool:
            last = [end.took for end in self.ends if end.began > since][-20:]
            return len(last) == 20 and sorted(last)[10] < 0.5

        await until(told, seconds)

    def longest(self, what: str) -> float:
        return max((end.took for end in self.ends if end.what == what), default=0)

    def say(self, whole_again: float = 0) -> None:
        """What docs/faults.md says, where it is measured."""
        if LONG:
            told = ", ".join(f"{count} {what}" for what, count in self.counts().most_common())
            print(f"{told}; whole again after {whole_again:.2f} s")  # noqa: T201

    def check(self, *allowed: str) -> None:
        """Nothing was wrong, nobody saw others' rows, and nothing else than that happened."""
        assert self.wrong == []
        assert self.foreign == []
        assert set(self.counts()) <= {"right", *allowed}, self.counts()


class Crowd:
    """Clients with questions whose right answers are known, and a writer."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        asked: Sequence[Question],
        writer: Mapping[str, str],
    ) -> None:
        self.http = http
        self.asked = asked
        self.right: Mapping[Question, bytes] = {}
        self.writer = writer
        self.tally = Tally()
        self.tenants = {question.tenant for question in asked}

    async def learn(self) -> None:
        """See what is right: each answer has rows of its tenant, and of no other."""
        right = {}
        for question in self.asked:
            response = await question.ask(self.http)
            assert response.status_code == 200, response.text
            assert b"errors" not in response.content
            for tenant in self.tenants:
                assert (tenant.encode() in response.content) == (tenant == question.tenant)
            right[question] = response.content
        self.right = right

    @asynccontextmanager
    async def busy(self, clients: int = 20, writers: int = 0) -> AsyncIterator[Tally]:
        """They ask until the block ends."""
        self.tally = Tally()
        done = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(self._client(random.Random(number), done))
            for number in range(writers):
                group.create_task(self._writing(number, done))
            try:
                yield self.tally
            finally:
                done.set()

    async def served(self) -> bool:
        """Whether a question is not refused."""
        return await self.ask() != "busy"

    async def ask_figures(self) -> str:
        """One that reads calls, or their days."""
        return await self.ask(question=self.asked[0])

    async def ask(
        self, chance: random.Random | None = None, question: Question | None = None
    ) -> str:
        question = question or (chance or random).choice(self.asked)
        began = time.monotonic()
        try:
            response = await question.ask(self.http)
        except httpx.HTTPError as error:
            return self._end(began, f"broken: {type(error).__name__}")
        return self._end(began, self._what(question, response))

    def _end(self, began: float, what: str) -> str:
        self.tally.ends.append(End(began, time.monotonic() - began, what))
        return what

    def _what(self, question: Question, response: httpx.Response) -> str:
        if any(other.encode() in response.content for other in self.tenants - {question.tenant}):
            self.tally.foreign.append(response.text[:300])
        if response.status_code == 200 and response.content == self.right.get(question):
            return "right"
        return self._refusal(response)

    def _refusal(self, response: httpx.Response) -> str:
        body: Any = response.json()
        told = body.get("error") or [each["message"] for each in body.get("errors", ())]
        if response.status_code == 503 and told and "data" not in body:
            assert int(response.headers["retry-after"]) >= 1
            return "busy"
        if response.status_code == 504 and told:
            return "late"
        self.tally.wrong.append(f"{response.status_code} {response.text[:300]}")
        return "wrong"

    async def _client(self, chance: random.Random, done: asyncio.Event) -> None:
        while not done.is_set():
            what = await self.ask(chance)
            # Who is refused comes back soon, if not at once.
            await asyncio.sleep(0 if what == "right" else chance.uniform(0, 0.1))

    async def _writing(self, writer: int, done: asyncio.Event) -> None:
        """Posts one batch after another, each until it is acknowledged."""
        number = 0
        while not done.is_set():
            number += 1
            key = f"{writer}-{number}"
            while await self.post(key) != "right":
                await asyncio.sleep(0.1)
                if done.is_set():
                    return

    async def post(self, key: str, size: int = BATCH) -> str:
        began = time.monotonic()
        try:
            response = await self.http.post(
                "/ingest/calls", content=batch(key, size), headers={**self.writer, **LINES}
            )
        except httpx.HTTPError as error:
            return self._end(began, f"broken: {type(error).__name__}")
        if response.status_code == 200:
            found = response.json()
            # Sent again after an answer that never came, some may be there already.
            assert found["new"] + found["unchanged"] == size, found
            self.tally.acknowledged.append(key)
            return self._end(began, "right")
        return self._end(began, self._refusal(response))


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Ask again and again, and not for longer than that."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


async def written(url: str) -> Counter[str]:
    """How many calls there are of each batch."""
    owner = await asyncpg.connect(url)
    try:
        rows = await owner.fetch("select source_key from calls where source = 'faults'")
    finally:
        await owner.close()
    return Counter(row["source_key"].partition("/")[0] for row in rows)


def batch(key: str, size: int) -> bytes:
    lines = (
        {
            "source": "faults",
            "source_key": f"{key}/{number}",
            "started_at": "2026-03-11T02:00:00Z",
            "direction": "inbound",
            "status": "busy_line",
            "duration": 1,
            "billsec": 0,
        }
        for number in range(size)
    )
    return "\n".join(map(json.dumps, lines)).encode()


async def asked_of(
    opened: Database, tenants: Mapping[str, Firm], asked: Iterable[str], written: str
) -> tuple[list[Question], dict[str, str]]:
    """Questions of some tenants, and the headers of who writes for another."""
    found = []
    for name in asked:
        for role in ROLES:
            token = await token_of(opened, tenants[name].domain_uuid, ASKERS[role])
            headers = ((b"authorization", f"Bearer {token}".encode()),)
            found += [Question(name, "POST", "/graphql", headers, query) for query in QUERIES]
            found += [Question(name, "GET", path, headers, None) for path in PATHS]
    token = await token_of(opened, tenants[written].domain_uuid, ASKERS["admin"])
    return found, {"authorization": f"Bearer {token}"}
