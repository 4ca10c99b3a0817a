"""The rules by which a call's status is decided: a table as data, `causes.csv`.

Rules in capitals are hangup causes; the others go before them. `local` calls are judged as outbound
ones. `gateway/ingest/causes.py` finds the rule of a call.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple


class Rule(NamedTuple):
    """The status it gives to an outbound or local call, to an inbound one, and why."""

    outbound: str
    inbound: str
    meaning: str

    def status(self, direction: str) -> str:
        return self.inbound if direction == "inbound" else self.outbound


@cache
def rules() -> Mapping[str, Rule]:
    """{name: rule}."""
    text = resources.files("gateway").joinpath("causes.csv").read_text("utf-8")
    return {
        row["rule"]: Rule(row["outbound"], row["inbound"], row["meaning"])
        for row in csv.DictReader(text.splitlines())
    }


def explained(name: str, direction: str, status: str) -> str | None:
    """A sentence or two for people; None for a rule of somebody else's."""
    rule = rules().get(name)
    if rule is None:
        return None
    if rule.status(direction) != status:
        # Whoever sent the record with this rule had their own opinion of what follows from it.
        return rule.meaning
    article = "A" if direction == "local" else "An"
    return f"{rule.meaning} {article} {direction} call that ends so counts as {status}."
