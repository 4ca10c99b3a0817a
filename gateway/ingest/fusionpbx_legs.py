"""Rows of FusionPBX's v_xml_cdr: each is a leg, and together they are calls.

A leg becomes a call as mod_json_cdr's CDR of it would; what its columns do not hold, its other legs
or v_xml_cdr_flow tell. `docs/import.md` tells these rules to operators.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from gateway.ingest import freeswitch
from gateway.ingest.freeswitch import EXTENSION, LOST
from gateway.ingest.freeswitch_cdr import MICRO, Cdr
from gateway.ingest.records import CallRecord
from gateway.store.rows import Row

SOURCE = "fusionpbx"
# The dialplan sends a caller to voicemail box 101 by this.
BOX = re.compile(r"\*99(\d+)")

# A row of sql/fusionpbx/legs_*.sql.
Leg: TypeAlias = Row

# Columns that are channel variables of the same name.
VARIABLES = (
    "start_epoch", "answer_epoch", "end_epoch", "last_app", "last_arg", "bridge_uuid", "cc_side",
    "cc_queue", "cc_queue_joined_epoch", "cc_queue_answered_epoch", "cc_queue_terminated_epoch",
    "cc_queue_canceled_epoch", "hangup_cause", "sip_hangup_disposition", "caller_id_number",
)  # fmt: skip


class Numbers(NamedTuple):
    """{extension's uuid: its number}, {agent's uuid or name: its number}, and known queues."""

    extensions: Mapping[UUID, str]
    agents: Mapping[str, str]
    queues: frozenset[UUID]


def part(leg: Leg) -> str | None:
    """What kind of part of another call the leg is; None if it is a call itself."""
    if leg["cc_side"] == "agent":
        return "agents' legs of queues"
    if leg["hangup_cause"] in LOST:
        return "legs that lost to another phone"
    if leg["originating_leg_uuid"] is not None:
        return "legs that a call rang"
    return "b legs" if leg["leg"] == "b" else None


def call_of(leg: Leg) -> UUID | None:
    """The leg whose call this one is a part of, as far as it says."""
    for column in ("originating_leg_uuid", "cc_member_session_uuid"):
        found: UUID | None = leg[column]
        if found is not None and found != leg["xml_cdr_uuid"]:
            return found
    return _uuid(leg["bridge_uuid"]) if leg["leg"] == "b" else None


def call(leg: Leg, others: Iterable[Leg], flow: str | None, numbers: Numbers) -> CallRecord | None:
    """The call of that leg; None if it only joined another. InvalidRecordError if it lacks what a
    call needs.
    """
    cdr = Cdr(_cdr(leg, list(others), _flow(flow), numbers), encoded=False)
    record = freeswitch.told(cdr, SOURCE)
    queue_uuid = leg["call_center_queue_uuid"]
    if record is not None and queue_uuid in numbers.queues:
        record.queue, record.queue_uuid = None, queue_uuid
    return record


def _cdr(
    leg: Leg, others: Sequence[Leg], flow: Sequence[Mapping[str, Any]], numbers: Numbers
) -> dict[str, Any]:
    first = _first_answering(others)
    connections = list(_connections(flow))
    if first is not None:
        connections = [_profile(_number(first, numbers), second(first["answer_epoch"]))]
    inbound = leg["direction"] == "inbound" or leg["context"] == "public"
    variables = {name: str(leg[name] or "").strip() for name in VARIABLES}
    variables |= {
        "uuid": str(leg["xml_cdr_uuid"]),
        "call_direction": leg["direction"] or "",
        "cc_agent": numbers.agents.get(leg["cc_agent"] or "", leg["cc_agent"] or ""),
        # Inbound it is who was called, else who called.
        "dialed_user" if inbound else "user_name": _extension(leg, numbers),
        "dialed_extension": _last_rung(others, numbers),
    }
    _correct_ending(leg, variables, connected=bool(connections))
    if variables["cc_queue_joined_epoch"] or variables["cc_queue"]:
        variables["bridge_epoch"] = _after_queue(variables, connections)
    return {"variables": variables, "callflow": [_dialled(leg, inbound=inbound), *connections]}


def _correct_ending(leg: Leg, variables: dict[str, str], *, connected: bool) -> None:
    """Name what FusionPBX runs as a script, so that `last_app` says lua."""
    if leg["conference_name"]:
        variables["last_app"] = "conference"
        return
    box = BOX.fullmatch(leg["destination_number"] or "")
    script = leg["last_app"] == "lua" and "voicemail" in (leg["last_arg"] or "")
    if box or script or leg["voicemail_message"] == "true" or leg["last_app"] == "voicemail":
        variables["last_app"] = "voicemail"
        variables["dialed_extension"] = variables["dialed_extension"] or (box[1] if box else "")
        if not connected:
            # It is the voicemail's own, or that of a phone that did not answer.
            variables["bridge_uuid"] = ""


def _after_queue(variables: Mapping[str, str], connections: Sequence[Mapping[str, Any]]) -> str:
    """When a caller whom no agent of the queue answered was connected, after it or before it."""
    if connections:
        return str(connections[-1]["times"]["bridged_time"] // MICRO)
    left = variables["cc_queue_canceled_epoch"] or variables["cc_queue_terminated_epoch"]
    return left if variables["bridge_uuid"] else ""


def _dialled(leg: Leg, *, inbound: bool) -> dict[str, Any]:
    numbers = [leg["caller_destination"], leg["destination_number"]]
    dialled = next(filter(None, numbers if inbound else reversed(numbers)), "")
    return {
        "caller_profile": {
            "caller_id_number": leg["caller_id_number"] or "",
            "destination_number": dialled,
            "context": leg["context"] or "",
        }
    }


def _profile(number: str, moment: int) -> dict[str, Any]:
    return {
        "caller_profile": {"callee_id_number": number},
        "times": {"bridged_time": moment * MICRO},
    }


def _connections(flow: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """To whom the caller was connected, one after another."""
    for profile in Cdr({"variables": {}, "callflow": list(flow)}).profiles:
        alone = Cdr({"variables": {}, "callflow": profile})
        if alone.bridged_at is not None:
            yield _profile(str(alone.profile(0).get("callee_id_number") or ""), alone.bridged_at)


def _flow(text: str | None) -> list[Any]:
    if text is None:
        return []
    found = msgspec.json.decode(text)
    return found if isinstance(found, list) else [found]


def _first_answering(others: Iterable[Leg]) -> Leg | None:
    """Of the phones that a call rang, the one that answered first."""
    answered = (
        leg
        for leg in others
        if second(leg["answer_epoch"]) and leg["bridge_uuid"] and leg["hangup_cause"] not in LOST
    )
    return min(
        answered, key=lambda leg: (second(leg["answer_epoch"]), leg["xml_cdr_uuid"]), default=None
    )


def _last_rung(others: Iterable[Leg], numbers: Numbers) -> str:
    """Of the phones whose ringing ended last, the lowest number."""
    rung = [
        (second(leg["end_epoch"]), number) for leg in others if (number := _number(leg, numbers))
    ]
    last = max((end for end, _ in rung), default=0)
    return min((number for end, number in rung if end == last), default="")


def _number(leg: Leg, numbers: Numbers) -> str:
    """The number of a phone that was rung."""
    agent = numbers.agents.get(leg["cc_agent"] or "", "") if leg["cc_side"] == "agent" else ""
    dialled = leg["destination_number"] or ""
    return (
        agent
        or _extension(leg, numbers)
        or (dialled if EXTENSION.fullmatch(dialled) is not None else "")
    )


def _extension(leg: Leg, numbers: Numbers) -> str:
    return numbers.extensions.get(leg["extension_uuid"], "")


def second(text: str | None) -> int:
    """An epoch; 0 for an instant that never was, which is also stored as less."""
    whole = (text or "").partition(".")[0]
    return int(whole) if whole.isdecimal() and len(whole) <= len("9999999999") else 0


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
