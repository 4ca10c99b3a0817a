"""The catalogue: every measure and every metric once.

A measure is additive: it is counted or summed over the credited calls that started in the period,
and the figures of parts add up to the figure of the whole. A metric is a ratio of two measures,
computed when asked, never stored and never summed; with a denominator of 0 it is null.
SQL, GraphQL, REST and the documentation take names, units and definitions from here.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

Unit = Literal["calls", "seconds", "ratio"]

DIRECTIONS = ("inbound", "outbound", "local")
STATUSES = (
    "answered",
    "no_answered",
    "busy",
    "busy_line",
    "not_available",
    "cancel",
    "invalid",
    "ivr",
    "failed",
    "congestion",
    "phone_block",
    "voicemail",
    "unknown",
)
STATES = ("pause", "wait", "talk", "dispo")


class Measure(NamedTuple):
    """What is counted is `stored`, a column of a call's figures and of what is kept per direction;
    the measure is its sum, over one direction only if `direction` says so. `shown` is false for a
    metric's ingredient.
    """

    name: str
    unit: Unit
    stored: str
    definition: str
    direction: str | None = None
    shown: bool = True

    @property
    def total(self) -> str:
        """An aggregate over rows `f` of measures."""
        return f"total(f.{self.name})"

    @property
    def figure(self) -> str:
        """What a row `r` of one direction adds to it."""
        if self.direction is None:
            return f"r.{self.stored}"
        return f"case when r.direction = '{self.direction}' then r.{self.stored} else 0 end"


class Metric(NamedTuple):
    """numerator / denominator; `domain_only` where lost calls, which have no user, belong in it."""

    name: str
    unit: Unit
    numerator: str
    denominator: str
    definition: str
    domain_only: bool = False

    def value(self, row: Mapping[str, int]) -> float | None:
        denominator = row[self.denominator]
        return row[self.numerator] / denominator if denominator else None


def _stored(name: str, definition: str, unit: Unit = "calls") -> Measure:
    return Measure(name, unit, name, definition)


def _direction(direction: str, definition: str) -> Measure:
    return Measure(f"total_{direction}", "calls", "total_call", definition, direction)


def _ingredient(direction: str, stored: str, definition: str, unit: Unit = "calls") -> Measure:
    name = f"{direction}_{stored.removeprefix('total_')}"
    return Measure(name, unit, stored, definition, direction, shown=False)


_MEASURES = (
    _stored("total_call", "All calls that started in the period."),
    _stored(
        "total_answered",
        "Answered calls: the other party was connected; inbound, an agent was connected.",
    ),
    _stored("total_no_answered", "No answer: it rang and nobody took the call."),
    _stored("total_busy", "Busy: the called party was busy or declined."),
    _stored(
        "total_busy_line",
        "Busy line: the caller came in and no agent was connected (abandoned, or nobody free).",
    ),
    _stored("total_not_available", "Not available: the called device was not reachable."),
    _stored("total_cancel", "Cancelled: the caller hung up before an answer."),
    _stored("total_invalid", "Invalid number: the number dialled does not exist."),
    _stored("total_ivr", "Ended in the IVR: the caller left in the voice menu."),
    _stored("total_failed", "Failed: the call ended by an error that no other status names."),
    _stored("total_congestion", "Congestion: the line or the carrier had no free channel."),
    _stored("total_phone_block", "Blocked: the number was barred."),
    _stored("total_voicemail", "Voicemail: a mailbox took the call."),
    _stored("total_unknown", "Unknown: the phone system did not say how the call ended."),
    _direction("inbound", "Inbound calls: from outside to this domain."),
    _direction("outbound", "Outbound calls: from this domain to outside."),
    _direction("local", "Local calls: between two extensions of this domain."),
    _stored(
        "total_duration",
        "Duration, seconds: from the call's start to its end, summed over all calls.",
        "seconds",
    ),
    _stored(
        "total_billsec",
        "Talk time (billsec), seconds: from the answer to the end; 0 for a call not answered.",
        "seconds",
    ),
    _stored(
        "total_waitsec",
        "Wait time (waitsec), seconds: duration minus talk time, summed over all calls.",
        "seconds",
    ),
    _stored(
        "total_answered_waitsec",
        "Wait time of answered calls, seconds: duration minus talk time of answered calls only.",
        "seconds",
    ),
    _ingredient("inbound", "total_answered", "Answered inbound calls."),
    _ingredient("outbound", "total_answered", "Answered outbound calls."),
    _ingredient("inbound", "total_busy_line", "Inbound calls in which no agent was connected."),
    _ingredient(
        "inbound",
        "total_answered_waitsec",
        "Wait time of answered inbound calls, seconds.",
        "seconds",
    ),
)

_METRICS = (
    Metric(
        "answer_rate",
        "ratio",
        "total_answered",
        "total_call",
        "Answer rate, 0 to 1: answered calls / all calls.",
    ),
    Metric(
        "inbound_answer_rate",
        "ratio",
        "inbound_answered",
        "total_inbound",
        "Inbound answer rate, 0 to 1: answered inbound calls / inbound calls.",
    ),
    Metric(
        "outbound_answer_rate",
        "ratio",
        "outbound_answered",
        "total_outbound",
        "Outbound answer rate, 0 to 1: answered outbound calls / outbound calls.",
    ),
    Metric(
        "average_duration",
        "seconds",
        "total_duration",
        "total_call",
        "Average duration, seconds: duration / all calls.",
    ),
    Metric(
        "average_billsec",
        "seconds",
        "total_billsec",
        "total_answered",
        "Average talk time (ACD), seconds: talk time / answered calls, not all calls.",
    ),
    Metric(
        "average_speed_of_answer",
        "seconds",
        "inbound_answered_waitsec",
        "inbound_answered",
        "Average speed of answer (ASA), seconds: wait time of answered inbound calls / answered"
        " inbound calls.",
    ),
    Metric(
        "abandon_rate",
        "ratio",
        "inbound_busy_line",
        "total_inbound",
        "Abandon rate, 0 to 1: inbound calls with the status busy_line / inbound calls. Of a"
        " domain only, and for who sees all of it: lost calls reached nobody, so it is null else.",
        domain_only=True,
    ),
)

MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _MEASURES}
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _METRICS}
SHOWN: tuple[Measure, ...] = tuple(measure for measure in _MEASURES if measure.shown)
# What users can be compared by.
RANKED: Mapping[str, Measure | Metric] = {
    **{measure.name: measure for measure in SHOWN},
    **{metric.name: metric for metric in _METRICS if not metric.domain_only},
}


def needed(names: Iterable[str]) -> tuple[str, ...]:
    """The measures, in the catalogue's order, from which measures and metrics can be told.

    Other names are passed over: a selection holds more than figures.
    """
    wanted = set(names)
    for metric in _METRICS:
        if metric.name in wanted:
            wanted |= {metric.numerator, metric.denominator}
    return tuple(name for name in MEASURES if name in wanted)


def totals(names: Iterable[str]) -> str:
    """A select list over rows `f` of measures. Only names of the catalogue get through."""
    return ",\n    ".join(f"{MEASURES[name].total} as {name}" for name in names)


def value(name: str) -> str:
    """A measure or a metric as one number over rows `f` of measures; null where a metric is."""
    metric = METRICS.get(name)
    if metric is None:
        return f"{MEASURES[name].total}::float8"
    numerator, denominator = MEASURES[metric.numerator].total, MEASURES[metric.denominator].total
    return f"{numerator}::float8 / nullif({denominator}, 0)"


def figures(names: Iterable[str]) -> str:
    """A select list of those measures over rows `r` of one direction each."""
    return ",\n        ".join(f"{MEASURES[name].figure} as {name}" for name in names)


def stored(names: Iterable[str]) -> str:
    """A select list of those measures over rows `r` of a rollup that has a column of each."""
    return ",\n        ".join(f"r.{MEASURES[name].name}" for name in names)
