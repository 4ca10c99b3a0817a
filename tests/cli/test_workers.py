"""Several serving processes behind one address."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.test_serving import gone_within
from tests.process import Serving, gateway, serving

QUERY = {"query": "{ domain { name } }"}
COMPANY = """{"domain": {"domain_uuid": "6e9f0f3e-6a51-4f0b-9c39-0c4f4a3b6f10",
    "domain_name": "example.com", "time_zone": "Asia/Ho_Chi_Minh"}}"""


def children(served: Serving) -> set[int]:
    """The serving processes."""
    found = set()
    for line in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = line.read_text().rsplit(")", 1)
            command = line.with_name("cmdline").read_bytes()
        except OSError:
            continue
        spawned = b"spawn_main" in command
        if spawned and int(rest.split()[1]) == served.process.pid:
            found.add(int(name.split()[0]))
    return found


@contextmanager
def two(data_dir: Path, **settings: str) -> Iterator[tuple[Serving, dict[str, str]]]:
    file = data_dir.parent / "directory.json"
    file.write_text(COMPANY)
    gateway(data_dir, "import", "directory", str(file))
    token = gateway(
        data_dir, "token", "create", "--domain", "example.com", "--name", "t"
    ).stdout.strip()
    with serving(data_dir, "serve", "--workers", "2", **settings) as served:
        yield served, {"authorization": f"Bearer {token}"}
    assert gone_within(10, data_dir)


def asked(served: Serving, headers: dict[str, str], times: int = 20) -> None:
    for _ in range(times):
        response = httpx.post(f"{served.address}/graphql", json=QUERY, headers=headers)
        assert response.json() == {"data": {"domain": {"name": "example.com"}}}


def wait_for_others(served: Serving, before: set[int], count: int = 2) -> set[int]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        now = children(served)
        if len(now) == count and len(now - before) >= 1:
            return now
        time.sleep(0.1)
    raise AssertionError(f"{before} are {children(served)} now")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_processes_serve_one_is_replaced_and_all_end(
    tmp_path: Path, number: signal.Signals
) -> None:
    with two(tmp_path / "data") as (served, headers):
        before = children(served)
        assert len(before) == 2
        asked(served, headers)
        os.kill(min(before), signal.SIGKILL)
        wait_for_others(served, before)
        asked(served, headers)
        served.process.send_signal(number)
        assert served.process.wait(20) == 0


async def test_a_hang_up_replaces_the_processes_without_a_failed_request(tmp_path: Path) -> None:
    with two(tmp_path / "data") as (served, headers):
        before = children(served)
        done = asyncio.Event()
        answers = 0

        async def keep_asking() -> None:
            nonlocal answers
            while not done.is_set():
                # A connection for each request: none is ended in the middle.
                async with httpx.AsyncClient(base_url=served.address, headers=headers) as http:
                    response = await http.post("/graphql", json=QUERY, timeout=20)
                assert response.status_code == 200
                answers += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(keep_asking())
            served.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + 60
            while children(served) & before or len(children(served)) != 2:
                assert time.monotonic() < end
                await asyncio.sleep(0.1)
            done.set()
        assert answers > 20


def test_connections_are_shared_out(tmp_path: Path) -> None:
    with two(tmp_path / "data", GATEWAY_POOL_SIZE="1000") as (served, headers):
        asked(served, headers)
        log = (tmp_path / "data.log").read_text()
        assert "fewer connections than set" in log
