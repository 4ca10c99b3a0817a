"""docs/limits.md says what holds."""

import json
import re
from typing import Any

import pytest

from gateway.graphql.documents import MAX_COMPARISONS, MAX_ERRORS, MAX_KEPT, MAX_TEXT, Documents
from gateway.graphql.prices import INTROSPECTION, price_lines
from gateway.graphql.questions import MOST_ADDRESS
from gateway.graphql.schema import SCHEMA
from gateway.settings import Settings, setting_lines
from tests.process import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text("utf-8")
DEFAULTS = {line.variable: line.default for line in setting_lines()}


def rows(header: str) -> list[list[str]]:
    table = PAGE[PAGE.index(header) :].split("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def test_the_prices_are_the_codes() -> None:
    expected = [[f"`{line.field}`", *line[1:]] for line in price_lines(SCHEMA)]
    assert rows("| field | of |") == expected


def test_the_defaults_are_the_settings() -> None:
    fixed = {
        "bytes of a GET's query string": MOST_ADDRESS,
        "characters of a document": MAX_TEXT,
        "comparisons of fields of one name": MAX_COMPARISONS,
    }
    for limit, default, variable, _ in rows("| limit | default |"):
        number = default.split(", of ")[0].replace(",", "")
        name = variable.strip("`")
        expected = str(fixed[limit]) if variable == "fixed" else DEFAULTS[name].removesuffix(".0")
        assert number == expected, limit
    assert f"of a document {MAX_ERRORS}" in PAGE
    assert f"{MAX_KEPT:,} characters" in PAGE
    assert f"costs {INTROSPECTION:,}" in PAGE


@pytest.mark.parametrize("name", ["max_cost", "max_aliases", "max_depth", "max_tokens"])
def test_every_limit_is_on_the_page(name: str) -> None:
    assert f"`GATEWAY_{name.upper()}`" in PAGE


def test_the_examples_cost_what_the_page_says() -> None:
    documents = Documents(SCHEMA, Settings())

    def cost(query: str, variables: Any = None) -> str:
        operation = documents.document(query).operation(None)
        return f"{documents.check_cost(operation, variables):,}"

    (example,) = re.findall(r"So `(users\(.*?)`", PAGE)
    assert f"= {cost(f'{{ {example} }}')}" in PAGE
    dashboard = json.loads((ROOT / "examples" / "dashboard.json").read_text("utf-8"))
    assert f"costs {cost(dashboard['query'], dashboard['variables'])}" in PAGE.replace("\n", " ")
