"""Reads of calls: figures per subject, per day or other grain, and the calls themselves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from gateway import measures
from gateway.period import Bucket, Grain, Period, buckets
from gateway.store.cover import Part, Span, check_kept
from gateway.store.directory import UserFilter
from gateway.store.rows import CallRow, Row, Subject, UserRow
from gateway.store.snapshot import Snapshot
from gateway.store.statements import BETWEEN_BUCKETS, Per, uuids

Figures = Mapping[str, Any]


class CallFilter(NamedTuple):
    """None: any. A number matches the caller's, the callee's or the credited extension's."""

    directions: tuple[str, ...] | None = None
    statuses: tuple[str, ...] | None = None
    has_user: bool | None = None
    number: str | None = None

    @property
    def rolled(self) -> bool:
        """Whether the rollups, which know directions but no single calls, can answer."""
        return self[1:] == (None, None, None)


class Ranking(NamedTuple):
    """By which measure or metric, from which end, and how many at most."""

    by: str
    descending: bool
    limit: int


class Shown(NamedTuple):
    """Figures as text: the measures of those names in their order, in decimal, with these texts
    between each two.
    """

    names: tuple[str, ...]
    between: Sequence[str]

    @property
    def zeros(self) -> str:
        """The text where no call matches."""
        return "0" + "".join(f"{text}0" for text in self.between)


class Texts(NamedTuple):
    """Figures of a key with matching calls: a text per bucket, and one of all of them together;
    each if it was asked for.
    """

    buckets: Sequence[str]
    whole: str


class CallPosition(NamedTuple):
    started_at: datetime
    uuid: UUID


EVERY_CALL = CallFilter()


async def call_stats(
    snapshot: Snapshot,
    keys: Iterable[UUID],
    subject: Subject,
    period: Period,
    fields: Iterable[str],
    matching: CallFilter = EVERY_CALL,
) -> Mapping[UUID, Figures]:
    """{key: figures of the whole period}; every key has a row, of zeros where no call matches."""
    keys = list(keys)
    names = measures.needed(fields)
    rows = await _rows(snapshot, keys, subject, whole(period), names, matching)
    found = {row["key"]: row for row in rows}
    common = {"subject": _population(snapshot, subject), "period": period}
    zeros = dict.fromkeys(names, 0)
    return {key: common | zeros | dict(found.get(key, {})) for key in keys}


async def call_stats_of_matches(
    snapshot: Snapshot,
    users: UserFilter,
    period: Period,
    fields: Iterable[str],
    matching: CallFilter = EVERY_CALL,
) -> Figures:
    """Figures of the whole period over all living users that match."""
    names = measures.needed(fields)
    rows: Sequence[Row] = (
        await snapshot.rows(
            "call_stats_by_match",
            *users.parameters,
            *snapshot.cover(whole(period), rolled=matching.rolled).unbucketed,
            *matching,
            measures=names,
        )
        if names
        else []
    )
    common = {"subject": "users", "period": period}
    return common | (dict(rows[0]) if rows else {})


async def ranking_of_matches(
    snapshot: Snapshot,
    users: UserFilter,
    period: Period,
    ranking: Ranking,
    fields: Iterable[str],
    matching: CallFilter = EVERY_CALL,
) -> Sequence[Mapping[str, Any]]:
    """[{rank, user, call_stats}] of the living users that match, in the ranking's order."""
    names = measures.needed([ranking.by, *fields])
    rows = await snapshot.rows(
        "users_ranking",
        *users.parameters,
        *snapshot.cover(whole(period), rolled=matching.rolled).unbucketed,
        *matching,
        ranking.descending,
        ranking.limit,
        row=UserRow,
        measures=names,
        by=ranking.by,
    )
    common = {"subject": "user", "period": period}
    return [
        {
            "rank": row["rank"],
            "user": row,
            "call_stats": common | {name: row[name] for name in names},
        }
        for row in rows
    ]


async def call_buckets(
    snapshot: Snapshot,
    keys: Iterable[UUID],
    subject: Subject,
    period: Period,
    grain: Grain,
    fields: Iterable[str],
    matching: CallFilter = EVERY_CALL,
) -> Mapping[UUID, Sequence[Figures]]:
    """{key: figures per grain of the period's zone}, zero-filled and ascending.

    Each has `date`, `start`, `end` and `whole` (see Bucket) beside the measures.
    """
    keys = list(keys)
    names = measures.needed(fields)
    parts = list(buckets(period, grain))
    rows = await _rows(snapshot, keys, subject, parts, names, matching)
    empty = [_frame(subject, part, names) for part in parts]
    found = {key: list(empty) for key in keys}
    for row in rows:
        key, bucket, *figures = row
        filled = empty[bucket - 1].copy()
        filled.update(zip(names, figures, strict=True))
        found[key][bucket - 1] = filled
    return found


async def call_texts(
    snapshot: Snapshot,
    keys: Iterable[UUID],
    subject: Subject,
    parts: Sequence[Span],
    shown: Shown | None,
    matching: CallFilter = EVERY_CALL,
    whole: Shown | None = None,
) -> Mapping[UUID, Texts]:
    """{key: texts of the figures `shown` per bucket, and of the `whole`}; none where no call
    matches. One of the two must be asked for.
    """
    if not parts:
        return {}
    name, per, arguments = _source(snapshot, list(keys), subject, parts, matching)
    rows: Sequence[Row] = await snapshot.rows(
        name,
        *arguments,
        *(each.between for each in (shown, whole) if each and each.between),
        texts=shown.names if shown else (),
        whole=whole.names if whole else (),
        # The whole adds up whatever rows there are.
        per=per if shown else None,
    )
    if shown is None:
        return {key: Texts((), text) for key, text in rows}
    every, zeros = [*range(1, len(parts) + 1)], [shown.zeros] * len(parts)
    found: dict[UUID, Texts] = {}
    for key, numbers, joined, *rest in rows:
        texts = joined.split(BETWEEN_BUCKETS)
        if numbers != every:
            present, texts = texts, zeros.copy()
            for number, text in zip(numbers, present, strict=True):
                texts[number - 1] = text
        found[key] = Texts(texts, *rest or [""])
    return found


async def call_credits(
    snapshot: Snapshot, period: Period, grain: Grain | None, fields: Iterable[str]
) -> Sequence[tuple[Bucket | None, Row]]:
    """Figures per grain (None: the period as one), user and extension with calls, and per number
    that the directory does not know. Each row: user_uuid?, extension_uuid?, extension, measures.
    """
    parts = [] if grain is None else list(buckets(period, grain))
    rows: Sequence[Row] = await snapshot.rows(
        "call_buckets_by_credit",
        *snapshot.cover(parts or whole(period)).without_quarters,
        measures=measures.needed(fields),
    )
    return [(parts[row["bucket"] - 1] if parts else None, row) for row in rows]


async def calls_by_uuid(snapshot: Snapshot, keys: Iterable[UUID]) -> Mapping[UUID, CallRow]:
    rows = await snapshot.rows("calls_by_uuid", uuids(keys), row=CallRow)
    return {row["uuid"]: row for row in rows}


async def calls_page(
    snapshot: Snapshot,
    keys: Iterable[UUID],
    subject: Subject,
    period: Period,
    limit: int,
    after: CallPosition | None = None,
    matching: CallFilter = EVERY_CALL,
    oldest_first: bool = False,
) -> Mapping[UUID, Sequence[CallRow]]:
    """{key: at most `limit` calls that started in the period, after that position}."""
    check_kept(whole(period), snapshot.raw_since)
    rows = await snapshot.rows(
        f"calls_by_{_through(subject)}_{'oldest' if oldest_first else 'newest'}",
        subject,
        uuids(keys),
        period.start,
        period.end,
        *matching,
        *(after or (None, None)),
        limit,
        row=CallRow,
    )
    pages: dict[UUID, list[CallRow]] = {}
    for row in rows:
        pages.setdefault(row["key"], []).append(row)
    return pages


async def _rows(
    snapshot: Snapshot,
    keys: Sequence[UUID],
    subject: Subject,
    parts: Sequence[Span],
    names: tuple[str, ...],
    matching: CallFilter,
) -> Sequence[Row]:
    if not names or not parts:
        return []
    name, per, arguments = _source(snapshot, keys, subject, parts, matching)
    return await snapshot.rows(name, *arguments, measures=names, per=per)


def _source(
    snapshot: Snapshot,
    keys: Sequence[UUID],
    subject: Subject,
    parts: Sequence[Span],
    matching: CallFilter,
) -> tuple[str, Per | None, Sequence[object]]:
    """The statement that has the figures, what its rows are added up for, if they have to be, and
    its parameters.
    """
    of_domain = subject == "domain"
    cover = snapshot.cover(parts, rolled=matching.rolled, of_domain=of_domain)
    through = _through(subject)
    one = len(parts) == 1
    days = cover.only_days and (one or cover.day_by_day)
    if through == "member" and days and matching == EVERY_CALL:
        found = (uuids(keys), cover.first_day, cover.last_day)
        if subject == "user":  # has one row a day, and needs nobody's membership
            return "call_days_by_user", "key" if one else None, found
        return "call_days_by_member", "key" if one else "bucket", (*found, subject)
    arguments = cover if of_domain else cover.without_quarters
    return f"call_buckets_by_{through}", None, (subject, uuids(keys), *arguments, *matching)


def whole(period: Period) -> Sequence[Part]:
    """The period as one bucket; none if it is empty."""
    return [Part(period.start, period.end)] if period.start < period.end else []


def _through(subject: Subject) -> str:
    """How a subject's calls are found: by itself, or through its members."""
    return subject if subject in {"domain", "extension"} else "member"


def _population(snapshot: Snapshot, subject: Subject) -> str:
    """Whose calls are counted: of a domain, all of them only for who sees all of it."""
    return "users" if subject == "domain" and snapshot.viewer.scope is not None else subject


def _frame(subject: str, part: Bucket, names: Iterable[str]) -> dict[str, Any]:
    return {"subject": subject, **part._asdict(), **dict.fromkeys(names, 0)}
