"""Asterisk's queue_log: what agents did, and the calls that left a queue without an agent.

`epoch|callid|queue|agent|event|data1|data2|...`; a callid is the caller's uniqueid.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.ingest.asterisk import SOURCE, CallLine, calls
from gateway.ingest.asterisk_rows import CdrRow
from gateway.ingest.canonical import rejected
from gateway.ingest.causes import status_of
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.records import CallRecord, Line
from gateway.ingest.sources import Source
from gateway.ingest.texts import lenient, whole
from gateway.ingest.timeline import Activity, Doing, Event, Timeline, Who, epoch_of

FEWEST = 5
# PJSIP/101, Local/101@from-queue/n, Agent/1001; a member may as well be logged by its name.
INTERFACE = re.compile(r"(?:PJSIP|SIP|IAX2|SCCP|Local|Agent|DAHDI)/([^@/]+).*")
LEFT = {"ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY"}
LOGIN = {"AGENTLOGIN", "AGENTCALLBACKLOGIN", "ADDMEMBER"}
LOGOFF = {"AGENTLOGOFF", "AGENTCALLBACKLOGOFF"}
PAUSE, UNPAUSE = {"PAUSE", "PAUSEALL"}, {"UNPAUSE", "UNPAUSEALL"}
HUNG_UP = {
    "COMPLETEAGENT", "COMPLETECALLER", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER",
}  # fmt: skip
NOBODY = "NONE"


class Entry(NamedTuple):
    event: Event
    callid: str
    queue: str
    name: str
    data: tuple[str, ...]


class Agent:
    """What is known of an agent: together it makes the state."""

    def __init__(self) -> None:
        self.queues: set[str] = set()
        self.pause_code: str | None = None
        self.callid = ""
        self.wrapping = False

    @property
    def doing(self) -> Doing | None:
        if self.callid:
            return Doing("talk")
        if self.wrapping:
            return Doing("dispo")
        if self.pause_code is not None:
            return Doing("pause", self.pause_code)
        return Doing("wait") if self.queues else None

    def hear(self, entry: Entry) -> None:
        name = entry.name
        if name in LOGIN:
            self.queues.add(entry.queue)
        elif name == "REMOVEMEMBER":
            self.queues.discard(entry.queue)
            if not self.queues:
                self.pause_code = None
        elif name in LOGOFF:
            self.queues.clear()
            self.pause_code = None
        elif name in PAUSE:
            self.pause_code = entry.data[0] if entry.data else ""
        elif name in UNPAUSE:
            self.pause_code = None
        elif name == "CONNECT":
            self.callid = entry.callid
        elif name in HUNG_UP and self.callid == entry.callid:
            self.callid = ""
        self._hear_wrap_up(name)

    def _hear_wrap_up(self, name: str) -> None:
        if name == "WRAPUPSTART":
            self.wrapping = True
        elif name == "WRAPUPEND" or name in LOGIN | LOGOFF | PAUSE | UNPAUSE | {"CONNECT"}:
            # Not every system writes the end.
            self.wrapping = False


def activities(source: Source, who: Who, now: datetime) -> Iterator[Activity]:
    """What agents did: they talk from CONNECT to COMPLETE, and wait only once a log-in is told."""
    timeline = Timeline(SOURCE, who, now)
    agents: dict[str, Agent] = {}
    for number, line in source.lines():
        try:
            entry = _entry(number, line)
            timeline.check(entry.event)
        except InvalidRecordError as error:
            yield rejected(number, line, str(error))
            continue
        if entry.name == "QUEUESTART":
            # Asterisk started anew: nobody talks any more.
            for name, agent in agents.items():
                agent.callid, agent.wrapping = "", False
                yield from timeline.change(entry.event._replace(agent=name), agent.doing)
        elif entry.event.agent not in {"", NOBODY}:
            agent = agents.setdefault(entry.event.agent, Agent())
            agent.hear(entry)
            yield from timeline.change(entry.event, agent.doing)
    yield from timeline.open()


class LostCalls:
    """Calls that left a queue and were never connected to an agent. They are kept in memory, which
    so grows with the lost calls of the log: some hundred bytes for each.
    """

    def __init__(self, source: Source) -> None:
        self._entered: dict[str, tuple[int, str]] = {}
        self._lost: dict[str, Line[CallRecord]] = {}
        self._found: set[str] = set()
        for number, line in source.lines():
            try:
                self._hear(_entry(number, line))
            except InvalidRecordError:
                # It is rejected where activities are read.
                continue

    def after(self, source: Source, zone: ZoneInfo) -> Iterator[CallLine]:
        """The calls of Master.csv, and then the lost ones that are not among them."""
        yield from calls(source, zone, self._corrected)
        yield from (call for callid, call in self._lost.items() if callid not in self._found)

    def _corrected(self, leg: CdrRow) -> CdrRow:
        """Of a queue's unanswered call Asterisk may say ANSWERED, and name a phone that rang."""
        if leg.uniqueid not in self._lost:
            return leg
        self._found.add(leg.uniqueid)
        return leg._replace(disposition="NO ANSWER") if leg.application == "Queue" else leg

    def _hear(self, entry: Entry) -> None:
        if entry.name == "ENTERQUEUE":
            caller = entry.data[1] if len(entry.data) > 1 else ""
            self._entered.setdefault(entry.callid, (entry.event.epoch, caller))
        elif entry.name == "CONNECT":
            self._entered.pop(entry.callid, None)
            self._lost.pop(entry.callid, None)
        elif entry.name in LEFT and entry.callid in self._entered:
            self._lost[entry.callid] = self._call(entry, *self._entered[entry.callid])
            if entry.name == "ABANDON":
                del self._entered[entry.callid]
        elif entry.name == "EXITWITHKEY":
            # The caller chose to go on elsewhere.
            self._entered.pop(entry.callid, None)

    def _call(self, entry: Entry, entered: int, caller: str) -> Line[CallRecord]:
        waited = max(0, entry.event.epoch - entered)
        verdict = status_of("", "inbound", answered=False, ended_in="queue")
        record = CallRecord(
            started_at=datetime.fromtimestamp(entered, UTC),
            direction="inbound",
            status=verdict.status,
            status_rule=verdict.rule,
            duration=waited,
            billsec=0,
            queue_waitsec=waited,
            queue=entry.queue,
            caller_number=caller,
            callee_number=entry.queue,
            hangup_cause=entry.name,
            source=SOURCE,
            source_key=entry.callid,
        )
        return Line(entry.event.number, entry.event.text, record)


def _entry(number: int, line: bytes) -> Entry:
    whole(line)
    text = lenient(line)
    parts = text.split("|")
    if len(parts) < FEWEST:
        raise InvalidRecordError(
            f"there are {len(parts)} fields, but queue_log has at least {FEWEST}, separated by |"
        )
    epoch, callid, queue, agent, name, *data = parts
    event = Event(number, text, epoch_of(epoch, "time"), _agent(agent))
    return Entry(event, callid, queue, name, tuple(data))


def _agent(text: str) -> str:
    """The number of the member's interface, or its name."""
    found = INTERFACE.fullmatch(text)
    return text if found is None else found[1]
