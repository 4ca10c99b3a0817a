"""Four writers at once, two of them processes, and readers that always find figures that agree.

STRESS_SEED chooses the batches, HYPOTHESIS_PROFILE=long more seeds and more of them.
"""

import asyncio
import os
import random
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

import pytest

from gateway.errors import ImportRefusedError
from gateway.ingest import chunks
from gateway.ingest.imports import undo
from gateway.store import retention
from gateway.store.writes import locked
from tests.conftest import TestDatabase
from tests.ingest.office import NOW, Office, key
from tests.stress.batches import NUMBERS, ZONES, Batch, kind, ndjson, sent_again, some_batch
from tests.stress.oracle import Reader, keep

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SEED = int(os.environ.get("STRESS_SEED", "1"))
SEEDS = range(SEED, SEED + (4 if LONG else 1))
STEPS, PROGRAMS = (200, 25) if LONG else (20, 2)
PATIENCE = 600
BATCH = re.compile(rb"\(batch ([-0-9a-f]+)\)")
# Three months before it lies in the midst of the batches' days.
RETAINING = datetime(2026, 6, 8, 5, tzinfo=UTC)
# A batch that is taken back while its import runs ends that import.
OVERTAKEN = "undone while it ran"


class Hand(Protocol):
    """How a writer writes."""

    async def bring(self, office: Office, batch: Batch) -> UUID | None: ...

    async def undo(self, office: Office, batch_uuid: UUID) -> None: ...


class Task:
    """A task of this process, on a connection of its own."""

    async def bring(self, office: Office, batch: Batch) -> UUID | None:
        write = office.calls if kind(batch) == "calls" else office.activities
        try:
            counts = await write(*batch)
        except ImportRefusedError as error:
            assert OVERTAKEN in error.message  # noqa: PT017
            return None
        return counts.batch_uuid

    async def undo(self, office: Office, batch_uuid: UUID) -> None:
        try:
            await undo(office.database, office.domain_uuid, batch_uuid, NOW)
        except ImportRefusedError as error:
            assert "already undone" in error.message  # noqa: PT017


class Program:
    """The program, started for each import."""

    def __init__(self, home: Path, place: TestDatabase) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if name[:8] != "GATEWAY_"}
        self.environment = {
            **kept, "GATEWAY_LOG_LEVEL": "warning", "GATEWAY_DATABASE_URL": place.service_url
        }  # fmt: skip

    async def bring(self, office: Office, batch: Batch) -> UUID | None:
        output = await self._run(ndjson(batch), kind(batch), "-", "--domain", office.name)
        found = BATCH.search(output)
        return UUID(found[1].decode()) if found else None

    async def undo(self, office: Office, batch_uuid: UUID) -> None:
        await self._run(b"", "undo", str(batch_uuid), "--domain", office.name)

    async def _run(self, text: bytes, *arguments: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "import", *arguments,
            cwd=self.home,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await process.communicate(text)
        expected = (OVERTAKEN, "already undone", "Rejected records")
        said = errors.decode()
        assert process.returncode == 0 or any(text in said for text in expected), said
        return output


class Writing:
    """What the writers have in common: the domains, and what was brought so far."""

    def __init__(self, office: Office, neighbour: Office) -> None:
        self.office = office
        self.neighbour = neighbour
        self.sent: list[Batch] = []
        self.brought: list[tuple[Office, UUID]] = []
        self.numbers: Sequence[str] = NUMBERS[:5]

    async def step(self, chance: random.Random, hand: Hand) -> None:
        office = self.neighbour if chance.random() < 0.2 else self.office
        what = chance.random()
        if what < 0.1 and self.brought:
            await hand.undo(*chance.choice(self.brought[-30:]))
        elif what < 0.18 and isinstance(hand, Task):
            await self._directory(chance, office)
        elif what < 0.4 and self.sent:
            for batch in sent_again(chance, chance.choice(self.sent[-30:])):
                await self._bring(hand, office, batch)
        else:
            await self._bring(hand, office, some_batch(chance))

    async def _bring(self, hand: Hand, office: Office, batch: Batch) -> None:
        self.sent.append(batch)
        batch_uuid = await hand.bring(office, batch)
        if batch_uuid is not None:
            self.brought.append((office, batch_uuid))

    async def _directory(self, chance: random.Random, office: Office) -> None:
        """The domain moves to another zone, or a number more becomes known, or both."""
        document = office.document()
        document["domain"]["time_zone"] = chance.choice(ZONES)
        known = chance.randrange(len(self.numbers), len(NUMBERS) + 1)
        self.numbers = NUMBERS[: max(known, len(self.numbers))]
        document["extensions"] += [
            {"extension_uuid": str(key(n)), "extension": n, "user_uuid": str(key("an"))}
            for n in self.numbers[6:]
        ]
        await office.directory(document)


@asynccontextmanager
async def offices(place: TestDatabase) -> AsyncIterator[tuple[Office, Office]]:
    async with place.opened() as database:
        found = Office(place, database), Office(place, database, "neighbour")
        for office in found:
            await office.directory()
        yield found


async def write(writing: Writing, hands: Sequence[Hand], seed: int, *, retaining: bool) -> None:
    async def work(number: int, hand: Hand) -> None:
        chance = random.Random(f"{seed} {number}")
        for step in range(STEPS if isinstance(hand, Task) else PROGRAMS):
            await writing.step(chance, hand)
            if retaining and number == 0 and step == STEPS // 3:
                office = writing.office
                await retention.retain(office.database, office.domain_uuid, 3, RETAINING)

    async with asyncio.TaskGroup() as group:
        for number, hand in enumerate(hands):
            group.create_task(work(number, hand))


async def read(reader: Reader, writing: Writing, done: asyncio.Event) -> None:
    while not done.is_set():
        office = writing.neighbour if reader.chance.random() < 0.2 else writing.office
        await reader.look(office)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("retaining", [False, True])
async def test_every_look_at_any_moment_finds_figures_that_agree(
    database: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    *,
    retaining: bool,
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 20)
    monkeypatch.setattr(retention, "BATCH", 15)
    await keep(database)
    program = Program(tmp_path, database)
    readers = [Reader(random.Random(f"{seed} reader {number}")) for number in range(2)]
    done = asyncio.Event()
    async with offices(database) as found, asyncio.timeout(PATIENCE):
        writing = Writing(*found)

        async def all_writers() -> None:
            await write(writing, [Task(), Task(), program, program], seed, retaining=retaining)
            done.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(all_writers())
            for reader in readers:
                group.create_task(read(reader, writing, done))
        for office in found:
            await readers[0].look_at_all(office)
            async with locked(office.database, office.domain_uuid) as writer:
                assert await writer.differences() == []
        assert len(await writing.office.rows("call_days")) > STEPS
        assert await writing.office.rows("agent_days")
    assert min(reader.looks for reader in readers) > STEPS
