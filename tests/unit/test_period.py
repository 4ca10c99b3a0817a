"""Periods, days and grains: tables of the calendar's oddities, and laws that hold in any zone."""

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway import period as periods
from gateway.errors import BadUserInputError, PeriodTooLongError
from gateway.period import Bucket, Grain, Period, PeriodPreset, PeriodShift

ZONES = (
    "UTC",
    "Asia/Ho_Chi_Minh",
    "Asia/Kolkata",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Havana",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Africa/Cairo",
    "Pacific/Apia",
    "Antarctica/Troll",
)
ONE_DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def wall(text: str) -> datetime:
    """A naive local time."""
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


zones = st.sampled_from(ZONES).map(periods.zone)
dates = st.dates(date(2005, 1, 1), date(2037, 12, 31))
grains = st.sampled_from(Grain)


@st.composite
def spans(draw: st.DrawFn, longest: timedelta = timedelta(days=70)) -> Period:
    start = draw(st.datetimes(wall("2005-01-01T00:00"), wall("2037-01-01T00:00")))
    length = draw(st.timedeltas(timedelta(0), longest))
    return periods.span(
        start.replace(tzinfo=UTC), (start + length).replace(tzinfo=UTC), draw(zones)
    )


def day(zone: str, iso: str) -> Period:
    found = date.fromisoformat(iso)
    return periods.days(found, found, periods.zone(zone))


def local(period: Period) -> tuple[str, str]:
    """The period's edges as local times, for reading."""
    edges = (period.start.astimezone(period.zone), period.end.astimezone(period.zone))
    return (f"{edges[0]:%F %R}", f"{edges[1]:%F %R}")


def cut(period: Period, grain: Grain) -> list[Bucket]:
    return list(periods.buckets(period, grain))


HOURS_OF_DAYS = [
    ("UTC", "2024-02-29", 24),
    ("Asia/Ho_Chi_Minh", "2023-03-08", 24),
    ("Asia/Kolkata", "2023-03-08", 24),
    ("America/New_York", "2024-03-10", 23),
    ("America/New_York", "2024-11-03", 25),
    ("Australia/Lord_Howe", "2023-10-01", 23.5),
    ("Australia/Lord_Howe", "2024-04-07", 24.5),
    ("Africa/Casablanca", "2024-03-10", 25),
    ("Africa/Casablanca", "2024-04-14", 23),
    ("America/Havana", "2024-03-10", 23),
    ("America/Havana", "2024-11-03", 25),
    ("America/Sao_Paulo", "2018-11-04", 23),
    ("America/Sao_Paulo", "2018-02-17", 25),
    ("America/Sao_Paulo", "2018-02-18", 24),
    ("Asia/Beirut", "2022-03-27", 23),
    ("Asia/Beirut", "2022-10-29", 25),
    ("Africa/Cairo", "2023-04-28", 23),
    ("Africa/Cairo", "2023-10-26", 25),
    ("Pacific/Apia", "2011-12-29", 24),
    ("Pacific/Apia", "2011-12-30", 0),
    ("Pacific/Apia", "2011-12-31", 24),
    ("Antarctica/Troll", "2024-03-31", 22),
    ("Antarctica/Troll", "2024-10-27", 26),
]


@pytest.mark.parametrize(("zone", "iso", "hours"), HOURS_OF_DAYS)
def test_a_day_has_the_hours_it_has(zone: str, iso: str, hours: float) -> None:
    period = day(zone, iso)
    assert period.end - period.start == timedelta(hours=hours)
    assert sum((b.end - b.start for b in cut(period, Grain.HOUR)), timedelta()) == timedelta(
        hours=hours
    )
    assert len(cut(period, Grain.DAY)) == (hours > 0)


@given(spans(), grains)
@example(day("Pacific/Apia", "2011-12-30"), Grain.HOUR)
@example(
    Period(utc("2011-12-29T00:00"), utc("2012-01-02T00:00"), periods.zone("Pacific/Apia")),
    Grain.DAY,
)
def test_buckets_partition_the_period(period: Period, grain: Grain) -> None:
    found = cut(period, grain)
    if period.start == period.end:
        assert found == []
        return
    assert (found[0].start, found[-1].end) == (period.start, period.end)
    assert all(bucket.start < bucket.end for bucket in found)
    assert all(first.end == second.start for first, second in pairwise(found))
    # Only the outer ones can be parts of a grain.
    assert all(bucket.whole for bucket in found[1:-1])


@given(spans(), st.sampled_from([Grain.QUARTER_HOUR, Grain.HOUR, Grain.DAY]))
def test_what_lies_in_a_bucket_has_its_local_date_and_hour(period: Period, grain: Grain) -> None:
    dated = Counter(bucket.date for bucket in cut(period, Grain.DAY))
    assert set(dated.values()) <= {1}
    for bucket in cut(period, grain):
        inside = (bucket.start, bucket.start + (bucket.end - bucket.start) / 2)
        for moment in (*inside, bucket.end - MICROSECOND):
            found = moment.astimezone(period.zone)
            assert found.date() == bucket.date
            if grain is not Grain.DAY:
                assert found.hour == bucket.hour
        assert bucket.end - bucket.start <= timedelta(hours=26)


@given(dates, zones)
def test_a_week_begins_on_its_iso_monday_and_a_month_on_its_first(
    middle: date, zone: ZoneInfo
) -> None:
    period = periods.days(middle, middle + timedelta(days=40), zone)
    weeks, months = cut(period, Grain.WEEK), cut(period, Grain.MONTH)
    assert all(bucket.date.isoweekday() == 1 for bucket in weeks)
    assert all(bucket.date.day == 1 for bucket in months)
    for bucket in (*weeks, *months):
        assert bucket.date <= bucket.start.astimezone(zone).date()
        if bucket.whole:
            assert bucket.start == periods.start_of(bucket.date, zone)


@given(dates, zones, st.integers(0, 40), st.integers(0, 40))
def test_adjacent_periods_meet(first: date, zone: ZoneInfo, one: int, other: int) -> None:
    last = first + timedelta(days=one)
    earlier = periods.days(first, last, zone)
    later = periods.days(last + ONE_DAY, last + ONE_DAY + timedelta(days=other), zone)
    assert earlier.end == later.start
    assert periods.days(first, last + ONE_DAY + timedelta(days=other), zone) == Period(
        earlier.start, later.end, zone
    )


def test_hours_of_a_day_with_clock_changes() -> None:
    back = cut(day("America/Havana", "2024-11-03"), Grain.HOUR)
    assert [bucket.hour for bucket in back[:3]] == [0, 0, 1]
    assert len(back) == 25
    forth = cut(day("America/Sao_Paulo", "2018-11-04"), Grain.HOUR)
    assert [bucket.hour for bucket in forth[:2]] == [1, 2]
    half = cut(day("Australia/Lord_Howe", "2024-04-07"), Grain.HOUR)
    assert [(b.hour, (b.end - b.start).seconds // 60) for b in half[:4]] == [
        (0, 60),
        (1, 60),
        (1, 30),
        (2, 60),
    ]
    assert all(bucket.whole for bucket in (*back, *forth, *half))


def test_quarters_of_a_zone_with_a_quarter_in_its_offset() -> None:
    zone = periods.zone("Asia/Kathmandu")
    found = cut(periods.days(date(2024, 5, 1), date(2024, 5, 1), zone), Grain.QUARTER_HOUR)
    assert len(found) == 96
    assert {b.start.astimezone(zone).minute for b in found} == {0, 15, 30, 45}


def test_a_week_across_the_year_and_parts_of_grains() -> None:
    zone = periods.zone("Asia/Ho_Chi_Minh")
    period = periods.days(date(2024, 12, 31), date(2025, 1, 6), zone)
    assert [(str(b.date), b.whole) for b in cut(period, Grain.WEEK)] == [
        ("2024-12-30", False),
        ("2025-01-06", False),
    ]
    assert [(str(b.date), b.whole) for b in cut(period, Grain.MONTH)] == [
        ("2024-12-01", False),
        ("2025-01-01", False),
    ]
    year = periods.days(date(2024, 1, 1), date(2024, 12, 31), zone)
    assert len(cut(year, Grain.MONTH)) == 12
    assert len(cut(year, Grain.DAY)) == 366
    assert len(cut(year, Grain.WEEK)) == 53


def test_a_year_by_quarter_hours_is_cut_quickly() -> None:
    period = periods.days(date(2024, 1, 1), date(2024, 12, 31), periods.zone("America/New_York"))
    began = time.process_time()
    assert len(cut(period, Grain.QUARTER_HOUR)) == 366 * 96
    assert time.process_time() - began < 2


# now, preset: first and last day
PRESETS = [
    ("2024-03-01T00:00", PeriodPreset.TODAY, "2024-03-01", "2024-03-01"),
    ("2024-03-01T12:00", PeriodPreset.YESTERDAY, "2024-02-29", "2024-02-29"),
    ("2025-01-01T12:00", PeriodPreset.YESTERDAY, "2024-12-31", "2024-12-31"),
    ("2025-01-01T12:00", PeriodPreset.THIS_WEEK, "2024-12-30", "2025-01-05"),
    ("2024-12-30T00:00", PeriodPreset.THIS_WEEK, "2024-12-30", "2025-01-05"),
    ("2025-01-05T23:59", PeriodPreset.THIS_WEEK, "2024-12-30", "2025-01-05"),
    ("2025-01-06T00:00", PeriodPreset.LAST_WEEK, "2024-12-30", "2025-01-05"),
    ("2024-03-03T12:00", PeriodPreset.LAST_7_DAYS, "2024-02-26", "2024-03-03"),
    ("2024-03-30T12:00", PeriodPreset.LAST_30_DAYS, "2024-03-01", "2024-03-30"),
    ("2024-02-10T12:00", PeriodPreset.THIS_MONTH, "2024-02-01", "2024-02-29"),
    ("2024-12-10T12:00", PeriodPreset.THIS_MONTH, "2024-12-01", "2024-12-31"),
    ("2024-03-31T12:00", PeriodPreset.LAST_MONTH, "2024-02-01", "2024-02-29"),
    ("2025-01-31T12:00", PeriodPreset.LAST_MONTH, "2024-12-01", "2024-12-31"),
]


@pytest.mark.parametrize("zone_name", ZONES)
@pytest.mark.parametrize(("now", "preset", "first", "last"), PRESETS)
def test_presets(now: str, preset: PeriodPreset, first: str, last: str, zone_name: str) -> None:
    zone = periods.zone(zone_name)
    moment = periods.instant(datetime.fromisoformat(now), zone)
    assert periods.preset(preset, moment, zone) == periods.days(
        date.fromisoformat(first), date.fromisoformat(last), zone
    )


@given(st.datetimes(wall("2005-01-01T00:00"), wall("2037-01-01T00:00")), zones)
def test_presets_hold_together(naive: datetime, zone: ZoneInfo) -> None:
    now = naive.replace(tzinfo=UTC)
    found = {name: periods.preset(name, now, zone) for name in PeriodPreset}
    for name in ("TODAY", "THIS_WEEK", "THIS_MONTH", "LAST_7_DAYS", "LAST_30_DAYS"):
        assert found[PeriodPreset(name)].start <= now < found[PeriodPreset(name)].end
    for earlier, later in (
        ("YESTERDAY", "TODAY"),
        ("LAST_WEEK", "THIS_WEEK"),
        ("LAST_MONTH", "THIS_MONTH"),
    ):
        assert found[PeriodPreset(earlier)].end == found[PeriodPreset(later)].start
    assert len(cut(found[PeriodPreset.LAST_WEEK], Grain.WEEK)) == 1
    assert len(cut(found[PeriodPreset.LAST_MONTH], Grain.MONTH)) == 1


AFTER = "2030-01-01T00:00"
# zone, first and last day, shift, the shifted period
SHIFTED_DAYS = [
    ("UTC", "2024-03-01", "2024-03-01", "DAY", "2024-02-29 00:00", "2024-03-01 00:00"),
    ("UTC", "2024-03-31", "2024-03-31", "MONTH", "2024-02-29 00:00", "2024-03-01 00:00"),
    # Each day of March has a day of February: the same, or the last.
    ("UTC", "2023-03-28", "2023-03-28", "MONTH", "2023-02-28 00:00", "2023-03-01 00:00"),
    ("UTC", "2023-03-29", "2023-03-29", "MONTH", "2023-02-28 00:00", "2023-03-01 00:00"),
    ("UTC", "2023-03-30", "2023-03-30", "MONTH", "2023-02-28 00:00", "2023-03-01 00:00"),
    ("UTC", "2023-04-30", "2023-04-30", "MONTH", "2023-03-30 00:00", "2023-03-31 00:00"),
    ("UTC", "2023-04-01", "2023-04-30", "MONTH", "2023-03-01 00:00", "2023-04-01 00:00"),
    ("UTC", "2023-03-29", "2023-03-30", "MONTH", "2023-02-28 00:00", "2023-03-01 00:00"),
    ("UTC", "2023-03-01", "2023-03-28", "MONTH", "2023-02-01 00:00", "2023-03-01 00:00"),
    ("UTC", "2024-02-01", "2024-02-29", "MONTH", "2024-01-01 00:00", "2024-02-01 00:00"),
    ("UTC", "2024-01-01", "2024-01-31", "MONTH", "2023-12-01 00:00", "2024-01-01 00:00"),
    ("UTC", "2024-02-28", "2024-02-28", "YEAR", "2023-02-28 00:00", "2023-03-01 00:00"),
    ("UTC", "2024-02-29", "2024-02-29", "YEAR", "2023-02-28 00:00", "2023-03-01 00:00"),
    ("UTC", "2024-02-01", "2024-02-29", "YEAR", "2023-02-01 00:00", "2023-03-01 00:00"),
    ("UTC", "2025-02-01", "2025-02-28", "YEAR", "2024-02-01 00:00", "2024-03-01 00:00"),
    ("UTC", "2024-01-01", "2024-01-07", "WEEK", "2023-12-25 00:00", "2024-01-01 00:00"),
    ("America/New_York", "2024-03-11", "2024-03-11", "DAY", "2024-03-10 00:00", "2024-03-11 00:00"),
    ("America/Havana", "2024-11-04", "2024-11-04", "DAY", "2024-11-03 00:00", "2024-11-04 00:00"),
    ("America/Havana", "2024-11-03", "2024-11-03", "DAY", "2024-11-02 00:00", "2024-11-03 00:00"),
    ("Pacific/Apia", "2011-12-29", "2011-12-29", "DAY", "2011-12-28 00:00", "2011-12-29 00:00"),
    # Midnight was skipped on 4 November: its day begins at one, those around it at midnight.
    (
        "America/Sao_Paulo",
        "2018-11-04",
        "2018-11-04",
        "DAY",
        "2018-11-03 00:00",
        "2018-11-04 01:00",
    ),
    (
        "America/Sao_Paulo",
        "2018-11-05",
        "2018-11-05",
        "DAY",
        "2018-11-04 01:00",
        "2018-11-05 00:00",
    ),
]


@pytest.mark.parametrize(("zone", "first", "last", "shift", "start", "end"), SHIFTED_DAYS)
def test_days_shift_to_days(
    zone: str, first: str, last: str, shift: str, start: str, end: str
) -> None:
    period = periods.days(date.fromisoformat(first), date.fromisoformat(last), periods.zone(zone))
    assert local(periods.shifted(period, PeriodShift(shift), utc(AFTER))) == (start, end)


def test_a_day_shifts_onto_a_repeated_midnight_at_its_first() -> None:
    shifted = periods.shifted(day("America/Havana", "2024-11-04"), PeriodShift.DAY, utc(AFTER))
    assert shifted == day("America/Havana", "2024-11-03")
    assert shifted.end - shifted.start == timedelta(hours=25)


@given(dates, zones, st.sampled_from(PeriodShift))
@example(date(2024, 3, 28), periods.zone("UTC"), PeriodShift.YEAR)
def test_a_whole_day_shifts_to_a_whole_day(first: date, zone: ZoneInfo, shift: PeriodShift) -> None:
    shifted = periods.shifted(periods.days(first, first, zone), shift, utc("2040-01-01T00:00"))
    possible = {first - timedelta(days=ago) for ago in (1, 7, 28, 29, 30, 31, 365, 366)}
    assert shifted in [periods.days(moved, moved, zone) for moved in possible]


def test_a_running_period_is_cut_at_the_same_clock_time() -> None:
    zone = periods.zone("America/New_York")
    now = periods.instant(wall("2024-03-11T15:30"), zone)
    today = periods.preset(PeriodPreset.TODAY, now, zone)
    shifted = periods.shifted(today, PeriodShift.DAY, now)
    # 14.5 hours of a day of 23.
    assert local(shifted) == ("2024-03-10 00:00", "2024-03-10 15:30")
    assert shifted.end - shifted.start == timedelta(hours=14.5)
    month = periods.preset(PeriodPreset.THIS_MONTH, now, zone)
    assert local(periods.shifted(month, PeriodShift.MONTH, now)) == (
        "2024-02-01 00:00",
        "2024-02-11 15:30",
    )
    now = periods.instant(wall("2023-03-31T15:30"), zone)
    month = periods.preset(PeriodPreset.THIS_MONTH, now, zone)
    assert local(periods.shifted(month, PeriodShift.MONTH, now)) == (
        "2023-02-01 00:00",
        "2023-02-28 15:30",
    )
    # A period that is over, or has not begun, is not cut.
    assert local(periods.shifted(today, PeriodShift.WEEK, today.end))[1] == "2024-03-05 00:00"
    early = today.start - MICROSECOND
    assert local(periods.shifted(today, PeriodShift.WEEK, early))[1] == "2024-03-05 00:00"


def test_minutes_across_the_repeated_hour_stay_as_many() -> None:
    zone = periods.zone("America/New_York")
    # From 1:50 by the first clock to 1:10 by the second.
    period = periods.span(utc("2024-11-03T05:50"), utc("2024-11-03T06:10"), zone)
    shifted = periods.shifted(period, PeriodShift.DAY, utc(AFTER))
    assert shifted.end - shifted.start == timedelta(minutes=20)


@given(spans(), st.sampled_from(PeriodShift), st.timedeltas(timedelta(0), timedelta(days=80)))
def test_a_shifted_period_is_earlier_and_never_ends_before_it_begins(
    period: Period, shift: PeriodShift, ago: timedelta
) -> None:
    shifted = periods.shifted(period, shift, period.start + ago)
    assert shifted.start <= shifted.end
    assert shifted.start < period.start


def test_a_repeated_time_starts_at_its_first_and_ends_at_its_second() -> None:
    zone = periods.zone("America/New_York")
    repeated = wall("2024-11-03T01:30")
    assert periods.instant(repeated, zone) == utc("2024-11-03T05:30")
    assert periods.instant(repeated, zone, latest=True) == utc("2024-11-03T06:30")


@pytest.mark.parametrize("latest", [False, True])
@pytest.mark.parametrize(
    ("zone", "skipped", "moment"),
    [
        ("America/New_York", "2024-03-10T02:00", "2024-03-10T07:00"),
        ("America/New_York", "2024-03-10T02:59:59.999999", "2024-03-10T07:00"),
        ("Australia/Lord_Howe", "2023-10-01T02:15", "2023-09-30T15:30"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T13:14:15", "2011-12-30T10:00"),
        ("Antarctica/Troll", "2024-03-31T02:30", "2024-03-31T01:00"),
    ],
)
def test_a_skipped_time_is_the_moment_at_which_it_was_skipped(
    zone: str, skipped: str, moment: str, latest: bool
) -> None:
    found = periods.instant(datetime.fromisoformat(skipped), periods.zone(zone), latest=latest)
    assert found == utc(moment)


@given(st.datetimes(wall("2005-01-01T00:00"), wall("2037-01-01T00:00")), zones)
def test_an_instants_local_time_names_it(naive: datetime, zone: ZoneInfo) -> None:
    moment = naive.replace(tzinfo=UTC)
    here = moment.astimezone(zone)
    found = periods.instant(here.replace(tzinfo=None, fold=0), zone, latest=bool(here.fold))
    assert found == moment


def test_the_day_that_did_not_exist() -> None:
    zone = periods.zone("Pacific/Apia")
    month = periods.days(date(2011, 12, 1), date(2011, 12, 31), zone)
    found = cut(month, Grain.DAY)
    assert len(found) == 30
    assert [str(bucket.date) for bucket in found[-2:]] == ["2011-12-29", "2011-12-31"]
    after = periods.instant(wall("2011-12-31T12:00"), zone)
    nothing = periods.preset(PeriodPreset.YESTERDAY, after, zone)
    assert nothing.start == nothing.end
    for grain in Grain:
        assert cut(nothing, grain) == []
        assert cut(month, grain)[-1].end == month.end


def test_last_minutes() -> None:
    zone = periods.zone("Asia/Kolkata")
    now = datetime(2024, 1, 1, 0, 10, 30, 999, tzinfo=zone)
    found = periods.last_minutes(15, now, zone)
    assert found == Period(utc("2023-12-31T18:25:30"), utc("2023-12-31T18:40:30"), zone)
    assert found.start.tzinfo is UTC
    for wrong in (0, -1, 2**31 - 1, 10**30):
        with pytest.raises(BadUserInputError, match="lastMinutes"):
            periods.last_minutes(wrong, now, zone)


def test_a_period_that_ends_before_it_begins() -> None:
    zone = periods.zone("UTC")
    with pytest.raises(BadUserInputError, match=r"ends \(2024-01-01\) before it begins"):
        periods.days(date(2024, 1, 2), date(2024, 1, 1), zone)
    with pytest.raises(BadUserInputError, match="before it begins"):
        periods.span(utc("2024-01-01T00:00:01"), utc("2024-01-01T00:00"), zone)
    empty = periods.span(utc("2024-01-01T00:00"), utc("2024-01-01T00:00"), zone)
    assert all(cut(empty, grain) == [] for grain in Grain)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date.min, date(2024, 1, 1)), (date(2024, 1, 1), date.max), (date.max, date.max)],
)
def test_a_period_out_of_the_calendar(first: date, last: date) -> None:
    zone = periods.zone("Pacific/Apia")
    with pytest.raises(BadUserInputError, match="lies between 1900-01-01 and 2200-01-01"):
        periods.days(first, last, zone)
    with pytest.raises(BadUserInputError, match="lies between 1900-01-01 and 2200-01-01"):
        periods.span(
            datetime.combine(first, datetime.min.time(), zone),
            datetime.combine(last, datetime.max.time(), zone),
            zone,
        )


@pytest.mark.parametrize("zone_name", ZONES)
def test_the_limit_counts_local_days(zone_name: str) -> None:
    zone = periods.zone(zone_name)
    for first in (date(2024, 3, 1), date(2024, 4, 1), date(2024, 10, 1), date(2024, 11, 3)):
        fits = periods.days(first, first + timedelta(days=30), zone)
        assert periods.check_length(fits, 31) is fits
        with pytest.raises(PeriodTooLongError, match="longer than 31 days"):
            periods.check_length(periods.days(first, first + timedelta(days=31), zone), 31)


@pytest.mark.parametrize(
    "name",
    ["", "utc+7", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "asia/saigon", "A\0"],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(BadUserInputError, match="IANA name"):
        periods.zone(name)


def test_every_zone_of_the_catalogue_opens_and_comes_from_the_package() -> None:
    for name in periods.zone_names():
        assert periods.zone(name).key == name
    assert periods.zone("Asia/Saigon") is periods.zone("Asia/Saigon")


def test_the_last_day_of_a_period() -> None:
    period = day("America/New_York", "2024-11-03")
    assert (str(period.first_day), str(period.last_day())) == ("2024-11-03", "2024-11-03")
