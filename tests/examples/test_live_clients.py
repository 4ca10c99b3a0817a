"""The examples that stay connected say what is new as soon as it is committed."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.examples.conftest import CALLS, END, EXAMPLES, counted, environment, needs_npm
from tests.graphql.served import Served
from tests.process import PATIENCE, ROOT


@contextmanager
def following(command: list[str | Path], gateway: Served) -> Iterator[Iterator[int]]:
    """How many calls the program says there are today, each time that it says so."""
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(gateway), stdout=subprocess.PIPE, text=True
    ) as program:
        give_up = threading.Timer(PATIENCE, program.kill)
        give_up.start()
        try:
            assert program.stdout is not None
            said = map(re.compile(r'^(\d+) calls,|"totalCall":(\d+)').search, program.stdout)
            yield (int(found[1] or found[2]) for found in said if found)
        finally:
            give_up.cancel()
            program.kill()


def post_a_call(gateway: Served) -> None:
    """As a phone system does when a call has ended."""
    call = {
        "source": "pbx",
        "source_key": uuid4().hex,
        "started_at": datetime.now(UTC).isoformat(),
        "direction": "inbound",
        "status": "busy_line",
        "duration": 20,
        "billsec": 0,
    }
    headers = {**gateway.headers, "Content-Type": "application/x-ndjson"}
    response = httpx.post(f"{gateway.address}/ingest/calls", json=call, headers=headers)
    assert response.json()["new"] == 1, response.text


def check_following(command: list[str | Path], gateway: Served) -> None:
    with following(command, gateway) as said:
        before = next(said)
        for expected in (before + 1, before + 2):
            post_a_call(gateway)
            # A program may ask more than once and hear the same.
            assert next(count for count in said if count != expected - 1) == expected
    (row,) = counted(gateway, CALLS, END, datetime.now(UTC))
    assert row["calls"] == before + 2


@needs_npm
@pytest.mark.parametrize("client", ["apollo", "urql"])
def test_live(gateway: Served, programs: Path, client: str) -> None:
    check_following(["node", programs / f"{client}-live.js"], gateway)


def test_python_live(gateway: Served) -> None:
    script = EXAMPLES / "python" / "live.py"
    check_following([sys.executable, "-W", "error", script], gateway)


def test_curl_live(gateway: Served) -> None:
    check_following(["sh", EXAMPLES / "curl" / "live.sh"], gateway)
