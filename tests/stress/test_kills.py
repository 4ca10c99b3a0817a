"""Imports that are killed, or lose their PostgreSQL, at any moment, and are then run again.

STRESS_SEED chooses the points, HYPOTHESIS_PROFILE=long more of them.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from gateway.errors import DatabaseUnavailableError
from gateway.ingest.records import ActivityRecord, CallRecord
from gateway.store import keeper
from gateway.store.embedded import OWNER, Embedded
from gateway.store.snapshot import translated
from tests.ingest.conftest import DIFFERENT_AGENT_DAYS, DIFFERENT_DAYS, DIFFERENT_QUARTERS
from tests.ingest.office import document
from tests.ingest.test_command import DOMAIN_UUID, NAME, Program
from tests.process import gateway
from tests.store.test_embedded import nothing_left
from tests.stress.batches import Batch, kind, ndjson, some_activity, some_call

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SEED = int(os.environ.get("STRESS_SEED", "1"))
KILLS = 20 if LONG else 5
# After so many the file is imported to its end.
KILLS_OF_A_FILE = 3
# Three chunks each.
RECORDS, NAMES = 21_000, 15_000
PATIENCE = 120
CALL = ("started_at", "direction", "status", "duration", "billsec", "extension")
ACTIVITY = ("user_uuid", "state", "started_at", "seconds")

VICTIMS = ("import", "server", "backend")

Row = tuple[Any, ...]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at processes through /proc"
)


class Books:
    """What was sent: of each record the last that was told of it."""

    def __init__(self) -> None:
        self.calls: dict[UUID, Row] = {}
        self.activities: dict[UUID, Row] = {}

    def note(self, batch: Batch) -> None:
        for record in batch:
            if isinstance(record, CallRecord):
                self._note(self.calls, record.call_uuid, record, CALL)
            else:
                self._note(self.activities, record.activity_uuid, record, ACTIVITY)

    def _note(
        self,
        rows: dict[UUID, Row],
        uuid: UUID | None,
        record: CallRecord | ActivityRecord,
        columns: Iterable[str],
    ) -> None:
        assert uuid is not None
        rows[uuid] = tuple(getattr(record, column) for column in columns)
        if record.deleted:
            del rows[uuid]


def files(chance: random.Random) -> Iterator[Batch]:
    """Without end; each moves, edits and deletes most of what the ones before it brought."""
    while True:
        yield [some_call(chance, NAMES) for _ in range(RECORDS)]
        yield [some_activity(chance, NAMES) for _ in range(RECORDS)]


def of_server(data_dir: Path) -> tuple[int | None, list[int]]:
    """PostgreSQL, and the processes in which it serves imports."""
    server = keeper.noted_pid(data_dir / "postgresql")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server and b"gateway_service" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return server, found


def kill(process: "subprocess.Popen[bytes]", data_dir: Path, what: str) -> None:
    server, serving = of_server(data_dir)
    if what == "server" and server is not None:
        os.kill(server, signal.SIGKILL)
    elif what == "backend" and serving:
        os.kill(serving[0], signal.SIGKILL)
    else:
        process.kill()


def ended(process: "subprocess.Popen[bytes]") -> str:
    """What it said on standard error; where it hangs, if it does."""
    try:
        return process.communicate(timeout=PATIENCE)[1].decode()
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        raise AssertionError(process.communicate(timeout=PATIENCE)[1].decode()) from None


def interrupted(
    process: "subprocess.Popen[bytes]", data_dir: Path, what: str, after: float
) -> bool:
    """Kill the import or its PostgreSQL after so many seconds; False if it has ended before."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        kill(process, data_dir, what)
    errors = ended(process)
    assert "Traceback" not in errors, errors
    assert process.returncode in {0, 1, -signal.SIGKILL}, errors
    return process.returncode != 0


async def stored(data_dir: Path) -> tuple[Books, list[asyncpg.Record], list[asyncpg.Record]]:
    """The records, the batches, and the rollups that are not what their records are."""
    async with Embedded(data_dir) as embedded:
        owner = await asyncpg.connect(embedded.url(OWNER))
        try:
            found = Books()
            for row in await owner.fetch(f"select call_uuid, {', '.join(CALL)} from calls"):  # noqa: S608
                found.calls[row[0]] = tuple(row)[1:]
            for row in await owner.fetch(
                f"select activity_uuid, {', '.join(ACTIVITY)} from agent_activities"  # noqa: S608
            ):
                found.activities[row[0]] = tuple(row)[1:]
            batches = await owner.fetch("select * from import_batches where kind <> 'directory'")
            different = [
                *await owner.fetch(DIFFERENT_DAYS),
                *await owner.fetch(DIFFERENT_AGENT_DAYS),
                *await owner.fetch(DIFFERENT_QUARTERS),
            ]
        finally:
            await owner.close()
    return found, batches, different


def assert_log_fits(batches: Iterable[asyncpg.Record], books: Books, ended: int) -> None:
    """Every import that was not interrupted has ended, and what all did adds up to what is."""
    living = {"calls": 0, "activities": 0}
    finished = 0
    for batch in batches:
        outcomes = ("new", "replaced", "unchanged", "deleted", "rejected")
        assert batch["read_count"] == sum(batch[f"{name}_count"] for name in outcomes)
        assert batch["rejected_count"] == 0
        assert batch["read_count"] <= RECORDS
        living[batch["kind"]] += batch["new_count"] - batch["deleted_count"]
        if batch["finished_at"] is not None:
            assert batch["read_count"] == RECORDS
            finished += 1
    assert living == {"calls": len(books.calls), "activities": len(books.activities)}
    # One may have been killed when all was committed.
    assert finished >= ended


def bring_in_and_kill(
    program: Program, data_dir: Path, chance: random.Random, books: Books
) -> Iterator[int]:
    """Import file after file, each again until it comes to its end."""
    kills, took = 0, 0.0
    for number, batch in enumerate(files(chance), 1):
        file = kind(batch), program.write(f"{number}.ndjson", ndjson(batch)), "--domain", NAME
        # The last one tells how long an import takes.
        for _ in range(KILLS_OF_A_FILE if took else 0):
            what, after = chance.choice(VICTIMS), chance.uniform(0.1, 0.9) * took
            if kills == KILLS or not interrupted(program.start(*file), data_dir, what, after):
                break
            kills += 1
        began = time.monotonic()
        status, output, errors = program.run(*file)
        assert status == 0, errors
        assert output.startswith(f"read {RECORDS}, ")
        took = time.monotonic() - began
        books.note(batch)
        yield number
        if kills == KILLS:
            return


def test_no_kill_loses_or_doubles_anything(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    chance = random.Random(f"{SEED} kills")
    program = Program(tmp_path, GATEWAY_DATA_DIR=str(data_dir), PYTHONFAULTHANDLER="1")
    text = msgspec.json.encode(document(DOMAIN_UUID, NAME))
    assert program.run("directory", program.write("directory.json", text))[0] == 0

    books = Books()
    server = Embedded(data_dir)
    with nothing_left(data_dir):
        # As by a gateway that serves meanwhile, the server is used all the time.
        asyncio.run(server.start())
        ended = sum(1 for _ in bring_in_and_kill(program, data_dir, chance, books))
        asyncio.run(server.release())

        found, batches, different = asyncio.run(stored(data_dir))
        assert found.calls == books.calls
        assert found.activities == books.activities
        assert different == []
        assert_log_fits(batches, books, ended)
        verified = gateway(data_dir, "db", "verify", "--domain", NAME)
        assert (verified.returncode, verified.stdout) == (0, "0 differences\n")
        log = gateway(data_dir, "import", "log", "--domain", NAME)
        assert log.returncode == 0, log.stderr


async def test_a_server_that_is_left_while_it_recovers_ends(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with nothing_left(data_dir):
        async with Embedded(data_dir) as embedded:
            owner = await asyncpg.connect(embedded.url(OWNER))
            await owner.execute("create table numbers as select generate_series(1, 100000)")
            os.kill(owner.get_server_pid(), signal.SIGKILL)
            owner.terminate()


def test_a_statement_after_the_servers_last_words_finds_it_unavailable() -> None:
    with pytest.raises(DatabaseUnavailableError), translated():
        raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2)")
