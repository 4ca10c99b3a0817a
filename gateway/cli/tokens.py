"""`gateway token`."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

import typer

from gateway.access import utc_now
from gateway.cli.environment import DomainOption, domain_opened, ready_settings
from gateway.errors import BadUserInputError
from gateway.store import tokens
from gateway.viewer import Role

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    domain: DomainOption,
    name: Annotated[str, typer.Option(help="What the token is for, such as a dashboard's name.")],
    role: Annotated[Role, typer.Option(help="What it may see.")] = Role.ADMIN,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Days until it expires; never if unset.")
    ] = None,
) -> None:
    """Make a token. Only its text is printed, and it cannot be shown again."""
    settings = ready_settings()
    now = utc_now()

    async def run() -> str:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            expires_at = None if days is None else now + timedelta(days=days)
            return await tokens.create(database, domain_uuid, role, name, now, expires_at)

    typer.echo(asyncio.run(run()))


@app.command("list")
def list_(domain: DomainOption) -> None:
    """List the domain's tokens: uuid, role, state, last use, name."""
    settings = ready_settings()
    now = utc_now()

    async def run() -> None:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            for row in await tokens.listed(database, domain_uuid):
                state = _state(row["revoked_at"], row["expires_at"], now)
                used = row["last_used_at"]
                last = f"used {used:%Y-%m-%d %H:%M}Z" if used else "never used"
                columns = (row["token_uuid"], row["role"], state, last, row["token_name"])
                typer.echo("  ".join(map(str, columns)))

    asyncio.run(run())


@app.command()
def revoke(
    which: Annotated[str, typer.Argument(metavar="TOKEN", help="The token's uuid or name.")],
    domain: DomainOption,
) -> None:
    """Revoke a token and the sessions it opened, at once."""
    settings = ready_settings()

    async def run() -> int:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            return await tokens.revoke(database, domain_uuid, which, utc_now())

    count = asyncio.run(run())
    if not count:
        raise BadUserInputError(
            "token", f'No living token of {domain} has the uuid or name "{which}".'
        )
    typer.echo(f"revoked {count}")


def _state(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at is not None:
        return "revoked"
    if expires_at is None:
        return "valid"
    return "expired" if expires_at <= now else f"valid until {expires_at:%Y-%m-%d}"
