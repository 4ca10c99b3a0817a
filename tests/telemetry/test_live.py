"""What subscribers and WebSockets cost is seen as what requests cost is."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.telemetry.work import hash_of
from tests.conftest import Server
from tests.graphql.served import Served, served
from tests.live.conftest import Socket, opened, streamed
from tests.live.hosting import until
from tests.telemetry.scraping import Scraped
from tests.telemetry.test_workers import scrape

WALL = "subscription Wall { domain { users { nodes { username groups { name } } } } }"
OWN = "subscription Own { domain { name } }"
QUERY = "query Named { domain { name } }"
SETTINGS = {
    "GATEWAY_OPERATIONS_PORT": "0",
    "GATEWAY_SLOW_OPERATION": "0.000001",
    "GATEWAY_LOG_FORMAT": "json",
    "GATEWAY_KEPT_ANSWERS": "0",
}


@pytest.fixture(scope="module")
def place(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("live")
    manifest = directory / "manifest.json"
    manifest.write_text(json.dumps({"1": WALL}))
    with served(server, directory, **SETTINGS, GATEWAY_TRUSTED_DOCUMENTS=str(manifest)) as found:
        yield found


def logged(place: Served, event: str) -> list[dict[str, Any]]:
    lines = map(json.loads, place.log.read_text("utf-8").splitlines())
    return [line for line in lines if line["event"] == event]


def slow(place: Served, name: str) -> list[dict[str, Any]]:
    return [line for line in logged(place, "slow operation") if line.get("operation") == name]


async def counted(place: Served, name: str, **labels: str) -> float:
    found = await asyncio.to_thread(scrape, place)
    return found.value(name, **labels)


async def test_an_answer_for_subscribers(place: Served) -> None:
    async with opened(place.address) as socket, opened(place.address) as other:
        requests = await counted(place, "gateway_requests_total", route="/graphql")
        for each in (socket, other):
            await each.init(place.token)
            for name, query in (("w", WALL), ("o", OWN)):
                await each.subscribe(name, query)
                await each.data(name)
        found: Scraped = await asyncio.to_thread(scrape, place)
    for name in ("Wall", ""):
        labels = {"operation": name}
        computed = found.value("gateway_live_computations_total", code="OK", **labels)
        assert computed >= 1
        assert found.value("gateway_live_computation_seconds_count", **labels) == computed
        assert found.value("gateway_live_computation_seconds_sum", **labels) > 0
    assert found.value("gateway_statement_seconds_count", statement="reads/users_page") >= 1
    assert found.value("gateway_requests_total", route="/graphql") == requests
    entry = slow(place, "Wall")[0]
    assert entry["way"] == "live"
    assert entry["document"] == hash_of(WALL)
    assert entry["cost"] > 1
    assert entry["reads"]
    assert "reads/domain" in {statement["name"] for statement in entry["statements"]}
    assert not {"route", "method", "status"} & entry.keys()


async def test_a_query_over_a_socket(place: Served) -> None:
    operations = {"type": "query", "code": "OK"}
    before = await counted(place, "gateway_graphql_operations_total", **operations)
    async with opened(place.address) as socket:
        await socket.init(place.token)
        await socket.subscribe("q", QUERY)
        await socket.data("q")
    assert await counted(place, "gateway_graphql_operations_total", **operations) == before + 1
    assert [entry["way"] for entry in slow(place, "Named")] == ["socket"]


async def refused_document(socket: Socket, place: Served) -> None:
    await socket.init(place.token)
    await socket.subscribe("q", "{ nothing }")
    assert (await socket.receive())["type"] == "error"


async def refused_token(socket: Socket, _: Served) -> None:
    await socket.send("connection_init", payload={"Authorization": "Bearer gw_wrong"})
    assert (await socket.closed())[0] == 4403


@pytest.mark.parametrize(
    ("code", "ask"),
    [("GRAPHQL_VALIDATION_FAILED", refused_document), ("UNAUTHENTICATED", refused_token)],
)
async def test_what_is_refused_over_a_socket(place: Served, code: str, ask: Any) -> None:
    name, labels = "gateway_graphql_operations_total", {"type": "none", "code": code}
    before = await counted(place, name, **labels)
    async with opened(place.address) as socket:
        await ask(socket, place)
    assert await counted(place, name, **labels) == before + 1
    denied = {entry["code"] for entry in logged(place, "denied")}
    assert (code in denied) == (code == "UNAUTHENTICATED")


async def test_an_event_stream_is_not_slow_because_it_lasts(place: Served) -> None:
    async with streamed(place.address, OWN, place.headers) as events:
        await events.data()
        await asyncio.sleep(2)

    def ended() -> bool:
        return any(entry["way"] == "request" for entry in slow(place, "Own"))

    await until(ended)
    (entry,) = (entry for entry in slow(place, "Own") if entry["way"] == "request")
    assert (entry["route"], entry["status"]) == ("/graphql", 200)
    assert entry["ms"] < 2000
