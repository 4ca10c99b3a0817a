"""Every row of the table of causes."""

import pytest

from gateway.ingest.causes import Place, status_of, table

# The status of an outbound or local call, and that of an inbound one.
ROWS = [
    ("USER_BUSY", "busy", "busy"),
    ("CALL_REJECTED", "busy", "cancel"),
    ("NO_ANSWER", "no_answered", "no_answered"),
    ("NO_USER_RESPONSE", "no_answered", "no_answered"),
    ("ALLOTTED_TIMEOUT", "no_answered", "no_answered"),
    ("PROGRESS_TIMEOUT", "no_answered", "no_answered"),
    ("ORIGINATOR_CANCEL", "cancel", "no_answered"),
    ("NORMAL_CLEARING", "no_answered", "no_answered"),
    ("SUBSCRIBER_ABSENT", "not_available", "not_available"),
    ("USER_NOT_REGISTERED", "not_available", "not_available"),
    ("DESTINATION_OUT_OF_ORDER", "not_available", "not_available"),
    ("NORMAL_TEMPORARY_FAILURE", "not_available", "not_available"),
    ("RECOVERY_ON_TIMER_EXPIRE", "not_available", "not_available"),
    ("UNALLOCATED_NUMBER", "invalid", "invalid"),
    ("INVALID_NUMBER_FORMAT", "invalid", "invalid"),
    ("NUMBER_CHANGED", "invalid", "invalid"),
    ("NO_ROUTE_DESTINATION", "invalid", "invalid"),
    ("NORMAL_CIRCUIT_CONGESTION", "congestion", "failed"),
    ("SWITCH_CONGESTION", "congestion", "failed"),
    ("REQUESTED_CHAN_UNAVAIL", "congestion", "failed"),
    ("GATEWAY_DOWN", "congestion", "failed"),
    ("INCOMING_CALL_BARRED", "phone_block", "failed"),
]
PLACES: list[tuple[Place, str]] = [
    ("voicemail", "voicemail"),
    ("queue", "busy_line"),
    ("ivr", "ivr"),
]
DIRECTIONS = ["outbound", "local", "inbound"]


@pytest.mark.parametrize(("cause", "outbound", "inbound"), ROWS)
def test_a_cause_decides(cause: str, outbound: str, inbound: str) -> None:
    assert status_of(cause, "outbound", answered=False) == (outbound, cause)
    assert status_of(cause, "local", answered=False) == (outbound, cause)
    assert status_of(cause, "inbound", answered=False) == (inbound, cause)
    assert status_of(cause.lower(), "inbound", answered=False) == (inbound, cause)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_who_hung_up_decides_a_normal_clearing(direction: str) -> None:
    for ours, expected in {
        True: ("cancel", "NORMAL_CLEARING by us"),
        False: ("no_answered", "NORMAL_CLEARING"),
    }.items():
        found = status_of("NORMAL_CLEARING", direction, answered=False, our_side_hung_up=ours)
        assert found == expected
    # Only of that cause.
    assert status_of("USER_BUSY", direction, answered=False, our_side_hung_up=True)[0] == "busy"


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("place", "status"), PLACES)
def test_the_place_where_a_call_was_lost_decides(direction: str, place: Place, status: str) -> None:
    found = status_of("NORMAL_CLEARING", direction, answered=False, ended_in=place)
    assert found == (status, place)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_answered_wins_over_all(direction: str) -> None:
    for cause, *_ in [*ROWS, ("",), ("NO_SUCH_CAUSE",)]:
        for place, _ in PLACES:
            found = status_of(
                cause, direction, answered=True, our_side_hung_up=True, ended_in=place
            )
            assert found == ("answered", "answered")


@pytest.mark.parametrize("cause", ["", "NO_SUCH_CAUSE", "UNSPECIFIED", "16"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_anything_else_failed(cause: str, direction: str) -> None:
    assert status_of(cause, direction, answered=False) == ("failed", "other")


def test_no_row_is_untested() -> None:
    tested = {cause for cause, *_ in ROWS} | {place for place, _ in PLACES}
    assert table().keys() == tested | {"answered", "other", "NORMAL_CLEARING by us"}
