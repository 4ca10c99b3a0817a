"""Pages made from the code: `gateway schema`, `gateway docs`, and the settings in `--help`."""

from enum import StrEnum
from typing import Annotated

import typer

from gateway import measures
from gateway.settings import setting_lines

SETTINGS_TEXT = """\
Read once, at start, from environment variables. A wrong value is refused, and all wrong ones are
listed; a `GATEWAY_` variable that is no setting is pointed out in the log."""
MEASURES_TEXT = """\
A measure is counted or summed over the credited calls that started in the period; figures of parts
add up to the figure of the whole. GraphQL spells the names in camelCase."""
METRICS_TEXT = """\
A metric is a ratio of two measures, computed when asked and never summed. Where its denominator is
0 it is null."""


class Page(StrEnum):
    SETTINGS = "settings"
    MEASURES = "measures"


def schema() -> None:
    """Print schema.graphql."""
    from gateway.graphql.schema import printed

    typer.echo(printed(), nl=False)


def docs(page: Annotated[Page, typer.Argument(help="Which page.")]) -> None:
    """Print a page of the documentation that is made from the code."""
    typer.echo(settings_page() if page is Page.SETTINGS else measures_page(), nl=False)


def settings_page() -> str:
    """`docs/settings.md`."""
    rows = [
        f"| `{line.variable}` | {f'`{line.default}`' if line.default else ''} | {line.unit}"
        f" | {line.sentence} |"
        for line in setting_lines()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            SETTINGS_TEXT,
            "",
            "| variable | default | unit | what it is |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def measures_page() -> str:
    """`docs/measures.md`."""
    shown = [
        f"| `{measure.name}` | {measure.unit} | {measure.definition} |"
        for measure in measures.SHOWN
    ]
    metrics = [
        f"| `{metric.name}` | {metric.unit} | {metric.definition} |"
        for metric in measures.METRICS.values()
    ]
    return "\n".join(
        [
            "# Measures and metrics",
            "",
            MEASURES_TEXT,
            "",
            "| measure | unit | definition |",
            "| --- | --- | --- |",
            *shown,
            "",
            METRICS_TEXT,
            "",
            "| metric | unit | definition |",
            "| --- | --- | --- |",
            *metrics,
            "",
        ]
    )


def settings_epilog() -> str:
    """The settings, for `--help`."""
    lines = [
        f"{line.variable} ({line.unit}; {line.default or 'unset'}): {line.sentence}"
        for line in setting_lines()
    ]
    return "\n\n".join(["Settings, from the environment:", *lines])
