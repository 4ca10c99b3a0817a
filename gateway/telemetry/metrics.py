"""Prometheus metrics of one process. Labels are from closed sets: never what a client wrote."""

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    Summary,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from gateway.errors import GatewayError
from gateway.telemetry.work import GRAPHQL, Work

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
OTHER = "other"
NO_OPERATION = "none"
SUCCESS = "OK"
MOST_DOMAINS = 10_000
REQUESTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STATEMENTS = (0.001, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 25.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's

Figures = Mapping[tuple[str, ...], float]
AnyMetric = TypeVar("AnyMetric", bound=MetricWrapperBase)


def codes_of(error: type[GatewayError] = GatewayError) -> Iterator[str]:
    """The codes of all errors that there are."""
    yield error.code
    for narrower in error.__subclasses__():
        yield from codes_of(narrower)


class _Reading(NamedTuple):
    """A figure that is looked up when somebody asks for it."""

    name: str
    sentence: str
    kind: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    read: Callable[[], Figures]

    def collect(self) -> Iterable[Metric]:
        metric = Metric(self.name, self.sentence, self.kind)
        sample = f"{self.name}_total" if self.kind == "counter" else self.name
        for values, figure in self.read().items():
            metric.add_sample(sample, dict(zip(self.labels, values, strict=True)), figure)
        yield metric


class Metrics:
    """`observe` counts a request's work; what stands at a moment is read when it is asked for."""

    def __init__(self, wall_clock: Callable[[], float] = time.time) -> None:
        self._wall_clock = wall_clock
        self._codes = frozenset(codes_of())
        self._versions: dict[UUID, int] = {}
        self._changed_at = 0.0
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("gateway_build", "What runs.", registry=registry).info(
            {"version": version("call-statistics-gateway"), "python": platform.python_version()}
        )
        self._requests = self._by(
            Counter,
            "gateway_requests",
            "Requests by their route's template, method and status; 0: the client left.",
            ("route", "method", "status"),
        )
        self._request_seconds = self._by(
            Histogram,
            "gateway_request_seconds",
            "How long requests took.",
            ("route",),
            buckets=REQUESTS,
        )
        self._operations = self._by(
            Counter,
            "gateway_graphql_operations",
            "GraphQL operations by type and by the code of their first error, else OK; the name is"
            " that of a trusted document, else empty.",
            ("type", "operation", "code"),
        )
        self._operation_seconds = self._by(
            Histogram,
            "gateway_graphql_operation_seconds",
            "How long GraphQL operations took.",
            ("type",),
            buckets=REQUESTS,
        )
        self._trusted_seconds = self._by(
            Summary,
            "gateway_trusted_operation_seconds",
            "How long the operations of trusted documents took.",
            ("operation",),
        )
        self._computations = self._by(
            Counter,
            "gateway_live_computations",
            "Answers computed for subscribers, by the code of their first error, else OK; the name"
            " is that of a trusted document, else empty.",
            ("operation", "code"),
        )
        self._computation_seconds = self._by(
            Summary,
            "gateway_live_computation_seconds",
            "How long that took.",
            ("operation",),
        )
        self._statements = self._by(
            Histogram,
            "gateway_statement_seconds",
            "How long reading statements took, by the name of their file.",
            ("statement",),
            buckets=STATEMENTS,
        )
        self._kept = self._by(
            Counter,
            "gateway_kept_answers",
            "Looks for a kept answer: hit, shared (another computed it just then), miss.",
            ("result",),
        )
        self._limited = self._by(
            Counter,
            "gateway_rate_limited",
            "Requests refused with 429, by quota.",
            ("quota",),
        )
        self._batches = self._by(
            Counter, "gateway_ingest_batches", "Batches taken by HTTP.", ("kind",)
        )
        self._rows = self._by(
            Counter,
            "gateway_ingest_rows",
            "Records that came by HTTP, by what became of them.",
            ("kind", "outcome"),
        )
        self.reading(
            "gateway_data_changed_timestamp_seconds",
            "When this process last found a domain's data changed; 0: not yet.",
            lambda: self._changed_at,
        )

    def _by(
        self,
        kind: type[AnyMetric],
        name: str,
        sentence: str,
        labels: tuple[str, ...],
        **options: Any,
    ) -> Callable[..., AnyMetric]:
        """A metric, as what finds its figure by the labels' values. Each is looked for once."""
        return cache(kind(name, sentence, labels, registry=self._registry, **options).labels)

    def reading(
        self,
        name: str,
        sentence: str,
        read: Callable[[], float],
        *,
        kind: Literal["gauge", "counter"] = "gauge",
    ) -> None:
        """A single figure, looked up when it is asked for."""
        self.readings(name, sentence, (), lambda: {(): read()}, kind=kind)

    def readings(
        self,
        name: str,
        sentence: str,
        labels: tuple[str, ...],
        read: Callable[[], Figures],
        *,
        kind: Literal["gauge", "counter"] = "gauge",
    ) -> None:
        """The same, of several figures by their labels' values."""
        self._registry.register(_Reading(name, sentence, kind, labels, read))

    def families(self) -> Iterable[Metric]:
        return self._registry.collect()

    def observe(self, work: Work) -> None:
        """Count what was done, once it has ended."""
        if work.way == "request":
            method = work.method if work.method in METHODS else OTHER
            self._requests(work.route, method, work.status).inc()
            self._request_seconds(work.route).observe(work.seconds)
        for step in work.statements:
            self._statements(step.name).observe(step.ended - step.started)
        if work.way == "live":
            self._observe_computation(work)
        elif work.operation is not None or work.route == GRAPHQL:
            self._observe_operation(work)
        if work.limited:
            self._limited(work.limited).inc()
        if work.ingested is not None:
            self._batches(work.ingested.kind).inc()
            for outcome, count in work.ingested.outcomes.items():
                self._rows(work.ingested.kind, outcome).inc(count)
        if work.seen is not None:
            self._note_version(*work.seen)

    def _code(self, work: Work) -> str:
        code = work.codes[0] if work.codes else SUCCESS
        return code if code == SUCCESS or code in self._codes else OTHER

    def _observe_computation(self, work: Work) -> None:
        trusted = "" if work.operation is None else work.operation.trusted
        self._computations(trusted, self._code(work)).inc()
        self._computation_seconds(trusted).observe(work.seconds)
        if work.kept:
            self._kept(work.kept).inc()

    def _observe_operation(self, work: Work) -> None:
        asked = work.operation
        kind, trusted = (NO_OPERATION, "") if asked is None else (asked.kind, asked.trusted)
        self._operations(kind, trusted, self._code(work)).inc()
        self._operation_seconds(kind).observe(work.seconds)
        if trusted:
            self._trusted_seconds(trusted).observe(work.seconds)
        if work.kept:
            self._kept(work.kept).inc()

    def _note_version(self, domain: UUID, version: int) -> None:
        known = self._versions.get(domain)
        if known == version:
            return
        if known is not None:
            self._changed_at = self._wall_clock()
        elif len(self._versions) >= MOST_DOMAINS:
            self._versions.clear()
        self._versions[domain] = version
