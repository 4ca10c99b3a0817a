"""`gateway token`."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

import typer

from gateway.access import utc_now
from gateway.cli.environment import DomainOption, domain_opened, ready_settings
from gateway.errors import BadUserInputError
from gateway.store import subjects, tokens
from gateway.store.subjects import Revoked
from gateway.telemetry import audit
from gateway.viewer import Role

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    domain: DomainOption,
    name: Annotated[str, typer.Option(help="What the token is for, such as a dashboard's name.")],
    role: Annotated[Role, typer.Option(help="What it may see: docs/roles.md.")] = Role.ADMIN,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Whose token it is; agents, leaders and managers need one."
        ),
    ] = None,
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
            return await tokens.create(database, domain_uuid, role, name, now, expires_at, user)

    token = asyncio.run(run())
    audit.done("token created", domain=domain, token=name, role=role, user=user, days=days)
    typer.echo(token)


@app.command("list")
def list_(domain: DomainOption) -> None:
    """List the domain's tokens: uuid, role and user, state, last use, name."""
    settings = ready_settings()
    now = utc_now()

    async def run() -> None:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            for row in await tokens.listed(database, domain_uuid):
                state = _state(row["revoked_at"], row["expires_at"], now)
                used = row["last_used_at"]
                last = f"used {used:%Y-%m-%d %H:%M}Z" if used else "never used"
                who = " ".join(filter(None, (row["role"], row["username"])))
                columns = (row["token_uuid"], who, state, last, row["token_name"])
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
    audit.done("token revoked", domain=domain, token=which, count=count)
    typer.echo(f"revoked {count}")


@app.command()
def revoke_jwt(
    domain: DomainOption,
    token_id: Annotated[
        str | None, typer.Option("--id", metavar="JTI", help='The one JWT with this "jti".')
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(metavar="SUB", help='All JWTs of this "sub" that were issued until now.'),
    ] = None,
) -> None:
    """Revoke JWTs, at once. Their issuer can still make new ones."""
    settings = ready_settings()
    if (token_id is None) == (subject is None):
        raise BadUserInputError("jwt", "Name what to revoke: either --id JTI or --subject SUB.")
    what, value = (Revoked.TOKEN, token_id) if subject is None else (Revoked.SUBJECT, subject)

    async def run() -> None:
        async with domain_opened(settings, domain) as (database, domain_uuid):
            await subjects.revoke(database, domain_uuid, what, value or "", utc_now())

    asyncio.run(run())
    audit.done("JWT revoked", domain=domain, what=what, value=value)
    typer.echo("revoked")


def _state(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at is not None:
        return "revoked"
    if expires_at is None:
        return "valid"
    return "expired" if expires_at <= now else f"valid until {expires_at:%Y-%m-%d}"
