"""`start_time` and `end_time`: how they are read, and the period that they mean."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from gateway.errors import BadUserInputError, PeriodTooLongError
from gateway.period import (
    EARLIEST,
    LATEST,
    Period,
    check_length,
    days,
    instant,
    span,
    start_of,
)

START = "start_time"
END = "end_time"
ONE_SECOND = timedelta(seconds=1)
LAST_SECOND = time(23, 59, 59)
EXPECTED = (
    'write a local time such as "2023-03-07 00:00:00", a date such as "2023-03-07",'
    ' or ISO 8601 with an offset such as "2023-03-07T00:00:00+07:00"'
)

# A "+" that was not percent-encoded arrives as a space: before the time and in the offset.
_WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[Tt +](?P<time>(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?)"
    r"(?: ?(?P<offset>[Zz]|[-+ ]\d\d(?::?\d\d)?))?)?",
    re.ASCII,
)


class Query(Protocol):
    """The part of Starlette's QueryParams that is used."""

    def getlist(self, key: str) -> Sequence[str]: ...


class Asked(NamedTuple):
    """The period, and whether the request named one."""

    period: Period
    explicit: bool


def asked(query: Query, now: datetime, zone: ZoneInfo, max_days: int) -> Asked:
    """What the request asks for: without parameters today; from a start until now; or the end's
    day up to the end, which is inclusive at the second.
    """
    start_text, end_text = _given(query, START), _given(query, END)
    if not start_text and not end_text:
        today = now.astimezone(zone).date()
        return Asked(days(today, today, zone), explicit=False)
    end, beyond = _end(end_text, zone) if end_text else _until(now)
    start = _start(start_text, zone) if start_text else _midnight_before(end, zone)
    _check_order(start, end, start_text, end_text)
    return Asked(_checked(start, beyond, zone, max_days), explicit=True)


def _given(query: Query, name: str) -> str:
    """The parameter's text; an empty one counts as missing."""
    found = [text.strip() for text in query.getlist(name) if text.strip()]
    if len(found) > 1:
        # Which one is meant nobody can know, and a wrong guess gives wrong figures.
        raise BadUserInputError(name, f"{name} is given {len(found)} times: give it once.")
    return found[0] if found else ""


def _start(text: str, zone: ZoneInfo) -> datetime:
    written = _read(START, text)
    return written if written.tzinfo else instant(written, zone)


def _midnight_before(moment: datetime, zone: ZoneInfo) -> datetime:
    return start_of(moment.astimezone(zone).date(), zone)


def _end(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last second and the end of the half-open period."""
    written = _read(END, text, LAST_SECOND).replace(microsecond=0)
    if written.tzinfo:
        return _until(written)
    last = instant(written, zone, latest=True)
    skipped = last.astimezone(zone).replace(tzinfo=None) != written
    # A second that the clocks skipped ends where they skipped it: it has no length of its own.
    return (last, last) if skipped else _until(last)


def _until(last: datetime) -> tuple[datetime, datetime]:
    last = last.replace(microsecond=0)
    return last, last + ONE_SECOND


def _read(name: str, text: str, otherwise: time = time()) -> datetime:
    """The time as it is written, naive unless it has an offset; a bare date has `otherwise`."""
    parts = _WRITTEN.fullmatch(text)
    if parts is None:
        raise _unreadable(name, text)
    clock = parts["time"] or otherwise.isoformat()
    offset = (parts["offset"] or "").replace(" ", "+").upper()
    try:
        written = datetime.fromisoformat(f"{parts['day']}T{clock}{offset}")
    except ValueError:
        raise _unreadable(name, text) from None
    if not EARLIEST < written.date() < LATEST:
        raise BadUserInputError(
            name,
            f'{name} "{text}" is out of range: write a date after {EARLIEST}, before {LATEST}.',
        )
    return written


def _unreadable(name: str, text: str) -> BadUserInputError:
    return BadUserInputError(name, f'{name} "{text[:80]}" cannot be read: {EXPECTED}.')


def _check_order(start: datetime, end: datetime, start_text: str, end_text: str) -> None:
    if start.replace(microsecond=0) <= end:
        return
    if end_text:
        raise BadUserInputError(START, f'{START} "{start_text}" is after {END} "{end_text}".')
    raise BadUserInputError(
        START, f'{START} "{start_text}" is in the future: without {END} the period ends now.'
    )


def _checked(start: datetime, end: datetime, zone: ZoneInfo, max_days: int) -> Period:
    try:
        return check_length(span(start, end, zone), max_days)
    except PeriodTooLongError:
        raise BadUserInputError(
            START,
            f"{START} and {END} are more than {max_days} days apart: ask for several shorter"
            " periods.",
        ) from None
