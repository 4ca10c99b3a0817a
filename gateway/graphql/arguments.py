"""The arguments of fields, and what they mean to the reads."""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry
from strawberry import UNSET
from strawberry.scalars import ID

from gateway import period as periods
from gateway.errors import BadUserInputError, PeriodTooLongError
from gateway.graphql.inputs import (
    CallFilter,
    ExtensionFilter,
    ExtensionKey,
    ExtensionOrder,
    GroupFilter,
    Period,
    StatsFilter,
    UserFilter,
    UserKey,
    UserOrder,
)
from gateway.graphql.paging import PAGE
from gateway.graphql.prices import Size
from gateway.graphql.vocabulary import (
    AnyEnum,
    CallMetric,
    CallOrder,
    Crossing,
    GroupKind,
    ImportKind,
    SortDirection,
)
from gateway.period import ONE_DAY, SUB_DAY, Grain, PeriodPreset, PeriodShift
from gateway.settings import Settings
from gateway.store import directory
from gateway.store.calls import CallFilter as CallMatch

LENGTHS = {
    PeriodPreset.TODAY: 1,
    PeriodPreset.YESTERDAY: 1,
    PeriodPreset.THIS_WEEK: 7,
    PeriodPreset.LAST_WEEK: 7,
    PeriodPreset.LAST_7_DAYS: 7,
    PeriodPreset.LAST_30_DAYS: 30,
    PeriodPreset.THIS_MONTH: 31,
    PeriodPreset.LAST_MONTH: 31,
}
GRAINS = {
    **SUB_DAY,
    Grain.DAY: ONE_DAY,
    Grain.WEEK: timedelta(days=7),
    Grain.MONTH: timedelta(days=28),
}
TODAY: Any = {"preset": PeriodPreset.TODAY}
TEAMS: Any = {"kind": [GroupKind.TEAM]}

PeriodArgument = Annotated[
    Period | None, strawberry.argument(description="When the calls started.")
]
ActivityPeriod = Annotated[
    Period | None, strawberry.argument(description="The time that is counted.")
]
ShiftArgument = Annotated[
    PeriodShift | None,
    strawberry.argument(description="The same period earlier, to compare with."),
]
ZoneArgument = Annotated[
    ZoneInfo | None,
    strawberry.argument(description="Whose days and clock; the domain's if left out."),
]
StatsFilterArgument = Annotated[
    StatsFilter | None, strawberry.argument(description="Which calls count.")
]
CallFilterArgument = Annotated[
    CallFilter | None, strawberry.argument(description="Which calls are listed.")
]
CallOrderArgument = Annotated[CallOrder, strawberry.argument(description="Which come first.")]
GrainArgument = Annotated[Grain, strawberry.argument(description="The size of a bucket.")]
CrossingArgument = Annotated[
    Crossing, strawberry.argument(description="How activities that cross the edge are counted.")
]
ImportKindArgument = Annotated[
    ImportKind | None,
    strawberry.argument(description="Only of this kind; the latest of all if left out."),
]
UserFilterArgument = Annotated[
    UserFilter | None, strawberry.argument(description="Which users are listed.")
]
UserOrderArgument = Annotated[
    UserOrder | None,
    strawberry.argument(description="How they are sorted: by username if left out."),
]
ExtensionFilterArgument = Annotated[
    ExtensionFilter | None, strawberry.argument(description="Which extensions are listed.")
]
ExtensionOrderArgument = Annotated[
    ExtensionOrder | None,
    strawberry.argument(description="How they are sorted: by number if left out."),
]
GroupFilterArgument = Annotated[
    GroupFilter | None,
    strawberry.argument(description="Which groups are listed: teams if left out."),
]
CallMetricArgument = Annotated[CallMetric, strawberry.argument(description="What counts.")]
DirectionArgument = Annotated[
    SortDirection, strawberry.argument(description="Which end comes first.")
]
RanksArgument = Annotated[int, strawberry.argument(description="How many users at most.")]
FirstArgument = Annotated[
    int, strawberry.argument(description="How many rows the page holds at most.")
]
AfterArgument = Annotated[
    str | None, strawberry.argument(description="The cursor after which the page begins.")
]
UserKeyArgument = Annotated[UserKey, strawberry.argument(description="Which user.")]
ExtensionKeyArgument = Annotated[ExtensionKey, strawberry.argument(description="Which extension.")]
IdArgument = Annotated[ID, strawberry.argument(description="An id that an answer gave.")]
UuidArgument = Annotated[UUID, strawberry.argument(description="The phone system's key.")]


def resolved_period(
    said_period: Period | None, zone: ZoneInfo, now: datetime, shift: PeriodShift | None
) -> periods.Period:
    """The instants that are meant; nothing said is today."""
    found = _unshifted(said_period, zone, now)
    return periods.shifted(found, shift, now) if shift else found


def _unshifted(said_period: Period | None, zone: ZoneInfo, now: datetime) -> periods.Period:
    if not said_period:
        return periods.preset(PeriodPreset.TODAY, now, zone)
    if said_period.preset:
        return periods.preset(said_period.preset, now, zone)
    if said_period.days:
        return periods.days(said_period.days.from_, said_period.days.to, zone)
    if said_period.range:
        return periods.span(said_period.range.start, said_period.range.end, zone)
    if isinstance(said_period.last_minutes, int):
        return periods.last_minutes(said_period.last_minutes, now, zone)
    raise BadUserInputError("period", "Say exactly one of preset, days, range and lastMinutes.")


def holding(
    said_period: Period | None, zone: ZoneInfo, now: datetime, shift: PeriodShift | None
) -> tuple[datetime, datetime]:
    """From when to when these arguments mean the instants that they mean now."""
    if said_period and isinstance(said_period.last_minutes, int):
        return now, now
    found = _unshifted(said_period, zone, now)
    since, until = periods.EVER
    if shift:
        # A period that runs is cut at now before it is shifted.
        if found.start <= now < found.end:
            return now, now
        since, until = (found.end, until) if found.end <= now else (since, found.start)
    if not said_period or said_period.preset:
        today = periods.preset(PeriodPreset.TODAY, now, zone)
        since, until = max(since, today.start), min(until, today.end)
    return since, until


def length(said_period: Mapping[str, Any] | None, settings: Settings) -> timedelta:
    """About how long the period lasts; PeriodTooLongError if that is surely too long."""
    found = _length(said_period or TODAY)
    if found > timedelta(days=settings.max_days, hours=3):
        raise PeriodTooLongError(settings.max_days)
    return max(found, timedelta())


def _length(said_period: Mapping[str, Any]) -> timedelta:
    match said_period:
        case {"preset": PeriodPreset() as preset}:
            return timedelta(days=LENGTHS[preset])
        case {"days": {"from": date() as first, "to": date() as last}}:
            return last - first + ONE_DAY
        case {"range": {"start": datetime() as start, "end": datetime() as end}}:
            return end - start
        case {"lastMinutes": int() as minutes} if minutes <= periods.MOST_MINUTES:
            return timedelta(minutes=minutes)
    # The resolver says what is wrong with it.
    return timedelta()


def _days(arguments: Mapping[str, Any], settings: Settings) -> int:
    return math.ceil(length(arguments.get("period"), settings) / ONE_DAY)


def _buckets(arguments: Mapping[str, Any], settings: Settings) -> int:
    lasting, grain = length(arguments.get("period"), settings), arguments["grain"]
    found = math.ceil(lasting / GRAINS[grain])
    if grain in SUB_DAY and found > settings.max_buckets:
        raise too_many_buckets(settings.max_buckets)
    return found


def too_many_buckets(most: int) -> BadUserInputError:
    return BadUserInputError(
        "grain", f"That is more than {most} buckets: ask for a larger grain or a shorter period."
    )


def _one(arguments: Mapping[str, Any], settings: Settings) -> int:
    length(arguments.get("period"), settings)
    return 1


def _page(arguments: Mapping[str, Any], settings: Settings) -> int:
    length(arguments.get("period"), settings)
    return PAGE.times(arguments, settings)


PERIOD = Size("1", _one)
DAYS = Size("days of the period", _days)
BUCKETS = Size("buckets of the period", _buckets)
PAGE_OF_PERIOD = Size(PAGE.words, _page)


def _values(chosen: list[AnyEnum] | None) -> tuple[str, ...] | None:
    return _maybe(chosen, lambda some: tuple(value.value for value in some))


def _maybe(said_value: Any, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    return None if said_value is None or said_value is UNSET else convert(said_value)


def stats_match(chosen: StatsFilter | None) -> CallMatch:
    return CallMatch() if not chosen else CallMatch(directions=_values(chosen.direction))


def call_match(chosen: CallFilter | None) -> CallMatch:
    if not chosen:
        return CallMatch()
    return CallMatch(
        _values(chosen.direction),
        _values(chosen.status),
        _maybe(chosen.has_user),
        _maybe(chosen.number),
    )


def user_match(chosen: UserFilter | None) -> directory.UserFilter:
    if not chosen:
        return directory.EVERY_USER
    return directory.UserFilter(
        _maybe(chosen.groups, tuple),
        _maybe(chosen.departments, tuple),
        _values(chosen.levels),
        _maybe(chosen.has_extension),
        _maybe(chosen.search),
    )


def extension_match(chosen: ExtensionFilter | None) -> directory.ExtensionFilter:
    if not chosen:
        return directory.EVERY_EXTENSION
    return directory.ExtensionFilter(_maybe(chosen.has_user), _maybe(chosen.search))


def group_match(chosen: GroupFilter | None) -> directory.GroupFilter:
    if not chosen:
        return directory.EVERY_GROUP
    return directory.GroupFilter(
        _values(chosen.kind), _maybe(chosen.departments, tuple), _maybe(chosen.search)
    )


def order(chosen: UserOrder | ExtensionOrder | None, default: directory.Order) -> directory.Order:
    if not chosen:
        return default
    return directory.Order(chosen.key.value, chosen.direction is SortDirection.DESC)
