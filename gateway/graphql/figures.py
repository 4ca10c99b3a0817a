"""Figures: what is counted and summed. Their fields are made from the catalogue."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import strawberry

from gateway.graphql.batches import Rows, for_rows
from gateway.graphql.context import Info
from gateway.graphql.scalars import Count, Seconds
from gateway.measures import METRICS, SHOWN, Metric
from gateway.period import EVER, Period

if TYPE_CHECKING:
    from gateway.graphql.types import User

AnyType = TypeVar("AnyType", bound=type)
# A field named `date` hides the type of that name.
Day = date
ALWAYS = classmethod(lambda *_: True)


def from_catalogue(into: AnyType) -> AnyType:
    """Give the class a field for every measure and every metric."""
    into.__annotations__ = {
        measure.name: Count if measure.unit == "calls" else Seconds for measure in SHOWN
    }
    for measure in SHOWN:
        setattr(into, measure.name, strawberry.field(description=measure.definition))
    for metric in METRICS.values():
        setattr(into, metric.name, _metric_field(metric))
    return into


def _metric_field(metric: Metric) -> Any:
    def value(self: Mapping[str, Any]) -> float | None:
        if metric.domain_only and self["subject"] != "domain":
            return None
        return metric.value(self)

    return strawberry.field(value, description=metric.definition)


@strawberry.interface(
    description="Every measure and metric of calls. A call counts where it started; a measure is a"
    " count or a sum, and a metric is null where its denominator is 0."
)
@from_catalogue
class CallMeasures:
    pass


@strawberry.type(description="A period as it was understood: the instants that really count.")
class ResolvedPeriod:
    start: datetime = strawberry.field(description="The first instant.")
    end: datetime = strawberry.field(description="The first instant after the period.")
    time_zone: ZoneInfo = strawberry.field(description="Whose days and clock.")

    @staticmethod
    def row(period: Period) -> Mapping[str, Any]:
        return {"start": period.start, "end": period.end, "time_zone": period.zone}


@strawberry.type(description="Figures of a whole period.")
class CallStats(CallMeasures):
    is_type_of = ALWAYS

    @strawberry.field(description="The period that was counted.")
    def period(self: Any) -> ResolvedPeriod:
        return ResolvedPeriod.row(self["period"])


@strawberry.type(description="Figures of one local day of a period.")
class DailyReport(CallMeasures):
    is_type_of = ALWAYS

    date: Day = strawberry.field(description="The local day.")
    start: datetime = strawberry.field(
        description="The day's beginning, or the period's if that is later."
    )
    end: datetime = strawberry.field(description="The day's end, or the period's if earlier.")


@strawberry.type(description="Figures of one bucket of a timeline.")
class CallBucket(CallMeasures):
    is_type_of = ALWAYS

    date: Day = strawberry.field(description="The local day on which the bucket begins.")
    hour: int = strawberry.field(description="The local hour at which it begins, 0 to 23.")
    start: datetime = strawberry.field(
        description="The bucket's beginning, or the period's if that is later."
    )
    end: datetime = strawberry.field(description="The bucket's end, or the period's if earlier.")

    @strawberry.field(description="The local day of the week: 1 is Monday, 7 is Sunday.")
    def iso_weekday(self: Any) -> int:
        weekday: int = self["date"].isoweekday()
        return weekday

    @strawberry.field(
        description="Whether all of the bucket lies in the period and in the past: an incomplete"
        " one should not be compared with others."
    )
    @for_rows
    def complete(self: Rows, info: Info) -> bool:
        snapshot = info.context.snapshot
        now, ends = snapshot.now, [row["end"] for row in self]
        # The answer changes when the next of them ends.
        snapshot.holds(
            max((end for end in ends if end <= now), default=EVER[0]),
            min((end for end in ends if end > now), default=EVER[1]),
        )
        return [bool(row["whole"] and end <= now) for row, end in zip(self, ends, strict=True)]


@strawberry.type(
    description="Agent time: what agents did, in seconds, as the phone system's agent states say."
)
class AgentTime:
    total_pause_sec: Seconds = strawberry.field(description="Pause, seconds.")
    total_wait_sec: Seconds = strawberry.field(description="Waiting for a call, seconds.")
    total_talk_sec: Seconds = strawberry.field(
        description="Talking, seconds, as the agent's state: not the sum of the calls' talk time."
    )
    total_dispo_sec: Seconds = strawberry.field(
        description="After-call work (dispo), seconds: choosing the disposition."
    )
    earliest_time: datetime | None = strawberry.field(
        description="The start of the first activity that started in the period."
    )
    latest_time: datetime | None = strawberry.field(
        description="The start of the last activity that started in the period."
    )
    user: Annotated["User", strawberry.lazy("gateway.graphql.types")] | None = strawberry.field(
        description="Whose time it is, if one user's."
    )

    @strawberry.field(
        description="Logged in, seconds: pause + waiting + talking + after-call work."
    )
    def login_sec(self: Any) -> Seconds:
        return Seconds(_login(self))

    @strawberry.field(
        description="Occupancy, 0 to 1: (talking + after-call work) / (both + waiting)."
    )
    def occupancy(self: Any) -> float | None:
        busy = _busy(self)
        return _ratio(busy, busy + self["total_wait_sec"])

    @strawberry.field(description="Utilisation, 0 to 1: (talking + after-call work) / logged in.")
    def utilisation(self: Any) -> float | None:
        return _ratio(_busy(self), _login(self))


def _busy(row: Mapping[str, int]) -> int:
    return row["total_talk_sec"] + row["total_dispo_sec"]


def _login(row: Mapping[str, int]) -> int:
    return _busy(row) + row["total_pause_sec"] + row["total_wait_sec"]


def _ratio(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator else None
