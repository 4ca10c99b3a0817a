"""What a call tells of where it is from: its rule, its queue, its batch."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.app import create_app
from gateway.ingest import asterisk, freeswitch
from gateway.ingest.freeswitch_cdr import document
from gateway.ingest.imports import undo
from gateway.ingest.queue_log import LostCalls
from gateway.ingest.records import CallRecord, Reject
from gateway.ingest.sources import opened
from gateway.period import zone
from tests.ingest.cdrs import bridged, cdr, channel, packed
from tests.ingest.foreign import good, read
from tests.ingest.office import HANOI, NOW, START, Office, activity, call, key, outcome
from tests.ingest.posting import Posting, figures, line, token_of
from tests.ingest.test_asterisk import cdr as row
from tests.ingest.test_queue_log import log

JSON = "application/json"
QUEUES = [
    {"queue_uuid": str(key("sales")), "queue_name": "sales", "queue_extension": "600"},
    # Named like another's number: the name goes first.
    {"queue_uuid": str(key("odd")), "queue_name": "700", "queue_extension": ""},
    {"queue_uuid": str(key("care")), "queue_name": "care", "queue_extension": "700"},
]
CC = {"cc_side": "member", "cc_queue": "sales@example.com", "cc_queue_joined_epoch": "1772420401"}
OWN: dict[str, Any] = {"caller": "101", "context": "default", "callee": "0287654321"}


def told(record: CallRecord | None) -> tuple[str | None, ...]:
    assert record is not None
    return record.status, record.status_rule, record.queue


@pytest.mark.parametrize(
    ("variables", "parts", "expected"),
    [
        (bridged(last_sent_callee_id_number="102"), {}, ("answered", "answered", None)),
        ({"hangup_cause": "USER_BUSY"}, OWN, ("busy", "USER_BUSY", None)),
        ({"hangup_cause": "CALL_REJECTED"}, {}, ("cancel", "CALL_REJECTED", None)),
        (
            {"sip_hangup_disposition": "recv_bye", "user_name": "101"},
            OWN,
            ("cancel", "NORMAL_CLEARING by us", None),
        ),
        ({"hangup_cause": "NO_SUCH_CAUSE"}, {}, ("failed", "other", None)),
        (CC, {}, ("busy_line", "queue", "sales")),
        ({**CC, "cc_queue_answered_epoch": "1772420410"}, {}, ("answered", "answered", "sales")),
        ({"answer_epoch": "1772420402"}, {}, ("ivr", "ivr", None)),
    ],
)
def test_freeswitch_tells_rule_and_queue(
    variables: dict[str, Any], parts: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert told(freeswitch.call(document(packed(cdr("a", variables, **parts))))) == expected


QUEUED = row(app="Queue", disposition="NO ANSWER").replace(b'"x,y"', b'"600,t,,,30"')


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (row(to="PJSIP/101-2", disposition="ANSWERED"), ("answered", "answered", None)),
        (row(disposition="BUSY", to="PJSIP/101-2"), ("busy", "USER_BUSY", None)),
        (row(disposition="FAILED"), ("failed", "other", None)),
        (row(app="VoiceMail", disposition="ANSWERED"), ("voicemail", "voicemail", None)),
        (QUEUED, ("busy_line", "queue", "600")),
        (QUEUED.replace(b"600,t", b"sales|t"), ("busy_line", "queue", "sales")),
        # Two queues one after the other: the last one's.
        (
            row(app="Queue", duration=10).replace(b'"x,y"', b'"700"') + QUEUED,
            ("busy_line", "queue", "600"),
        ),
    ],
)
def test_asterisk_tells_rule_and_queue(
    tmp_path: Path, content: bytes, expected: tuple[str, ...]
) -> None:
    reader = partial(asterisk.calls, zone=zone(HANOI))
    (record,) = good(read(tmp_path / "Master.csv", content, reader))
    assert told(record) == expected


def test_a_lost_call_of_the_queue_log_tells_rule_and_queue(tmp_path: Path) -> None:
    content = log((0, "1.1|sales|NONE|ENTERQUEUE||0903|1"), (20, "1.1|sales|NONE|ABANDON|1|1|20"))
    path = tmp_path / "queue_log"
    path.write_bytes(content)
    with opened(str(path)) as source:
        lost = LostCalls(source)
    (record,) = good(read(tmp_path / "Master.csv", b"", partial(lost.after, zone=zone(HANOI))))
    assert told(record) == ("busy_line", "queue", "sales")


async def test_another_rule_is_a_change_and_is_taken_back(office: Office) -> None:
    first = await office.calls(call(1, status_rule="answered"), call(2))
    assert (await office.stored_call(1))["status_rule"] == "answered"
    assert (await office.stored_call(2))["status_rule"] == ""
    before = await office.stored_calls()
    second = await office.calls(call(1, status_rule="far end"), call(2, status_rule="answered"))
    assert outcome(second) == (0, 2, 0, 0, 0)
    assert (await office.stored_call(1))["status_rule"] == "far end"
    await office.undo(second)
    assert await office.stored_calls() == before
    deleted = await office.calls(CallRecord(call_uuid=key(1), deleted=True))
    await office.undo(deleted)
    assert await office.stored_calls() == before
    await office.undo(first)
    assert not await office.stored_calls()


async def test_what_was_remembered_before_there_were_rules_comes_back(office: Office) -> None:
    await office.calls(call(1))
    await office.activities(activity(1))
    before = await office.stored_call(1), await office.rows("agent_activities")
    changed = await office.calls(call(1, duration=99, status_rule="answered"))
    paused = await office.activities(activity(1, seconds=5, source="acd"))
    async with office.place.owner() as owner:
        await owner.execute("update import_changes set before = before - 'status_rule' - 'source'")
        await owner.execute(
            'update import_changes set before = before || \'{"source": ""}\''
            " where record = 'call'"
        )
    await office.undo(changed)
    await office.undo(paused)
    assert (await office.stored_call(1), await office.rows("agent_activities")) == before


async def test_a_queue_is_found_by_name_or_number(office: Office) -> None:
    await office.directory(office.document(queues=QUEUES))
    given = {"sales": "sales", "600": "sales", "700": "odd", "care": "care", "": None, "x": None}
    assert outcome(await office.calls(*(call(q, queue=q) for q in given))) == (6, 0, 0, 0, 0)
    for name, expected in given.items():
        found = (await office.stored_call(name))["queue_uuid"]
        assert found == (expected and key(expected)), name
    await office.calls(call("uuid", queue_uuid=key("elsewhere")))
    assert (await office.stored_call("uuid"))["queue_uuid"] == key("elsewhere")


async def test_a_queue_that_the_directory_learns_comes_with_the_next_import(
    office: Office,
) -> None:
    await office.calls(call(1, queue="sales"))
    assert (await office.stored_call(1))["queue_uuid"] is None
    await office.directory(office.document(queues=QUEUES))
    assert outcome(await office.calls(call(1, queue="sales"))) == (0, 1, 0, 0, 0)
    assert (await office.stored_call(1))["queue_uuid"] == key("sales")
    assert outcome(await office.calls(call(1, queue="sales"))) == (0, 0, 1, 0, 0)


async def test_a_neighbours_queue_is_none_of_ours(office: Office, neighbour: Office) -> None:
    await neighbour.directory(neighbour.document(queues=QUEUES))
    await office.calls(call(1, queue="sales"))
    assert (await office.stored_call(1))["queue_uuid"] is None


def test_one_queue_is_enough() -> None:
    with pytest.raises(ValueError, match="give queue or queue_uuid, not both"):
        call(1, queue="sales", queue_uuid=key("sales"))


async def test_a_rule_is_a_text(office: Office) -> None:
    rejected: list[Reject] = []
    counts = await office.calls(call(1, status_rule="a\0b"), on_reject=rejected.append)
    assert outcome(counts) == (0, 0, 0, 0, 1)
    assert "U+0000" in rejected[0].reason


async def post_at(office: Office, now: datetime, *names: str) -> list[str]:
    """Post CDRs, one each, with a token of the office; the batches that the answers name."""
    app = create_app(office.place.settings(), clock=lambda: now)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        posting = Posting(client, office, await token_of(office))
        found = []
        for name in names:
            body = packed(cdr(name, bridged(last_sent_callee_id_number="101")))
            found.append((await posting.told("freeswitch", body, JSON))["batch"])
        return found


async def logged(office: Office) -> list[tuple[Any, ...]]:
    """(kind, read, new, whether undone) of each batch but the directory's, by their begin."""
    return [
        (row["kind"], row["read_count"], row["new_count"], row["undone_at"] is not None)
        for row in await office.rows("import_batches", "started_at, undone_at")
        if row["kind"] != "directory"
    ]


async def test_the_cdrs_of_an_hour_are_one_batch(office: Office) -> None:
    quarter = timedelta(minutes=15)
    batches = await post_at(office, NOW + quarter, "a", "b")
    batches += await post_at(office, NOW + 3 * quarter, "c", "a")
    assert len(set(batches)) == 1
    assert await logged(office) == [("calls", 4, 3, False)]
    next_hour = await post_at(office, NOW + 4 * quarter, "d")
    assert next_hour != batches[:1]
    assert await logged(office) == [("calls", 4, 3, False), ("calls", 1, 1, False)]


async def test_undo_of_an_hour_takes_its_calls_and_begins_another(office: Office) -> None:
    (before,) = await post_at(office, NOW - timedelta(hours=1), "a")
    batch, _ = await post_at(office, NOW, "b", "c")
    assert outcome(await undo(office.database, office.domain_uuid, UUID(batch), NOW))[3] == 2
    assert set(await office.stored_calls()) == {UUID(channel("a"))}
    again = await post_at(office, NOW, "b", "d")
    assert set(again).isdisjoint({batch, before})
    assert len(await office.stored_calls()) == 3
    assert await logged(office) == [
        ("calls", 1, 1, False),
        ("calls", 2, 2, True),
        ("calls", 2, 2, False),
    ]


async def test_posted_lines_keep_a_batch_for_each_request(posting: Posting) -> None:
    first = await posting.told("calls", line(1))
    second = await posting.told("calls", line(2))
    assert first["batch"] != second["batch"]
    assert (figures(first), figures(second)) == ((1, 0, 0, 0, 0), (1, 0, 0, 0, 0))


async def test_imports_note_the_sources_of_their_records(office: Office) -> None:
    await office.calls(call(1, source="acd"), call(2), CallRecord(call_uuid=key(3), deleted=True))
    await office.activities(activity(1, source="acd"))
    await office.calls(call(1, source="acd"), dry_run=True)
    found = [(r["source"], r["kind"]) for r in await office.rows("import_sources", "source, kind")]
    assert found == [("", "calls"), ("acd", "activities"), ("acd", "calls")]


async def test_a_file_of_nothing_but_rejects_is_the_latest_import_of_its_system(
    office: Office,
) -> None:
    await office.calls(call(1, source="acd"))
    counts = await office.calls(Reject(1, "broken", "x"), system="acd")
    async with office.place.owner() as owner:
        latest = await owner.fetchval("select batch_uuid from import_sources")
    assert latest == counts.batch_uuid


async def test_a_file_in_which_every_record_names_its_own_source_makes_no_list(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ingest.chunks.CHUNK", 60)
    await office.calls(*(call(n, source=f"s{n:03}") for n in range(250)))
    assert len(await office.rows("import_sources")) == 100


async def test_counts_add_up_over_chunks(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.ingest.chunks.CHUNK", 2)
    records = [call(n, started_at=START + timedelta(minutes=n)) for n in range(5)]
    counts = await office.calls(*records, Reject(6, "broken", "x"))
    assert outcome(counts) == (5, 0, 0, 0, 1)
    assert await logged(office) == [("calls", 6, 5, False)]
