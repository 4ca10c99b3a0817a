"""`gateway db`."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gateway.access import utc_now
from gateway.cli.environment import DomainOption, domain_opened, patient_settings, ready_settings
from gateway.errors import ConfigurationError
from gateway.store import migrate as migrations
from gateway.store import retention
from gateway.store.database import Database
from gateway.store.opening import Source
from gateway.store.writes import locked
from gateway.telemetry import audit

app = typer.Typer(no_args_is_help=True)


@app.command()
def migrate() -> None:
    """Bring the database up to this release; safe to run again and by several at once."""
    settings = ready_settings()

    async def run() -> list[migrations.Migration]:
        async with Source(settings).running() as source:
            if source.owner_url() is None:
                raise ConfigurationError(
                    "Migrations need the owner: set GATEWAY_OWNER_DATABASE_URL."
                )
            return await source.migrate()

    applied = asyncio.run(run())
    for migration in applied:
        audit.done("migrated", version=migration.version, name=migration.name)
        typer.echo(f"applied {migration.version:04} {migration.name}")
    if not applied:
        typer.echo("nothing to apply")


@app.command()
def rebuild(domain: DomainOption) -> None:
    """Count the domain's rollups anew from its records. Reports go on meanwhile, imports wait."""
    settings = patient_settings()

    async def run() -> None:
        async with (
            domain_opened(settings, domain) as (database, domain_uuid),
            locked(database, domain_uuid) as writer,
        ):
            await writer.rebuild()

    asyncio.run(run())
    audit.done("rebuilt", domain=domain)
    typer.echo("rebuilt")


@app.command()
def verify(domain: DomainOption) -> None:
    """Compare the domain's rollups with its records; exits with 1 if any differs."""
    settings = patient_settings()

    async def run() -> Sequence[Any]:
        async with (
            domain_opened(settings, domain) as (database, domain_uuid),
            locked(database, domain_uuid) as writer,
        ):
            return await writer.differences()

    found = asyncio.run(run())
    for row in found:
        typer.echo(
            f"{row['part']}: {row['what']}: stored {row['stored']}, counted {row['counted']}"
        )
    typer.echo(f"{len(found)} differences")
    if found:
        raise typer.Exit(1)


@app.command()
def retain(
    months: Annotated[
        int, typer.Option("--months", min=1, max=1200, help="How many months to keep records of.")
    ],
    domain: Annotated[
        str | None, typer.Option("--domain", help="The domain's name; every domain if unset.")
    ] = None,
) -> None:
    """Delete calls and activities that are older, and keep their days. It cannot be undone."""
    settings = patient_settings()

    async def run() -> None:
        async with Source(settings).running() as source:
            for name in [domain] if domain else await source.domain_names():
                async with domain_opened(settings, name) as (database, domain_uuid):
                    since, gone = await retention.retain(database, domain_uuid, months, utc_now())
                audit.done("retained", domain=name, months=months, since=since, **gone._asdict())
                typer.echo(
                    f"{name}: {gone.calls} calls and {gone.activities} activities deleted;"
                    f" they are kept since {since}"
                )

    asyncio.run(run())


@app.command()
def status() -> None:
    """Tell at which migration the database is; exits with 1 unless it is this release's."""
    settings = ready_settings()

    async def run() -> migrations.Status:
        async with (
            Source(settings).running() as source,
            Database(source.service_url, settings) as database,
        ):
            return await database.status()

    found = asyncio.run(run())
    where = "embedded" if settings.database_url is None else "external"
    typer.echo(f"{where} database: migration {found.applied} of {found.known}")
    if not found.current:
        raise typer.Exit(1)
