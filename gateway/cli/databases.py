"""`gateway db`."""

import asyncio

import typer

from gateway.cli.environment import ready_settings
from gateway.errors import ConfigurationError
from gateway.store import migrate as migrations
from gateway.store.database import Database
from gateway.store.opening import Source

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
