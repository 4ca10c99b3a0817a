"""One person's working day on the telephone: calls and activities that fit each other.

A function of (seed, day, person) alone: each has its own stream of chance, so that nothing depends
on the order in which days are made nor on the present time. Times are seconds since the local
midnight, in whole seconds.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import accumulate
from math import exp, log
from random import Random
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from gateway.demo.company import EXTENSIONS, FIRST_EXTENSION, Department, Person
from gateway.ingest.records import Direction, State, Status

HOUR = 3600

# By weekday, Monday first.
PRESENCE = (0.96, 0.94, 0.92, 0.92, 0.88, 0.42, 0.10)
LEADERS_PRESENCE = 0.45

# Sessions on the telephone: how probable, earliest start, latest start, shortest, longest (hours).
SESSIONS = (
    (0.64, 7.75, 9.75, 1.6, 3.0),
    (0.60, 13.0, 14.75, 1.6, 3.0),
    (0.16, 17.0, 18.0, 1.5, 3.0),
)
# So that somebody is there at any hour, every twelfth agent works eight hours round the clock.
ON_DUTY = 12
DUTY_HOURS = 8

# How much comes in an hour, relative to the day's mean: the peaks are 9 to 11 and 14 to 16.
LOAD = (
    0.05, 0.04, 0.03, 0.03, 0.04, 0.08, 0.25, 0.5, 0.9, 1.35, 1.35, 1.0,
    0.7, 0.9, 1.3, 1.3, 1.0, 0.75, 0.55, 0.45, 0.35, 0.25, 0.15, 0.08,
)  # fmt: skip

MEAN_GAP = 480

PAUSE_AFTER_CALL = 0.25
PAUSES = {"BREAK": 420, "TOILET": 240, "COFFEE": 480, "MEETING": 1200, "COACHING": 900}
LOGIN_PAUSE = ("LOGIN", 15, 90)


Outcome = TypeVar("Outcome", bound=str)


class Shares(Generic[Outcome]):
    """Outcomes with their probabilities."""

    def __init__(self, shares: Mapping[Outcome, float]) -> None:
        self._outcomes = tuple(shares)
        self._edges = tuple(accumulate(shares.values()))

    def draw(self, random: Random) -> Outcome:
        # The last outcome takes what rounding leaves.
        return self._outcomes[min(bisect(self._edges, random.random()), len(self._edges) - 1)]


PAUSE_CODES = Shares(
    {"BREAK": 0.40, "TOILET": 0.30, "COFFEE": 0.15, "MEETING": 0.08, "COACHING": 0.07}
)

# Of calls that reached a person's telephone; those lost on the way are `lost()`.
STATUSES: Mapping[Direction, Shares[Status]] = {
    "inbound": Shares({"answered": 0.935, "no_answered": 0.045, "cancel": 0.02}),
    "outbound": Shares(
        {
            "answered": 0.585, "no_answered": 0.19, "busy": 0.08, "cancel": 0.06,
            "not_available": 0.04, "invalid": 0.018, "congestion": 0.01, "failed": 0.007,
            "phone_block": 0.004, "voicemail": 0.006,
        }
    ),
    "local": Shares(
        {
            "answered": 0.84, "no_answered": 0.09, "busy": 0.03, "cancel": 0.03,
            "not_available": 0.01,
        }
    ),
}  # fmt: skip
CAUSES: Mapping[Status, str] = {
    "answered": "NORMAL_CLEARING",
    "no_answered": "NO_ANSWER",
    "busy": "USER_BUSY",
    "busy_line": "ORIGINATOR_CANCEL",
    "not_available": "SUBSCRIBER_ABSENT",
    "cancel": "ORIGINATOR_CANCEL",
    "invalid": "UNALLOCATED_NUMBER",
    "ivr": "NORMAL_CLEARING",
    "failed": "INTERWORKING",
    "congestion": "NORMAL_CIRCUIT_CONGESTION",
    "phone_block": "INCOMING_CALL_BARRED",
    "voicemail": "NORMAL_CLEARING",
}
# Median and spread of the log-normal talk times, by direction.
TALK = {"inbound": (190, 0.75), "outbound": (130, 0.9), "local": (55, 0.8)}
DISPO = (34, 0.6)
LONGEST_TALK = 5400
MEAN_QUEUE = 22
# A caller waits in the queue, in the IVR before it, and while the telephone rings.
IVR_SECONDS = (6, 21)
RING_SECONDS = (3, 13)
LONG_RING_SECONDS = (18, 46)
# A call that fails before it rings.
SETUP_SECONDS = (1, 5)
NOT_RUNG = {"busy", "not_available", "invalid", "congestion", "failed", "phone_block"}

CUSTOMERS = 40_000
PREFIXES = ("090", "091", "093", "096", "097", "098", "032", "070", "079", "086", "088", "024")

# Calls a day that reach nobody, by weekday, Monday first.
LOST = (420, 400, 380, 380, 350, 180, 60)
LOST_STATUSES: Shares[Status] = Shares(
    {"busy_line": 0.52, "ivr": 0.40, "voicemail": 0.03, "failed": 0.05}
)
# In the evening and at night the IVR says when to call again.
NIGHT_STATUSES: Shares[Status] = Shares(
    {"busy_line": 0.04, "ivr": 0.76, "voicemail": 0.18, "failed": 0.02}
)
OPENS, CLOSES = 8 * HOUR, 21 * HOUR


class Call(NamedTuple):
    """`extension` is '' where it reached nobody."""

    start: int
    direction: Direction
    status: Status
    duration: int
    billsec: int
    extension: str
    caller_number: str
    callee_number: str
    hangup_cause: str


class Activity(NamedTuple):
    start: int
    end: int
    state: State
    pause_code: str = ""


Event: TypeAlias = Call | Activity


def chance(*parts: object) -> Random:
    """The stream of chance of what these name."""
    return Random("/".join(map(str, parts)))  # noqa: S311  # demo data is no secret


def worked(random: Random, day: date, person: Person) -> Iterator[Event]:
    """What a person does on a day, ascending: activities without gaps within a session."""
    if _on_duty(person):
        # Each day a turn earlier, so that none goes on into the person's next one.
        turn = (int(person.extensions[0]) // ON_DUTY - day.toordinal()) % (24 // DUTY_HOURS)
        start = turn * DUTY_HOURS * HOUR
        yield from _session(random, person, start, start + DUTY_HOURS * HOUR)
        return
    presence = PRESENCE[day.weekday()] * (LEADERS_PRESENCE if person.level == "leader" else 1)
    if random.random() >= presence:
        return
    free = 0
    for probability, earliest, latest, shortest, longest in SESSIONS:
        if random.random() < probability:
            # A last call may have lasted into the next session.
            start = max(free, _between(random, int(earliest * HOUR), int(latest * HOUR)))
            end = start + _between(random, int(shortest * HOUR), int(longest * HOUR))
            for event in _session(random, person, start, end):
                yield event
                if isinstance(event, Activity):
                    free = event.end


def lost(random: Random, day: date, departments: tuple[Department, ...]) -> Iterator[Call]:
    """The day's calls that reached nobody."""
    hours = tuple(accumulate(LOAD))
    for _ in range(int(LOST[day.weekday()] * (0.9 + 0.2 * random.random()))):
        hour = min(bisect(hours, random.random() * hours[-1]), len(LOAD) - 1)
        start = hour * HOUR + _between(random, 0, HOUR)
        is_open = OPENS <= start < CLOSES
        status = (LOST_STATUSES if is_open else NIGHT_STATUSES).draw(random)
        seconds = _between(random, *IVR_SECONDS)
        if status == "busy_line":
            seconds += 2 + _exponential(random, 3 * MEAN_QUEUE)
        hotline = departments[int(random.random() * len(departments))].hotline
        cause = CAUSES[status]
        yield Call(start, "inbound", status, seconds, 0, "", _customer(random), hotline, cause)


def _on_duty(person: Person) -> bool:
    return person.level == "agent" and int(person.extensions[0]) % ON_DUTY == 0


def _session(random: Random, person: Person, start: int, end: int) -> Iterator[Event]:
    code, shortest, longest = LOGIN_PAUSE
    since = now = start + _between(random, shortest, longest)
    yield Activity(start, now, "pause", code)
    while now < end:
        now += 1 + _exponential(random, MEAN_GAP / LOAD[now // HOUR])
        if now >= end:
            break
        call = _call(random, person, now)
        yield call
        now += call.duration
        if call.status == "answered":
            answer = now - call.billsec
            yield Activity(since, answer, "wait")
            yield Activity(answer, now, "talk")
            since = now + _log_normal(random, *DISPO)
            yield Activity(now, since, "dispo")
            if random.random() < PAUSE_AFTER_CALL:
                pause = _pause(random, since)
                yield pause
                since = pause.end
            now = since
    if since < end:
        yield Activity(since, end, "wait")


def _call(random: Random, person: Person, start: int) -> Call:
    direction = _direction(random, person.department)
    status = STATUSES[direction].draw(random)
    wait = _wait(random, direction, status)
    billsec = 0
    if status == "answered":
        billsec = min(_log_normal(random, *TALK[direction]), LONGEST_TALK)
    own = person.extensions[0 if random.random() < 0.7 else -1]  # noqa: PLR2004
    caller, callee = own, _customer(random)
    if direction == "inbound":
        caller, callee = callee, person.department.hotline
    elif direction == "local":
        callee = _colleague(random, own)
    cause = "CALL_REJECTED" if (direction, status) == ("inbound", "cancel") else CAUSES[status]
    return Call(start, direction, status, wait + billsec, billsec, own, caller, callee, cause)


def _direction(random: Random, department: Department) -> Direction:
    drawn = random.random()
    if drawn < department.inbound:
        return "inbound"
    return "outbound" if drawn < department.inbound + department.outbound else "local"


def _wait(random: Random, direction: Direction, status: Status) -> int:
    """Seconds from the call's start to the answer, or to its end without one."""
    if status in NOT_RUNG:
        return _between(random, *SETUP_SECONDS)
    unanswered = status == "no_answered"
    ring = _between(random, *(LONG_RING_SECONDS if unanswered else RING_SECONDS))
    if direction != "inbound":
        return ring
    return ring + _between(random, *IVR_SECONDS) + _exponential(random, MEAN_QUEUE)


def _pause(random: Random, start: int) -> Activity:
    code = PAUSE_CODES.draw(random)
    return Activity(start, start + _log_normal(random, PAUSES[code], 0.35), "pause", code)


def _customer(random: Random) -> str:
    """A number of one of the customers, of whom the first call more often than the last."""
    drawn = random.random()
    customer = int(drawn * drawn * CUSTOMERS)
    digits = 1_000_000 + customer * 7_919_003 % 9_000_000
    return f"{PREFIXES[customer % len(PREFIXES)]}{digits}"


def _colleague(random: Random, own: str) -> str:
    number = str(FIRST_EXTENSION + int(random.random() * (EXTENSIONS - 1)))
    return number if number != own else str(FIRST_EXTENSION + EXTENSIONS - 1)


def _between(random: Random, low: int, high: int) -> int:
    return low + int(random.random() * (high - low))


def _exponential(random: Random, mean: float) -> int:
    return int(-log(1 - random.random()) * mean)


def _log_normal(random: Random, median: int, spread: float) -> int:
    return 1 + int(median * exp(spread * random.normalvariate(0, 1)))
