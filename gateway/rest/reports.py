"""The five reports: each a description, and the rows that it shows."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.period import Grain, buckets
from gateway.rest import shapes
from gateway.rest.params import Asked
from gateway.rest.people import People, memberships, people_of, superiors
from gateway.rest.shapes import Shape, measures_of
from gateway.store.agents import LONGEST_ACTIVITY, agent_time
from gateway.store.calls import call_buckets, call_credits, call_stats
from gateway.store.directory import users_ever
from gateway.store.snapshot import Snapshot

Rows: TypeAlias = Iterable[Mapping[str, Any]]


class Report(NamedTuple):
    """`figures` follow the row's columns where the request names a period; `coded` answers carry
    code and content; `may_grow`: an open activity makes the figures grow without any write.
    """

    path: str
    title: str
    description: str
    row: Shape
    read: Callable[[Snapshot, Asked], Awaitable[Rows]]
    figures: Shape = ()
    coded: bool = False
    may_grow: bool = False

    def shape(self, asked: Asked) -> Shape:
        return self.row + self.figures if asked.explicit else self.row

    def settled(self, asked: Asked, now: datetime) -> bool:
        """Whether the same question has the same answer until somebody writes."""
        # An activity lasts a week at most: what started earlier cannot be growing still.
        return not self.may_grow or asked.period.end <= now - LONGEST_ACTIVITY


async def _users(snapshot: Snapshot, asked: Asked) -> Rows:
    people = await people_of(snapshot)
    belonging = await memberships(snapshot, people.living)
    figures: Mapping[UUID, Mapping[str, Any]] = {}
    if asked.explicit:
        names = measures_of(shapes.USER_FIGURES)
        figures = await call_stats(snapshot, people.living, "user", asked.period, names)
    domain = {"domain_uuid": snapshot.domain_uuid}
    return [
        {
            **people.user(user),
            **people.first_extension(user),
            **belonging[user],
            **domain,
            **figures.get(user, {}),
        }
        for user in people.living
    ]


async def _extensions(snapshot: Snapshot, asked: Asked) -> Rows:
    people = await people_of(snapshot)
    names = measures_of(shapes.EXTENSION)
    totals: dict[tuple[str, str], dict[str, Any]] = {}
    for _, row in await call_credits(snapshot, asked.period, None, names):
        uuid, number = row["extension_uuid"], row["extension"]
        if number:
            empty = {"extension": number, "extension_uuid": uuid, **dict.fromkeys(names, 0)}
            sums = totals.setdefault((number, str(uuid or "")), empty)
            sums.update({name: sums[name] + row[name] for name in names})
    return [
        {**people.user_of_extension(row["extension_uuid"]), **row}
        for row in (totals[key] for key in sorted(totals))
    ]


class Pair(NamedTuple):
    """A user and an extension that it has or had; in the order of the rows."""

    user: UUID
    extension: str
    extension_uuid: str


async def _summary(snapshot: Snapshot, asked: Asked) -> Rows:
    people = await people_of(snapshot)
    names = measures_of(shapes.SUMMARY)
    figures = await _figures_by_day(snapshot, people, asked, names)
    pairs = sorted({*_living_pairs(people), *(pair for _, pair in figures)})
    users = {pair.user for pair in pairs}
    belonging = await memberships(snapshot, users, kinds=("team",))
    above = await superiors(snapshot, people, users)
    zeros = dict.fromkeys(names, 0)
    identities = {
        pair: {
            **people.user(pair.user),
            "extension": pair.extension,
            "extension_uuid": pair.extension_uuid,
            **belonging[pair.user],
            **above[pair.user],
        }
        for pair in pairs
    }
    return [
        {**identity, "time": _midnight(day.date), **figures.get((day.date, pair), zeros)}
        for day in buckets(asked.period, Grain.DAY)
        for pair, identity in identities.items()
    ]


async def _figures_by_day(
    snapshot: Snapshot, people: People, asked: Asked, names: tuple[str, ...]
) -> Mapping[tuple[date, Pair], Mapping[str, Any]]:
    return {
        (
            day.date,
            Pair(row["user_uuid"], row["extension"], str(row["extension_uuid"] or "")),
        ): {name: row[name] for name in names}
        for day, row in await call_credits(snapshot, asked.period, Grain.DAY, names)
        if day is not None and row["user_uuid"] in people.users
    }


def _living_pairs(people: People) -> Iterable[Pair]:
    for user in people.living:
        for extension in people.extensions_by_user.get(user, ()):
            yield Pair(user, extension["extension"], str(extension["uuid"]))


async def _summary_day(snapshot: Snapshot, asked: Asked) -> Rows:
    people = await people_of(snapshot)
    users = people.living
    belonging = await memberships(snapshot, users)
    above = await superiors(snapshot, people, users)
    names = measures_of(shapes.SUMMARY_DAY)
    totals = await call_stats(snapshot, users, "user", asked.period, names)
    daily = measures_of(shapes.DAY_REPORT)
    days = await call_buckets(snapshot, users, "user", asked.period, Grain.DAY, daily)
    return [
        {
            **people.user(user),
            **people.first_extension(user),
            **belonging[user],
            **above[user],
            **totals[user],
            "reports": [{**day, "time": _midnight(day["date"])} for day in days[user]]
            if user in people.extensions_by_user or totals[user]["total_call"]
            else [],
        }
        for user in users
    ]


async def _agent_time(snapshot: Snapshot, asked: Asked) -> Rows:
    users = await users_ever(snapshot)
    found = await agent_time(snapshot, users, "user", asked.period, whole=True)
    return [
        {
            **users[user],
            "domain_uuid": snapshot.domain_uuid,
            **row,
            "earliest_time": _moment(row["earliest_time"], snapshot.zone),
            "latest_time": _moment(row["latest_time"], snapshot.zone),
        }
        for user, row in found.items()
        if row["earliest_time"] is not None
    ]


def _midnight(day: date) -> str:
    return f"{day}T00:00:00Z"


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    """As PostgreSQL writes a timestamptz: no trailing zeros, the offset as short as it can be."""
    local = instant.astimezone(zone)
    fraction = f".{local.microsecond:06d}".rstrip("0").rstrip(".")
    offset = f"{local:%z}"
    parts = [offset[:3], offset[3:5], offset[5:7]]
    while parts[-1] in {"", "00"}:
        parts.pop()
    return f"{local:%Y-%m-%d %H:%M:%S}{fraction}{':'.join(parts)}"


REPORTS: tuple[Report, ...] = (
    Report(
        "/v3/report/call/user",
        "Users, and the calls of each",
        "Every user of the domain, with or without an extension. With `start_time` or `end_time`"
        " each row goes on with the figures of that period.",
        shapes.USER,
        _users,
        figures=shapes.USER_FIGURES,
    ),
    Report(
        "/v2/report/extension",
        "Calls per extension",
        "One row per extension that had a call in the period.",
        shapes.EXTENSION,
        _extensions,
        coded=True,
    ),
    Report(
        "/v2/report/extension/summary",
        "Calls per day, user and extension",
        "One row per local day, user and extension, also where there was no call; and the pairs of"
        " user and extension of the past that had calls.",
        shapes.SUMMARY,
        _summary,
    ),
    Report(
        "/v2/report/extension/summary/day",
        "Calls per user, with days",
        "Every user with the totals of the period, and in `reports` an entry per local day; without"
        " entries for a user with neither extension nor calls.",
        shapes.SUMMARY_DAY,
        _summary_day,
    ),
    Report(
        "/v2/report/agent/time",
        "Agent time",
        "One row per user with an activity that started in the period. An activity counts at its"
        " whole length, also beyond the period's end.",
        shapes.AGENT_TIME,
        _agent_time,
        may_grow=True,
    ),
)
