"""`gateway import fusionpbx`: from a live database, once or for as long as it runs."""

import asyncio
import contextlib
import signal
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from gateway import log
from gateway.access import utc_now
from gateway.cli.environment import patient_settings
from gateway.cli.importing import (
    DomainOption,
    DryRun,
    MaxErrors,
    Rejects,
    committed,
    interruptible,
    record,
    rejects_file,
    tell,
)
from gateway.cli.progress import Report
from gateway.errors import BadUserInputError, DatabaseUnavailableError, ImportRefusedError
from gateway.ingest.fusionpbx import INDEX, Import, Wanted, domain_entry, indexed
from gateway.ingest.sources import Source
from gateway.period import start_of
from gateway.settings import Settings
from gateway.store import source
from gateway.store.opening import opened

NAME = "fusionpbx"
TeamsFrom = Literal["queues", "ring-groups"]

_log = log.logger(__name__)


class Live(Source):
    """A source that no bar can tell the end of."""

    def __init__(self) -> None:
        self.name = NAME
        self.size = None


def fusionpbx(
    domain: DomainOption,
    *,
    pbx_domain: Annotated[
        str | None,
        typer.Option("--pbx-domain", help="FusionPBX's name of the domain, if it is another."),
    ] = None,
    zone_name: Annotated[
        str | None, typer.Option("--zone", help="The zone of a domain that is made by this.")
    ] = None,
    teams_from: Annotated[
        TeamsFrom | None,
        typer.Option("--teams-from", help="What makes teams: FusionPBX's groups are rights."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DATE", help="Read from that day on, also what was read before."
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what comes, until interrupted.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, max=3600, help="How many seconds --follow waits.")
    ] = 10,
    max_errors: MaxErrors = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
) -> None:
    """Bring people and calls in from FusionPBX's database, at GATEWAY_FUSIONPBX_URL."""
    if follow and dry_run:
        raise BadUserInputError("follow", "Use --follow or --dry-run, not both.")
    day = None if since is None else _day(since)
    settings = patient_settings()

    async def run(report: Report) -> Import:
        async with opened(settings) as database:
            entry, new = await domain_entry(database, domain, zone_name)
            wanted = Wanted(
                entry, pbx_domain or domain, new, teams_from, _start(day, entry.time_zone), dry_run
            )
            running = Import(database, wanted, utc_now, report.reject, report.progress, max_errors)
            await (_follow(running, settings, every) if follow else _once(running, settings))
            return running

    with (
        Report(Live(), rejects_file(NAME, rejects)) as report,
        interruptible(lambda: committed(report, domain)),
    ):
        done = asyncio.run(run(report))
    if not dry_run:
        record("directory", NAME, domain, done.directory)
        record("calls", NAME, domain, done.counts)
    if done.tally is not None:
        typer.echo("\n".join(done.tally.lines()))
    tell(done.directory, done.counts, names=("directory: ", "calls: "))


async def _once(running: Import, settings: Settings) -> None:
    async with source.opened(settings) as pbx:
        if not await indexed(pbx):
            typer.echo(f"This takes FusionPBX longer than with an index: {INDEX}", err=True)
        await running.round(pbx)


async def _follow(running: Import, settings: Settings, every: float) -> None:
    """Round after round. The end of a database is waited for, that of patience comes by a signal:
    then what is being written is finished.
    """
    stop = asyncio.Event()

    def end() -> None:
        running.stopping = True
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    async with source.opened(settings) as pbx:
        if not await indexed(pbx):
            raise ImportRefusedError(
                "To follow without an index would make FusionPBX read all its calls every"
                f" {every:g} seconds. Let its database's owner run: {INDEX}"
            )
    while not stop.is_set():
        try:
            async with source.opened(settings) as pbx:
                while not stop.is_set():
                    await running.round(pbx, joining=_this_hour())
                    await _wait(stop, every)
        except (source.SourceAwayError, DatabaseUnavailableError) as error:
            _log.warning("waiting", reason=error.message)
            await _wait(stop, every)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _this_hour() -> datetime:
    """A batch for each hour: one of a follower's whole life could hardly be taken back."""
    return utc_now().replace(minute=0, second=0, microsecond=0)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadUserInputError(
            "since", f'--since: "{text}" is not a day such as 2026-03-08.'
        ) from None


def _start(day: date | None, zone_name: str) -> datetime | None:
    return None if day is None else start_of(day, ZoneInfo(zone_name))
