"""/metrics: what it counts, that it names nobody, and that nobody but the operators gets it."""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from gateway.store.statements import names
from tests.conftest import TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import Client, client_of, stored
from tests.telemetry.scraping import PORT, scraped

NAME = "{ domain { name } }"
NAMES = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 1000
TODAY = "{ domain { callStats { totalCall } } }"


@pytest.fixture
async def example(database: TestDatabase) -> Company:
    found = company()
    await stored(database, found)
    return found


@pytest.fixture
async def client(database: TestDatabase, example: Company) -> AsyncIterator[Client]:
    async with client_of(database, example.domain_uuid, operations_port=PORT) as opened:
        yield opened


async def test_requests_are_counted_by_template_method_and_status(client: Client) -> None:
    await client.ask(NAME)
    await client.http.get("/v3/report/nothing")
    await client.http.get("/graphiql/assets/nothing.js")
    await client.http.request("BREW", "/graphql")
    found = await scraped(client.http)

    def requests(route: str, method: str, status: str) -> float:
        labels = {"route": route, "method": method, "status": status}
        return found.value("gateway_requests_total", **labels)

    assert requests("/graphql", "POST", "200") == 1
    assert requests("none", "GET", "404") == 1
    assert requests("/graphiql/{name:path}", "GET", "404") == 1
    assert requests("/graphql", "other", "405") == 1
    assert found.value("gateway_request_seconds_count", route="/graphql") == 2
    # Those of the operators are none.
    assert not found.value("gateway_requests_total", route="/metrics")


async def test_operations_are_counted_by_type_and_code(client: Client) -> None:
    await client.ask(NAME)
    await client.post("{ nothing }")
    await client.post("{")
    await client.post("{ users(first: 501) { nodes { username } } }")
    await client.http.post("/graphql", json={"query": NAME}, headers={"Authorization": "Bearer x"})
    found = await scraped(client.http)

    def operations(kind: str, code: str) -> float:
        labels = {"type": kind, "code": code, "operation": ""}
        return found.value("gateway_graphql_operations_total", **labels)

    assert operations("query", "OK") == 1
    assert operations("query", "BAD_USER_INPUT") == 1
    assert operations("none", "GRAPHQL_VALIDATION_FAILED") == 1
    assert operations("none", "GRAPHQL_PARSE_FAILED") == 1
    assert operations("none", "UNAUTHENTICATED") == 1
    assert found.value("gateway_graphql_operation_seconds_count", type="query") == 2


async def test_statements_are_timed_by_the_name_of_their_file(client: Client) -> None:
    await client.ask(TODAY)
    found = await scraped(client.http)
    seen = {s.labels["statement"] for s in found if s.name == "gateway_statement_seconds_count"}
    assert {"reads/domain"} < seen <= set(names("reads"))


async def test_what_stands_at_a_moment_is_told(client: Client) -> None:
    await client.ask(NAME)
    await client.ask(NAME)
    found = await scraped(client.http)
    assert found.value("gateway_pool_connections", state="most") == 10
    assert found.value("gateway_pool_connections", state="idle") >= 1
    # That the token is used is noted meanwhile, and may wait.
    assert "gateway_pool_waiting" in found.names
    assert found.value("gateway_pool_timeouts_total") == 0
    assert found.value("gateway_kept_answers_total", result="miss") == 1
    assert found.value("gateway_kept_answers_total", result="hit") == 1
    assert 1000 < found.value("gateway_kept_answers_bytes") < 2000
    assert found.value("gateway_heavy_running") == found.value("gateway_heavy_waiting") == 0
    assert found.value("gateway_live_streams") == 0
    assert found.value("gateway_live_computations_total") == 0
    assert found.value("process_resident_memory_bytes") > 10_000_000
    assert found.value("gateway_build_info", version="0.1.0") == 1


async def test_waiting_in_vain_for_a_connection_is_counted(
    database: TestDatabase, example: Company
) -> None:
    small: dict[str, Any] = {"pool_size": 1, "pool_timeout": 0.05, "operations_port": PORT}
    async with client_of(database, example.domain_uuid, **small) as client:
        async with database.owner() as owner, owner.transaction():
            await owner.execute("lock table domains in access exclusive mode")
            first = asyncio.create_task(client.post(NAME))
            await _all_used(client)
            refused = await client.post(NAME)
        assert (await first).status_code == 200
        found = await scraped(client.http)
    assert refused.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
    assert found.value("gateway_pool_timeouts_total") >= 1
    assert found.value("gateway_graphql_operations_total", code="OVERLOADED") >= 1


async def _all_used(client: Client) -> None:
    async with asyncio.timeout(30):
        while not (await scraped(client.http)).value("gateway_pool_connections", state="used"):  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("query", "tables", "asked", "heavy", "overload"),
    # One runs and two wait; four are under way.
    [(TODAY, "calls, call_user_days, call_quarters", 4, 1, 0), (NAME, "domains", 6, 0, 2)],
)
async def test_what_is_refused_because_of_others_is_counted(
    database: TestDatabase,
    example: Company,
    query: str,
    tables: str,
    asked: int,
    heavy: int,
    overload: int,
) -> None:
    limits: dict[str, Any] = {"requests_at_once": 4, "heavy_at_once": 1, "heavy_cost": 3}
    limits |= {"kept_answers": 0, "operations_port": PORT}
    async with client_of(database, example.domain_uuid, **limits) as client:
        async with database.owner() as owner, owner.transaction():
            await owner.execute(f"lock table {tables} in access exclusive mode")
            asking = [asyncio.create_task(client.post(query)) for _ in range(asked)]
            async with asyncio.timeout(30):
                while sum(task.done() for task in asking) < heavy + overload:  # noqa: ASYNC110  # nothing tells
                    await asyncio.sleep(0.01)
        statuses = sorted(response.status_code for response in await asyncio.gather(*asking))
        found = await scraped(client.http)
    assert statuses == [200] * (asked - heavy - overload) + [503] * (heavy + overload)
    assert found.value("gateway_heavy_refusals_total") == heavy
    assert found.value("gateway_overload_refusals_total") == overload


async def test_a_quota_that_is_used_up_is_counted(database: TestDatabase, example: Company) -> None:
    quota: dict[str, Any] = {"rate_limit": 2, "operations_port": PORT}
    async with client_of(database, example.domain_uuid, **quota) as client:
        statuses = [(await client.post(NAME)).status_code for _ in range(5)]
        found = await scraped(client.http)
    assert statuses == [200, 200, 429, 429, 429]
    assert found.value("gateway_rate_limited_total", quota="requests") == 3


async def test_records_that_came_by_http_are_counted_and_seen(client: Client) -> None:
    await client.ask(NAME)
    lines = [
        {
            "source": "test",
            "source_key": str(number),
            "started_at": "2026-03-10T09:00:00Z",
            "direction": "inbound",
            "status": "busy_line" if number else "nonsense",
            "duration": 10,
            "billsec": 0,
        }
        for number in range(3)
    ]
    body = "\n".join(map(json.dumps, lines))
    headers = {"Content-Type": "application/x-ndjson"}
    await client.http.post("/ingest/calls", content=body, headers=headers)
    before = await scraped(client.http)
    assert before.value("gateway_ingest_batches_total", kind="calls") == 1
    assert before.value("gateway_ingest_rows_total", kind="calls", outcome="new") == 2
    assert before.value("gateway_ingest_rows_total", kind="calls", outcome="rejected") == 1
    assert before.value("gateway_data_changed_timestamp_seconds") == 0
    await client.ask(NAME)
    after = await scraped(client.http)
    assert after.value("gateway_data_changed_timestamp_seconds") > 1_700_000_000


async def test_a_trusted_documents_operation_has_its_name_and_no_other(
    database: TestDatabase, example: Company, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"1": "query Wallboard { domain { name } }", "2": TODAY}))
    settings: dict[str, Any] = {"operations_port": PORT, "trusted_documents": manifest}
    async with client_of(database, example.domain_uuid, **settings) as client:
        for key in ("1", "2"):
            await client.http.post("/graphql", json={"documentId": key})
        await client.ask("query Stranger { domain { name } }")
        found = await scraped(client.http)
    seen = {s.labels["operation"] for s in found if s.name == "gateway_graphql_operations_total"}
    assert seen == {"", "2", "Wallboard"}
    assert found.value("gateway_trusted_operation_seconds_count", operation="Wallboard") == 1


async def test_random_names_make_no_more_series(client: Client) -> None:
    chance = random.Random(7)
    await client.ask(NAME)
    await client.http.get("/some/path")
    await client.http.post("/graphql", json={"query": NAME, "operationName": "nobody"})
    await client.http.request("BREW", "/graphql")
    before = sum(1 for _ in await scraped(client.http))
    for number in range(NAMES):
        name = f"q{number}_{chance.randrange(16**12):x}"
        match number % 10:
            case 0:
                await client.ask(f"query {name} {{ domain {{ name }} }}")
            case 1:
                await client.http.get(f"/{name}/report")
            case 2:
                await client.http.request(name.upper(), "/graphql")
            case _:
                await client.http.post("/graphql", json={"query": NAME, "operationName": name})
    response = await client.http.get(f"http://gateway.test:{PORT}/metrics")
    assert sum(1 for _ in await scraped(client.http)) == before
    assert "q1" not in response.text


async def test_labels_name_neither_domain_nor_person_nor_token(
    client: Client, example: Company
) -> None:
    await client.ask("{ users { nodes { username } } domain { name } }")
    text = (await client.http.get(f"http://gateway.test:{PORT}/metrics")).text
    assert str(example.domain_uuid) not in text
    assert '"example"' not in text
    assert "Bearer" not in text
    assert "gw_" not in text


async def test_only_the_operators_port_has_it(
    client: Client, database: TestDatabase, example: Company
) -> None:
    assert (await client.http.get("/metrics")).status_code == 404
    claimed = await client.http.get("/metrics", headers={"Host": f"gateway.test:{PORT}"})
    assert claimed.status_code == 404
    behind = f"http://gateway.test:{PORT}"
    assert (await client.http.get(f"{behind}/health/ready")).json() == {"status": "ready"}
    assert (await client.http.get(f"{behind}/health/live")).status_code == 200
    for path in ("/graphql", "/graphiql", "/openapi.json", "/v3/auth/token"):
        assert (await client.http.post(behind + path)).status_code == 404
    async with client_of(database, example.domain_uuid) as closed:
        assert (await closed.http.get("/metrics")).status_code == 404


async def test_a_scrape_may_ask_for_openmetrics(client: Client) -> None:
    await client.ask(NAME)
    response = await client.http.get(
        f"http://gateway.test:{PORT}/metrics",
        headers={"Accept": "application/openmetrics-text; version=1.0.0"},
    )
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert "gateway_requests" in {
        family.name
        for family in openmetrics(response.text)  # type: ignore[no-untyped-call]  # the library's
    }
