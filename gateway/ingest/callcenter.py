"""FreeSWITCH's mod_callcenter: its events, one JSON object a line, tell what agents did."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from gateway.ingest.canonical import rejected
from gateway.ingest.checking import InvalidRecordError, shown
from gateway.ingest.sources import Source
from gateway.ingest.texts import lenient
from gateway.ingest.timeline import Activity, Doing, Event, Timeline, Who, epoch_of

SOURCE = "callcenter"
STATUS, STATE = "agent-status-change", "agent-state-change"
BRIDGED, UNBRIDGED = "bridge-agent-start", "bridge-agent-end"
ACTIONS = {STATUS, STATE, BRIDGED, UNBRIDGED}
AVAILABLE = {"Available", "Available (On Demand)"}
ON_BREAK, LOGGED_OUT = "On Break", "Logged Out"
IN_CALL = "In a queue call"
MICROSECONDS = 1_000_000


class Agent:
    """What is known of an agent: together it makes the state."""

    def __init__(self) -> None:
        self.status = ""
        self.talking = False

    @property
    def doing(self) -> Doing | None:
        if self.talking:
            return Doing("talk")
        if self.status == ON_BREAK:
            return Doing("pause")
        return Doing("wait") if self.status in AVAILABLE else None

    def hear(self, action: str, event: Mapping[str, Any]) -> None:
        if action == STATUS:
            status = _given(event, "CC-Agent-Status")
            if status not in {*AVAILABLE, ON_BREAK, LOGGED_OUT}:
                raise InvalidRecordError(f"CC-Agent-Status: {shown(status)} is not known")
            self.status = status
        else:
            # The state repeats what the bridge tells, which may be missing in the file.
            self.talking = action == BRIDGED or (
                action == STATE and _given(event, "CC-Agent-State") == IN_CALL
            )


def activities(
    source: Source, who: Who, now: datetime, pbx_domain: str | None = None
) -> Iterator[Activity]:
    """What agents did; with `pbx_domain` only the agents name@pbx_domain. Other events are passed
    over.
    """
    timeline = Timeline(SOURCE, who, now)
    agents: dict[str, Agent] = {}
    for number, line in source.lines():
        try:
            given = _object(line)
            action = given.get("CC-Action")
            if action not in ACTIONS:
                _check_event(given)
                continue
            name, _, domain = _agent(given).partition("@")
            if pbx_domain is not None and domain != pbx_domain:
                continue
            event = Event(number, lenient(line), _epoch(given), name)
            timeline.check(event)
            agent = agents.setdefault(name, Agent())
            agent.hear(str(action), given)
        except InvalidRecordError as error:
            yield rejected(number, line, str(error))
        else:
            yield from timeline.change(event, agent.doing)
    yield from timeline.open()


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        given = msgspec.json.decode(lenient(line))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRecordError(f"this is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise InvalidRecordError("this is not a JSON object: write {...}")
    return given


def _check_event(given: Mapping[str, Any]) -> None:
    if "CC-Action" not in given and "Event-Name" not in given:
        raise InvalidRecordError("CC-Action is missing: this is no event of mod_callcenter")


def _agent(given: Mapping[str, Any]) -> str:
    # Old versions name the agent of a change CC-Name.
    return _given(given, "CC-Agent" if "CC-Agent" in given else "CC-Name")


def _epoch(given: Mapping[str, Any]) -> int:
    if "Event-Date-Timestamp" not in given:
        return epoch_of(_given(given, "epoch"), "Event-Date-Timestamp or epoch")
    text = _given(given, "Event-Date-Timestamp")
    if not (text.isascii() and text.isdigit()):
        raise InvalidRecordError(
            f"Event-Date-Timestamp: {shown(text)} is no number of microseconds"
        )
    return epoch_of(str(int(text) // MICROSECONDS), "Event-Date-Timestamp")


def _given(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str | int | float) or value == "":
        raise InvalidRecordError(f"{name} is missing")
    return str(value)
