"""Asterisk's Master.csv: what becomes of its rows, and of whatever is wrong with them."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.ingest import asterisk
from gateway.ingest.asterisk_rows import extension_of
from gateway.ingest.records import CallRecord, Line, Reject
from gateway.period import zone
from tests.ingest.foreign import good, read, reasons
from tests.ingest.office import HANOI

TRUNK = "PJSIP/trunk-00000001"
AT_TEN = datetime(2026, 3, 2, 3, tzinfo=UTC)


def cdr(
    uniqueid: str | None = "1772420400.1",
    *,
    src: str = "0903000111",
    dst: str = "600",
    channel: str = TRUNK,
    to: str = "",
    app: str = "Dial",
    start: str = "2026-03-02 10:00:00",
    duration: int = 30,
    billsec: int = 0,
    disposition: str = "NO ANSWER",
    linkedid: str | None = None,
    clid: str = "Lan",
) -> bytes:
    """A row as Asterisk writes it: texts in quotes, numbers without."""
    texts = ["", src, dst, "from-trunk", f'""{clid}"" <{src}>', channel, to, app, "x,y", start]
    quoted = ",".join(f'"{text}"' for text in [*texts, "", start])
    more = "" if uniqueid is None else f',"{uniqueid}",""'
    more += "" if linkedid is None else f',"","{linkedid}",7'
    return f'{quoted},{duration},{billsec},"{disposition}","DOCUMENTATION"{more}\n'.encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Master.csv"


def lines(
    path: Path, *rows: bytes, tz: ZoneInfo | None = None
) -> Sequence[Line[CallRecord] | Reject]:
    return read(path, b"".join(rows), partial(asterisk.calls, zone=tz or zone(HANOI)))


def only(path: Path, *rows: bytes, tz: ZoneInfo | None = None) -> CallRecord:
    (record,) = good(lines(path, *rows, tz=tz))
    return record


@pytest.mark.parametrize(
    ("channel", "extension"),
    [
        ("PJSIP/101-0000002a", "101"),
        ("SIP/0101-2a", "0101"),
        ("Local/101@from-queue-0000002a;2", "101"),
        ("PJSIP/trunk-0000002a", ""),
        ("SIP/0287300123-0000002a", ""),
        ("DAHDI/i1/0903000111-1", ""),
        ("", ""),
    ],
)
def test_the_extension_of_a_channel(channel: str, extension: str) -> None:
    assert extension_of(channel) == extension


def test_an_answered_call_in_full(path: Path) -> None:
    found = only(path, cdr(to="PJSIP/101-00000002", billsec=20, disposition="ANSWERED", dst="101"))
    assert found == CallRecord(
        started_at=AT_TEN,
        direction="inbound",
        status="answered",
        duration=30,
        billsec=20,
        extension="101",
        caller_number="0903000111",
        callee_number="101",
        hangup_cause="ANSWERED",
        source="asterisk",
        source_key="1772420400.1",
        status_rule="answered",
    )


@pytest.mark.parametrize(
    ("disposition", "outbound", "inbound"),
    [
        ("NO ANSWER", "no_answered", "no_answered"),
        ("BUSY", "busy", "busy"),
        ("FAILED", "failed", "failed"),
        ("CONGESTION", "congestion", "failed"),
    ],
)
def test_a_disposition_decides(path: Path, disposition: str, outbound: str, inbound: str) -> None:
    ours = "PJSIP/101-00000002"
    came = only(path, cdr(to=ours, disposition=disposition))
    assert (came.status, came.direction, came.extension) == (inbound, "inbound", "101")
    went = only(path, cdr(channel=ours, to=TRUNK, disposition=disposition))
    assert (went.status, went.direction, went.extension) == (outbound, "outbound", "101")
    within = only(path, cdr(channel=ours, to="PJSIP/102-00000003", disposition=disposition))
    assert (within.status, within.direction, within.extension) == (outbound, "local", "101")


@pytest.mark.parametrize(
    ("app", "to", "disposition", "status", "extension"),
    [
        ("Queue", "", "ANSWERED", "busy_line", None),
        ("Queue", "PJSIP/101-00000002", "NO ANSWER", "busy_line", None),
        ("BackGround", "", "ANSWERED", "ivr", None),
        ("VoiceMail", "PJSIP/101-00000002", "ANSWERED", "voicemail", "101"),
        ("Dial", "", "ANSWERED", "not_available", None),
    ],
)
def test_asterisk_answering_itself_is_no_answer(
    path: Path, app: str, to: str, disposition: str, status: str, extension: str | None
) -> None:
    found = only(path, cdr(app=app, to=to, billsec=30, disposition=disposition))
    assert (found.status, found.billsec, found.extension) == (status, 0, extension)


def test_without_a_called_channel_the_number_tells_the_direction(path: Path) -> None:
    ours = "PJSIP/101-00000002"
    assert only(path, cdr(channel=ours, dst="102")).direction == "local"
    assert only(path, cdr(channel=ours, dst="0903000111")).direction == "outbound"


def test_a_ring_group_is_one_call_of_who_answered(path: Path) -> None:
    rows = [
        cdr(to="PJSIP/101-00000002"),
        cdr(to="PJSIP/103-00000003", duration=90, billsec=70, disposition="ANSWERED"),
        cdr(to="PJSIP/102-00000004"),
    ]
    for order in range(3):
        random.Random(order).shuffle(rows)
        found = only(path, *rows)
        assert (found.status, found.extension) == ("answered", "103")
        assert (found.duration, found.billsec) == (90, 70)


def test_a_call_that_nobody_took_is_of_the_lowest_that_rang_last(path: Path) -> None:
    rows = [
        cdr(to="PJSIP/101-00000002", duration=10),
        cdr(to="PJSIP/104-00000003", start="2026-03-02 10:00:10", duration=20),
        cdr(to="PJSIP/102-00000004", start="2026-03-02 10:00:10", duration=20),
    ]
    for order in range(3):
        random.Random(order).shuffle(rows)
        found = only(path, *rows)
        assert (found.status, found.extension, found.duration) == ("no_answered", "102", 30)


def test_a_transfer_stays_with_the_first_that_answered(path: Path) -> None:
    found = only(
        path,
        cdr("1.1", linkedid="1.1", to="PJSIP/103-2", duration=40, billsec=30,
            disposition="ANSWERED"),
        cdr("1.1", linkedid="1.1", to="PJSIP/101-3", start="2026-03-02 10:00:40", duration=60,
            billsec=60, disposition="ANSWERED"),
    )  # fmt: skip
    assert (found.extension, found.duration, found.billsec) == ("103", 100, 90)


def test_linkedid_folds_and_halves_of_local_channels_are_no_calls(path: Path) -> None:
    half = "Local/101@ring-00000001;2"
    answered = cdr("9.1", to="Local/101@ring-00000001;1", billsec=5, disposition="ANSWERED")
    halves = cdr("9.2", channel=half, to="PJSIP/101-3", billsec=5, disposition="ANSWERED")
    assert only(path, answered, halves).extension == "101"
    linked = [
        cdr("9.2", linkedid="9.1", channel=half, to="PJSIP/101-3", start="2026-03-02 09:59:59"),
        cdr("9.1", linkedid="9.1", to="Local/101@ring-00000001;1", disposition="BUSY"),
    ]
    found = only(path, *linked)
    assert (found.source_key, found.direction, found.extension) == ("9.1", "inbound", "101")


def test_rows_without_ids_are_known_by_channel_and_start(path: Path) -> None:
    rows = [
        cdr(None, to="PJSIP/101-2"),
        cdr(None, to="PJSIP/102-3"),
        cdr(None, start="2026-03-03 10:00:00"),
    ]
    found = good(lines(path, *rows))
    assert [call.source_key for call in found] == [
        "PJSIP/trunk-00000001@2026-03-02 10:00:00",
        "PJSIP/trunk-00000001@2026-03-03 10:00:00",
    ]


def test_rows_of_a_call_may_be_apart(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    between = [cdr(f"{number}.1") for number in range(1, 50)]
    rows = [cdr("0.1", to="PJSIP/101-2"), *between, cdr("0.1", to="PJSIP/102-3")]
    assert len(good(lines(path, *rows))) == 50
    # No more calls than that are kept open.
    monkeypatch.setattr(asterisk, "OPEN", 10)
    assert len(good(lines(path, *rows))) == 51


def test_a_repeated_uniqueid_is_the_same_call_or_an_error(path: Path) -> None:
    assert len(good(lines(path, cdr(), cdr(), cdr()))) == 1
    found = lines(path, cdr(), cdr(start="2027-03-02 10:00:00"))
    assert reasons(found) == {1: "the rows of 1772420400.1 lie 31536030 s apart"}


@pytest.mark.parametrize(
    ("uniqueid", "instant"),
    [
        ("x.1", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("1792888199.1", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("pbx-1792891799.1", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_in_the_repeated_hour_the_uniqueid_tells_which(
    path: Path, uniqueid: str, instant: datetime
) -> None:
    row = cdr(uniqueid, start="2026-10-25 02:30:00")
    assert only(path, row, tz=zone("Europe/Berlin")).started_at == instant


def test_the_skipped_hour_is_the_moment_of_the_change(path: Path) -> None:
    row = cdr("x.1", start="2026-03-29 02:30:00")
    found = only(path, row, tz=zone("Europe/Berlin"))
    assert found.started_at == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_crlf_bom_and_latin_1_are_read(path: Path) -> None:
    first = b"\xef\xbb\xbf" + cdr("1.1").replace(b"\n", b"\r\n")
    second = cdr("2.1", clid="Jos").replace(b"Jos", b"Jos\xe9")
    assert [call.source_key for call in good(lines(path, first, b"\r\n", second))] == ["1.1", "2.1"]


def test_what_is_wrong_with_a_row_is_told_and_the_rest_is_read(path: Path) -> None:
    cut = cdr("8.1")
    found = lines(
        path,
        cdr("1.1"),
        cdr("2.1", disposition=""),
        cdr("3.1", start=""),
        cdr("4.1", start="0000-00-00 00:00:00"),
        cdr("5.1", duration=-1),
        cdr("6.1", billsec=31),
        b'"","1","2"\n',
        b"x" * 70_000 + b"\n",
        cdr("7.1", duration=10**9),
        cdr("9.1", start="9999-03-02 10:00:00"),
        cut[:-1],
    )
    assert [item.record.source_key for item in found if isinstance(item, Line)] == ["1.1"]
    assert reasons(found) == {
        2: 'disposition: "" is not one of ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION',
        3: 'start: "" is not a time such as 2026-03-08 09:30:00',
        4: 'start: "0000-00-00 00:00:00" is not a time such as 2026-03-08 09:30:00',
        5: 'duration: "-1" is not a whole number of seconds',
        6: "billsec (31) is more than duration (30)",
        7: "there are 3 columns, but Master.csv has 16 to 21",
        8: "the line is longer than 65536 bytes",
        9: 'duration: "1000000000" is not a whole number of seconds',
        10: 'start: "9999-03-02 10:00:00" is not a time such as 2026-03-08 09:30:00',
        11: "the line is cut off: it does not end with a line feed",
    }


def test_every_cut_of_a_row_is_rejected(path: Path) -> None:
    text = cdr(linkedid="1.1")
    for length in range(1, len(text)):
        found = lines(path, text[:length])
        assert len(found) == 1
        assert isinstance(found[0], Reject)
