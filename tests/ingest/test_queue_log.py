"""Asterisk's queue_log: what agents did, and calls that left a queue without an agent."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.ingest import queue_log
from gateway.ingest.queue_log import LostCalls
from gateway.ingest.records import ActivityRecord, CallRecord, Line
from gateway.ingest.sources import opened
from gateway.period import zone
from tests.ingest.foreign import good, read, reasons
from tests.ingest.office import HANOI, NOW
from tests.ingest.test_asterisk import cdr

T = 1_772_420_400
AN = "PJSIP/101"


def log(*entries: tuple[int, str]) -> bytes:
    """(seconds after T, what follows the epoch)."""
    return b"".join(f"{T + after}|{rest}\n".encode() for after, rest in entries)


def who(agent: str) -> dict[str, Any]:
    return {"username": agent}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue_log"


def did(path: Path, content: bytes) -> list[ActivityRecord]:
    return good(read(path, content, lambda source: queue_log.activities(source, who, NOW)))


def told(records: list[ActivityRecord]) -> list[tuple[str | None, str | None, int, int | None]]:
    """Agent, state, seconds after T, length."""
    found: list[tuple[str | None, str | None, int, int | None]] = []
    for record in records:
        assert record.started_at is not None
        after = int(record.started_at.timestamp()) - T
        found.append((record.username, record.state, after, record.seconds))
    return found


SHIFT = (
    (0, f"NONE|sales|{AN}|ADDMEMBER|"),
    (0, f"NONE|help|{AN}|ADDMEMBER|"),
    (60, f"1.1|sales|{AN}|CONNECT|5|2.1|3"),
    (70, f"NONE|sales|{AN}|PAUSE|tea"),
    (70, f"NONE|help|{AN}|PAUSE|tea"),
    (90, f"1.1|sales|{AN}|COMPLETECALLER|5|30|1"),
    (150, f"NONE|NONE|{AN}|UNPAUSEALL|"),
    (200, f"NONE|sales|{AN}|REMOVEMEMBER|"),
    (260, f"NONE|help|{AN}|REMOVEMEMBER|"),
)


def test_a_shift(path: Path) -> None:
    found = did(path, log(*SHIFT))
    assert told(found) == [
        ("101", "wait", 0, 60),
        ("101", "talk", 60, 30),
        ("101", "pause", 90, 60),
        ("101", "wait", 150, 110),
    ]
    assert [record.pause_code for record in found] == ["", "", "tea", ""]
    assert found[1].source_key == f"101:talk:{T + 60}"


def test_a_longer_log_tells_the_same_activities(path: Path) -> None:
    whole = {record.source_key for record in did(path, log(*SHIFT))}
    for count in range(1, len(SHIFT)):
        part = did(path, log(*SHIFT[:count]))
        assert {record.source_key for record in part} <= whole
        # What goes on where the log ends has no length yet.
        assert [record.seconds for record in part].count(None) == 1


def test_wrap_up_is_dispo_until_it_ends_or_something_else_begins(path: Path) -> None:
    entries = (
        (0, f"1.1|q|{AN}|CONNECT|5|2.1|3"),
        (10, f"1.1|q|{AN}|COMPLETEAGENT|5|10|1"),
        (10, f"NONE|q|{AN}|WRAPUPSTART|"),
        (25, f"NONE|q|{AN}|WRAPUPEND|"),
        (30, f"NONE|q|{AN}|WRAPUPSTART|"),
        (40, f"3.1|q|{AN}|CONNECT|5|4.1|3"),
        (50, f"3.1|q|{AN}|TRANSFER|x"),
    )
    assert told(did(path, log(*entries))) == [
        ("101", "talk", 0, 10),
        ("101", "dispo", 10, 15),
        ("101", "dispo", 30, 10),
        ("101", "talk", 40, 10),
    ]


def test_a_restart_ends_what_was_talked(path: Path) -> None:
    entries = ((0, f"1.1|q|{AN}|CONNECT|5|2.1|3"), (40, "NONE|NONE|NONE|QUEUESTART|"))
    assert told(did(path, log(*entries))) == [("101", "talk", 0, 40)]


@pytest.mark.parametrize(
    ("agent", "name"),
    [("SIP/101", "101"), ("Local/101@from-queue/n", "101"), ("Agent/1001", "1001"),
     ("Nguyễn An", "Nguyễn An")],
)  # fmt: skip
def test_who_an_agent_is(path: Path, agent: str, name: str) -> None:
    (found,) = did(path, log((0, f"NONE|NONE|{agent}|PAUSEALL|")))
    assert found.username == name


def test_what_is_wrong_with_a_line_is_told_and_the_rest_is_read(path: Path) -> None:
    content = log(
        (0, f"NONE|q|{AN}|PAUSE|caf\u00e9"),
        (100, f"NONE|q|{AN}|UNPAUSE|"),
        (70, f"NONE|q|{AN}|PAUSE|a little late"),
        (30, f"NONE|q|{AN}|UNPAUSE|much too late"),
    ).replace("é".encode(), b"\xe9")
    content += b"2026-03-02 10:00:00|NONE|q|a|PAUSE|\r\n1772420401|NONE|q\n"
    content += b"4102444800|NONE|q|a|PAUSE|\n"
    content += f"{T + 200}|NONE|q|{AN}|UNPAU".encode()
    found = read(
        path, b"\xef\xbb\xbf" + content, lambda source: queue_log.activities(source, who, NOW)
    )
    assert reasons(found) == {
        4: "this is 70 s older than what stands before it: put logs together in the order in"
        " which they were written",
        5: 'time: "2026-03-02 10:00:00" is not a time in seconds since 1970',
        6: "there are 3 fields, but queue_log has at least 5, separated by |",
        7: "its time, 4102444800, lies in the future",
        8: "the line is cut off: it does not end with a line feed",
    }
    records = [item.record for item in found if isinstance(item, Line)]
    assert [(record.pause_code, record.seconds) for record in records] == [
        ("café", 100),
        ("a little late", None),
    ]


def test_an_activity_of_more_than_a_week_is_rejected(path: Path) -> None:
    content = log((0, f"NONE|q|{AN}|PAUSE|"), (700_000, f"NONE|q|{AN}|UNPAUSE|"))
    found = read(path, content, lambda source: queue_log.activities(source, who, NOW))
    assert list(reasons(found)) == [1]
    assert "more than 7 days" in reasons(found)[1]


LOST = (
    (0, "1.1|NONE|sales|ENTERQUEUE||0903000111|1"),
    (0, "1.1|sales|NONE|ENTERQUEUE||0903000111|1"),
    (25, "1.1|sales|NONE|ABANDON|1|1|25"),
    (30, "2.1|sales|NONE|ENTERQUEUE||0903000222|1"),
    (40, f"2.1|sales|{AN}|CONNECT|10|3.1|3"),
    (90, f"2.1|sales|{AN}|COMPLETEAGENT|10|50|1"),
    (100, "4.1|sales|NONE|ENTERQUEUE||0903000444|1"),
    (160, "4.1|sales|NONE|EXITWITHTIMEOUT|1|1|60"),
    (160, "4.1|late|NONE|ENTERQUEUE||0903000444|1"),
    (200, "4.1|late|NONE|EXITEMPTY|1|1|40"),
    (300, "5.1|sales|NONE|ENTERQUEUE||0903000555|1"),
    (310, "5.1|sales|NONE|EXITWITHKEY|0|1|1|10"),
)


def calls(path: Path, entries: bytes, *rows: bytes) -> list[CallRecord]:
    path.write_bytes(entries)
    with opened(str(path)) as source:
        lost = LostCalls(source)
    return good(read(path, b"".join(rows), lambda source: lost.after(source, zone(HANOI))))


def test_calls_that_left_a_queue_without_an_agent_are_lost(path: Path) -> None:
    first, second = calls(path, log(*LOST))
    assert first == CallRecord(
        started_at=datetime.fromtimestamp(T, UTC),
        direction="inbound",
        status="busy_line",
        duration=25,
        billsec=0,
        queue_waitsec=25,
        queue="sales",
        caller_number="0903000111",
        callee_number="sales",
        hangup_cause="ABANDON",
        source="asterisk",
        source_key="1.1",
        status_rule="queue",
    )
    assert (second.source_key, second.duration, second.callee_number) == ("4.1", 100, "late")


def test_a_lost_call_that_master_csv_has_counts_once(path: Path) -> None:
    rows = [cdr("1.1", app="Queue"), cdr("4.1", linkedid="3.9", app="VoiceMail")]
    found = calls(path, log(*LOST), *rows)
    assert [(call.source_key, call.status) for call in found] == [
        ("1.1", "busy_line"),
        ("3.9", "no_answered"),
    ]


def test_the_queue_log_knows_better_whether_an_agent_was_there(path: Path) -> None:
    ringing: dict[str, Any] = {
        "app": "Queue",
        "to": "PJSIP/101-2",
        "billsec": 25,
        "disposition": "ANSWERED",
    }
    found = calls(path, log(*LOST), cdr("1.1", **ringing), cdr("2.1", **ringing))
    assert [(call.source_key, call.status, call.extension, call.billsec) for call in found] == [
        ("1.1", "busy_line", None, 0),
        ("2.1", "answered", "101", 25),
        ("4.1", "busy_line", None, 0),
    ]
