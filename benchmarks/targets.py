"""What the gateway must reach, and what was reached."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from benchmarks.measuring import Figures
from benchmarks.peers import GATEWAY, KEPT
from benchmarks.workloads import DAY, GROUPS, GROWTH, SUMMARY, TIMELINES, TINY, WORKLOADS, Workload

POSTGRAPHILE = "PostGraphile 5"
HANDWRITTEN = "hand-written"
USUAL = "gateway, the usual calls"
TENFOLD = "gateway, ten times the calls"


class Extras(msgspec.Struct):
    """What is not measured by load on a server; None: not measured in this run."""

    import_share: float | None = None
    import_megabytes: float | None = None
    demo_seconds: float | None = None


class Verdict(msgspec.Struct):
    """A goal, what it asks for, what was measured, and whether, or how nearly, it was reached."""

    goal: str
    target: str
    measured: str
    judgement: str


class _Unmeasured(Exception):  # noqa: N818  # no error: a run may leave something out
    """The run has no such figures."""


class Measured:
    """The run's figures of one process each, found by who, what and how many."""

    def __init__(self, figures: Iterable[Figures]) -> None:
        self._figures = [f for f in figures if f.processes == 1 and f.answers]

    def one(self, contender: str, workload: Workload, connections: int | None = None) -> Figures:
        """Of the contender at that number of connections, or at its highest."""
        found = [
            f
            for f in self._figures
            if (f.contender, f.workload) == (contender, workload.name)
            and connections in {None, f.connections}
        ]
        if not found:
            raise _Unmeasured
        return max(found, key=lambda f: f.connections)

    def best(
        self, begins: str, workload: Workload, connections: int, by: Callable[[Figures], float]
    ) -> Figures:
        """Of those whose name begins so, at that number of connections, the highest by `by`."""
        found = [
            f
            for f in self._figures
            if f.contender.startswith(begins)
            and (f.workload, f.connections) == (workload.name, connections)
        ]
        if not found:
            raise _Unmeasured
        return max(found, key=by)


def verdicts(figures: Iterable[Figures], extras: Extras) -> Sequence[Verdict]:
    """The table of targets, in the order of the design."""
    found = Measured(figures)
    return [
        _faster(found, DAY, 4),
        _faster(found, SUMMARY, 2),
        _faster(found, GROUPS, 2),
        _faster(found, TINY, 1.3),
        _cheaper_than_by_hand(found),
        _again(found),
        _growth(found),
        _imports(extras),
        *(_timeline(found, workload) for workload in TIMELINES),
        _memory(found),
        _demo(extras),
    ]


def faster_peers(figures: Iterable[Figures]) -> Sequence[str]:
    """A sentence for each workload where a peer gives more answers than the computing gateway."""
    found = list(figures)
    sentences = []
    for workload in WORKLOADS:
        alike = [f for f in found if (f.workload, f.processes) == (workload.name, 1)]
        most = max((f.connections for f in alike), default=0)
        rates = {f.contender: f.requests_per_second for f in alike if f.connections == most}
        own = rates.get(GATEWAY, 0)
        peers = [
            f"{name} ({rate / own:.2g} times)"
            for name, rate in sorted(rates.items(), key=lambda item: -item[1])
            if own and rate > own and name != KEPT
        ]
        if peers:
            sentences.append(f"{workload.title}, {most} connections: {', '.join(peers)}.")
    return sentences


def _at_least(goal: str, target: float, unit: str, read: Callable[[], float]) -> Verdict:
    return _judged(goal, f">= {target:.3g}{unit}", unit, read, lambda value: value / target)


def _at_most(goal: str, target: float, unit: str, read: Callable[[], float]) -> Verdict:
    return _judged(goal, f"<= {target:.3g}{unit}", unit, read, lambda value: target / value)


def _judged(
    goal: str, target: str, unit: str, read: Callable[[], float], reached: Callable[[float], float]
) -> Verdict:
    try:
        value = read()
    except _Unmeasured:
        return Verdict(goal, target, "", "not measured")
    share = reached(value)
    judgement = "reached" if share >= 1 else f"**short**: {share:.0%} of the way"
    return Verdict(goal, target, f"{value:.3g}{unit}", judgement)


def _ratio(found: Measured, contender: str, workload: Workload) -> float:
    """The contender's requests/s against those of the better PostGraphile."""
    ours = found.one(contender, workload)
    theirs = found.best(POSTGRAPHILE, workload, ours.connections, lambda f: f.requests_per_second)
    return ours.requests_per_second / theirs.requests_per_second


def _faster(found: Measured, workload: Workload, times: float) -> Verdict:
    goal = f"{workload.title}, requests/s against the better PostGraphile"
    return _at_least(goal, times, " times", lambda: _ratio(found, GATEWAY, workload))


def _cheaper_than_by_hand(found: Measured) -> Verdict:
    def share() -> float:
        ours = found.one(GATEWAY, DAY)
        theirs = found.best(HANDWRITTEN, DAY, ours.connections, lambda f: -f.cpu_ms)
        return ours.cpu_ms / theirs.cpu_ms

    goal = "day report, CPU of server and PostgreSQL against the better hand-written endpoint"
    return _at_most(goal, 1, " times", share)


def _again(found: Measured) -> Verdict:
    goal = "the same question again, data unchanged, against the better PostGraphile"
    return _at_least(goal, 20, " times", lambda: _ratio(found, KEPT, DAY))


def _growth(found: Measured) -> Verdict:
    def growth() -> float:
        return found.one(TENFOLD, GROWTH).cpu_ms / found.one(USUAL, GROWTH).cpu_ms

    return _at_most("day report, CPU with ten times the calls", 1.1, " times", growth)


def _imports(extras: Extras) -> Verdict:
    def share() -> float:
        return _present(extras.import_share)

    return _at_least("import of calls, rows/s against COPY", 1 / 3, " of COPY", share)


def _timeline(found: Measured, workload: Workload) -> Verdict:
    goal = f"{workload.title}, 31 days, median"
    return _at_most(goal, 100, " ms", lambda: found.one(GATEWAY, workload, 1).p50_ms)


def _memory(found: Measured) -> Verdict:
    goal = "memory of a server process, day report at the most connections"
    return _at_most(goal, 120, " MB", lambda: found.one(GATEWAY, DAY).peak_megabytes)


def _demo(extras: Extras) -> Verdict:
    goal = "second start of the demo, to the first answer"
    return _at_most(goal, 3, " s", lambda: _present(extras.demo_seconds))


def _present(value: float | None) -> float:
    if value is None:
        raise _Unmeasured
    return value
