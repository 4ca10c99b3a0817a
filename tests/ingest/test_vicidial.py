"""An export of VICIdial's vicidial_agent_log."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ImportRefusedError
from gateway.ingest import vicidial
from gateway.ingest.records import ActivityRecord
from gateway.ingest.vicidial import STATES
from gateway.measures import STATES as CATALOGUE
from tests.ingest.foreign import good, read, reasons

T = 1_772_420_400
ROW: dict[str, Any] = {
    "agent_log_id": 7, "user": "an", "server_ip": "10.0.0.1",
    "event_time": "2026-03-02 10:00:00", "lead_id": 55, "campaign_id": "SALES",
    "pause_epoch": T, "pause_sec": 10, "wait_epoch": T + 10, "wait_sec": 20,
    "talk_epoch": T + 30, "talk_sec": 60, "dispo_epoch": T + 90, "dispo_sec": 5,
    "status": "SALE", "user_group": "AGENTS", "comments": "AUTO", "sub_status": "LUNCH",
    "dead_epoch": "NULL", "dead_sec": 0,
}  # fmt: skip
HEADER = (",".join(ROW) + "\n").encode()


def row(**changes: Any) -> bytes:
    return (",".join(str(value) for value in {**ROW, **changes}.values()) + "\n").encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent_log.csv"


def did(path: Path, *rows: bytes) -> list[ActivityRecord]:
    return good(read(path, b"".join([HEADER, *rows]), vicidial.activities))


def lengths(path: Path, **changes: Any) -> dict[str | None, int | None]:
    return {record.state: record.seconds for record in did(path, row(**changes))}


def test_a_row_is_up_to_four_activities(path: Path) -> None:
    found = did(path, row())
    told = [(r.state, r.started_at, r.seconds, r.pause_code, r.source_key) for r in found]
    assert told == [
        ("pause", datetime.fromtimestamp(T, UTC), 10, "LUNCH", "7:pause"),
        ("wait", datetime.fromtimestamp(T + 10, UTC), 20, "", "7:wait"),
        ("talk", datetime.fromtimestamp(T + 30, UTC), 60, "", "7:talk"),
        ("dispo", datetime.fromtimestamp(T + 90, UTC), 5, "", "7:dispo"),
    ]
    assert {record.username for record in found} == {"an"}
    assert STATES == CATALOGUE


def test_what_took_no_time_is_nothing(path: Path) -> None:
    # As VICIdial begins a row: it fills in what is missing later.
    begun = {f"{state}_{what}": "NULL" for state in ("talk", "dispo") for what in ("epoch", "sec")}
    assert lengths(path, pause_sec=0, wait_epoch=T, wait_sec=0, **begun) == {}
    assert lengths(path, wait_sec=0, talk_epoch=0, talk_sec=0) == {"pause": 10, "dispo": 5}


def test_without_its_seconds_a_state_lasts_until_the_next_begins(path: Path) -> None:
    assert lengths(path, pause_sec="NULL", wait_sec="\\N", talk_sec="", dispo_sec="") == {
        "pause": 10, "wait": 20, "talk": 60,
    }  # fmt: skip
    assert lengths(path, wait_sec="", talk_epoch="", talk_sec=0)["wait"] == 80


def test_no_pause_code_is_none(path: Path) -> None:
    assert did(path, row(sub_status="NULL"))[0].pause_code == ""


def test_what_is_wrong_is_told_and_the_rest_is_read(path: Path) -> None:
    rows = [
        row(agent_log_id=1, pause_sec=65_535),
        row(agent_log_id=2, talk_epoch="NULL"),
        row(agent_log_id=3, user=""),
        row(agent_log_id="NULL"),
        row(agent_log_id=5, dispo_sec=-3),
        row(agent_log_id=6, user="jos\xe9").decode().encode("latin-1").replace(b"\n", b"\r\n"),
        row(agent_log_id=7)[:60],
    ]
    found = read(path, b"\xef\xbb\xbf" + HEADER + b"".join(rows), vicidial.activities)
    assert reasons(found) == {
        2: "pause_sec (65535) is more than 65000: VICIdial lost count",
        3: "talk_epoch is missing",
        4: "user is missing",
        5: "agent_log_id is missing",
        6: 'dispo_sec: "-3" is not a whole number of seconds',
        8: "there are 9 columns, but 20 in the header",
    }
    assert len(found) == 4 + 4 + 1 + 1 + 4 + 4 + 1
    assert "josé" in {item.record.username for item in found if hasattr(item, "record")}


def test_a_file_without_the_columns_is_refused(path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="the header lacks agent_log_id, pause_epoch"):
        read(path, b"user,sub_status,wait_epoch\n", vicidial.activities)
    with pytest.raises(ImportRefusedError, match="is empty"):
        read(path, b"", vicidial.activities)
