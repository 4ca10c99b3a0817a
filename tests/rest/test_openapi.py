"""The OpenAPI document is valid, and the answers are as it says."""

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from tests.rest.conftest import Serving
from tests.rest.samples import load_samples
from tests.rest.test_golden import CASES, Case
from tests.rest.test_reports import PATHS


async def document(serving: Serving) -> dict[str, Any]:
    response = await serving.client.get("/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


async def test_the_document_is_valid_and_needs_no_token(serving: Serving) -> None:
    found = await document(serving)
    validate(found)
    assert found["openapi"].startswith("3.1")
    ingest = {"/ingest/calls", "/ingest/activities", "/ingest/freeswitch"}
    assert set(found["paths"]) == {*PATHS, "/v3/auth/token", *ingest}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.golden)
async def test_an_answer_is_as_described(serving: Serving, case: Case) -> None:
    await load_samples(serving)
    found = await document(serving)
    operation = found["paths"][case.path]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer = await serving.get(f"{case.path}?{case.query}", case.domain)
    OAS31Validator(schema).validate(answer.json())
    failure = await serving.get(f"{case.path}?end_time=x", case.domain)
    described = operation["responses"]["400"]["content"]["application/json"]["schema"]
    whole = described | {"components": found["components"]}
    OAS31Validator(whole).validate(failure.json())
