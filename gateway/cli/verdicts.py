"""What a check found: for people and for programs."""

import sys
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import orjson
import typer

State = Literal["ok", "warn", "fail"]


class Verdict(NamedTuple):
    """`advice` is what to do, unless all is well."""

    check: str
    state: State
    finding: str
    advice: str = ""


def told(verdicts: Iterable[Verdict], *, as_json: bool) -> None:
    """Print them; exits with 1 if any failed."""
    found: Sequence[Verdict] = list(verdicts)
    if as_json:
        sys.stdout.write(orjson.dumps([each._asdict() for each in found]).decode() + "\n")
    else:
        for each in found:
            typer.echo(f"{each.state:4}  {each.check}: {each.finding}")
            if each.advice:
                typer.echo(f"      {each.advice}")
    if any(each.state == "fail" for each in found):
        raise typer.Exit(1)
