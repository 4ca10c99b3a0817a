"""FreeSWITCH: the CDR of a channel, as the call that it was, or no call of its own.

`docs/import.md` tells these rules to operators.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from gateway.ingest.causes import CLEARED, Place, status_of
from gateway.ingest.checking import InvalidRecordError, built
from gateway.ingest.freeswitch_cdr import Cdr
from gateway.ingest.records import CallRecord

Direction: TypeAlias = Literal["inbound", "outbound", "local"]

SOURCE = "freeswitch"
DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound", "local")
# Legs that lost to another one, which is the call's.
LOST = ("LOSE_RACE", "PICKED_OFF")
# Who listens in or takes a ringing call over joins a call that is counted already.
JOINING = ("intercept", "eavesdrop", "three_way")
LONGEST_EXTENSION = 6
EXTENSION = re.compile(rf"\d{{1,{LONGEST_EXTENSION}}}")
OUTSIDE_NUMBER = re.compile(rf"\+?\d{{{LONGEST_EXTENSION + 1},}}|\+\d+")


def call(found: Mapping[str, Any]) -> CallRecord | None:
    """The call that a CDR tells of; None for a leg that is no call of its own.

    InvalidRecordError if it does not say what a call needs.
    """
    return told(Cdr(found))


def told(cdr: Cdr, source: str = SOURCE) -> CallRecord | None:
    """As `call`, of a CDR that is read already."""
    if not _is_call(cdr):
        return None
    started_at, ended_at = cdr.created_at, cdr.ended_at
    if started_at is None or ended_at is None:
        missing = "start_epoch" if started_at is None else "end_epoch"
        raise InvalidRecordError(f"{missing} is missing, and so is {missing[:-6]}_uepoch")
    ended_at = max(started_at, ended_at)
    direction = _direction(cdr)
    connected_at = _connected_at(cdr, direction)
    ended_in = None if connected_at is not None else _ended_in(cdr, direction)
    verdict = status_of(
        _cause(cdr),
        direction,
        answered=connected_at is not None,
        our_side_hung_up=_our_side_hung_up(cdr, direction),
        ended_in=ended_in,
    )
    return built(
        CallRecord,
        {
            **_key(cdr, source),
            "started_at": datetime.fromtimestamp(started_at, UTC),
            "direction": direction,
            "status": verdict.status,
            "status_rule": verdict.rule,
            "duration": ended_at - started_at,
            # Clocks that were set back meanwhile.
            "billsec": 0
            if connected_at is None
            else ended_at - min(max(connected_at, started_at), ended_at),
            "queue_waitsec": _queue_waitsec(cdr, ended_at),
            "queue": _queue(cdr),
            "extension": _credited(cdr, direction, ended_in, answered=connected_at is not None),
            "caller_number": _caller(cdr),
            "callee_number": _callee(cdr),
            "hangup_cause": _cause(cdr),
        },
    )


def _is_call(cdr: Cdr) -> bool:
    originated_by = cdr.get("originating_leg_uuid", "originator", "ent_originate_aleg_uuid")
    return not (
        originated_by
        or cdr.profile(0).get("originator")
        or cdr.get("cc_side") == "agent"
        or cdr.get("loopback_leg") == "B"
        or cdr.get("hangup_cause") in LOST
        or cdr.get("last_app") in JOINING
    )


def _key(cdr: Cdr, source: str) -> dict[str, Any]:
    text = cdr.get("uuid") or str(cdr.profile(0).get("uuid") or "")
    if not text:
        raise InvalidRecordError("uuid is missing")
    key: dict[str, Any] = {"source": source, "source_key": text}
    try:
        key["call_uuid"] = UUID(text)
    except ValueError:
        # `origination_uuid` may be any text: a uuid is derived from it.
        return key
    return key


def _originated(cdr: Cdr) -> bool:
    """Whether FreeSWITCH itself began the call, by the `originate` command."""
    return cdr.get("direction") == "outbound"


def _phone_first(cdr: Cdr) -> bool:
    """Whether it rang one of our phones first, to call on behalf of who answers: click to call."""
    return _originated(cdr) and not cdr.get("sip_gateway_name")


def _direction(cdr: Cdr) -> Direction:
    """The call's: the channel's own says only who set the channel up."""
    given = cdr.get("call_direction")
    if given in DIRECTIONS:
        return given
    if not _originated(cdr) and _from_outside(cdr):
        return "inbound"
    outside = cdr.went_outside or OUTSIDE_NUMBER.fullmatch(_callee(cdr))
    return "outbound" if outside else "local"


def _from_outside(cdr: Cdr) -> bool:
    if cdr.profile(0).get("context") == "public" or cdr.get("sip_gateway"):
        return True
    if cdr.get("user_name", "sip_auth_username"):
        return False
    # Phones that are let in by their address show no user.
    return EXTENSION.fullmatch(_caller(cdr)) is None


def _connected_at(cdr: Cdr, direction: Direction) -> int | None:
    """When the other party was connected: inbound, the agent."""
    if _queued(cdr):
        return cdr.second("cc_queue_answered") or _connected_after_queue(cdr)
    answered_at = cdr.second("answer")
    if answered_at is None:
        return None
    if cdr.bridged:
        # An IVR answers before there is a party; early media come before an answer.
        return max(answered_at, cdr.bridged_at or 0)
    # Otherwise the dialplan answered: for whoever called in, nobody.
    alone = direction == "inbound" or _phone_first(cdr)
    rooms = ("conference",) if alone else ("conference", "bridge", "")
    by_party = direction == "outbound" and not alone
    return answered_at if by_party or cdr.get("last_app") in rooms else None


def _connected_after_queue(cdr: Cdr) -> int | None:
    left_at = cdr.second("cc_queue_canceled") or cdr.second("cc_queue_terminated")
    bridged_at = cdr.second("bridge")
    return bridged_at if left_at and bridged_at and bridged_at >= left_at else None


def _queued(cdr: Cdr) -> bool:
    return bool(cdr.get("cc_side", "cc_queue", "cc_queue_joined_epoch"))


def _queue(cdr: Cdr) -> str | None:
    """mod_callcenter names a queue name@domain."""
    return cdr.get("cc_queue").partition("@")[0] or None


def _queue_waitsec(cdr: Cdr, ended_at: int) -> int | None:
    joined_at = cdr.second("cc_queue_joined")
    if joined_at is None:
        return None
    until = ("cc_queue_answered", "cc_queue_canceled", "cc_queue_terminated")
    left_at = next(filter(None, map(cdr.second, until)), ended_at)
    return max(0, left_at - joined_at)


def _ended_in(cdr: Cdr, direction: Direction) -> Place | None:
    """Where a call that reached nobody came to its end."""
    if cdr.second("answer") is not None and cdr.used("voicemail"):
        return "voicemail"
    if _queued(cdr):
        return "queue"
    if cdr.second("answer") is not None and direction != "outbound" and not cdr.bridges:
        return "ivr"
    return None


def _cause(cdr: Cdr) -> str:
    """By name. A dialplan that goes on after a failed bridge ends clear: then the bridge tells."""
    cause, bridge = cdr.get("hangup_cause"), cdr.get("originate_disposition")
    clear = ("", "NONE", CLEARED)
    return bridge if cause in clear and bridge not in ("", "SUCCESS") else cause


def _our_side_hung_up(cdr: Cdr, direction: Direction) -> bool | None:
    """The channel is the caller's: what it received, the caller sent."""
    sent, _, _ = cdr.get("sip_hangup_disposition").partition("_")
    if sent not in ("send", "recv"):
        return None
    return (sent == "recv") == (direction != "inbound")


def _credited(
    cdr: Cdr, direction: Direction, ended_in: Place | None, *, answered: bool
) -> str | None:
    """The number that the call is credited to; None if it reached nobody."""
    if _phone_first(cdr):
        return _extension([cdr.get("dialed_user"), *_callers(cdr)])
    if direction != "inbound" and not _originated(cdr):
        callers = [caller for caller in _callers(cdr) if caller]
        return _extension(callers) or next(iter(callers), None)
    if answered:
        return _extension(_answering(cdr))
    if ended_in in ("queue", "ivr"):
        return None
    return _extension([*cdr.rang, cdr.get("dialed_extension"), cdr.get("dialed_user")])


def _answering(cdr: Cdr) -> list[str]:
    """Who answered first, by what tells it best. An agent's name may be its number."""
    first = cdr.first_bridged if cdr.second("cc_queue_answered") is None else {}
    return [
        cdr.get("cc_agent").partition("@")[0],
        str(first.get("callee_id_number") or ""),
        cdr.get("last_sent_callee_id_number"),
        cdr.get("callee_id_number"),
        cdr.get("dialed_user"),
        cdr.get("dialed_extension"),
        cdr.get("bridge_channel").rpartition("/")[2].partition("@")[0],
    ]


def _callers(cdr: Cdr) -> list[str]:
    first = cdr.profile(0)
    return [
        cdr.get("user_name"),
        cdr.get("sip_auth_username"),
        str(first.get("ani") or ""),
        str(first.get("caller_id_number") or ""),
        cdr.get("caller_id_number"),
        cdr.get("sip_from_user"),
    ]


def _extension(numbers: Iterable[str]) -> str | None:
    return next(filter(EXTENSION.fullmatch, numbers), None)


def _caller(cdr: Cdr) -> str:
    number = str(cdr.profile(0).get("caller_id_number") or "")
    return number or cdr.get("caller_id_number", "sip_from_user", "user_name")


def _callee(cdr: Cdr) -> str:
    """What was dialled; by click to call, what the phone was then connected to."""
    number = cdr.profile(-1 if _phone_first(cdr) else 0).get("destination_number")
    return str(number or "") or cdr.get("destination_number", "sip_req_user", "sip_to_user")
