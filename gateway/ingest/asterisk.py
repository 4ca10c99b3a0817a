"""Asterisk's Master.csv: its rows, each of a pair of parties, become calls."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from gateway.ingest.asterisk_rows import EXTENSION, CdrRow, extension_of, row
from gateway.ingest.canonical import rejected
from gateway.ingest.causes import Place, Verdict, status_of
from gateway.ingest.checking import InvalidRecordError
from gateway.ingest.records import CallRecord, Direction, Line, Reject
from gateway.ingest.sources import Source

SOURCE = "asterisk"
# The rows of a call need not stand together: as many calls as this wait for further rows.
OPEN = 20_000
# A uniqueid that came again after more than that is another call's.
LONGEST = 7 * 24 * 60 * 60
CAUSES = {
    "NO ANSWER": "NO_ANSWER",
    "BUSY": "USER_BUSY",
    "FAILED": "",
    "CONGESTION": "NORMAL_CIRCUIT_CONGESTION",
    # Asterisk had answered, and could not call anybody.
    "ANSWERED": "SUBSCRIBER_ABSENT",
}

CallLine: TypeAlias = Line[CallRecord] | Reject


class Call:
    """The rows of one call, folded as they come; in which order does not matter."""

    __slots__ = ("answered", "end", "first", "key", "last", "queued", "rang", "start", "talk_end")

    def __init__(self, first: CdrRow) -> None:
        self.key = first.key
        self.first = self.last = first
        self.start, self.end = first.start, first.end
        self.answered: CdrRow | None = None
        self.talk_end = first.end
        self.rang: tuple[datetime, str] | None = None
        self.queued: CdrRow | None = None

    def add(self, leg: CdrRow) -> None:
        self.start, self.end = min(self.start, leg.start), max(self.end, leg.end)
        # A Local channel's half is not the side that called, if another row tells that one.
        self.first = min(self.first, leg, key=lambda r: (r.local, r.start, r.number))
        self.last = max(self.last, leg, key=lambda r: (r.end, r.number))
        if leg.queue:
            self.queued = max(self.queued or leg, leg, key=lambda r: (r.end, r.number))
        self._add_answer(leg)
        self._add_ringing(leg.end, extension_of(leg.to_channel))

    def _add_ringing(self, end: datetime, number: str) -> None:
        """Of those that rang last, the lowest number."""
        rang = self.rang
        if number and (rang is None or end > rang[0] or (end == rang[0] and number < rang[1])):
            self.rang = (end, number)

    def _add_answer(self, leg: CdrRow) -> None:
        if not leg.connected:
            return
        self.talk_end = leg.end if self.answered is None else max(self.talk_end, leg.end)
        if self.answered is None or (leg.answer, leg.number) < (
            self.answered.answer,
            self.answered.number,
        ):
            self.answered = leg

    def record(self) -> CallRecord:
        direction = self._direction()
        verdict, cause = self._verdict(direction)
        duration = _seconds(self.start, self.end)
        if duration > LONGEST:
            raise InvalidRecordError(f"the rows of {self.key} lie {duration} s apart")
        return CallRecord(
            started_at=self.start,
            direction=direction,
            status=verdict.status,
            status_rule=verdict.rule,
            duration=duration,
            billsec=0 if self.answered is None else _seconds(self.answered.answer, self.talk_end),
            extension=self._extension(direction, verdict) or None,
            queue=self.queued.queue if self.queued else None,
            caller_number=self.first.source,
            callee_number=self.first.destination,
            hangup_cause=cause,
            source=SOURCE,
            source_key=self.key,
        )

    def _direction(self) -> Direction:
        """Inbound, unless an extension called; to whom is seen from the channel that was called."""
        if not extension_of(self.first.channel):
            return "inbound"
        told = self.answered or self.last
        if told.to_channel:
            return "local" if extension_of(told.to_channel) else "outbound"
        return "local" if _inside(told.destination) else "outbound"

    def _verdict(self, direction: Direction) -> tuple[Verdict, str]:
        """What became of the call, and the disposition that told it."""
        if self.answered is not None:
            return status_of("", direction, answered=True), self.answered.disposition
        last = self.last
        found = status_of(
            CAUSES[last.disposition], direction, answered=False, ended_in=_ended_in(last)
        )
        return found, last.disposition

    def _extension(self, direction: Direction, verdict: Verdict) -> str:
        if direction != "inbound":
            return extension_of(self.first.channel)
        if self.answered is not None:
            return extension_of(self.answered.to_channel)
        if verdict.rule in {"queue", "ivr"} or self.rang is None:
            return ""
        return self.rang[1]


def calls(
    source: Source, zone: ZoneInfo, corrected: Callable[[CdrRow], CdrRow] | None = None
) -> Iterator[CallLine]:
    """The calls of the file, and the lines that cannot be read. `corrected` gets each row, to make
    of it what another log knows better.
    """
    waiting: OrderedDict[str, Call] = OrderedDict()
    for number, line in source.lines():
        try:
            leg = row(number, line, zone)
        except InvalidRecordError as error:
            yield rejected(number, line, str(error))
            continue
        if corrected is not None:
            leg = corrected(leg)
        if leg.local and not leg.linked:
            # Without linkedid it cannot be told whose half it is; the call has a row of its own.
            continue
        call = waiting.get(leg.key)
        if call is None:
            call = waiting[leg.key] = Call(leg)
        call.add(leg)
        waiting.move_to_end(leg.key)
        if len(waiting) > OPEN:
            yield _line(waiting.popitem(last=False)[1])
    for call in waiting.values():
        yield _line(call)


def _line(call: Call) -> CallLine:
    first = call.first
    try:
        return Line(first.number, first.text, call.record())
    except ValueError as error:
        return rejected(first.number, first.text.encode(), str(error))


def _ended_in(last: CdrRow) -> Place | None:
    """Where a call that reached nobody came to its end."""
    if last.voicemail and last.disposition == "ANSWERED":
        return "voicemail"
    if last.application == "Queue":
        return "queue"
    if last.disposition == "ANSWERED" and last.application != "Dial":
        return "ivr"
    return None


def _inside(number: str) -> bool:
    return EXTENSION.fullmatch(number) is not None


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
