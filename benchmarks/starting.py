"""How long the demo's second start takes, until its first answer."""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.server import ROOT
from benchmarks.workloads import SUMMARY, graphql

QUESTION = graphql(SUMMARY.document, {"period": {"preset": "TODAY"}}).body


@contextmanager
def _demo(data_dir: Path) -> Iterator[dict[str, str]]:
    """The demo and what it printed, {name: the first value}, as soon as it serves."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GATEWAY_")}
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "demo"],
        cwd=ROOT,
        env={**kept, "GATEWAY_DATA_DIR": str(data_dir), "GATEWAY_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101  # it is piped
        told: dict[str, str] = {}
        try:
            for line in process.stdout:
                if found := re.fullmatch(r"(\w+): (\S+)\n", line):
                    told.setdefault(found[1], found[2])
                if "token" in told:
                    break
            yield told
        finally:
            process.terminate()


def demo_seconds() -> float:
    """From the command to the answer of a question, with the data loaded before."""
    with tempfile.TemporaryDirectory() as folder:
        with _demo(Path(folder)):
            pass
        began = time.perf_counter()
        with _demo(Path(folder)) as told:
            address = urlsplit(told["GraphQL"])
            connection = http.client.HTTPConnection(address.hostname or "", address.port)
            headers = {
                "authorization": f"Bearer {told['token']}",
                "content-type": "application/json",
            }
            connection.request("POST", address.path, QUESTION, headers)
            connection.getresponse().read()
            took = time.perf_counter() - began
            connection.close()
    return took
