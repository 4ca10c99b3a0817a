"""Traces, as a collector gets them."""

import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conftest import TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import client_of, stored
from tests.live.conftest import opened
from tests.live.hosting import hosted
from tests.walls.firm import firm

QUERY = "query Names($n: Int) { users(first: $n) { nodes { username groups { name } } } }"
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
NOBODYS_PORT = "http://127.0.0.1:9"


class Collector:
    """What an OTLP collector is, on loopback: it keeps the spans that it gets."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, request: Any) -> None:
        for resource in request.resource_spans:
            self.services |= {
                pair.value.string_value
                for pair in resource.resource.attributes
                if pair.key == "service.name"
            }
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def named(self, name: str) -> Any:
        (found,) = [span for span in self.spans if span.name == name]
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as found:
        yield found


@pytest.fixture
async def example(database: TestDatabase) -> Company:
    found = company()
    await stored(database, found)
    return found


def attributes(span: Any) -> dict[str, Any]:
    return {pair.key: pair.value.string_value or pair.value.int_value for pair in span.attributes}


async def test_a_request_its_reads_and_their_statements(
    collector: Collector, database: TestDatabase, example: Company
) -> None:
    address: dict[str, Any] = {"otlp_endpoint": collector.address}
    async with client_of(database, example.domain_uuid, **address) as client:
        client.http.headers["traceparent"] = f"00-{TRACE}-{CALLER}-01"
        await client.ask(QUERY, n=7)
    assert collector.services == {"call-statistics-gateway"}
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    request = collector.named("POST /graphql")
    assert request.parent_span_id.hex() == CALLER
    told = attributes(request)
    assert told["http.response.status_code"] == 200
    assert told["graphql.operation.name"] == "Names"
    assert told["gateway.cost"] > 7
    read, statement = collector.named("groups_by_user"), collector.named("reads/groups_by_user")
    assert read.parent_span_id == request.span_id
    assert statement.parent_span_id == read.span_id
    assert attributes(statement)["db.response.returned_rows"] > 0
    assert collector.named("reads/domain").parent_span_id == request.span_id
    for span in collector.spans:
        assert request.start_time_unix_nano <= span.start_time_unix_nano
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= request.end_time_unix_nano
    assert abs(request.end_time_unix_nano - time.time_ns()) < 60e9


async def test_spans_have_no_variables_and_name_no_domain(
    collector: Collector, database: TestDatabase, example: Company
) -> None:
    address: dict[str, Any] = {"otlp_endpoint": collector.address}
    query = "query One($name: String!) { user(by: {username: $name}) { username } }"
    async with client_of(database, example.domain_uuid, **address) as client:
        await client.ask(query, name="an")
        token = client.http.headers["Authorization"]
    sent = str(collector.spans)
    assert "reads/users_by_username" in sent
    assert str(example.domain_uuid) not in sent
    assert '"an"' not in sent
    assert token.removeprefix("Bearer ") not in sent


async def test_an_error_is_told_by_its_code(
    collector: Collector, database: TestDatabase, example: Company
) -> None:
    address: dict[str, Any] = {"otlp_endpoint": collector.address}
    async with client_of(database, example.domain_uuid, **address) as client:
        await client.post("{ nothing }")
    assert attributes(collector.named("POST /graphql"))["error.type"] == "GRAPHQL_VALIDATION_FAILED"


async def test_the_callers_choice_is_heeded_and_the_share_otherwise(
    collector: Collector, database: TestDatabase, example: Company
) -> None:
    some: dict[str, Any] = {"otlp_endpoint": collector.address, "trace_share": 0}
    async with client_of(database, example.domain_uuid, **some) as client:
        await client.ask("{ domain { name } }")
        client.http.headers["traceparent"] = f"00-{TRACE}-{CALLER}-00"
        await client.ask("{ domain { name } }")
        client.http.headers["traceparent"] = f"00-{TRACE}-{CALLER}-01"
        await client.ask("{ domain { name } }")
    assert [span.name for span in collector.spans].count("POST /graphql") == 1


@pytest.mark.parametrize("traceparent", ["", "nonsense", "00-0-0-01", f"ff-{TRACE}-{CALLER}-01"])
async def test_a_traceparent_that_is_none_begins_a_trace(
    collector: Collector, database: TestDatabase, example: Company, traceparent: str
) -> None:
    address: dict[str, Any] = {"otlp_endpoint": collector.address}
    async with client_of(database, example.domain_uuid, **address) as client:
        client.http.headers["traceparent"] = traceparent
        await client.ask("{ domain { name } }")
    request = collector.named("POST /graphql")
    assert request.trace_id.hex() != TRACE
    assert not request.parent_span_id


async def test_a_collector_that_is_away_hurts_no_request(
    database: TestDatabase, example: Company
) -> None:
    started = time.monotonic()
    async with client_of(database, example.domain_uuid, otlp_endpoint=NOBODYS_PORT) as client:
        for _ in range(50):
            await client.ask("{ domain { name } }")
    # The end waits for the last spans, but not for ever.
    assert time.monotonic() - started < 30


async def test_an_answer_for_subscribers_and_a_sockets_query(
    collector: Collector, database: TestDatabase
) -> None:
    aurora = firm("Aurora")
    async with (
        hosted(database, aurora, otlp_endpoint=collector.address) as place,
        opened(place.address) as socket,
    ):
        await socket.init(await place.token(aurora, "admin"))
        await socket.subscribe("s", "subscription Wall { domain { name } }")
        await socket.data("s")
        await socket.subscribe("q", "query Named { domain { name } }")
        await socket.data("q")
    for name, operation in (("live /graphql", "Wall"), ("socket /graphql", "Named")):
        span = collector.named(name)
        told = attributes(span)
        assert told["graphql.operation.name"] == operation
        assert "http.request.method" not in told
        parents = {each.parent_span_id for each in collector.spans if each.name == "reads/domain"}
        assert span.span_id in parents
