"""Several processes: whichever is asked tells the figures of all, each under its own number."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.test_workers import children, wait_for_others
from tests.conftest import Server
from tests.graphql.served import Served, served
from tests.process import gateway
from tests.telemetry.scraping import Scraped

NAME = {"query": "{ domain { name } }"}


@pytest.fixture(scope="module")
def two(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("two")
    settings = {"GATEWAY_WORKERS": "2", "GATEWAY_OPERATIONS_PORT": "0"}
    with served(server, directory, **settings) as found:
        yield found


def asked(two: Served, times: int) -> None:
    for _ in range(times):
        # A connection of its own: either process may take it.
        response = httpx.post(f"{two.address}/graphql", json=NAME, headers=two.headers)
        assert response.status_code == 200


def scrape(two: Served) -> Scraped:
    (address,) = two.process.printed("metrics: (http://.*/metrics)")
    return Scraped(httpx.get(address).raise_for_status().text)


def workers(found: Scraped) -> set[str]:
    return {sample.labels["worker"] for sample in found if sample.name == "gateway_build_info"}


def test_every_scrape_has_the_requests_of_all(two: Served) -> None:
    before = scrape(two).value("gateway_requests_total", route="/graphql")
    asked(two, 40)
    for _ in range(4):
        found = scrape(two)
        assert found.value("gateway_requests_total", route="/graphql") == before + 40
        assert workers(found) == {"1", "2"}
        memory = [s.value for s in found if s.name == "process_resident_memory_bytes"]
        assert len(memory) == 2


def test_one_that_was_killed_leaves_its_number_to_its_successor(two: Served) -> None:
    asked(two, 20)
    before = children(two.process)
    os.kill(min(before), signal.SIGKILL)
    wait_for_others(two.process, before)
    give_up = time.monotonic() + 30
    while workers(scrape(two)) != {"1", "2"}:
        assert time.monotonic() < give_up
        time.sleep(0.1)


def test_the_public_port_says_nothing(two: Served) -> None:
    assert httpx.get(f"{two.address}/metrics").status_code == 404
    (address,) = two.process.printed("metrics: (http://.*)/metrics")
    assert httpx.get(f"{address}/health/ready").status_code == 200
    assert httpx.post(f"{address}/graphql", json=NAME, headers=two.headers).status_code == 404


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    ports = {"GATEWAY_PORT": "47113", "GATEWAY_OPERATIONS_PORT": "47113"}
    refused = gateway(tmp_path / "data", "serve", **ports, GATEWAY_OPERATIONS_HOST="127.0.0.2")
    assert refused.returncode == 1
    assert "are both 47113: they must differ" in refused.stderr
