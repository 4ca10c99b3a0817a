"""OpenTelemetry traces: a span for each request, read and statement, made once the request ended.

What the spans tell was noted anyhow, so that tracing puts nothing into a request's way.
"""

import asyncio
import threading
import time
from collections.abc import Mapping
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.settings import Settings
from gateway.telemetry.work import Step, Work

SERVICE = "call-statistics-gateway"
PATH = "/v1/traces"
# How long the collector may keep the exporter's thread waiting, and the process at its end.
PATIENCE = 5
LAST_WORDS = 3
SERVER_ERRORS = range(500, 600)
STATUS = "http.response.status_code"
DATABASE = {"db.system.name": "postgresql"}
NANOSECONDS = 1_000_000_000

Attributes = Mapping[str, str | int]


class Traces:
    """Sends spans from a thread of its own. A collector that is away costs spans, never requests:
    the queue is bounded, and what does not fit is dropped.
    """

    def __init__(self, settings: Settings) -> None:
        address = settings.otlp_endpoint.rstrip("/").removesuffix(PATH)
        exporter = OTLPSpanExporter(endpoint=address + PATH, timeout=PATIENCE)
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.trace_share)),
            resource=Resource.create(
                {"service.name": SERVICE, "service.version": version(SERVICE)}
            ),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(SERVICE)
        self._propagator = TraceContextTextMapPropagator()

    def observe(self, work: Work) -> None:
        """The spans of what has ended."""
        # The caller's, of W3C's traceparent, if it sent any.
        caller = self._propagator.extract(work.headers, Context())
        epoch = time.time_ns() - int(time.perf_counter() * NANOSECONDS)
        asked = work.way == "request"
        name = f"{work.method if asked else work.way} {work.route}"
        kind = SpanKind.INTERNAL if work.way == "live" else SpanKind.SERVER
        whole = Step(name, 0, work.started, work.ended, 0)
        attributes = {**(_of_request(work) if asked else {}), **_of_operation(work)}
        request = self._span(whole, epoch, caller, kind, attributes)
        if request.get_span_context().trace_flags.sampled:
            self._children(work, epoch, set_span_in_context(request))

    def _children(self, work: Work, epoch: int, parent: Context) -> None:
        reads: list[tuple[Step, Context]] = []
        for read in work.reads:
            attributes: Attributes = {"gateway.answers": read.rows}
            span = self._span(read, epoch, parent, SpanKind.INTERNAL, attributes)
            reads.append((read, set_span_in_context(span)))
        for statement in work.statements:
            inside = (found for read, found in reads if statement.within(read))
            attributes = {**DATABASE, "db.response.returned_rows": statement.rows}
            self._span(statement, epoch, next(inside, parent), SpanKind.CLIENT, attributes)

    def _span(
        self, step: Step, epoch: int, parent: Context, kind: SpanKind, attributes: Attributes
    ) -> Span:
        """`epoch` is when the process's clock was 0, in nanoseconds since 1970."""
        started = epoch + int(step.started * NANOSECONDS)
        span = self._tracer.start_span(step.name, parent, kind, attributes, start_time=started)
        if attributes.get(STATUS, 0) in SERVER_ERRORS:
            span.set_status(Status(StatusCode.ERROR))
        span.end(epoch + int(step.ended * NANOSECONDS))
        return span

    async def close(self) -> None:
        """Send what is left, if the collector takes it at once."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        await asyncio.to_thread(last.join, LAST_WORDS)


def _of_request(work: Work) -> Attributes:
    return {
        "http.request.method": work.method,
        "http.route": work.route,
        STATUS: work.status,
        "gateway.request_id": work.request_id,
    }


def _of_operation(work: Work) -> Attributes:
    found: dict[str, str | int] = {}
    if work.operation is not None:
        found["graphql.operation.type"] = work.operation.kind
        found["graphql.operation.name"] = work.operation.name
        found["gateway.cost"] = work.operation.cost
    if work.codes:
        found["error.type"] = work.codes[0]
    return found
