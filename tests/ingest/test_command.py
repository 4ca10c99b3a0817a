"""`gateway import` as a program: what it prints, its exit status, and what survives its end."""

import asyncio
import gzip
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import zstandard

from gateway.ingest.chunks import CHUNK
from gateway.settings import Settings
from gateway.store.opening import opened
from tests.conftest import TestDatabase
from tests.ingest.office import START, document, key

DOMAIN_UUID = key("domain")
NAME = "office"
MANY = 25_000


class Program:
    """`gateway`, with its files in a directory of their own."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if name[:8] != "GATEWAY_"}
        self.environment = {**kept, "GATEWAY_LOG_LEVEL": "warning", **environment}

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "gateway", "import", *arguments],
            cwd=self.home,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self, *arguments: str, text: bytes = b"") -> tuple[int, str, str]:
        """The exit status, and the last lines of standard output and error."""
        process = self.start(*arguments, stdin=subprocess.PIPE)
        output, errors = process.communicate(text, 120)
        return process.returncode, output.decode(), errors.decode()

    def write(self, name: str, content: bytes) -> str:
        (self.home / name).write_bytes(content)
        return name


def lines(numbers: range, **changes: Any) -> list[bytes]:
    """NDJSON records, one every 10 s."""
    return [
        msgspec.json.encode(
            {
                "call_uuid": str(key(number)),
                "started_at": (START + timedelta(seconds=10 * number)).isoformat(),
                "direction": "local",
                "status": "busy",
                "duration": number % 100,
                "billsec": 0,
                "extension": str(101 + number % 5),
                **changes,
            }
        )
        + b"\n"
        for number in numbers
    ]


@pytest.fixture
def program(tmp_path: Path, database: TestDatabase) -> Program:
    found = Program(tmp_path, GATEWAY_DATABASE_URL=database.service_url)
    text = msgspec.json.encode(document(DOMAIN_UUID, NAME))
    status, output, _ = found.run("directory", found.write("directory.json", text))
    assert (status, output[:15]) == (0, "read 13, new 13")
    return found


def test_every_form_of_a_file_brings_the_same_in(program: Program) -> None:
    text = b"".join(lines(range(10)))
    columns = list(msgspec.json.decode(lines(range(1))[0]))
    rows = [msgspec.json.decode(line).values() for line in lines(range(10))]
    table = "".join(",".join(map(str, row)) + "\r\n" for row in [columns, *rows]).encode()
    forms = {
        "calls.ndjson": text,
        "calls.csv": table,
        "calls.ndjson.gz": gzip.compress(text),
        "calls.csv.zst": zstandard.compress(table),
    }
    expected = "read 10, new 10, replaced 0, unchanged 0, deleted 0, rejected 0 (batch "
    for name, content in forms.items():
        program.write(name, content)
        status, output, errors = program.run("calls", name, "--domain", NAME)
        assert (status, errors) == (0, "")
        assert output.splitlines()[-1].startswith(expected)
        expected = "read 10, new 0, replaced 0, unchanged 10, deleted 0, rejected 0 (batch "
    for options, content in (((), text), (("--format", "csv"), table)):
        status, output, _ = program.run("calls", "-", "--domain", NAME, *options, text=content)
        assert (status, output[: len(expected)]) == (0, expected)


def test_broken_lines_are_listed_and_the_rest_is_imported(program: Program) -> None:
    text = lines(range(1000))
    broken = range(7, 1000, 100)
    for number in broken:
        text[number - 1] = b'{"call_uuid": 5, "broken"\n'
    text[99] = lines(range(1), extension=None, username="nobody")[0]
    name = program.write("calls.ndjson", b"".join(text))
    status, output, errors = program.run("calls", name, "--domain", NAME)
    assert status == 1
    assert output.startswith("read 1000, new 989, replaced 0, unchanged 0, deleted 0, rejected 11")
    assert errors == "Rejected records: calls.ndjson.rejects.ndjson\n"
    listed = (program.home / "calls.ndjson.rejects.ndjson").read_bytes().splitlines()
    found = {item["line"]: item for item in map(msgspec.json.decode, listed)}
    assert sorted(found) == sorted([*broken, 100])
    assert found[7]["reason"].startswith("this is not JSON")
    assert found[7]["text"] == '{"call_uuid": 5, "broken"'
    assert found[100]["reason"] == 'no user "nobody" in the directory of this domain'
    assert '"username":"nobody"' in found[100]["text"]


def test_too_many_errors_stop_it(program: Program) -> None:
    text = b"".join([*lines(range(3)), b"x\n", b"x\n", *lines(range(3, 6))])
    arguments = ("calls", "-", "--domain", NAME, "--max-errors", "1", "--rejects", "wrong")
    status, output, errors = program.run(*arguments, text=text)
    assert (status, output) == (1, "")
    assert "2 records are rejected, and no more than 1 may be" in errors
    assert "Committed: read 5, new 3" in errors
    assert len((program.home / "wrong").read_bytes().splitlines()) == 2


def test_what_the_operator_got_wrong_is_told(program: Program) -> None:
    name = program.write("calls.ndjson", b"".join(lines(range(3))))
    for arguments, told in {
        ("calls", name, "--domain", "nowhere"): 'There is no domain "nowhere"',
        ("calls", "none.csv", "--domain", NAME): "none.csv cannot be opened: No such file",
        ("calls", "calls", "--domain", NAME): "add --format csv",
        ("calls", name, "--domain", NAME, "--rejects", name): "--rejects names the file",
        ("directory", name): "The directory is not a JSON document",
        ("undo", str(key("none")), "--domain", NAME): "has no import",
    }.items():
        status, output, errors = program.run(*arguments)
        assert (status, output) == (1, "")
        assert told in errors
        assert "Traceback" not in errors


def test_a_damaged_file_keeps_what_was_committed(program: Program) -> None:
    packed = gzip.compress(b"".join(lines(range(20_000))))
    name = program.write("calls.ndjson.gz", packed[: len(packed) * 3 // 4])
    status, _, errors = program.run("calls", name, "--domain", NAME)
    assert status == 1
    assert "it is damaged or cut off" in errors
    assert "Committed: read 10000, new 10000" in errors


def test_undo_and_dry_run(program: Program) -> None:
    text = b"".join(lines(range(3)))
    _, dry, _ = program.run("calls", "-", "--domain", NAME, "--dry-run", text=text)
    assert dry == "read 3, new 3, replaced 0, unchanged 0, deleted 0, rejected 0\n"
    _, output, _ = program.run("calls", "-", "--domain", NAME, text=text)
    batch = output.split("(batch ")[1].removesuffix(")\n")
    assert UUID(batch).hex
    status, output, _ = program.run("undo", batch, "--domain", NAME)
    assert (status, output[:40]) == (0, "read 3, new 0, replaced 0, unchanged 0, ")
    status, _, errors = program.run("undo", batch, "--domain", NAME)
    assert status == 1
    assert "was already undone" in errors


def test_activities_from_a_file(program: Program) -> None:
    text = (
        "activity_uuid,username,state,started_at,seconds,pause_code\n"
        f"{key(1)},an,pause,2026-03-08 09:30:00,60,tea\n"
        f"{key(2)},an,wait,2026-03-08 09:31:00,,\n"
        f"{key(3)},an,sleep,2026-03-08 09:31:00,,\n"
    )
    name = program.write("activities.csv", text.encode())
    status, output, _ = program.run("activities", name, "--domain", NAME)
    assert status == 1
    assert output.startswith("read 3, new 2, replaced 0, unchanged 0, deleted 0, rejected 1")


async def test_ctrl_c_says_what_is_committed(program: Program, database: TestDatabase) -> None:
    process = program.start("calls", "-", "--domain", NAME, stdin=subprocess.PIPE)
    assert process.stdin is not None
    # More than two chunks, and then nothing: it waits for the rest when the signal comes.
    process.stdin.write(b"".join(lines(range(12_000))))
    process.stdin.flush()
    async with database.owner() as owner:
        read = "select max(read_count) from import_batches"
        while await owner.fetchval(read) < 10_000:  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.05)
    # The commit is visible here a moment before the import has heard of it.
    await asyncio.sleep(0.2)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 130
    assert errors.startswith("Interrupted. Committed: read 10000, new 10000,")
    assert "gateway import undo" in errors


async def test_two_writers_at_once(program: Program, database: TestDatabase) -> None:
    """Each writes all calls, in another order: every call is there once, with an equal value."""
    text = lines(range(20_000))
    names = [
        program.write("up.ndjson", b"".join(text)),
        program.write("down.ndjson", b"".join(reversed(text))),
    ]
    running = [program.start("calls", name, "--domain", NAME) for name in names]
    outputs = [process.communicate(timeout=120)[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    new = [int(output.split("new ")[1].split(",")[0]) for output in outputs]
    assert sum(new) == 20_000
    async with database.owner() as owner:
        assert await owner.fetchval("select count(*) from calls") == 20_000
        assert await owner.fetchval("select data_version from domains") == 1 + sum(
            -(-count // CHUNK) for count in new
        )


def test_killed_in_the_middle_and_run_again(tmp_path: Path) -> None:
    """On an embedded PostgreSQL of its own, against an uninterrupted import into another domain."""
    data_dir = tmp_path / "data dir"
    program = Program(tmp_path, GATEWAY_DATA_DIR=str(data_dir))
    for uuid, name in ((DOMAIN_UUID, NAME), (key("whole"), "whole")):
        text = msgspec.json.encode(document(uuid, name))
        assert program.run("directory", program.write("directory.json", text))[0] == 0
    name = program.write("calls.ndjson", b"".join(lines(range(MANY))))
    assert program.run("calls", name, "--domain", "whole")[0] == 0

    process = program.start("calls", name, "--domain", NAME)
    committed = asyncio.run(kill_in_the_middle(data_dir, process))
    assert 0 < committed < MANY
    assert committed % CHUNK == 0

    status, output, _ = program.run("calls", name, "--domain", NAME)
    assert status == 0
    assert output.startswith(f"read {MANY}, new {MANY - committed}, ")
    assert asyncio.run(differences(data_dir)) == 0


async def kill_in_the_middle(data_dir: Path, process: "subprocess.Popen[bytes]") -> int:
    """Kill the import once something is committed; how many calls are."""
    count = "select count(*) from calls where domain_uuid = $1"
    async with opened(Settings(data_dir=data_dir)) as database:
        while process.poll() is None:
            async with database.writing(DOMAIN_UUID) as connection:
                if await connection.fetchval(count, DOMAIN_UUID):
                    break
        process.kill()
        process.communicate(timeout=30)
    # With the last user gone the server ends; the next one finds what was committed.
    async with (
        opened(Settings(data_dir=data_dir)) as database,
        database.writing(DOMAIN_UUID) as connection,
    ):
        committed: int = await connection.fetchval(count, DOMAIN_UUID)
        return committed


async def differences(data_dir: Path) -> int:
    """Calls of one domain that are not the same in the other."""
    found = []
    async with opened(Settings(data_dir=data_dir)) as database:
        for domain_uuid in (DOMAIN_UUID, key("whole")):
            async with database.writing(domain_uuid) as connection:
                rows = await connection.fetch(
                    "select call_uuid, started_at, direction, status, duration, billsec,"
                    " extension_uuid, extension, user_uuid from calls where domain_uuid = $1",
                    domain_uuid,
                )
                found.append({tuple(row) for row in rows})
    assert len(found[0]) == MANY
    return len(found[0] ^ found[1])
