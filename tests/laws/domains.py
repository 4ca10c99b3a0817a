"""Random domains: people, calls and activities around the days on which clocks change."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID, uuid4

from hypothesis import strategies as st

from gateway.measures import DIRECTIONS, STATES, STATUSES
from gateway.period import Period, start_of, zone
from gateway.store.rows import Subject
from tests.world import World

# Changes at midnight (Beirut, Cairo, Havana, Santiago), by half an hour (Lord Howe), against the
# seasons (Casablanca); offsets of half and quarter hours; zones without changes.
ZONES = (
    "Asia/Ho_Chi_Minh",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "America/Havana",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Chatham",
)
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
# Until January 7th, 1972 Monrovia was 44 minutes and 30 seconds behind.
ODD_ZONE = "Africa/Monrovia"
MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


@lru_cache
def turning_days(name: str) -> tuple[date, ...]:
    """The days on which the zone's clocks change, and some others."""
    tz = zone(name)
    if name == ODD_ZONE:
        return date(1971, 3, 1), date(1972, 1, 6), date(1972, 1, 7)
    found = [date(2024, 2, 29), date(2024, 12, 30)]
    day = FIRST
    while day < LAST:
        following = day + timedelta(days=1)
        if start_of(following, tz) - start_of(day, tz) != timedelta(days=1):
            found.append(day)
        day = following
    return tuple(found)


@dataclass
class Company:
    """A domain, a period to ask about, and the uuids of whatever has figures."""

    world: World
    period: Period
    other_zone: str
    cut: datetime
    now: datetime
    users: list[UUID] = field(default_factory=list)
    extensions: list[UUID] = field(default_factory=list)
    groups: list[UUID] = field(default_factory=list)
    departments: list[UUID] = field(default_factory=list)
    stranger: UUID = field(default_factory=uuid4)

    def subjects(self) -> dict[Subject, list[UUID]]:
        """Every uuid that there is of each subject, and one that there is not."""
        return {
            "domain": [self.world.domain_uuid],
            "user": [*self.users, self.stranger],
            "extension": [*self.extensions, self.stranger],
            "group": [*self.groups, self.stranger],
            "department": [*self.departments, self.stranger],
        }

    def halves(self) -> tuple[Period, Period, Period]:
        """The period up to the cut, from the cut, and whole."""
        start, end, tz = self.period.start, self.period.end, self.period.zone
        return Period(start, self.cut, tz), Period(self.cut, end, tz), self.period


@st.composite
def periods(draw: st.DrawFn, name: str) -> Period:
    """Local days around a change of clocks; or the same moved, so that no edge is a day's."""
    tz = zone(name)
    near = draw(st.sampled_from(turning_days(name)))
    first = near - timedelta(days=draw(st.integers(0, 3)))
    last = first + timedelta(days=draw(st.integers(0, 5)))
    start, end = start_of(first, tz), start_of(last + timedelta(days=1), tz)
    if draw(st.booleans()):
        start += timedelta(seconds=draw(st.integers(0, 86_400)))
        end = max(start, end - timedelta(microseconds=draw(st.integers(0, 90_000_000_000))))
    return Period(start, end, tz)


def instants(period: Period) -> st.SearchStrategy[datetime]:
    """Anywhere near the period, and just before, at and after its edges and its midnights."""
    edges = [period.start, period.end]
    day = period.first_day
    while (midnight := start_of(day, period.zone)) < period.end:
        edges.append(midnight)
        day += timedelta(days=1)
    seconds = int((period.end - period.start).total_seconds())
    near = st.integers(-90_000, seconds + 90_000).map(
        lambda passed: period.start + timedelta(seconds=passed)
    )
    beside = st.builds(
        lambda edge, step: edge + step,
        st.sampled_from(edges),
        st.sampled_from([-SECOND, -MOMENT, timedelta(), MOMENT, SECOND, timedelta(minutes=40)]),
    )
    return near | beside


@st.composite
def companies(
    draw: st.DrawFn,
    most_calls: int = 30,
    most_activities: int = 0,
    zones: Sequence[str] = ZONES,
) -> Company:
    name = draw(st.sampled_from(zones))
    period = draw(periods(name))
    instant = instants(period)
    company = Company(
        world=World(f"law-{uuid4().hex}", draw(st.sampled_from(zones))),
        period=period,
        other_zone=draw(st.sampled_from(zones)),
        cut=min(max(draw(instant), period.start), period.end),
        now=draw(instant),
    )
    _people(draw, company)
    calls = st.tuples(
        instant,
        st.sampled_from([None, *company.users]),
        st.sampled_from([None, *company.extensions]),
        st.sampled_from(DIRECTIONS),
        st.sampled_from(["answered", *STATUSES]),
        st.integers(0, 3600) | st.just(2**31 - 1),
    )
    for started_at, user, extension, direction, status, duration in draw(
        st.lists(calls, max_size=most_calls)
    ):
        company.world.call(
            started_at,
            direction=direction,
            status=status,
            duration=duration,
            user_uuid=user,
            extension_uuid=extension,
            extension="" if extension is None else f"{extension.int % 1000:03}",
            caller_number=draw(st.sampled_from(["", "100", "200"])),
        )
    if company.users and most_activities:
        _activities(draw, company, instant, most_activities)
    return company


def _people(draw: st.DrawFn, company: Company) -> None:
    world = company.world
    company.departments = [
        world.department(f"Department {number}") for number in range(draw(st.integers(0, 2)))
    ]
    company.groups = [
        world.group(
            f"Group {number}",
            draw(st.sampled_from([None, *company.departments])),
            kind=draw(st.sampled_from(["team", "permission"])),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    belongs = st.sets(st.sampled_from(company.groups)) if company.groups else st.just(set[UUID]())
    for number in range(draw(st.integers(0, 5))):
        removed_at = draw(st.sampled_from([None, None, company.period.start]))
        user = world.user(f"user{number}", groups=sorted(draw(belongs)), removed_at=removed_at)
        company.users.append(user)
        company.extensions += [
            world.extension(f"{number}{place}", user, removed_at=removed_at)
            for place in range(draw(st.integers(0, 2)))
        ]
    company.extensions.append(world.extension("99"))


def _activities(
    draw: st.DrawFn, company: Company, instant: st.SearchStrategy[datetime], most: int
) -> None:
    """One after another for each user, the last perhaps still open."""
    for user in company.users:
        starts = sorted(draw(st.lists(instant, max_size=most, unique=True)))
        for place, started_at in enumerate(starts, 1):
            following = starts[place] if place < len(starts) else None
            seconds = _seconds(draw, started_at, following)
            state = draw(st.sampled_from(STATES))
            company.world.activity(user, state, started_at, seconds)


def _seconds(draw: st.DrawFn, started_at: datetime, following: datetime | None) -> int | None:
    if following is None:
        return draw(st.sampled_from([None, 0, 1, 3600, 604_800]))
    longest = int((following - started_at).total_seconds())
    return draw(st.sampled_from([longest, longest // 2]))
