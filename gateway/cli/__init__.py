"""The command line: `gateway serve | demo | doctor | db | import | token | …`."""

import os
import signal
import sys

import typer

from gateway.cli import (
    config,
    databases,
    doctor,
    fusionpbx,
    history,
    pages,
    serving,
    systems,
    tokens,
)
from gateway.cli.importing import importing
from gateway.errors import GatewayError

app = typer.Typer(
    name="gateway",
    help="Call-center statistics as GraphQL and as the original REST reports.",
    epilog=pages.settings_epilog(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(epilog=pages.settings_epilog())(serving.serve)
app.command(epilog=pages.settings_epilog())(serving.demo)
importing.command()(fusionpbx.fusionpbx)
importing.command()(systems.asterisk)
importing.command()(systems.freeswitch)
importing.command()(systems.vicidial)
importing.command()(systems.callcenter)
importing.command()(history.log)
app.add_typer(importing, name="import", help="Bring calls, activities and directories in.")
app.add_typer(tokens.app, name="token", help="Make, list and revoke tokens.")
app.add_typer(databases.app, name="db", help="Look after the database.")
app.add_typer(config.app, name="config", help="Look at the settings.")
app.command()(doctor.doctor)
app.command()(pages.schema)
app.command()(pages.docs)


def main() -> None:
    """Run a command; what the operator can mend is told in a sentence, not in a traceback."""
    if os.getpid() == 1:
        # Signals do nothing to a container's first process unless it says what. Servers say more.
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        app()
    except GatewayError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)
