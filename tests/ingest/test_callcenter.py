"""Events of FreeSWITCH's mod_callcenter."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.ingest import callcenter
from gateway.ingest.records import ActivityRecord
from tests.ingest.foreign import good, read, reasons
from tests.ingest.office import NOW

T = 1_772_420_400
AN = "an@office"


def event(after: int, action: str, agent: str = AN, **headers: Any) -> bytes:
    values = {
        "Event-Name": "CUSTOM",
        "Event-Subclass": "callcenter::info",
        "Event-Date-Timestamp": str((T + after) * 1_000_000 + 5),
        "CC-Action": action,
        "CC-Agent": agent,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    kept = {name: value for name, value in values.items() if value is not None}
    return msgspec.json.encode(kept) + b"\n"


def status(after: int, value: str, agent: str = AN) -> bytes:
    return event(after, "agent-status-change", agent, CC_Agent_Status=value)


def state(after: int, value: str) -> bytes:
    return event(after, "agent-state-change", CC_Agent_State=value)


def who(agent: str) -> dict[str, Any]:
    return {"username": agent}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.ndjson"


def did(path: Path, *events: bytes, pbx_domain: str | None = None) -> list[ActivityRecord]:
    return good(
        read(path, b"".join(events), lambda s: callcenter.activities(s, who, NOW, pbx_domain))
    )


def told(records: list[ActivityRecord]) -> list[tuple[str | None, str | None, int, int | None]]:
    found: list[tuple[str | None, str | None, int, int | None]] = []
    for record in records:
        assert record.started_at is not None
        after = int(record.started_at.timestamp()) - T
        found.append((record.username, record.state, after, record.seconds))
    return found


def test_a_shift(path: Path) -> None:
    found = did(
        path,
        status(0, "Available"),
        state(0, "Waiting"),
        state(60, "Receiving"),
        event(65, "bridge-agent-start"),
        state(65, "In a queue call"),
        event(70, "members-count"),
        status(80, "On Break"),
        event(95, "bridge-agent-end"),
        state(95, "Waiting"),
        status(200, "Available (On Demand)"),
        status(260, "Logged Out"),
    )
    assert told(found) == [
        ("an", "wait", 0, 65),
        ("an", "talk", 65, 30),
        ("an", "pause", 95, 105),
        ("an", "wait", 200, 60),
    ]
    assert found[0].source_key == f"an:wait:{T}"


def test_states_tell_a_talk_whose_bridge_is_not_in_the_file(path: Path) -> None:
    events = [state(0, "In a queue call"), state(20, "Waiting")]
    assert told(did(path, *events)) == [("an", "talk", 0, 20)]


def test_what_goes_on_has_no_length(path: Path) -> None:
    assert told(did(path, status(0, "On Break"))) == [("an", "pause", 0, None)]


def test_seconds_since_1970_and_old_names_do_too(path: Path) -> None:
    old: dict[str, Any] = {
        "Event-Date-Timestamp": None,
        "CC-Agent": None,
        "CC-Name": AN,
        "epoch": T + 5,
    }
    found = did(path, event(0, "agent-status-change", CC_Agent_Status="On Break", **old))
    assert told(found) == [("an", "pause", 5, None)]


def test_agents_of_another_domain_are_passed_over(path: Path) -> None:
    events = [status(0, "On Break"), status(0, "On Break", "an@elsewhere")]
    assert len(did(path, *events, pbx_domain="office")) == 1


def test_what_is_wrong_is_told_and_the_rest_is_read(path: Path) -> None:
    lines = [
        b"\xef\xbb\xbf" + status(0, "Available").replace(b"\n", b"\r\n"),
        b"[]\n",
        b'{"a": 1}\n',
        b'{"Event-Name": "HEARTBEAT"}\n',
        status(5, "Sleeping"),
        event(5, "bridge-agent-start", ""),
        event(5, "agent-state-change"),
        event(5, "bridge-agent-start", Event_Date_Timestamp="soon"),
        event(5, "bridge-agent-start", Event_Date_Timestamp=None),
        event(6, "agent-status-change", "jos\xe9@office", CC_Agent_Status="On Break")
        .decode().encode("latin-1"),
        status(-100, "On Break"),
        status(9, "On Break")[:40],
    ]  # fmt: skip
    found = read(path, b"".join(lines), lambda s: callcenter.activities(s, who, NOW))
    listed = reasons(found)
    assert listed.pop(12).startswith("this is not JSON")
    assert listed == {
        2: "this is not a JSON object: write {...}",
        3: "CC-Action is missing: this is no event of mod_callcenter",
        5: 'CC-Agent-Status: "Sleeping" is not known',
        6: "CC-Agent is missing",
        7: "CC-Agent-State is missing",
        8: 'Event-Date-Timestamp: "soon" is no number of microseconds',
        9: "epoch is missing",
        11: "this is 106 s older than what stands before it: put logs together in the order in"
        " which they were written",
    }
    names = {item.record.username for item in found if hasattr(item, "record")}
    assert names == {"an", "josé"}
