"""`gateway config`: the settings by themselves, without the database."""

import os
from collections.abc import Iterator
from typing import Annotated

import typer

from gateway import log, settings
from gateway.app import create_app
from gateway.cli.verdicts import Verdict, told
from gateway.errors import ConfigurationError
from gateway.settings import Settings

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _config() -> None:
    # With a single command Typer would leave its name out.
    pass


@app.command()
def check(*, as_json: JsonOption = False) -> None:
    """Read the settings as `serve` does; exits with 1 if it could not serve with them."""
    told(config_verdicts(), as_json=as_json)


def config_verdicts() -> Iterator[Verdict]:
    try:
        found = settings.load()
        log.configure(found)
        create_app(found)
    except ConfigurationError as error:
        yield Verdict("settings", "fail", error.message, "docs/settings.md lists all settings.")
        return
    yield Verdict("settings", "ok", "they can be served with")
    for sentence in settings.unknown_variables(os.environ):
        yield Verdict("settings", "warn", sentence, "Correct or remove it: it does nothing.")
    yield from contradictions(found)


def contradictions(found: Settings) -> Iterator[Verdict]:
    """Settings that are right by themselves and not beside each other."""
    if found.operations_port and found.operations_port == found.port:
        yield Verdict(
            "ports",
            "fail",
            f"GATEWAY_PORT and GATEWAY_OPERATIONS_PORT are both {found.port}",
            "Give the operators another port.",
        )
    for wrong, check_name, finding, advice in (
        (
            found.statement_timeout > found.request_timeout,
            "timeouts",
            "a statement may run longer than the request that waits for it",
            "Set GATEWAY_STATEMENT_TIMEOUT below GATEWAY_REQUEST_TIMEOUT.",
        ),
        (
            found.pool_timeout >= found.request_timeout,
            "timeouts",
            "a request ends before it has waited for a connection as long as it may",
            "Set GATEWAY_POOL_TIMEOUT below GATEWAY_REQUEST_TIMEOUT.",
        ),
        (
            found.heavy_cost > found.max_cost,
            "limits",
            "no operation is ever heavy: GATEWAY_HEAVY_COST is more than any may cost",
            "Set it below GATEWAY_MAX_COST.",
        ),
        (
            found.heavy_at_once >= found.pool_size,
            "limits",
            "heavy operations can take all connections, and light ones wait behind them",
            "Set GATEWAY_HEAVY_AT_ONCE below GATEWAY_POOL_SIZE.",
        ),
        (
            found.trusted_only and found.graphiql,
            "limits",
            "GraphiQL is served and can ask nothing: only trusted documents are answered",
            "Set GATEWAY_GRAPHIQL=false.",
        ),
        (
            found.database_url is not None and found.owner_database_url is None,
            "database",
            "without GATEWAY_OWNER_DATABASE_URL nothing is migrated at start",
            "Run `gateway db migrate` with it before each upgrade.",
        ),
        (
            found.workers > (os.cpu_count() or 1),
            "workers",
            f"{found.workers} processes for {os.cpu_count()} cores",
            "One for each core is enough: GATEWAY_WORKERS.",
        ),
    ):
        if wrong:
            yield Verdict(check_name, "warn", finding, advice)
