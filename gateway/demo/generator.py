"""The demo's data: a function of (seed, local date), so that each start appends what is missing.

A day's records never depend on the present time, which only says how much of them is there: a call
once it has ended, for its record is written then; an activity once it has begun, open at first.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid5

from gateway.demo import company
from gateway.demo.shift import Activity, Call, chance, lost, worked
from gateway.ingest.causes import Place, status_of
from gateway.ingest.records import ActivityRecord, CallRecord
from gateway.period import start_of, zone

SEED = "2"
SOURCE = "demo"
# Where calls end that reach nobody.
PLACES: Mapping[str, Place] = {"busy_line": "queue", "ivr": "ivr", "voicemail": "voicemail"}
# A person has fewer calls and activities than this on a day.
NUMBERS_OF_A_DAY = 0xFFFF


def today(now: datetime) -> date:
    return now.astimezone(zone(company.TIME_ZONE)).date()


def calls(day: date, now: datetime) -> Iterator[CallRecord]:
    """The day's calls that have ended, by their start."""
    midnight, elapsed = _clock(day, now)
    made = sorted(_calls(day), key=lambda numbered: (numbered[1].start, numbered[0]))
    for call_uuid, call in made:
        if call.start + call.duration <= elapsed:
            yield CallRecord(
                call_uuid=call_uuid,
                started_at=midnight + timedelta(seconds=call.start),
                direction=call.direction,
                status=call.status,
                duration=call.duration,
                billsec=call.billsec,
                extension=call.extension,
                caller_number=call.caller_number,
                callee_number=call.callee_number,
                hangup_cause=call.hangup_cause,
                status_rule=_rule(call),
                source=SOURCE,
            )


def activities(day: date, now: datetime) -> Iterator[ActivityRecord]:
    """The day's activities that have begun, person by person; `seconds` is None while open."""
    midnight, elapsed = _clock(day, now)
    for person in company.callers():
        numbers = _numbers(day, person.username, "activity")
        for event in worked(chance(SEED, day, person.username), day, person):
            if not isinstance(event, Activity):
                continue
            activity_uuid = next(numbers)
            if event.start < elapsed:
                yield ActivityRecord(
                    activity_uuid=activity_uuid,
                    user_uuid=person.user_uuid,
                    state=event.state,
                    started_at=midnight + timedelta(seconds=event.start),
                    seconds=event.end - event.start if event.end <= elapsed else None,
                    pause_code=event.pause_code,
                    source=SOURCE,
                )


def _calls(day: date) -> Iterator[tuple[UUID, Call]]:
    for person in company.callers():
        events = worked(chance(SEED, day, person.username), day, person)
        made = (event for event in events if isinstance(event, Call))
        yield from zip(_numbers(day, person.username, "call"), made, strict=False)
    unanswered = lost(chance(SEED, day), day, company.DEPARTMENTS)
    yield from zip(_numbers(day, "", "call"), unanswered, strict=False)


def _rule(call: Call) -> str:
    answered = call.status == "answered"
    place = PLACES.get(call.status)
    return status_of(call.hangup_cause, call.direction, answered=answered, ended_in=place).rule


def _numbers(day: date, who: str, what: str) -> Iterator[UUID]:
    """Uuids that share all but their last digits: cheaper than a hash for each."""
    first = uuid5(company.DOMAIN_UUID, f"{SEED}/{day}/{who}/{what}").int & ~NUMBERS_OF_A_DAY
    return (UUID(int=number) for number in count(first))


def _clock(day: date, now: datetime) -> tuple[datetime, float]:
    """The day's first instant, and the seconds from it to now."""
    midnight = start_of(day, zone(company.TIME_ZONE))
    return midnight, (now - midnight).total_seconds()
