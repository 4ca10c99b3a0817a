"""Every command of the README runs, and its answers are what the README shows."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process import ROOT, Serving, environment, serving
from tests.rest.test_golden import CASES, DEVIATIONS, GOLDEN, Case

README = (ROOT / "README.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
QUERY, DASHBOARD, LEGACY = (block for language, block in BLOCKS if "curl" in block)
QUERYS_ANSWER, LEGACYS_ANSWER = (block for language, block in BLOCKS if language == "json")
TOKEN = QUERY.split("\n", 1)[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Path]]:
    data_dir = tmp_path_factory.mktemp("readme") / "gateway-data"
    (data_dir.parent / "examples").symlink_to(ROOT / "examples")
    with serving(data_dir, "demo", "--days", "3", until="token: .*") as served:
        yield served, data_dir


def run(block: str, served: Serving, data_dir: Path) -> str:
    """The block, with this run's address, in the directory that holds the data."""
    assert ADDRESS in block
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(ADDRESS, served.address)],
        cwd=data_dir.parent,
        env=environment(data_dir),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def shape(value: Any) -> Any:
    """Keys, their order and types; the figures of a demo's yesterday change every day."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def test_the_query_and_its_answer(demo: tuple[Serving, Path]) -> None:
    given, shown = json.loads(run(QUERY, *demo)), json.loads(QUERYS_ANSWER)
    (user,), (expected,) = given["data"]["users"]["nodes"], shown["data"]["users"]["nodes"]
    assert list(user) == list(expected)
    if user["callStats"]["answerRate"] is not None:
        assert shape(given) == shape(shown)
    for key in ("username", "extension", "groups"):
        assert user[key] == expected[key]


def test_the_dashboard_reconciles(demo: tuple[Serving, Path]) -> None:
    given = json.loads(run(f"{TOKEN}\n{DASHBOARD}", *demo))
    assert "errors" not in given
    users, groups = given["data"]["users"]["nodes"], given["data"]["groups"]["nodes"]
    assert (len(users), len(groups)) == (217, 12)
    for user in users:
        days = user["dailyReports"]
        assert len(days) == 30
        for name in ("totalCall", "totalInvalid", "totalInbound", "totalOutbound"):
            assert sum(day[name] for day in days) == user["callStats"][name]
    calls = {user["id"]: user["callStats"]["totalCall"] for user in users}
    assert sum(calls.values()) > 0
    for group in groups:
        of_members = sum(calls[user["id"]] for user in group["users"])
        assert sum(day["totalCall"] for day in group["dailyReports"]) == of_members


def test_the_legacy_call_and_its_answer(demo: tuple[Serving, Path]) -> None:
    given, shown = json.loads(run(LEGACY, *demo)), json.loads(LEGACYS_ANSWER)
    assert json.dumps(given) == json.dumps(shown)


SAMPLE = """\
curl --silent --location '{address}{path}' \\
--header 'content-type: application/json' \\
--header 'authorization: Bearer {token}'
"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.golden)
def test_the_original_documents_commands_give_its_answers(
    demo: tuple[Serving, Path], case: Case
) -> None:
    _, data_dir = demo
    tokens = [line.split()[1] for line in (data_dir / "demo-tokens").read_text().splitlines()]
    (token,) = (text for text in tokens if text.startswith(f"gw_{case.domain.hex}_"))
    path = f"{case.path}?{case.query}".rstrip("?")
    given = json.loads(run(SAMPLE.format(address=ADDRESS, path=path, token=token), *demo))
    expected = json.loads((GOLDEN / f"{case.golden}.json").read_text("utf-8"))
    DEVIATIONS[case.deviation](expected["data"])
    for answer in (given, expected):
        answer["data"].sort(key=lambda row: row[case.key])
    assert json.dumps(given) == json.dumps(expected)


def test_a_token_is_printed_for_each_demo_domain(demo: tuple[Serving, Path]) -> None:
    served, data_dir = demo
    domains, tokens = served.printed("domain: (.*)"), served.printed("token: (.*)")
    kept = dict(line.split() for line in (data_dir / "demo-tokens").read_text().splitlines())
    assert kept == dict(zip(domains, tokens, strict=True))
    assert set(kept) == {"demo.example", "sample-agents", "sample-internal"}


def test_the_other_blocks_name_what_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for language, block in BLOCKS:
        if language == "sh" and "curl" not in block:
            for command in block.strip().splitlines():
                program, *arguments = command.split()
                if program == "make":
                    assert set(arguments) <= targets
                else:
                    assert program == ".venv/bin/gateway"
                    assert "--help" not in arguments
                    helped = subprocess.run(
                        [str(ROOT / program), *arguments[:2], "--help"],
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                    for option in (a for a in arguments if a.startswith("--")):
                        assert option in helped.stdout
