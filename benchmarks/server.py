"""A contender as a process: started on a free port, waited for, measured, ended."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from benchmarks import usage
from benchmarks.workloads import Request

ROOT = Path(__file__).parents[1]
PATIENCE = 120


class ServerError(Exception):
    """A contender did not start, or did not answer."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """Runs while the block does. A command and an environment may name the `{port}`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.port = free_port()
        self._command = [part.format(port=self.port) for part in command]
        self._environment = {
            name: text.format(port=self.port) for name, text in environment.items()
        }
        self._log = log

    def __enter__(self) -> Self:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GATEWAY_", "PG"))}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                self._command,
                cwd=ROOT,
                env={**kept, **self._environment},
                stdout=log,
                stderr=log,
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    tail = self._log.read_text(errors="replace").splitlines()[-8:]
                    raise ServerError(
                        "\n".join([f"{self.name} did not start. Its log ends:", *tail])
                    ) from None
                time.sleep(0.05)
            else:
                return

    def ask(self, request: Request) -> bytes:
        """The answer's body; ServerError unless it is 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            headers = dict(request.headers) | {"content-type": "application/json"}
            method = "GET" if request.body is None else "POST"
            connection.request(method, request.path, request.body, headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise ServerError(f"{self.name} answered {response.status}: {body[:500]!r}")
        return body

    def cpu_seconds(self) -> float:
        return usage.cpu_seconds(self._process.pid)

    def reset_peak(self) -> None:
        usage.reset_peak(self._process.pid)

    def peak_megabytes(self) -> float:
        return usage.peak_megabytes(self._process.pid)
