"""What agents did, told by events: each change of state ends one activity and begins the next."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from gateway.ingest.canonical import rejected
from gateway.ingest.checking import InvalidRecordError, shown
from gateway.ingest.records import ActivityRecord, Line, Reject, State

# Who an agent of the phone system is here: the fields `username` or `user_uuid` of a record.
Who: TypeAlias = Callable[[str], dict[str, Any]]
Activity: TypeAlias = Line[ActivityRecord] | Reject

# Loggers write from several threads: a little disorder is no fault of a file.
DISORDER = 60
ONE_DAY = 24 * 60 * 60
LATEST_EPOCH = 7_258_118_400  # 2200-01-01


class Event(NamedTuple):
    """A line of a log: where it stands, what it says, when and of whom."""

    number: int
    text: str
    epoch: int
    agent: str


class Doing(NamedTuple):
    """The state that an agent is in, and the pause's code."""

    state: State
    pause_code: str = ""


class _Begun(NamedTuple):
    doing: Doing
    event: Event
    epoch: int


class Timeline:
    """The activities of all agents of one source. Memory grows with the agents, not with the file.

    An activity's key is made of its agent, state and start: the same log again, or a longer one,
    tells the same activities.
    """

    def __init__(self, source: str, who: Who, now: datetime) -> None:
        self._source = source
        self._who = who
        self._begun: dict[str, _Begun] = {}
        self._now = int(now.timestamp())
        self._latest = 0

    def check(self, event: Event) -> None:
        """InvalidRecordError if the event is older than those before it, or is yet to come: a wrong
        clock would make all that follow seem old.
        """
        if event.epoch > self._now + ONE_DAY:
            raise InvalidRecordError(f"its time, {event.epoch}, lies in the future")
        if event.epoch < self._latest - DISORDER:
            raise InvalidRecordError(
                f"this is {self._latest - event.epoch} s older than what stands before it:"
                " put logs together in the order in which they were written"
            )
        self._latest = max(self._latest, event.epoch)

    def change(self, event: Event, doing: Doing | None) -> Iterator[Activity]:
        """From this event on the agent does that, or, with None, nothing."""
        begun = self._begun.get(event.agent)
        if begun is not None:
            if begun.doing == doing:
                return
            del self._begun[event.agent]
            yield self._activity(begun, max(0, event.epoch - begun.epoch))
        if doing is not None:
            epoch = event.epoch if begun is None else max(event.epoch, begun.epoch)
            self._begun[event.agent] = _Begun(doing, event, epoch)

    def open(self) -> Iterator[Activity]:
        """The activities that go on where the log ends."""
        for begun in self._begun.values():
            yield self._activity(begun, None)

    def _activity(self, begun: _Begun, seconds: int | None) -> Activity:
        event, (state, pause_code) = begun.event, begun.doing
        try:
            record = ActivityRecord(
                **self._who(event.agent),
                state=state,
                started_at=datetime.fromtimestamp(begun.epoch, UTC),
                seconds=seconds,
                pause_code=pause_code,
                source=self._source,
                source_key=f"{event.agent}:{state}:{begun.epoch}",
            )
        except ValueError as error:
            return rejected(event.number, event.text.encode(), str(error))
        return Line(event.number, event.text, record)


def epoch_of(text: str, what: str) -> int:
    """Whole seconds since 1970; InvalidRecordError if that is no time."""
    try:
        epoch = int(float(text))
    except (ValueError, OverflowError):
        epoch = 0
    if not 0 < epoch < LATEST_EPOCH:
        raise InvalidRecordError(f"{what}: {shown(text)} is not a time in seconds since 1970")
    return epoch
