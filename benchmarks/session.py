"""One run: the data, the servers, the check that they answer alike, and the measurements."""

import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg

from benchmarks import peers
from benchmarks.dataset import MEASURED, Size, Sizes, made
from benchmarks.equality import checked
from benchmarks.measuring import Figures, Pace, Running, measured, postmaster
from benchmarks.peers import Contender, Place
from benchmarks.server import ROOT, Server
from benchmarks.targets import TENFOLD, USUAL
from benchmarks.workloads import DAY, GROWTH, TIMELINES, WORKLOADS
from gateway.settings import Settings
from gateway.store import tokens
from gateway.store.database import Database
from gateway.store.embedded import OWNER, SERVICE, Embedded
from gateway.viewer import Role

PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "asyncpg")
WARM_UP = 5
TWO = 2
SOME_CONNECTIONS = 8


class Session:
    """`left_out` says what could not be measured, and why."""

    def __init__(
        self, embedded: Embedded, sizes: Sizes, pace: Pace, say: Callable[[str], None]
    ) -> None:
        self._embedded = embedded
        self._sizes = sizes
        self._pace = pace
        self._say = say
        self.left_out: list[str] = []

    async def prepared(self) -> str:
        """Make the data, unless they stand; what they are, in a phrase."""
        self._say("data")
        self._place = await self._place_of(self._sizes.usual)
        self._tenfold = await self._place_of(self._sizes.tenfold)
        self._postgres = postmaster(self._embedded.data_dir)
        usual = self._sizes.usual
        return (
            f"{usual.domains} domains with {usual.calls:,} calls in 31 days, {usual.measured:,} of"
            " them of the measured domain"
        )

    async def _place_of(self, size: Size) -> Place:
        await made(self._embedded, size)
        owner, service = (self._embedded.url(role, size.name) for role in (OWNER, SERVICE))
        connection = await asyncpg.connect(owner)
        try:
            await connection.execute((peers.POSTGRAPHILE / "functions.sql").read_text("utf-8"))
        finally:
            await connection.close()
        async with Database(lambda: service, Settings()) as database:
            token = await tokens.create(
                database, MEASURED, Role.ADMIN, "benchmark", datetime.now(UTC)
            )
        return Place(owner, service, token)

    async def versions(self) -> dict[str, str]:
        connection = await asyncpg.connect(self._place.owner_url)
        try:
            server = connection.get_server_version()
        finally:
            await connection.close()
        return {
            "Python": platform.python_version(),
            "PostgreSQL": f"{server.major}.{server.minor}",
            **peers.node_versions(),
            **{package: version(package) for package in PACKAGES},
        }

    def workloads(self) -> Sequence[Figures]:
        """Everybody, at every number of connections; and the gateway's own questions at one."""
        alone = self._pace._replace(connections=(1,))
        with ExitStack() as stack:
            running = self._started(stack, list(self._contenders()))
            usual = [
                (workload, pace)
                for workloads, pace in ((WORKLOADS, self._pace), (TIMELINES, alone))
                for workload in workloads
            ]
            sizes = {workload.name: checked(running, workload) for workload, _ in usual}
            self._say("all answers are equal")
            found: list[Figures] = []
            for workload, pace in usual:
                self._say(workload.title)
                self._warm(running, workload.name)
                found += measured(running, workload, sizes[workload.name], pace, self._postgres)
        return found

    def growth(self) -> Sequence[Figures]:
        """The gateway over ten times the calls, and beside it over the usual ones."""
        self._say("ten times the calls")
        contenders = [
            contender._replace(name=name, requests={GROWTH.name: contender.requests[DAY.name]})
            for name, contender in (
                (USUAL, peers.gateway(self._place)),
                (TENFOLD, peers.gateway(self._tenfold)),
            )
        ]
        with ExitStack() as stack:
            running = self._started(stack, contenders)
            self._warm(running, GROWTH.name)
            sizes = {c.name: len(s.ask(c.requests[GROWTH.name])) for c, s in running}
            pace = self._pace._replace(connections=(SOME_CONNECTIONS,))
            return list(measured(running, GROWTH, sizes, pace, self._postgres))

    def two_processes(self) -> Sequence[Figures]:
        with ExitStack() as stack:
            running = self._started(stack, list(self._contenders(TWO)))
            found: list[Figures] = []
            pace = self._pace._replace(connections=(max(self._pace.connections),))
            for workload in WORKLOADS:
                self._say(f"{workload.title}, two processes")
                sizes = checked(running, workload)
                self._warm(running, workload.name)
                found += measured(running, workload, sizes, pace, self._postgres, TWO)
        return found

    def _contenders(self, processes: int = 1) -> Iterator[Contender]:
        place = self._place
        yield peers.gateway(place, processes)
        yield peers.gateway(place, processes, kept=True)
        if peers.node() is None:
            self._leave_out(
                f"PostGraphile: run `npm ci` in {peers.POSTGRAPHILE.relative_to(ROOT)}, with"
                f" Node {peers.OLDEST_NODE} or newer"
            )
        else:
            yield peers.postgraphile(place, processes)
            yield peers.postgraphile(place, processes, row_security=True)
        yield peers.strawberry(place, processes)
        yield peers.rows(place, processes)
        yield peers.json_in_sql(place, processes)

    def _leave_out(self, reason: str) -> None:
        if reason not in self.left_out:
            self.left_out.append(reason)

    def _started(self, stack: ExitStack, contenders: Sequence[Contender]) -> list[Running]:
        self._say(f"starting {', '.join(contender.name for contender in contenders)}")
        return [
            (c, stack.enter_context(Server(c.name, c.command, c.environment, self._log(c.name))))
            for c in contenders
        ]

    def _log(self, name: str) -> Path:
        return self._embedded.data_dir / (re.sub(r"\W+", "-", name) + ".log")

    def _warm(self, running: Sequence[Running], workload: str) -> None:
        for contender, server in running:
            for _ in range(WARM_UP if workload in contender.requests else 0):
                server.ask(contender.requests[workload])


def imports(count: int) -> tuple[float, float]:
    """The import's rows/s against COPY's, and the megabytes it took at most."""
    command = [sys.executable, "benchmarks/import_calls.py", str(count)]
    told = subprocess.run(  # noqa: S603
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    shares = re.findall(r"^\| an? \w+ domain \|.*\| ([\d.]+) \|$", told, re.MULTILINE)
    memory = re.findall(r"peak memory .* (\d+) MB", told)
    # The slower of the import into an empty domain and into a full one.
    return min(map(float, shares)), float(memory[0])
