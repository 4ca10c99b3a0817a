"""Reading the canonical files: every format, and whatever may be wrong with a line."""

import csv
import gzip
import io
from collections import deque
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import zstandard

from gateway.errors import ImportRefusedError
from gateway.ingest import canonical
from gateway.ingest.records import CallRecord, Direction, Line, Reject, Status
from gateway.ingest.sources import LONGEST_LINE, Format, format_of, opened
from gateway.measures import DIRECTIONS, STATUSES
from tests.ingest.office import key

FIELDS: dict[str, Any] = {
    "call_uuid": str(key(1)),
    "started_at": "2026-03-08T09:30:00",
    "direction": "inbound",
    "status": "answered",
    "duration": 20,
    "billsec": 12,
    "extension": "0101",
}
HEADER = ",".join(FIELDS)
GOOD = ",".join(map(str, FIELDS.values()))


def fields(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**FIELDS, **changes}.items() if value is not None}


def ndjson(**changes: Any) -> bytes:
    return msgspec.json.encode(fields(**changes)) + b"\n"


def read(path: Path, file_format: Format | None = None) -> list[Line[CallRecord] | Reject]:
    with opened(str(path)) as source:
        return list(canonical.calls(source, format_of(str(path), file_format)))


def only(path: Path) -> CallRecord:
    (line,) = read(path)
    assert isinstance(line, Line), line
    record: CallRecord = line.record
    return record


def rejects(path: Path) -> dict[int, str]:
    """{line: reason}; the other lines are good."""
    return {item.line: item.reason for item in read(path) if isinstance(item, Reject)}


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return tmp_path / "calls.ndjson"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "calls.csv"


def test_csv_and_ndjson_tell_the_same(plain: Path, table: Path) -> None:
    changes = {
        "caller_number": 'a "quoted", one',
        "callee_number": "Đà Nẵng",
        "queue_waitsec": 3,
        "deleted": False,
        "user_uuid": str(key("an")),
    }
    values = fields(**changes)
    plain.write_bytes(ndjson(**changes))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([[*values, "source"], [*values.values(), ""]])
    table.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    assert "\r\n" in text.getvalue()
    assert only(plain) == only(table)
    assert only(plain).extension == "0101"


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_compressed_files_may_have_several_parts(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"calls.csv{ending}"
    pack = gzip.compress if ending == ".gz" else zstandard.ZstdCompressor().compress
    path.write_bytes(pack(f"{HEADER}\n{GOOD}\n".encode()) + pack(f"{GOOD}\n".encode()))
    assert len(read(path)) == 2
    path.write_bytes(b"")
    with pytest.raises(ImportRefusedError, match="is empty"):
        read(path)


@pytest.mark.parametrize("ending", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["cut", "bent"])
def test_a_damaged_file_ends_with_its_reason_after_what_can_be_read(
    tmp_path: Path, ending: str, damage: str
) -> None:
    path = tmp_path / f"calls.ndjson{ending}"
    lines = b"".join(ndjson(source_key=str(number * 7919)) for number in range(60_000))
    packed = gzip.compress(lines) if ending == ".gz" else zstandard.compress(lines)
    middle = len(packed) // 2
    path.write_bytes(
        packed[:middle] if damage == "cut" else packed[:middle] + b"xxxx" + packed[middle:]
    )
    with opened(str(path)) as source:
        records = canonical.calls(source, "ndjson")
        assert isinstance(next(records), Line)
        with pytest.raises(ImportRefusedError, match=r"after line \d+: it is damaged or cut off"):
            deque(records, maxlen=0)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-08T09:30:00",
        "2026-03-08 09:30:00",
        "2026-03-08 09:30",
        "2026-03-08T09:30:00.000000",
        "2026-03-08T02:30:00Z",
        "2026-03-08 09:30:00+07",
        "2026-03-08T09:30:00+0700",
    ],
)
def test_times(plain: Path, table: Path, text: str) -> None:
    plain.write_bytes(ndjson(started_at=text))
    table.write_text(f"{HEADER}\n{GOOD.replace('2026-03-08T09:30:00', text)}\n")
    started_at = only(plain).started_at
    assert only(table).started_at == started_at
    assert started_at is not None
    hour = started_at.hour if started_at.tzinfo is None else started_at.utctimetuple().tm_hour + 7
    assert (started_at.year, hour, started_at.minute) == (2026, 9, 30)


@pytest.mark.parametrize(
    "text", ["1772937000", "20260308T093000", "2026-03-08", "2026-13-08T09:30:00", "noon"]
)
def test_what_is_no_time(plain: Path, table: Path, text: str) -> None:
    plain.write_bytes(ndjson(started_at=text))
    table.write_text(f"{HEADER}\n{GOOD.replace('2026-03-08T09:30:00', text)}\n")
    reason = f'started_at: "{text}" is not a time such as 2026-03-08T09:30:00'
    assert rejects(plain)[1].startswith(reason)
    assert rejects(table)[2].startswith(reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"call_uuid": None}, "call_uuid is missing: give it, or source and source_key"),
        ({"call_uuid": None, "source_key": "1"}, "call_uuid is missing: give it"),
        ({"status": None, "billsec": None}, "status, billsec are missing"),
        ({"billsec": 21}, "billsec (21) is more than duration (20)"),
        ({"status": "busy"}, "billsec is 12, but must be 0 unless status is answered"),
        ({"username": "an"}, "give one of extension_uuid, extension and username"),
        (
            {"extension": None, "username": "an", "user_uuid": str(key("an"))},
            "give username or user_uuid, not both",
        ),
        ({"duration": -1}, "duration: -1 is not a whole number of seconds, 0 or more"),
        ({"duration": "20"}, 'duration: "20" is not a whole number'),
        ({"duration": 1.5}, "duration: 1.5 is not a whole number"),
        ({"duration": 2**31}, f"duration: {2**31} is not a whole number"),
        ({"direction": "out"}, 'direction: "out" is not one of inbound, outbound, local'),
        ({"call_uuid": "1"}, 'call_uuid: "1" is not a uuid such as'),
        ({"hangup_cause": "x" * 256}, "is not a text of at most 255 characters"),
        ({"durations": 1}, '"durations" is not known here: duration is meant?'),
        (
            {"direction": "out", "status": "ok"},
            'direction: "out" is not one of inbound, outbound, local; status: "ok" is not one of',
        ),
    ],
)
def test_what_is_wrong_with_a_record(plain: Path, changes: dict[str, Any], reason: str) -> None:
    plain.write_bytes(ndjson(**changes))
    assert reason in rejects(plain)[1]


def test_a_deletion_needs_its_key_only(plain: Path, table: Path) -> None:
    plain.write_bytes(b'{"call_uuid": "%s", "deleted": true}' % str(key(1)).encode())
    table.write_text("source,source_key,deleted\nx,1,true\nx,2,1\nx,,true\nx,4,\n")
    assert only(plain).deleted is True
    assert set(rejects(table)) == {4, 5}


def test_each_broken_line_is_one_reject_with_its_number(plain: Path, table: Path) -> None:
    lines = {
        1: ndjson(),
        2: b"{",
        3: b"  \n",
        4: b'{"call_uuid": "\xff"}',
        5: b"5",
        6: b"null",
        7: b'{"call_uuid": "' + b"x" * LONGEST_LINE + b'"}',
        8: b"[" * 60_000,
        9: ndjson(),
        10: ndjson()[:-9],
    }
    plain.write_bytes(b"".join(line.removesuffix(b"\n") + b"\n" for line in lines.values())[:-1])
    found = rejects(plain)
    assert set(found) == {2, 4, 5, 6, 7, 8, 10}
    assert found[7] == f"the line is longer than {LONGEST_LINE} bytes"
    assert found[4].startswith("this is not UTF-8")
    texts = {item.line: item.text for item in read(plain) if isinstance(item, Reject)}
    assert texts[4] == r'{"call_uuid": "\xff"}'
    assert len(texts[7]) < 2000

    rows = [HEADER, GOOD, "a,b", f'{GOOD},"', f'"{GOOD}', GOOD, f"{GOOD}\xff", GOOD[:40]]
    table.write_bytes("\n".join(rows).encode("latin-1"))
    found = rejects(table)
    assert set(found) == {3, 4, 5, 7, 8}
    assert found[3] == "there are 2 columns, but 7 in the header"
    assert found[5].startswith("the quotes do not match")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (f"{HEADER},extention", '"extention" is not known here: extension is meant?'),
        (f"{HEADER},status", '"status" stands twice'),
        (HEADER.replace("billsec,", ""), "billsec is missing"),
        (HEADER.replace("call_uuid,", ""), "call_uuid is missing, and so is source"),
        (HEADER.replace(",", ";"), "Columns, separated by commas, are: call_uuid, started_at"),
        ('"', "the header cannot be read"),
    ],
)
def test_a_wrong_header_is_an_error_of_the_file(table: Path, header: str, reason: str) -> None:
    table.write_text(f"{header}\n{GOOD}\n")
    with pytest.raises(ImportRefusedError) as raised:
        read(table)
    assert reason in raised.value.message


def test_the_name_tells_the_format_or_else_an_option(tmp_path: Path) -> None:
    assert format_of("a.csv.gz", None) == "csv"
    assert format_of("a.ndjson.zst", None) == "ndjson"
    assert format_of("-", None) == "ndjson"
    assert format_of("a.txt", "csv") == "csv"
    with pytest.raises(ImportRefusedError, match="add --format csv or --format ndjson"):
        format_of("a.txt", None)
    with pytest.raises(ImportRefusedError, match="No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(ImportRefusedError, match="Is a directory"):
        read(tmp_path, "csv")


def test_records_know_the_words_of_the_catalogue() -> None:
    assert get_args(get_args(Direction)[0]) == DIRECTIONS
    assert get_args(get_args(Status)[0]) == STATUSES
    assert all(status in get_args(Status)[1].description for status in STATUSES)
