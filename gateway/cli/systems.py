"""`gateway import` of phone systems' own files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from gateway import period
from gateway.access import utc_now
from gateway.cli.importing import (
    DomainOption,
    DryRun,
    MaxErrors,
    Rejects,
    bring_in,
    tell,
)
from gateway.errors import BadUserInputError
from gateway.ingest import asterisk as master_csv
from gateway.ingest import callcenter as callcenter_events
from gateway.ingest import freeswitch as freeswitch_calls
from gateway.ingest import freeswitch_files
from gateway.ingest import queue_log as queue_logs
from gateway.ingest import vicidial as agent_log
from gateway.ingest.known import known
from gateway.ingest.sources import STANDARD_INPUT, Source, opened
from gateway.store.database import Database

Zone = Annotated[
    str | None,
    typer.Option("--zone", help="The zone of the file's local times; the domain's if unset."),
]


def asterisk(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Master.csv, also .gz; - is standard input.")
    ],
    domain: DomainOption,
    *,
    queue_log: Annotated[
        str | None,
        typer.Option("--queue-log", help="The queue_log: agents' activities, and lost calls."),
    ] = None,
    zone_name: Zone = None,
    max_errors: MaxErrors = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
) -> None:
    """Bring calls in from Asterisk, and with --queue-log what agents did."""
    zone = None if zone_name is None else period.zone(zone_name)
    if queue_log == STANDARD_INPUT:
        raise BadUserInputError("queueLog", "--queue-log is read twice: give a file, not -.")
    lost = None if queue_log is None else _lost_calls(queue_log)

    async def calls(source: Source, database: Database, domain_uuid: UUID) -> Iterator[Any]:
        used = zone or (await known(database, domain_uuid)).zone
        return master_csv.calls(source, used) if lost is None else lost.after(source, used)

    async def activities(source: Source, database: Database, domain_uuid: UUID) -> Iterator[Any]:
        return queue_logs.activities(source, (await known(database, domain_uuid)).who, utc_now())

    system = master_csv.SOURCE
    counts = bring_in(
        "calls", file, domain, max_errors, rejects, calls, dry_run=dry_run, system=system
    )
    if queue_log is None:
        tell(counts)
        return
    beside = rejects and rejects.with_name(f"{rejects.name}.queue_log")
    did = bring_in(
        "activities",
        queue_log,
        domain,
        max_errors,
        beside,
        activities,
        dry_run=dry_run,
        system=system,
    )
    tell(counts, did, names=("calls: ", "activities: "))


def freeswitch(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A directory of *.cdr.json files (also .gz, .zst), or one file, a CDR a line;"
            " or mod_cdr_csv's Master.csv.",
        ),
    ],
    domain: DomainOption,
    *,
    zone_name: Zone = None,
    max_errors: MaxErrors = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
) -> None:
    """Bring calls in from the files of FreeSWITCH's mod_json_cdr or mod_cdr_csv."""
    zone = None if zone_name is None else period.zone(zone_name)
    reading = freeswitch_files.Reading()

    async def read(source: Source, database: Database, domain_uuid: UUID) -> Iterator[Any]:
        return reading.calls(source, zone or (await known(database, domain_uuid)).zone)

    # A directory that is `.` has a name all the same, for the rejects beside it.
    named = str(Path(path).resolve()) if Path(path).is_dir() else path
    counts = bring_in(
        "calls",
        named,
        domain,
        max_errors,
        rejects,
        read,
        dry_run=dry_run,
        open_source=freeswitch_files.opened,
        system=freeswitch_calls.SOURCE,
    )
    if reading.legs:
        typer.echo(f"Legs that are no calls of their own: {reading.legs}", err=True)
    tell(counts)


def vicidial(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The export, also .gz; - is standard input.")
    ],
    domain: DomainOption,
    *,
    max_errors: MaxErrors = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
) -> None:
    """Bring in what agents did from a CSV export of VICIdial's vicidial_agent_log."""

    async def read(source: Source, _: Database, __: UUID) -> Iterator[Any]:
        return agent_log.activities(source)

    did = bring_in(
        "activities",
        file,
        domain,
        max_errors,
        rejects,
        read,
        dry_run=dry_run,
        system=agent_log.SOURCE,
    )
    tell(did)


def callcenter(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Events as NDJSON, also .gz; - is standard input.")
    ],
    domain: DomainOption,
    *,
    pbx_domain: Annotated[
        str | None,
        typer.Option("--pbx-domain", help="Only agents name@DOMAIN; agents of all if unset."),
    ] = None,
    max_errors: MaxErrors = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
) -> None:
    """Bring in what agents did from events of FreeSWITCH's mod_callcenter."""

    async def read(source: Source, database: Database, domain_uuid: UUID) -> Iterator[Any]:
        who = (await known(database, domain_uuid)).who
        return callcenter_events.activities(source, who, utc_now(), pbx_domain)

    did = bring_in(
        "activities",
        file,
        domain,
        max_errors,
        rejects,
        read,
        dry_run=dry_run,
        system=callcenter_events.SOURCE,
    )
    tell(did)


def _lost_calls(queue_log: str) -> queue_logs.LostCalls:
    with opened(queue_log) as source:
        return queue_logs.LostCalls(source)
