"""Master.csv of mod_cdr_csv."""

from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from gateway.ingest.freeswitch_files import Call, Reading
from gateway.ingest.records import CallRecord
from tests.conftest import TestDatabase
from tests.ingest.foreign import good, read, reasons
from tests.ingest.test_command import NAME, Program, program
from tests.ingest.test_systems import stored

__all__ = ["program"]

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
UUID = "0f1e4a44-1fb2-4f0c-9a6e-0c6f5d1d7f01"


def line(template: str = "example", **changes: str) -> bytes:
    values = {
        "name": "An",
        "caller": "0903111222",
        "callee": "101",
        "context": "default",
        "start": "2026-03-02 09:00:00",
        "answer": "2026-03-02 09:00:12",
        "end": "2026-03-02 09:01:12",
        "duration": "72",
        "billsec": "60",
        "cause": "NORMAL_CLEARING",
        "uuid": UUID,
        "bleg": str(uuid4()),
        **changes,
    }
    first = ",".join(f'"{value}"' for value in values.values())
    rest = {
        "default": ', "1000"',
        "example": ',"1000","PCMU","PCMA"',
        "snom": ', "1000","PCMU","PCMU","snom","","","",""',
        "linksys": ',"1000","PCMU","PCMU","Linksys",""',
    }
    return f"{first}{rest[template]}\n".encode()


def all_of(path: Path, content: bytes, zone: ZoneInfo = HANOI) -> list[Call]:
    reading = Reading()
    return read(path / "Master.csv", content, lambda source: reading.calls(source, zone))


def one(path: Path, content: bytes, zone: ZoneInfo = HANOI) -> CallRecord:
    (record,) = good(all_of(path, content, zone))
    return record


@pytest.mark.parametrize("template", ["default", "example", "snom", "linksys"])
def test_a_line_of_each_template(tmp_path: Path, template: str) -> None:
    call = one(tmp_path, line(template))
    assert call.started_at is not None
    assert call.started_at.isoformat() == "2026-03-02T02:00:00+00:00"
    assert (call.direction, call.status, call.status_rule) == ("inbound", "answered", "answered")
    assert (call.duration, call.billsec, call.extension) == (72, 60, "101")
    assert (call.caller_number, call.callee_number) == ("0903111222", "101")
    assert (str(call.call_uuid), call.source, call.source_key) == (UUID, "freeswitch", UUID)


UNANSWERED = {"answer": "", "billsec": "0", "duration": "30", "end": "2026-03-02 09:00:30"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"caller": "101", "callee": "102"}, ("local", "answered", "101")),
        ({"caller": "101", "callee": "0912333444"}, ("outbound", "answered", "101")),
        ({"context": "public", "callee": "02438000000"}, ("inbound", "answered", None)),
        ({**UNANSWERED, "cause": "ORIGINATOR_CANCEL"}, ("inbound", "no_answered", "101")),
        ({**UNANSWERED, "cause": "USER_BUSY", "caller": "101", "callee": "0912333444"},
         ("outbound", "busy", "101")),
        ({**UNANSWERED, "answer": "1970-01-01 07:00:00", "cause": "NO_ANSWER"},
         ("inbound", "no_answered", "101")),
        ({**UNANSWERED, "cause": ""}, ("inbound", "failed", "101")),
    ],
)  # fmt: skip
def test_what_it_tells(tmp_path: Path, changes: dict[str, str], expected: tuple[Any, ...]) -> None:
    call = one(tmp_path, line(**changes))
    assert (call.direction, call.status, call.extension) == expected
    assert bool(call.billsec) == (call.status == "answered")


def test_legs_are_no_calls(tmp_path: Path) -> None:
    reading = Reading()
    content = line(cause="LOSE_RACE", **UNANSWERED) + line()
    found = read(tmp_path / "Master.csv", content, lambda s: reading.calls(s, HANOI))
    assert (len(good(found)), reading.legs) == (1, 1)


def test_dirt(tmp_path: Path) -> None:
    content = (
        b"\xef\xbb\xbf"
        + line(name='"Bob", the "best"').replace(b"\n", b"\r\n")
        + b"\n"
        + line(uuid=str(uuid4()), name="Nguy\xe1\xbb\x85n")
        + line(uuid=str(uuid4())).replace(b'"An"', b'"\xc1n"')
        + line(duration="x")
        + line(billsec="100")
        + line(start="yesterday")
        + line(start="2026-13-02 09:00:00")
        + b'"acc","101","102","default","x <1>","sofia/a","","bridge","","2026"\n'
        + line(uuid="")
        + line()[:-1]
    )
    found = all_of(tmp_path, content)
    assert len([item for item in found if not hasattr(item, "reason")]) == 3
    told = reasons(found)
    assert told == {
        5: 'duration: "x" is not a whole number of seconds',
        6: "billsec (100) is more than duration (72)",
        7: "this is no line of mod_cdr_csv's templates default, example, snom or linksys",
        8: '"2026-13-02 09:00:00" is not a time such as 2026-03-08 09:30:00',
        9: "this is no line of mod_cdr_csv's templates default, example, snom or linksys",
        10: "uuid is missing",
        11: "the line is cut off: it does not end with a line feed",
    }


@pytest.mark.parametrize(
    ("start", "end", "duration", "expected"),
    [
        # 02:30 comes twice; a call of 40 minutes that ends at 03:10 began at the second.
        ("2026-10-25 02:30:00", "2026-10-25 03:10:00", "2400", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25 02:30:00", "2026-10-25 03:10:00", "6000", "2026-10-25T00:30:00+00:00"),
        # Both are possible: the earlier.
        ("2026-10-25 02:30:00", "2026-10-25 02:31:00", "60", "2026-10-25T00:30:00+00:00"),
        # From the first 02:50 to the second 02:10.
        ("2026-10-25 02:50:00", "2026-10-25 02:10:00", "1200", "2026-10-25T00:50:00+00:00"),
        # It never was: the moment of the change.
        ("2026-03-29 02:30:00", "2026-03-29 03:31:00", "60", "2026-03-29T01:00:00+00:00"),
    ],
)
def test_local_times(tmp_path: Path, start: str, end: str, duration: str, expected: str) -> None:
    text = line(start=start, end=end, answer="", duration=duration, billsec="0", cause="NO_ANSWER")
    call = one(tmp_path, text, BERLIN)
    assert call.started_at is not None
    assert (call.started_at.isoformat(), call.duration) == (expected, int(duration))


async def test_the_command(program: Program, database: TestDatabase) -> None:
    file = program.write("Master.csv", line() + line(uuid=str(uuid4()), context="public"))
    status, output, _ = program.run("freeswitch", file, "--domain", NAME, "--zone", "UTC")
    assert (status, output[:14]) == (0, "read 2, new 2,")
    read = "extract(hour from started_at at time zone 'UTC')::int"
    assert await stored(database, f"{read}, extension", "calls") == [(9, "101"), (9, "101")]
    status, output, _ = program.run("freeswitch", file, "--domain", NAME)
    assert (status, output[:28]) == (0, "read 2, new 0, replaced 2, u")
