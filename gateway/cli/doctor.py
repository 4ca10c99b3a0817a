"""`gateway doctor`: what is wrong, and what to do."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import typer

from gateway.access import utc_now
from gateway.auth.fetching import Address, FetchError
from gateway.auth.jwks import keys_of
from gateway.cli.config import JsonOption, config_verdicts
from gateway.cli.verdicts import Verdict, told
from gateway.cli.workers import SPARE
from gateway.errors import ConfigurationError, GatewayError
from gateway.settings import Settings, load
from gateway.store.database import Database
from gateway.store.facts import facts, sampled_differences
from gateway.store.migrate import OLDEST_POSTGRESQL
from gateway.store.opening import Source
from gateway.store.rows import Row

MOST_DOMAINS = 5
CLOCKS_DIFFER = 2
CLOCKS_FAR_OFF = 60
LITTLE_SPACE = 0.1


def doctor(
    domain: Annotated[
        str | None,
        typer.Option("--domain", help="Look into this domain; some by chance if unset."),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Look at settings, database, rollups, clock and keys; exits with 1 if anything is broken."""

    async def run() -> Sequence[Verdict]:
        found = list(config_verdicts())
        if all(verdict.state != "fail" for verdict in found):
            found += [verdict async for verdict in _examined(load(), domain)]
        return found

    told(asyncio.run(run()), as_json=as_json)


async def _examined(settings: Settings, domain: str | None) -> AsyncIterator[Verdict]:
    async for verdict in _keys(settings):
        yield verdict
    try:
        async with (
            Source(settings).running() as source,
            Database(source.service_url, settings) as database,
        ):
            found = await _server(settings, database)
            if all(verdict.state != "fail" for verdict in found):
                found = [*found, *await _domains(source, database, domain)]
            for verdict in found:
                yield verdict
    except GatewayError as error:
        cause = error.__cause__
        why = error.message + (f" ({cause})" if cause is not None else "")
        yield Verdict("database", "fail", why, "See that it runs, and GATEWAY_DATABASE_URL.")
        return
    if source.embedded is not None:
        yield _disk(settings)


async def _server(settings: Settings, database: Database) -> Sequence[Verdict]:
    before = utc_now()
    row = await facts(database)
    middle = before + (utc_now() - before) / 2
    off = abs((row["now"] - middle).total_seconds())
    role = await _role(database, row)
    found = [_version(row), role, _clock(off), await _room(settings, database)]
    # Without its rights it cannot look.
    return found if role.state == "fail" else [*found, await _migrations(database)]


def _version(row: Row) -> Verdict:
    if row["major"] < OLDEST_POSTGRESQL:
        advice = f"Upgrade it to {OLDEST_POSTGRESQL} or newer."
        return Verdict("database", "fail", f"PostgreSQL {row['version']} is too old", advice)
    if row["read_only"]:
        advice = "Name the primary in GATEWAY_DATABASE_URL: nothing can be imported here."
        return Verdict("database", "warn", "the server is read-only", advice)
    return Verdict("database", "ok", f"PostgreSQL {row['version']} as {row['role']}")


async def _role(database: Database, row: Row) -> Verdict:
    try:
        await database.check_service_role()
    except ConfigurationError as error:
        return Verdict("role", "fail", error.message, "docs/operations.md says how to make it.")
    if row["unguarded"]:
        tables = ", ".join(row["unguarded"])
        advice = "Let the owner run, for each: alter table … enable row level security;"
        return Verdict("role", "fail", f"row-level security is off: {tables}", advice)
    lacking = sorted({*row["hidden"], *row["unwritable"]})
    if lacking:
        advice = f"Let the owner run: grant gateway_service to {row['role']};"
        return Verdict("role", "fail", f"{row['role']} lacks rights: {', '.join(lacking)}", advice)
    return Verdict("role", "ok", f"{row['role']} has its rights and is bound by row-level security")


async def _migrations(database: Database) -> Verdict:
    status = await database.status()
    finding = f"{status.applied} of {status.known}"
    if status.applied < status.known:
        return Verdict("migrations", "fail", finding, "Run: gateway db migrate")
    if status.applied > status.known:
        advice = "This release is older than the database: install the newer one."
        return Verdict("migrations", "warn", finding, advice)
    return Verdict("migrations", "ok", finding)


def _clock(off: float) -> Verdict:
    finding = f"{off:.1f} s between this machine's and the database's"
    if off < CLOCKS_DIFFER:
        return Verdict("clock", "ok", finding)
    advice = "Let both machines keep time by NTP."
    return Verdict("clock", "fail" if off >= CLOCKS_FAR_OFF else "warn", finding, advice)


async def _room(settings: Settings, database: Database) -> Verdict:
    room = await database.room()
    wanted = settings.pool_size * settings.workers
    finding = f"{wanted} are wanted, {room} allowed"
    if wanted + SPARE <= room:
        return Verdict("connections", "ok", finding)
    advice = "Raise max_connections, or lower GATEWAY_POOL_SIZE or GATEWAY_WORKERS."
    return Verdict("connections", "warn", finding, advice)


async def _domains(source: Source, database: Database, domain: str | None) -> Sequence[Verdict]:
    if domain is None and source.owner_url() is None:
        advice = "Name one by --domain, or set GATEWAY_OWNER_DATABASE_URL."
        return [Verdict("rollups", "warn", "no domain is known to look into", advice)]
    names = [domain] if domain else await source.domain_names()
    some = random.sample(names, min(MOST_DOMAINS, len(names)))  # no secret
    return [await _domain(database, name) for name in sorted(some)] or [
        Verdict("rollups", "warn", "there is no domain yet", "Run: gateway import directory FILE")
    ]


async def _domain(database: Database, name: str) -> Verdict:
    domain_uuid = await database.domain_named(name)
    if domain_uuid is None:
        return Verdict("rollups", "fail", f'there is no domain "{name}"', "Look at its spelling.")
    try:
        async with database.snapshot(domain_uuid, utc_now()) as snapshot:
            zone = snapshot.zone.key
    except GatewayError as error:
        advice = "Import its directory with a zone of the IANA's."
        return Verdict("zone", "fail", f"{name}: {error.message}", advice)
    differing = await sampled_differences(database, domain_uuid)
    if differing:
        finding = f"{name}: {len(differing)} quarter hours differ, from {differing[0]['starts_at']}"
        advice = f"Run: gateway db verify --domain {name}, then: gateway db rebuild --domain {name}"
        return Verdict("rollups", "fail", finding, advice)
    return Verdict("rollups", "ok", f"{name} ({zone}): the sampled ones equal their calls")


async def _keys(settings: Settings) -> AsyncIterator[Verdict]:
    if not settings.jwt_jwks_url:
        return
    try:
        keys = keys_of(await Address(settings.jwt_jwks_url).get())
    except FetchError as error:
        advice = "See that GATEWAY_JWT_JWKS_URL can be reached from here: JWTs are refused."
        yield Verdict("JWKS", "fail", str(error), advice)
    else:
        yield Verdict("JWKS", "ok", f"{len(keys)} usable keys")


def _disk(settings: Settings) -> Verdict:
    total, _, free = shutil.disk_usage(settings.data_dir)
    finding = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB are free at {settings.data_dir}"
    if free >= total * LITTLE_SPACE:
        return Verdict("disk", "ok", finding)
    return Verdict("disk", "warn", finding, "Make room: PostgreSQL stops when the disk is full.")
