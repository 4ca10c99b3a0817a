"""Where a period's figures come from: whole local days and quarter hours from the rollups, the rest
from the records.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from gateway.errors import PeriodTooOldError
from gateway.period import ONE_DAY, SUB_DAY, Grain, Period, start_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# From the epoch on, without a zone: nearly every zone's quarter hours begin when these do.
QUARTER = SUB_DAY[Grain.QUARTER_HOUR]


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
    `days` come from the rollup, each into the bucket that `buckets` names at its place; quarter
    hours from theirs, from `quarter_starts` to `quarter_ends`, pairwise.
    """

    edges: list[str]
    starts: list[str]
    ends: list[str]
    days: list[str]
    buckets: list[str]
    first_day: date | None
    last_day: date | None
    quarter_starts: list[str]
    quarter_ends: list[str]

    @property
    def without_quarters(self) -> tuple[object, ...]:
        """The same for a statement that reads no quarter hours."""
        return self[:-2]

    @property
    def only_days(self) -> bool:
        """Whether all comes from the rollup of days."""
        return bool(self.days) and not self.starts and not self.quarter_starts

    @property
    def day_by_day(self) -> bool:
        """Whether each bucket is one day, and the days follow each other."""
        if self.first_day is None or self.last_day is None:
            return False
        follow = (self.last_day - self.first_day).days == len(self.days) - 1
        return follow and self.buckets == [str(number) for number in range(1, len(self.edges) + 1)]

    @property
    def unbucketed(self) -> tuple[object, ...]:
        """The same for a statement without buckets, which reads no quarter hours."""
        return (self.starts, self.ends, self.days, self.first_day, self.last_day)


def cover(
    parts: Sequence[Span],
    zone: ZoneInfo,
    raw_since: datetime | None = None,
    *,
    rolled: bool = True,
    quarters: bool = False,
) -> Cover:
    """Cover ascending, adjoining buckets; from the records alone unless `rolled`. `quarters`: what
    is no whole day may come from the rollup of quarter hours.

    `zone` is the domain's, whose days the rollup has; the buckets may be another zone's.
    PeriodTooOldError if more than days is needed from before `raw_since`.
    """
    days, edges = _local_days(parts, zone) if rolled and parts else ([], [])
    chosen: list[tuple[date, int]] = []
    rest: list[Span] = []
    for number, part in enumerate(parts, 1):
        low = bisect_left(edges, part.start)
        high = bisect_left(edges, part.end)
        if high < len(edges) and edges[high] == part.end:
            high += 1
        # edges[low:high] are the midnights within the bucket: between two of them is a day.
        if high - low < 2:  # noqa: PLR2004
            rest.append(part)
            continue
        chosen += [(day, number) for day in days[low : high - 1]]
        rest += [Part(part.start, edges[low]), Part(edges[high - 1], part.end)]
    whole, left = _quarters(rest) if rolled and quarters else ([], rest)
    spans = _joined(left)
    check_kept(spans, raw_since)
    check_kept(whole, raw_since)
    return Cover(
        instants(part.start for part in parts),
        instants(span.start for span in spans),
        instants(span.end for span in spans),
        [str(day) for day, _ in chosen],
        [str(number) for _, number in chosen],
        chosen[0][0] if chosen else None,
        chosen[-1][0] if chosen else None,
        instants(span.start for span in whole),
        instants(span.end for span in whole),
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


def _quarters(pieces: Iterable[Span]) -> tuple[list[Part], list[Span]]:
    """The whole quarter hours in ascending pieces of buckets, and what is left of those."""
    whole: list[Span] = []
    left: list[Span] = []
    for piece in pieces:
        # The first edge not before its start, and the last one not after its end.
        first = piece.start + (EPOCH - piece.start) % QUARTER
        last = piece.end - (piece.end - EPOCH) % QUARTER
        if first < last:
            whole.append(Part(first, last))
            left += [Part(piece.start, first), Part(last, piece.end)]
        else:
            left.append(piece)
    return _joined(whole), left


def _joined(pieces: Iterable[Span]) -> list[Part]:
    """Those that are not empty; adjoining ones as one."""
    found: list[Part] = []
    for piece in pieces:
        if piece.start == piece.end:
            continue
        if found and found[-1].end == piece.start:
            found[-1] = Part(found[-1].start, piece.end)
        else:
            found.append(Part(piece.start, piece.end))
    return found
