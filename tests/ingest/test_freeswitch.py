"""One CDR of FreeSWITCH as a call."""

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ingest import freeswitch
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.freeswitch_cdr import document
from gateway.ingest.records import CallRecord
from tests.ingest.cdrs import ANSWER, END, START, bridged, cdr, channel, packed, profile

OWN: dict[str, Any] = {"caller": "101", "context": "default"}
VARIABLES = (
    *("uuid", "direction", "start_epoch", "answer_epoch", "end_epoch", "bridge_epoch"),
    *("end_uepoch", "cc_side", "cc_queue_joined_epoch", "cc_queue_answered_epoch", "cc_agent"),
    *("cc_queue_canceled_epoch", "user_name", "call_direction", "hangup_cause", "last_app"),
    *("last_arg", "dialed_user", "sip_hangup_disposition", "originate_disposition"),
)
PARTS = (
    *("caller_profile", "times", "applications", "app_name", "app_data", "profile_index"),
    *("caller_id_number", "destination_number", "context", "bridged_time", "created_time"),
)
GATEWAY = (("bridge", "{absolute_codec_string=PCMA}sofia/gateway/viettel/0287654321"),)
GROUP = (("bridge", "user/105@pbx,[leg_timeout=9]user/102@pbx,user/101@pbx"),)
CHAIN = (("bridge", "user/101@pbx|user/104@pbx,user/103@pbx"),)


def call(variables: dict[str, Any], **parts: Any) -> CallRecord:
    found = freeswitch.call(document(packed(cdr("a", variables, **parts))))
    assert found is not None
    return found


def summary(record: CallRecord) -> tuple[str | None, ...]:
    return record.direction, record.status, record.extension


def test_an_answered_call_from_outside() -> None:
    found = call(bridged(last_sent_callee_id_number="102"), callee="02873001000", apps=GROUP)
    assert found == CallRecord(
        call_uuid=UUID(channel("a")),
        started_at=datetime.fromtimestamp(START, UTC),
        direction="inbound",
        status="answered",
        duration=65,
        billsec=60,
        extension="102",
        caller_number="0912345678",
        callee_number="02873001000",
        hangup_cause="NORMAL_CLEARING",
        source="freeswitch",
        source_key=channel("a"),
        status_rule="answered",
    )


@pytest.mark.parametrize(
    ("variables", "parts", "expected"),
    [
        # Who called decides: a trunk, a user, or an address that shows no user.
        ({"user_name": "101"}, {**OWN, "callee": "102"}, ("local", "no_answered", "101")),
        ({"user_name": "101"}, {**OWN, "callee": "0287654321"}, ("outbound", "no_answered", "101")),
        ({"user_name": "101"}, {**OWN, "callee": "+84"}, ("outbound", "no_answered", "101")),
        ({"user_name": "101"}, {**OWN, "callee": "113"}, ("local", "no_answered", "101")),
        (
            {"user_name": "101"},
            {**OWN, "callee": "113", "apps": GATEWAY},
            ("outbound", "no_answered", "101"),
        ),
        ({}, {**OWN, "callee": "102"}, ("local", "no_answered", "101")),
        ({}, {"context": "default"}, ("inbound", "no_answered", None)),
        ({}, {"context": "default", "caller": "anonymous"}, ("inbound", "no_answered", None)),
        ({"user_name": "trunk"}, {"caller": "0912345678"}, ("inbound", "no_answered", None)),
        ({"sip_gateway": "viettel"}, {**OWN}, ("inbound", "no_answered", None)),
        ({"call_direction": "local"}, {}, ("local", "no_answered", "0912345678")),
        ({"call_direction": "sideways"}, {}, ("inbound", "no_answered", None)),
        # Names as users: the number that it calls with is the extension.
        (
            {"user_name": "an.nguyen"},
            {**OWN, "callee": "0287654321"},
            ("outbound", "no_answered", "101"),
        ),
        (
            {"user_name": "an.nguyen"},
            {**OWN, "caller": "0287300100", "callee": "0287654321"},
            ("outbound", "no_answered", "an.nguyen"),
        ),
        # Causes by name, and what the bridge ended with where the dialplan went on.
        (
            {"user_name": "101", "hangup_cause": "USER_BUSY"},
            {**OWN, "callee": "0287654321"},
            ("outbound", "busy", "101"),
        ),
        (
            {"user_name": "101", "originate_disposition": "USER_BUSY"},
            {**OWN, "callee": "0287654321"},
            ("outbound", "busy", "101"),
        ),
        (
            {"user_name": "101", "hangup_cause": "ORIGINATOR_CANCEL"},
            {**OWN, "callee": "0287654321"},
            ("outbound", "cancel", "101"),
        ),
        (
            {"user_name": "101", "sip_hangup_disposition": "recv_cancel"},
            {**OWN, "callee": "0287654321"},
            ("outbound", "cancel", "101"),
        ),
        ({"sip_hangup_disposition": "recv_cancel"}, {}, ("inbound", "no_answered", None)),
        ({"hangup_cause": None}, {}, ("inbound", "failed", None)),
        ({"hangup_cause": "SOMETHING_NEW"}, {}, ("inbound", "failed", None)),
        # Unanswered: of those that rang last the lowest number.
        ({"hangup_cause": "NO_ANSWER"}, {"apps": GROUP}, ("inbound", "no_answered", "101")),
        ({"hangup_cause": "NO_ANSWER"}, {"apps": CHAIN}, ("inbound", "no_answered", "103")),
        (
            {"last_app": "bridge", "last_arg": "user/104@pbx"},
            {},
            ("inbound", "no_answered", "104"),
        ),
        ({"dialed_extension": "106"}, {}, ("inbound", "no_answered", "106")),
        # The dialplan answered, nobody else did.
        ({"answer_epoch": ANSWER, "last_app": "ivr"}, {}, ("inbound", "ivr", None)),
        (
            {"answer_epoch": ANSWER, "last_app": "voicemail"},
            {"apps": (*GROUP, ("voicemail", "default pbx 101"))},
            ("inbound", "voicemail", "101"),
        ),
        (
            {"answer_epoch": ANSWER, "originate_disposition": "NO_ANSWER", "last_app": "bridge"},
            {"apps": (("ivr", "welcome"), *GROUP)},
            ("inbound", "no_answered", "101"),
        ),
        (
            {"answer_epoch": ANSWER, "user_name": "101", "last_app": "voicemail"},
            {**OWN, "callee": "*98"},
            ("local", "voicemail", "101"),
        ),
        (
            {"answer_epoch": ANSWER, "user_name": "101", "last_app": "conference"},
            {**OWN, "callee": "3001"},
            ("local", "answered", "101"),
        ),
        (
            {"answer_epoch": ANSWER, "user_name": "101", "last_app": "echo"},
            {**OWN, "callee": "9196"},
            ("local", "ivr", "101"),
        ),
        # A queue.
        (
            {"answer_epoch": START, "cc_side": "member", "cc_queue": "sales@pbx"},
            {},
            ("inbound", "busy_line", None),
        ),
        (
            bridged(START, cc_side="member", cc_queue_answered_epoch=ANSWER, cc_agent="104@pbx"),
            {},
            ("inbound", "answered", "104"),
        ),
        (
            bridged(
                START,
                cc_side="member",
                cc_queue_answered_epoch=ANSWER,
                cc_agent=channel("agent"),
                last_sent_callee_id_number="103",
            ),
            {},
            ("inbound", "answered", "103"),
        ),
        # FreeSWITCH calls: our phone first (click to call), or a customer first (a dialler).
        (
            bridged(direction="outbound", dialed_user="102"),
            {"callee": "0287654321", "caller": "0000000000", "context": "default"},
            ("outbound", "answered", "102"),
        ),
        (
            {"direction": "outbound", "dialed_user": "102", "answer_epoch": ANSWER},
            {"callee": "0287654321", "caller": "0000000000", "context": "default"},
            ("outbound", "no_answered", "102"),
        ),
        (
            bridged(direction="outbound", sip_gateway_name="viettel", dialed_user="104"),
            {"callee": "0912345678", "caller": "02873001000", "context": "default"},
            ("outbound", "answered", "104"),
        ),
    ],
)
def test_direction_status_and_credit(
    variables: dict[str, Any], parts: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    assert summary(call(variables, **parts)) == expected


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({"originating_leg_uuid": channel("b")}, {}),
        ({"originator": channel("b")}, {}),
        (
            {},
            {"callflow": [{"caller_profile": {"originator": {"originator_caller_profiles": []}}}]},
        ),
        ({"hangup_cause": "LOSE_RACE"}, {}),
        ({"hangup_cause": "PICKED_OFF"}, {}),
        ({"cc_side": "agent", "cc_member_session_uuid": channel("b")}, {}),
        ({"loopback_leg": "B"}, {}),
        ({"last_app": "intercept"}, {**OWN}),
        ({"last_app": "eavesdrop"}, {**OWN}),
    ],
)
def test_legs_that_are_no_call(variables: dict[str, Any], parts: dict[str, Any]) -> None:
    assert freeswitch.call(document(packed(cdr("a", bridged() | variables, **parts)))) is None


def test_talk_begins_when_the_agent_is_there() -> None:
    joined, agent = START + 10, START + 40
    found = call(
        bridged(
            START + 2,
            cc_side="member",
            cc_queue_joined_epoch=joined,
            cc_queue_answered_epoch=agent,
            cc_agent="104",
        )
    )
    assert (found.billsec, found.queue_waitsec) == (END - agent, 30)
    lost = call({"cc_side": "member", "cc_queue_joined_epoch": joined, "answer_epoch": START})
    assert (lost.status, lost.billsec, lost.queue_waitsec) == ("busy_line", 0, 55)


def test_who_leaves_the_queue_for_a_phone_that_answers_is_answered() -> None:
    variables = {
        "cc_side": "member",
        "cc_queue_joined_epoch": START,
        "cc_queue_canceled_epoch": START + 20,
        "last_sent_callee_id_number": "102",
    }
    found = call(bridged(START + 25, **variables))
    assert (found.status, found.billsec, found.queue_waitsec) == ("answered", 40, 20)
    assert found.extension == "102"
    assert call(bridged(START + 5, **variables)).status == "busy_line"


def test_an_ivr_before_the_phone_is_waiting() -> None:
    callflow = [
        profile(2, "102", "0912345678", "default", START + 30),
        profile(1, "02873001000", "0912345678", "public"),
    ]
    found = call(bridged(START + 1, bridge_epoch=START + 30), callflow=callflow)
    assert (found.billsec, found.callee_number) == (35, "02873001000")


def test_a_transfer_stays_with_the_first_that_answered() -> None:
    callflow = [
        profile(2, "103", "0912345678", "default", START + 40),
        profile(1, "02873001000", "0912345678", "public", START + 8),
    ]
    callflow[1]["caller_profile"]["callee_id_number"] = "101"
    found = call(
        bridged(START + 8, bridge_epoch=START + 40, last_sent_callee_id_number="103"),
        callflow=callflow,
    )
    assert (found.extension, found.billsec, found.status) == ("101", 57, "answered")


@pytest.mark.parametrize("answer", ["0", "", "-1", "25200", "1970-01-01 07:00:00", None])
def test_an_answer_of_1970_is_none(answer: str | None) -> None:
    found = call({"answer_epoch": answer, "answer_uepoch": answer, "bridge_uuid": channel("b")})
    assert (found.status, found.billsec) == ("no_answered", 0)


def test_epochs_count_whatever_the_stamps_and_durations_say() -> None:
    found = call(
        {
            "start_epoch": None,
            "end_epoch": None,
            "end_uepoch": END * 1_000_000 + 9,
            "start_stamp": "1999-12-31 23:59:59",
            "duration": "1",
        }
    )
    assert found.started_at == datetime.fromtimestamp(START, UTC)
    assert found.duration == 65


def test_clocks_that_went_back_make_nothing_negative() -> None:
    found = call(bridged(END + 50))
    assert (found.duration, found.billsec, found.status) == (65, 0, "answered")
    assert call({"end_epoch": START - 9}).duration == 0


def test_values_that_are_not_encoded_are_taken_as_they_are() -> None:
    found = call({"sip_x": "100%20", "uuid": "a%62"}, encode_values=False)
    assert (found.call_uuid, found.source_key) == (None, "a%62")
    assert call({"uuid": "cuộc gọi 5"}).source_key == "cuộc gọi 5"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"uuid": None}, "uuid is missing"),
        ({"start_epoch": None, "start_uepoch": "0"}, "start_epoch is missing"),
        ({"end_epoch": "soon"}, "end_epoch is missing, and so is end_uepoch"),
        ({"end_epoch": "9" * 50}, "end_epoch is missing"),
        ({"end_epoch": START * 1_000_000}, "end_epoch is missing"),
        ({"uuid": "x" * 300}, "source_key"),
    ],
)
def test_what_a_call_needs_is_told(variables: dict[str, Any], told: str) -> None:
    found = cdr("a", variables)
    del found["callflow"]
    with pytest.raises(InvalidRecordError, match=told):
        freeswitch.call(found)


def test_a_cdr_of_variables_alone_is_enough() -> None:
    found = cdr("a", bridged(sip_from_user="0912345678", sip_req_user="02873001000"))
    for part in ("app_log", "callflow", "channel_data", "core-uuid"):
        del found[part]
    record = freeswitch.call(found)
    assert record is not None
    assert (record.status, record.extension) == ("answered", None)
    assert (record.caller_number, record.callee_number) == ("0912345678", "02873001000")


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, [None, 5, {"times": 5}], {"times": []}])
def test_odd_parts_are_passed_over(odd: Any) -> None:
    found = cdr("a", bridged(sip_x=None), callflow=odd, app_log=odd)
    found["variables"] |= {"array": ["x"], "nothing": None, "number": 5}
    assert freeswitch.call(found) is not None


NUMBERS = ("", "0", "101", "+84912345678", START, ANSWER, END, "9" * 5000, -1, 1.5, True, "ä\0")
anything = st.recursive(
    st.sampled_from(NUMBERS) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PARTS), inner),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    variables=st.dictionaries(st.sampled_from(VARIABLES), st.sampled_from(NUMBERS) | anything),
    callflow=anything,
    app_log=anything,
)
def test_whatever_a_cdr_holds_it_is_a_call_or_refused(
    variables: dict[str, Any], callflow: Any, app_log: Any
) -> None:
    found = cdr("a", {}, callflow=callflow, app_log=app_log)
    found["variables"] |= variables
    try:
        record = freeswitch.call(document(packed(found)))
    except InvalidRecordError:
        return
    if record is not None:
        assert record.billsec is not None
        assert record.duration is not None
        assert 0 <= record.billsec <= record.duration


def test_every_way_that_a_cdr_is_sent_or_kept_is_read() -> None:
    found = cdr("a", bridged(), callflow={"caller_profile": {}})
    text = packed(found)
    escaped = quote(text, safe="").encode()
    for content in (
        text,
        b"\xef\xbb\xbf" + text + b"\r\n",
        b"cdr=" + escaped,
        b"uuid=a_1&cdr=" + escaped,
        escaped + b"\n",
        b"cdr=" + base64.b64encode(text),
        base64.b64encode(text) + b"\n",
    ):
        assert document(content) == found


def test_names_in_another_encoding_lose_no_call() -> None:
    text = packed(cdr("a", {})).replace("Nguyễn".encode(), b"Nguy\xea\xf3n")
    assert "Nguy��n" in str(document(text))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"variables": []}',
        b"cdr=",
        b"cdr=%7B",
        b"%7b%7d",
        b"<cdr/>",
        b"\x00\xff",
        b"[" * 100_000,
        b"{" + b'"a":{' * 50_000,
    ],
)
def test_what_is_no_cdr_is_told(content: bytes) -> None:
    with pytest.raises(InvalidRecordError, match="this is"):
        document(content)
