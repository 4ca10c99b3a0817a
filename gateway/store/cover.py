"""Where a period's figures come from: whole local days from the rollup, the rest from records."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from gateway.errors import PeriodTooOldError
from gateway.period import ONE_DAY, Period, start_of


class Span(Protocol):
    """Two instants."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


class Part(NamedTuple):
    """A bucket's instants, [start, end)."""

    start: datetime
    end: datetime


class Cover(NamedTuple):
    """Parameters of a statement over figures, as texts.

    `edges` are the buckets' beginnings; the records are counted from `starts` to `ends`, pairwise;
    `days` come from the rollup, each into the bucket that `buckets` names at its place.
    """

    edges: list[str]
    starts: list[str]
    ends: list[str]
    days: list[str]
    buckets: list[str]
    first_day: date | None
    last_day: date | None

    @property
    def unbucketed(self) -> tuple[object, ...]:
        """The same for a statement without buckets."""
        return (self.starts, self.ends, self.days, self.first_day, self.last_day)


def cover(
    parts: Sequence[Span],
    zone: ZoneInfo,
    raw_since: datetime | None = None,
    *,
    rolled: bool = True,
) -> Cover:
    """Cover ascending, adjoining buckets; from the records alone unless `rolled`.

    `zone` is the domain's, whose days the rollup has; the buckets may be another zone's.
    PeriodTooOldError if records are needed from before `raw_since`.
    """
    days, edges = _local_days(parts, zone) if rolled and parts else ([], [])
    chosen: list[tuple[date, int]] = []
    spans: list[Part] = []
    for number, part in enumerate(parts, 1):
        low = bisect_left(edges, part.start)
        high = bisect_left(edges, part.end)
        if high < len(edges) and edges[high] == part.end:
            high += 1
        # edges[low:high] are the midnights within the bucket: between two of them is a day.
        if high - low < 2:  # noqa: PLR2004
            _add(spans, part.start, part.end)
            continue
        _add(spans, part.start, edges[low])
        chosen += [(day, number) for day in days[low : high - 1]]
        _add(spans, edges[high - 1], part.end)
    check_kept(spans, raw_since)
    return Cover(
        instants(part.start for part in parts),
        instants(span.start for span in spans),
        instants(span.end for span in spans),
        [str(day) for day, _ in chosen],
        [str(number) for _, number in chosen],
        chosen[0][0] if chosen else None,
        chosen[-1][0] if chosen else None,
    )


def check_kept(spans: Sequence[Span], raw_since: datetime | None) -> None:
    """PeriodTooOldError unless the records of the ascending spans are still there."""
    if raw_since is not None and spans and spans[0].start < raw_since:
        raise PeriodTooOldError(raw_since)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def instants(moments: Iterable[datetime]) -> list[str]:
    # As text: the driver would look the type timestamptz[] up on every new connection.
    return [moment.isoformat() for moment in moments]


def _local_days(parts: Sequence[Span], zone: ZoneInfo) -> tuple[list[date], list[datetime]]:
    """The local days that the buckets touch, and the midnights between and around them."""
    whole = Period(parts[0].start, parts[-1].end, zone)
    days = days_between(whole.first_day, whole.last_day())
    return days, [start_of(day, zone) for day in [*days, days[-1] + ONE_DAY]]


def _add(spans: list[Part], start: datetime, end: datetime) -> None:
    if start == end:
        return
    if spans and spans[-1].end == start:
        spans[-1] = Part(spans[-1].start, end)
    else:
        spans.append(Part(start, end))
