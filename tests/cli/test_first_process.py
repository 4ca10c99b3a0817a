"""The program as a container's first process, for which signals have no default."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import TestDatabase
from tests.process import PATIENCE, ROOT, Serving, environment

ALONE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
ALLOWED = subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode == 0

pytestmark = pytest.mark.skipif(not ALLOWED, reason="process namespaces are not allowed here")


@contextmanager
def first(
    tmp_path: Path, database: TestDatabase, *arguments: str
) -> Iterator["subprocess.Popen[str]"]:
    settings = {"GATEWAY_DATABASE_URL": database.service_url}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*ALONE, sys.executable, "-m", "gateway", *arguments],
            cwd=ROOT,
            env=environment(tmp_path / "unused", **settings),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


def inside(process: "subprocess.Popen[str]") -> int:
    """The first process by its number out here."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    give_up = time.monotonic() + PATIENCE
    while not (children := path.read_text().split()):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    return int(children[0])


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(
    tmp_path: Path, database: TestDatabase, workers: str, number: signal.Signals
) -> None:
    with first(tmp_path, database, "serve", "--workers", workers) as process:
        Serving(process).wait("health: .*")
        os.kill(inside(process), number)
        assert process.wait(20) == 0, (tmp_path / "log").read_text()


def test_it_ends_also_before_it_serves(tmp_path: Path, database: TestDatabase) -> None:
    with first(tmp_path, database, "import", "calls", "-", "--domain", "x") as process:
        found = inside(process)
        status = Path(f"/proc/{found}/status")
        give_up = time.monotonic() + PATIENCE
        while not _caught(status, signal.SIGTERM):
            assert time.monotonic() < give_up
            time.sleep(0.01)
        os.kill(found, signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM


def _caught(status: Path, number: int) -> bool:
    """Whether the process has a handler for that signal."""
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("SigCgt")]
    return bool(int(line.split()[1], 16) & 1 << (number - 1))
