"""The clients' examples: built, run against the program itself, and what the database counts."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server
from tests.graphql.served import Served, served
from tests.process import PATIENCE, ROOT

EXAMPLES = ROOT / "examples"
DAY = "2026-03-10"
# That day in Hanoi.
START, END = datetime(2026, 3, 9, 17, tzinfo=UTC), datetime(2026, 3, 10, 17, tzinfo=UTC)
CALLS = """
select count(*) as calls, count(*) filter (where status = 'answered') as answered
from calls where started_at >= $1 and started_at < $2
"""

needs_npm = pytest.mark.skipif(
    shutil.which("npm") is None or not (EXAMPLES / "node_modules").is_dir(),
    reason="the examples' packages are not installed: make examples",
)


@pytest.fixture(scope="session")
def gateway(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(server, tmp_path_factory.mktemp("clients"), GATEWAY_LOG_FORMAT="json") as found:
        yield found


@pytest.fixture(scope="session")
def programs() -> Path:
    """The examples for Node as a front end's build makes them, from the schema as it is."""
    built = subprocess.run(
        ["npm", "run", "build"], cwd=EXAMPLES, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return EXAMPLES / "dist"


def environment(gateway: Served) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "GATEWAY_URL": f"{gateway.address}/graphql",
        "GATEWAY_TOKEN": gateway.token,
    }


def run(
    command: list[str | Path], gateway: Served, **changes: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**environment(gateway), **changes},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def printed(program: Path, gateway: Served) -> Any:
    """What the Node program prints of the day."""
    done = run(["node", program, DAY], gateway)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def counted(
    gateway: Served, statement: str, start: datetime = START, end: datetime = END
) -> list[dict[str, Any]]:
    """Counted from the raw calls, without the gateway."""

    async def rows() -> list[dict[str, Any]]:
        async with gateway.database.owner() as owner:
            return [dict(row) for row in await owner.fetch(statement, start, end)]

    return asyncio.run(rows())
