"""Measure the gateway and its peers in one run, and write report.md and report.json."""

import argparse
import asyncio
import time
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks import report
from benchmarks.dataset import FOLDER, FULL, QUICK, Sizes
from benchmarks.measuring import Pace
from benchmarks.session import Session, imports
from benchmarks.starting import demo_seconds
from benchmarks.targets import Extras, verdicts
from gateway.store.embedded import Embedded


class Plan(NamedTuple):
    """`two` also measures two processes; `demo` also the demo's start."""

    sizes: Sizes
    pace: Pace
    imported: int
    two: bool
    demo: bool


FULL_PLAN = Plan(FULL, Pace(4, 3, (1, 8, 32), spare_slow=False), 1_000_000, two=True, demo=True)
QUICK_PLAN = Plan(QUICK, Pace(0.5, 1, (1, 32), spare_slow=True), 50_000, two=False, demo=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the data, one round")
    parser.add_argument("--seconds", type=float, help="how long each round loads a contender")
    parser.add_argument("--rounds", type=int, help="how often each contender is loaded")
    said = parser.parse_args()
    plan = QUICK_PLAN if said.quick else FULL_PLAN
    pace = plan.pace._replace(
        seconds=said.seconds or plan.pace.seconds, rounds=said.rounds or plan.pace.rounds
    )
    asyncio.run(_run(plan._replace(pace=pace)))


async def _run(plan: Plan) -> None:
    began = time.monotonic()
    async with Embedded(FOLDER / plan.sizes.usual.name) as embedded:
        session = Session(embedded, plan.sizes, plan.pace, _say)
        run = report.begun(
            await session.prepared(), plan.pace, await session.versions(), datetime.now(UTC)
        )
        run.figures += session.workloads()
        run.figures += session.growth()
        if plan.two:
            run.figures += session.two_processes()
    run.left_out += session.left_out
    extras = Extras()
    _say(f"importing {plan.imported:,} calls")
    extras.import_share, extras.import_megabytes = imports(plan.imported)
    if plan.demo:
        _say("starting the demo twice")
        extras.demo_seconds = demo_seconds()
    run.verdicts += verdicts(run.figures, extras)
    path = report.written(run)
    print("\n".join(report.targets(run.verdicts)))
    print(f"\n{path}, made in {time.monotonic() - began:.0f} s")


def _say(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", flush=True)


if __name__ == "__main__":
    main()
