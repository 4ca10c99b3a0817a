"""The command line: `gateway serve | demo | db | import | token | schema | docs`."""

import sys

import typer

from gateway import log, settings
from gateway.errors import GatewayError

app = typer.Typer(
    name="gateway",
    help="Call-center statistics as GraphQL and as the original REST reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run a command; what the operator can mend is told in a sentence, not in a traceback."""
    try:
        app()
    except GatewayError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)


def ready_settings() -> settings.Settings:
    """The settings, with the log configured by them."""
    found = settings.load()
    log.configure(found)
    return found
