"""Running the load: contenders in turn, several rounds, and what each round cost."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks import usage
from benchmarks.load import Job, loaded, percentile
from benchmarks.peers import Contender
from benchmarks.server import Server
from benchmarks.workloads import Workload

Running = tuple[Contender, Server]


class Pace(NamedTuple):
    """How long and how often. Where `spare_slow`, slow contenders get one connection at most."""

    seconds: float
    rounds: int
    connections: tuple[int, ...]
    spare_slow: bool


class Sample(NamedTuple):
    """One round of one contender; CPU in seconds."""

    latencies: list[float]
    wrong: int
    elapsed: float
    server_cpu: float
    postgres_cpu: float
    peak_megabytes: float


class Figures(msgspec.Struct):
    """What was measured of one contender; CPU is per right answer."""

    contender: str
    workload: str
    connections: int
    processes: int
    answers: int
    wrong: int
    bytes: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    postgres_cpu_ms: float
    peak_megabytes: float

    @property
    def cpu_ms(self) -> float:
        return self.server_cpu_ms + self.postgres_cpu_ms


def postmaster(data_dir: Path) -> int:
    """The process of the embedded PostgreSQL, whose children serve."""
    return int((data_dir / "postgresql" / "postmaster.pid").read_text().split("\n", 1)[0])


def measured(
    running: Sequence[Running],
    workload: Workload,
    sizes: Mapping[str, int],
    pace: Pace,
    postgres: int,
    processes: int = 1,
) -> Iterable[Figures]:
    """The figures of all contenders that answer the workload, at each number of connections."""
    asked = [(contender, server) for contender, server in running if contender.name in sizes]
    for connections in pace.connections:
        taking = [
            (contender, server)
            for contender, server in asked
            if connections == 1 or not (contender.slow and pace.spare_slow)
        ]
        samples: dict[str, list[Sample]] = {contender.name: [] for contender, _ in taking}
        for turn in range(pace.rounds):
            # Each round begins with another one, so that none is always measured after the same.
            first = turn % max(len(taking), 1)
            for contender, server in taking[first:] + taking[:first]:
                job = Job(
                    server.port,
                    contender.requests[workload.name].raw(server.port),
                    sizes[contender.name],
                    connections,
                    pace.seconds,
                )
                samples[contender.name].append(_sampled(server, job, postgres))
        for name, found in samples.items():
            yield _figures(name, workload, connections, processes, sizes[name], found)


def _sampled(server: Server, job: Job, postgres: int) -> Sample:
    server.reset_peak()
    server_before, postgres_before = server.cpu_seconds(), usage.cpu_seconds(postgres)
    tally = loaded(job)
    return Sample(
        tally.latencies,
        tally.wrong,
        tally.elapsed,
        server.cpu_seconds() - server_before,
        usage.cpu_seconds(postgres) - postgres_before,
        server.peak_megabytes(),
    )


def _figures(
    name: str,
    workload: Workload,
    connections: int,
    processes: int,
    size: int,
    samples: Sequence[Sample],
) -> Figures:
    answers = sum(len(sample.latencies) for sample in samples)
    served = [sample for sample in samples if sample.latencies]

    def median(values: Iterable[float]) -> float:
        return statistics.median(list(values) or [0])

    def per_answer(seconds: float) -> float:
        return 1000 * seconds / answers if answers else 0

    return Figures(
        contender=name,
        workload=workload.name,
        connections=connections,
        processes=processes,
        answers=answers,
        wrong=sum(sample.wrong for sample in samples),
        bytes=size,
        requests_per_second=median(len(s.latencies) / s.elapsed for s in samples),
        p50_ms=1000 * median(percentile(sample.latencies, 0.5) for sample in served),
        p99_ms=1000 * median(percentile(sample.latencies, 0.99) for sample in served),
        server_cpu_ms=per_answer(sum(sample.server_cpu for sample in samples)),
        postgres_cpu_ms=per_answer(sum(sample.postgres_cpu for sample in samples)),
        peak_megabytes=max(sample.peak_megabytes for sample in samples),
    )
