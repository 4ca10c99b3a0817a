"""The report: Markdown to read, JSON to compare."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks.measuring import Figures, Pace
from benchmarks.targets import Verdict, faster_peers
from benchmarks.workloads import GROWTH, TIMELINES, WORKLOADS

FOLDER = Path(__file__).parent
COLUMNS = (
    "contender", "connections", "requests/s", "p50 ms", "p99 ms", "CPU server ms",
    "CPU PostgreSQL ms", "peak MB", "answer kB", "refused",
)  # fmt: skip


class Run(msgspec.Struct):
    """A run and under which circumstances."""

    began: datetime
    dataset: str
    machine: str
    load_before: float
    versions: dict[str, str]
    seconds: float
    rounds: int
    figures: list[Figures]
    verdicts: list[Verdict]
    left_out: list[str]


def begun(dataset: str, pace: Pace, versions: dict[str, str], now: datetime) -> Run:
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    load = round(os.getloadavg()[0], 2)
    return Run(now, dataset, machine, load, versions, pace.seconds, pace.rounds, [], [], [])


def written(run: Run) -> Path:
    """Write both files; the one to read."""
    (FOLDER / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(run)))
    readable = FOLDER / "report.md"
    readable.write_text(markdown(run), "utf-8")
    return readable


def markdown(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    lines = [
        "# Benchmark",
        "",
        _circumstances(run),
        f"{versions}.",
        "",
        "Absolute figures drift with the machine: the ratios of one run are the result.",
        "",
        "## Targets",
        "",
        *targets(run.verdicts),
        "",
        *(f"Left out: {reason}." for reason in run.left_out),
        "",
        "## Where a peer is faster",
        "",
        *([f"- {line}" for line in faster_peers(run.figures)] or ["Nowhere."]),
    ]
    for processes in sorted({f.processes for f in run.figures}):
        for workload in (*WORKLOADS, *TIMELINES, GROWTH):
            found = [
                f for f in run.figures if f.workload == workload.name and f.processes == processes
            ]
            if found:
                several = f", {processes} processes" if processes > 1 else ""
                lines += ["", f"## {workload.title}{several}", "", *table(found)]
    return "\n".join([*lines, ""])


def _circumstances(run: Run) -> str:
    return (
        f"{run.began:%Y-%m-%d %H:%M} UTC, {run.machine}, load before {run.load_before};"
        f" {run.dataset}; {run.rounds} rounds of {run.seconds:g} s each, contenders in turn; load"
        " by benchmarks/load.py, in a process of its own on the same machine."
    )


def targets(verdicts: Iterable[Verdict]) -> Sequence[str]:
    return [
        "| goal | target | measured | |",
        "| --- | --- | --- | --- |",
        *(f"| {v.goal} | {v.target} | {v.measured} | {v.judgement} |" for v in verdicts),
    ]


def table(figures: Iterable[Figures]) -> Sequence[str]:
    return [
        f"| {' | '.join(COLUMNS)} |",
        f"| --- |{' ---: |' * (len(COLUMNS) - 1)}",
        *(f"| {' | '.join(_cells(f))} |" for f in figures),
    ]


def _cells(figures: Figures) -> Sequence[str]:
    numbers = (
        figures.requests_per_second,
        figures.p50_ms,
        figures.p99_ms,
        figures.server_cpu_ms,
        figures.postgres_cpu_ms,
        figures.peak_megabytes,
        figures.bytes / 1000,
    )
    shown = ("" if not figures.answers else _short(number) for number in numbers)
    return [figures.contender, str(figures.connections), *shown, str(figures.wrong or "")]


def _short(number: float) -> str:
    """Three digits that mean something."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
