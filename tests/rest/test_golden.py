"""The original document's five answers, word for word but for the deviations listed here."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from tests.rest.conftest import Serving
from tests.rest.samples import AGENTS, INTERNAL, load_samples

GOLDEN = Path(__file__).parent / "golden"
DAY = "start_time=2023-03-08%2000%3A00%3A00&end_time=2023-03-08%2023%3A59%3A59"

Json = dict[str, Any]


class Case(NamedTuple):
    golden: str
    path: str
    domain: UUID
    query: str
    key: str
    deviation: str = ""


CASES = (
    Case("call-user", "/v3/report/call/user", INTERNAL, "", "user_uuid"),
    Case("extension", "/v2/report/extension", AGENTS, DAY, "extension"),
    Case("extension-summary", "/v2/report/extension/summary", AGENTS, DAY, "user_uuid"),
    Case(
        "extension-summary-day",
        "/v2/report/extension/summary/day",
        AGENTS,
        DAY,
        "user_uuid",
        "reports[].total_outbound",
    ),
    Case("agent-time", "/v2/report/agent/time", INTERNAL, DAY, "user_uuid"),
)


def _days_add_up(rows: list[Json]) -> None:
    for row in rows:
        for day in row["reports"]:
            day["total_outbound"] = row["total_outbound"]


# What differs on purpose; docs/rest-compatibility.md gives the reasons. Rows have an order of their
# own everywhere, so they are compared by key.
DEVIATIONS: Mapping[str, Callable[[list[Json]], None]] = {
    "reports[].total_outbound": _days_add_up,
    "": lambda _: None,
}


@pytest.fixture
async def samples(serving: Serving) -> Serving:
    await load_samples(serving)
    return serving


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.golden)
async def test_the_answer_is_the_originals(samples: Serving, case: Case) -> None:
    response = await samples.get(f"{case.path}?{case.query}", case.domain)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    expected = json.loads((GOLDEN / f"{case.golden}.json").read_text("utf-8"))
    DEVIATIONS[case.deviation](expected["data"])
    for answer in (found := response.json(), expected):
        answer["data"].sort(key=lambda row: row[case.key])
    # As text: the order of keys and the types of values count.
    assert json.dumps(found, indent=1) == json.dumps(expected, indent=1)


async def test_a_period_adds_the_figures_after_the_users_columns(samples: Serving) -> None:
    rows = await samples.data("/v3/report/call/user", AGENTS, DAY)
    row = next(row for row in rows if row["username"] == "changnguyen")
    assert list(row)[:13][-1] == "add_date"
    assert {key: row[key] for key in list(row)[13:]} == {
        "total_duration": 130,
        "total_billsec": 10,
        "total_answered": 2,
        "total_no_answered": 1,
        "total_busy_line": 0,
        "total_busy": 2,
        "total_not_available": 0,
        "total_failed": 0,
        "total_ivr": 0,
        "total_cancel": 0,
        "total_voicemail": 0,
        "total_invalid_number": 0,
        "total_phone_block": 0,
        "total_congestion": 0,
        "total_inbound": 0,
        "total_outbound": 5,
        "total_local": 0,
        "total_call": 5,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.golden)
async def test_rows_have_their_order(samples: Serving, case: Case) -> None:
    rows = await samples.data(case.path, case.domain, case.query)
    keys = [row[case.key] for row in rows]
    assert keys == sorted(keys)
