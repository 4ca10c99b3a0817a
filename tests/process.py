"""The program itself, run as a process."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 120


def environment(data_dir: Path, **changes: str) -> Mapping[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GATEWAY_")}
    return {**kept, "GATEWAY_DATA_DIR": str(data_dir), "GATEWAY_PORT": "0", **changes}


def gateway(data_dir: Path, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    """A command of the program, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=ROOT,
        env=environment(data_dir, **changes),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Serving:
    """A serving process: its address and what it printed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stdout is not None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def printed(self, pattern: str) -> list[str]:
        return [m[1] for line in self.lines if (m := re.fullmatch(pattern, line))]

    @property
    def address(self) -> str:
        return self.printed(r"GraphQL: (http://.*)/graphql")[0]

    def wait(self, line: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while not self.printed(f"({line})"):
            assert self.process.poll() is None, "it ended"
            assert time.monotonic() < give_up, "it does not serve"
            time.sleep(0.05)


@contextmanager
def serving(
    data_dir: Path, *arguments: str, until: str = "health: .*", **changes: str
) -> Iterator[Serving]:
    """`gateway serve`, or another serving command, until the block ends."""
    with (data_dir.parent / f"{data_dir.name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", *(arguments or ("serve",))],
            cwd=ROOT,
            env=environment(data_dir, **changes),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    found = Serving(process)
    try:
        found.wait(until)
        yield found
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        assert process.stdout is not None
        found._reader.join(PATIENCE)
        process.stdout.close()
