"""docs/operations.md and the example alerts name what there is."""

import re
from typing import Any

import httpx
import pytest
import yaml
from typer.main import get_command

from gateway.app import create_app
from gateway.cli import app as command_line
from gateway.settings import Settings, setting_lines
from tests.conftest import TestDatabase
from tests.graphql.conftest import serving
from tests.process import ROOT
from tests.telemetry.scraping import PORT, scraped

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
RULES = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text("utf-8"))
METRIC = re.compile(r"\b(?:gateway|process)_[a-z_]+\b")
SELECTED = re.compile(r"(\w+)\{([^}]*)\}")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
# What Prometheus itself knows of a target, beside what the target says.
OF_TARGETS = {"job", "instance", "le"}
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}


@pytest.fixture
async def known(database: TestDatabase) -> dict[str, str]:
    """The samples that there can be, with their families' names as the page has them."""
    async with serving(database, operations_port=PORT) as http:
        found = await scraped(http)
    names = {}
    for family in found.families:
        shown = f"{family.name}_total" if family.type == "counter" else family.name
        for suffix in SUFFIXES.get(family.type, ("",)):
            names[family.name + suffix] = shown
    return names


def rules() -> list[Any]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


async def test_the_page_has_every_metric_and_no_other(known: dict[str, str]) -> None:
    table = PAGE[PAGE.index("| metric | labels |") :].split("\n\n")[0]
    listed = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    ours = {shown for shown in known.values() if shown.startswith("gateway_")}
    assert listed == ours - {"gateway_build_info"}


async def test_the_alerts_name_metrics_that_exist(known: dict[str, str]) -> None:
    for rule in rules():
        names = set(METRIC.findall(rule["expr"])) or {"up"}
        assert names - {"up"} <= known.keys(), rule["alert"]
        assert rule["annotations"]["summary"]


def test_the_alerts_use_labels_that_those_metrics_have() -> None:
    table = {
        cells[1].strip(" `"): set(re.findall(r"`(\w+)`", cells[2].partition(":")[0]))
        for cells in (
            line.split("|") for line in PAGE.splitlines() if line.startswith("| `gateway_")
        )
    }
    for rule in rules():
        allowed = OF_TARGETS.union(
            *(
                table.get(re.sub(r"_(bucket|sum|count)$", "", name), set())
                for name in METRIC.findall(rule["expr"])
            )
        )
        used = {
            pair.split("=")[0].strip(" ~")
            for _, pairs in SELECTED.findall(rule["expr"])
            for pair in pairs.split(",")
        }
        used |= {
            label.strip() for labels in GROUPED.findall(rule["expr"]) for label in labels.split(",")
        }
        assert used <= allowed, rule["alert"]


def test_the_pages_settings_and_commands_exist() -> None:
    passwords = {"GATEWAY_OWNER_PASSWORD", "GATEWAY_SERVICE_PASSWORD"}
    variables = {line.variable for line in setting_lines()} | passwords
    assert set(re.findall(r"\bGATEWAY_\w+\b", PAGE)) <= variables
    commands = vars(get_command(command_line))["commands"]
    named = set(re.findall(r"(?:`|^)gateway ([a-z]+)\b", PAGE, re.MULTILINE))
    assert {"serve", "doctor", "db"} < named <= commands.keys()


async def test_what_the_page_says_of_the_ports(database: TestDatabase) -> None:
    assert Settings().operations_port is None
    assert Settings().operations_host == "127.0.0.1"
    app = create_app(database.settings())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway.test"
    ) as http:
        assert (await http.get("/metrics")).status_code == 404
