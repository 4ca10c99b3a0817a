"""The serving processes of one supervisor: whichever is asked tells the figures of all.

Each counts in its own memory and answers on a socket of its own in a directory that they share.
See docs/decisions/0025.
"""

import asyncio
import fcntl
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import orjson
from prometheus_client.metrics_core import Metric

# Where a supervisor's processes find each other: it is not for operators to set.
DIRECTORY = "GATEWAY_WORKERS_DIRECTORY"
ALONE = 1
# How long a process that is at work may keep those waiting who ask for figures.
PATIENCE = 2.0

# [name, sentence, kind, [[sample's name, labels, value], ...]] of each family.
Exported: TypeAlias = Sequence[tuple[str, str, str, Sequence[tuple[str, Mapping[str, str], float]]]]


class Workers:
    """Tells what all of them count. `families` gives this process's own figures."""

    def __init__(
        self, families: Callable[[], Iterable[Metric]], directory: Path | None = None
    ) -> None:
        self._families = families
        self._directory = directory
        self._number = ALONE

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell the others what they ask, as long as this lasts."""
        if self._directory is None:
            yield
            return
        with _numbered(self._directory) as self._number:
            path = _socket(self._directory, self._number)
            server = await asyncio.start_unix_server(self._tell, path)
            try:
                yield
            finally:
                server.close()
                await server.wait_closed()

    async def collected(self) -> "Collected":
        """The figures of all, each with its worker's number."""
        found: dict[str, Exported] = {str(self._number): _exported(self._families())}
        others = [number for number in self._others() if number != self._number]
        answers = await asyncio.gather(*(self._asked(number) for number in others))
        found |= {str(n): told for n, told in zip(others, answers, strict=True) if told is not None}
        return Collected(found)

    def _others(self) -> Iterator[int]:
        if self._directory is not None:
            yield from sorted(int(path.stem) for path in self._directory.glob("*.socket"))

    async def _asked(self, number: int) -> Exported | None:
        """What another tells; None if it ended, or has no time."""
        assert self._directory is not None  # noqa: S101  # or there were no others
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(
                    _socket(self._directory, number)
                )
                try:
                    told = await reader.read()
                finally:
                    writer.close()
            found: Exported = orjson.loads(told)
        except (OSError, TimeoutError, orjson.JSONDecodeError):
            return None
        return found

    async def _tell(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(orjson.dumps(_exported(self._families())))
            await writer.drain()
        except OSError:
            pass  # who asked has lost patience
        finally:
            writer.close()


class Collected:
    """Families of several workers as those of one registry."""

    def __init__(self, found: Mapping[str, Exported]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        merged: dict[str, Metric] = {}
        for worker, families in self._found.items():
            for name, sentence, kind, samples in families:
                metric = merged.setdefault(name, Metric(name, sentence, kind))
                for sample, labels, value in samples:
                    metric.add_sample(sample, {**labels, "worker": worker}, value)
        yield from merged.values()


def _exported(families: Iterable[Metric]) -> list[Any]:
    return [
        (
            metric.name,
            metric.documentation,
            metric.type,
            [(sample.name, sample.labels, sample.value) for sample in metric.samples],
        )
        for metric in families
    ]


@contextmanager
def _numbered(directory: Path) -> Iterator[int]:
    """The lowest number that no living process has, until the block or this process ends."""
    for number in itertools.count(ALONE):
        lock = os.open(directory / f"{number}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        try:
            yield number
        finally:
            os.close(lock)
        return


def _socket(directory: Path, number: int) -> str:
    return str(directory / f"{number}.socket")
