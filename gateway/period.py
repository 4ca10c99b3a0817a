"""Periods, days and grains of a time zone: arithmetic without I/O.

A period is half-open, [start, end), on the instant a call started. The pinned `tzdata` package is
the only authority on zones: it makes the edges, and SQL gets instants.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.errors import BadUserInputError, PeriodTooLongError

MIDNIGHT = time()
ONE_DAY = timedelta(days=1)
EARLIEST = date(1900, 1, 1)
LATEST = date(2200, 1, 1)
EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MOST_MINUTES = 100 * 366 * 24 * 60
# Ten years of days, 1 MB: the same are asked about again and again.
DAYS_KEPT = 4000


class PeriodPreset(StrEnum):
    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    THIS_WEEK = "THIS_WEEK"
    LAST_WEEK = "LAST_WEEK"
    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    THIS_MONTH = "THIS_MONTH"
    LAST_MONTH = "LAST_MONTH"


class PeriodShift(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class Grain(StrEnum):
    QUARTER_HOUR = "QUARTER_HOUR"
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


SUB_DAY = {Grain.QUARTER_HOUR: timedelta(minutes=15), Grain.HOUR: timedelta(hours=1)}


@cache
def zone_names() -> frozenset[str]:
    names = resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
    return frozenset(names)


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name, from the pinned tzdata, never the machine's."""
    if name not in zone_names():
        raise BadUserInputError(
            "timeZone", f'"{name}" is no time zone: write an IANA name such as "Asia/Ho_Chi_Minh".'
        )
    with resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) as UTC instants, with the zone that its days are those of."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def first_day(self) -> date:
        return self.start.astimezone(self.zone).date()

    def last_day(self) -> date:
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()


class Bucket(NamedTuple):
    """The part of one grain that lies in a period; `whole` when that is all of the grain.

    `date` and `hour` are the local ones at which the grain begins.
    """

    date: date
    hour: int
    start: datetime
    end: datetime
    whole: bool


def instant(local: datetime, tz: tzinfo, *, latest: bool = False) -> datetime:
    """The UTC instant of a naive local time.

    Of the two instants of an ambiguous time, the earlier, or the later if `latest`. A time that
    the clocks skipped is the instant at which they skipped it.
    """
    chosen = local.replace(tzinfo=tz, fold=int(latest)).astimezone(UTC)
    if chosen.astimezone(tz).replace(tzinfo=None) == local:
        return chosen
    second = local.replace(microsecond=0)
    before = second.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = second.replace(tzinfo=tz, fold=0).astimezone(UTC)
    return _transition(min(before, after), max(before, after), tz)


def _transition(low: datetime, high: datetime, tz: tzinfo) -> datetime:
    """The first second after `low`, at most `high`, with another offset than `low` has."""
    offset = low.astimezone(tz).utcoffset()
    seconds = int((high - low).total_seconds())
    moved = bisect_right(
        range(seconds),
        False,
        key=lambda s: (low + timedelta(seconds=s)).astimezone(tz).utcoffset() != offset,
    )
    return low + timedelta(seconds=moved)


@lru_cache(DAYS_KEPT)
def start_of(day: date, tz: tzinfo) -> datetime:
    """The instant at which the local day begins."""
    return instant(datetime.combine(day, MIDNIGHT), tz)


def days(first: date, last: date, tz: ZoneInfo) -> Period:
    """The local days from `first` to `last`, both included."""
    if last < first:
        raise BadUserInputError("period", f"The period ends ({last}) before it begins ({first}).")
    _check_years(first, last)
    return Period(start_of(first, tz), start_of(last + ONE_DAY, tz), tz)


def span(start: datetime, end: datetime, tz: ZoneInfo) -> Period:
    """The half-open period between two instants."""
    if end < start:
        raise BadUserInputError(
            "period", f"The period ends ({end.isoformat()}) before it begins ({start.isoformat()})."
        )
    _check_years(start.date(), end.date())
    return Period(start.astimezone(UTC), end.astimezone(UTC), tz)


def last_minutes(minutes: int, now: datetime, tz: ZoneInfo) -> Period:
    """The minutes up to now; the present second is not over and does not belong to it."""
    end = now.astimezone(UTC).replace(microsecond=0)
    if not 1 <= minutes <= MOST_MINUTES:
        raise BadUserInputError(
            "period", f"lastMinutes lies between 1 and {MOST_MINUTES}, not {minutes}."
        )
    return Period(end - timedelta(minutes=minutes), end, tz)


def preset(name: PeriodPreset, now: datetime, tz: ZoneInfo) -> Period:
    today = now.astimezone(tz).date()
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    last_of_previous = first - ONE_DAY
    match name:
        case PeriodPreset.TODAY:
            return days(today, today, tz)
        case PeriodPreset.YESTERDAY:
            return days(today - ONE_DAY, today - ONE_DAY, tz)
        case PeriodPreset.THIS_WEEK:
            return days(monday, monday + timedelta(days=6), tz)
        case PeriodPreset.LAST_WEEK:
            return days(monday - timedelta(days=7), monday - ONE_DAY, tz)
        case PeriodPreset.LAST_7_DAYS:
            return days(today - timedelta(days=6), today, tz)
        case PeriodPreset.LAST_30_DAYS:
            return days(today - timedelta(days=29), today, tz)
        case PeriodPreset.THIS_MONTH:
            return days(first, months_earlier(first, -1) - ONE_DAY, tz)
        case PeriodPreset.LAST_MONTH:
            return days(last_of_previous.replace(day=1), last_of_previous, tz)


def shifted(period: Period, shift: PeriodShift, now: datetime) -> Period:
    """The same period one day, week, month or year earlier, by the local calendar.

    A period that is still running is cut at now first, so that like is compared with like.
    """
    running = period.start <= now < period.end
    first, last, tz = period.first_day, period.last_day(), period.zone
    if not running and period == Period(start_of(first, tz), start_of(last + ONE_DAY, tz), tz):
        return _days_earlier(first, last, shift, tz)
    end = now if running else period.end
    start, earlier_end = (_earlier(moment, shift, tz) for moment in (period.start, end))
    if earlier_end < start:
        # Across the hour that the clocks repeat, the end may be the earlier local time.
        earlier_end = start + (end - period.start)
    return Period(start, earlier_end, tz)


def check_length(period: Period, max_days: int) -> Period:
    """The period, if it spans no more local days than that."""
    # A day of slack for the hour that a change of clocks adds.
    if period.end - period.start > timedelta(days=max_days, hours=3):
        raise PeriodTooLongError(max_days)
    return period


def buckets(period: Period, grain: Grain) -> Iterator[Bucket]:
    """The period cut into grains of its zone, ascending, without gaps; none if it is empty."""
    edges = _edges(period, grain)
    start = next(edges)
    for end in edges:
        inside = max(start, period.start), min(end, period.end)
        if inside[0] < inside[1]:
            local = start.astimezone(period.zone)
            yield Bucket(local.date(), local.hour, *inside, whole=inside == (start, end))
        start = end


def _edges(period: Period, grain: Grain) -> Iterator[datetime]:
    """Edges of grains, from the last not after the start to the first not before the end."""
    if grain in SUB_DAY:
        yield from _sub_day_edges(period, SUB_DAY[grain])
        return
    day = period.first_day
    if grain is Grain.WEEK:
        day -= timedelta(days=day.weekday())
    elif grain is Grain.MONTH:
        day = day.replace(day=1)
    while True:
        edge = start_of(day, period.zone)
        yield edge
        if edge >= period.end:
            return
        day = _next_day(day, grain)


def _next_day(day: date, grain: Grain) -> date:
    match grain:
        case Grain.WEEK:
            return day + timedelta(days=7)
        case Grain.MONTH:
            return months_earlier(day, -1)
        case _:
            return day + ONE_DAY


def _sub_day_edges(period: Period, step: timedelta) -> Iterator[datetime]:
    edge = start_of(period.first_day, period.zone)
    while edge < period.end:
        following = _next_edge(edge, step, period.zone)
        if following > period.start:
            yield edge
        edge = following
    yield edge


def _next_edge(edge: datetime, step: timedelta, tz: tzinfo) -> datetime:
    """The next local time that is a multiple of `step`, or the change of clocks before it."""
    local = edge.astimezone(tz)
    past = timedelta(minutes=local.minute, seconds=local.second) % step
    following = edge + step - past
    if following.astimezone(tz).utcoffset() == local.utcoffset():
        return following
    return _transition(edge, following, tz)


def _days_earlier(first: date, last: date, shift: PeriodShift, tz: ZoneInfo) -> Period:
    following = last + ONE_DAY
    if first.day == following.day == 1:
        # Whole months shift to whole months, however long they are.
        last = _day_earlier(following, shift) - ONE_DAY
    else:
        last = _day_earlier(last, shift)
    return Period(start_of(_day_earlier(first, shift), tz), start_of(last + ONE_DAY, tz), tz)


def _earlier(moment: datetime, shift: PeriodShift, tz: tzinfo) -> datetime:
    local = moment.astimezone(tz)
    day = _day_earlier(local.date(), shift)
    if moment == start_of(local.date(), tz):
        # Not by its clock: where midnight is skipped, the day begins at one.
        return start_of(day, tz)
    return instant(datetime.combine(day, local.time()), tz, latest=bool(local.fold))


def _day_earlier(day: date, shift: PeriodShift) -> date:
    match shift:
        case PeriodShift.DAY:
            return day - ONE_DAY
        case PeriodShift.WEEK:
            return day - timedelta(days=7)
        case PeriodShift.MONTH:
            return months_earlier(day, 1)
        case PeriodShift.YEAR:
            return months_earlier(day, 12)


def months_earlier(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: PLR2004
    return min(first + timedelta(days=day.day - 1), following - ONE_DAY)


def _check_years(first: date, last: date) -> None:
    if first < EARLIEST or last > LATEST:
        raise BadUserInputError(
            "period", f"A period lies between {EARLIEST} and {LATEST}, not {first} to {last}."
        )
