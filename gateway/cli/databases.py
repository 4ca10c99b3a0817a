"""`gateway db`."""

import asyncio
from collections.abc import Sequence
from typing import Any

import typer

from gateway.cli.environment import DomainOption, domain_opened, patient_settings, ready_settings
from gateway.errors import ConfigurationError
from gateway.store import migrate as migrations
from gateway.store.database import Database
from gateway.store.opening import Source
from gateway.store.writes import locked

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
        typer.echo(f"applied {migration.version:04} {migration.name}")
    if not applied:
        typer.echo("nothing to apply")


@app.command()
def rebuild(domain: DomainOption) -> None:
    """Count the domain's days anew from its calls. Reports go on meanwhile, imports wait."""
    settings = patient_settings()

    async def run() -> None:
        async with (
            domain_opened(settings, domain) as (database, domain_uuid),
            locked(database, domain_uuid) as writer,
        ):
            await writer.days.rebuild()
            await writer.changed()

    asyncio.run(run())
    typer.echo("rebuilt")


@app.command()
def verify(domain: DomainOption) -> None:
    """Compare the domain's days with its calls; exits with 1 if any differs."""
    settings = patient_settings()

    async def run() -> Sequence[Any]:
        async with (
            domain_opened(settings, domain) as (database, domain_uuid),
            locked(database, domain_uuid) as writer,
        ):
            return await writer.days.differences()

    found = asyncio.run(run())
    for row in found:
        typer.echo(
            f"{row['day']} user {row['user_uuid']} extension {row['extension_uuid']}"
            f" {row['direction']}: stored {row['stored']}, counted {row['counted']} calls"
        )
    typer.echo(f"{len(found)} differences")
    if found:
        raise typer.Exit(1)


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
