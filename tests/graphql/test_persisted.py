"""Documents by their hash: automatic persisted queries, and the operator's manifest."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import create_app
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.telemetry.work import hash_of
from tests.conftest import TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import Client, admin_token, client_of, stored

QUERY = "query Name($name: String!) { user(by: {username: $name}) { username } }"
VARIABLES = {"name": "an"}
ANSWER = {"data": {"user": {"username": "an"}}}
GRAPHQL_JSON = "application/graphql-response+json"


def persisted(text: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text), **more}}}


def code(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    found: str = error["extensions"]["code"]
    return found


@pytest.fixture
async def example(database: TestDatabase) -> Company:
    found = company()
    await stored(database, found)
    return found


@pytest.fixture
async def client(database: TestDatabase, example: Company) -> AsyncIterator[Client]:
    async with client_of(database, example.domain_uuid) as opened:
        yield opened


async def test_a_hash_is_enough_once_the_text_was_sent(client: Client) -> None:
    asked = {"variables": VARIABLES, **persisted(QUERY)}
    response = await client.http.post("/graphql", json=asked)
    assert (response.status_code, code(response)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    response = await client.http.post("/graphql", json=asked, headers={"accept": GRAPHQL_JSON})
    assert (response.status_code, code(response)) == (404, "PERSISTED_QUERY_NOT_FOUND")
    response = await client.http.post("/graphql", json={"query": QUERY, **asked})
    assert response.json() == ANSWER
    assert (await client.http.post("/graphql", json=asked)).json() == ANSWER
    parameters = {key: json.dumps(value) for key, value in asked.items()}
    assert (await client.http.get("/graphql", params=parameters)).json() == ANSWER


async def test_it_goes_by_get_too(client: Client) -> None:
    parameters = {"variables": json.dumps(VARIABLES)}
    parameters["extensions"] = json.dumps(persisted(QUERY)["extensions"])
    response = await client.http.get("/graphql", params=parameters)
    assert code(response) == "PERSISTED_QUERY_NOT_FOUND"
    response = await client.http.get("/graphql", params={"query": QUERY, **parameters})
    assert response.json() == ANSWER
    assert (await client.http.get("/graphql", params=parameters)).json() == ANSWER


async def test_a_document_id_is_the_hash_with_its_method(client: Client) -> None:
    await client.ask(QUERY, **VARIABLES)
    asked = {"documentId": f"sha256:{hash_of(QUERY)}", "variables": VARIABLES}
    assert (await client.http.post("/graphql", json=asked)).json() == ANSWER
    asked["documentId"] = "nothing"
    assert code(await client.http.post("/graphql", json=asked)) == "PERSISTED_QUERY_NOT_FOUND"
    response = await client.http.post("/graphql", json={"query": QUERY, **asked})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_only_the_texts_own_hash_registers_it(client: Client) -> None:
    other = "{ __typename }"
    asked = {"query": QUERY, "variables": VARIABLES, **persisted(other)}
    response = await client.http.post("/graphql", json=asked)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    for text in (QUERY, other):
        response = await client.http.post("/graphql", json=persisted(text))
        assert code(response) == "PERSISTED_QUERY_NOT_FOUND"
    for wrong in (
        {"version": 2},
        {"version": "1"},
        {"sha256Hash": "x"},
        {"sha256Hash": None},
        {"sha256Hash": hash_of(other).upper()},
    ):
        response = await client.http.post("/graphql", json=persisted(other, **wrong))
        assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    shapes: list[Any] = ["x", [], 1]
    for wrong_shape in shapes:
        body = {"extensions": {"persistedQuery": wrong_shape}}
        response = await client.http.post("/graphql", json=body)
        assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_what_is_not_valid_is_not_kept(client: Client) -> None:
    for text in ("{ nothing }", "{", "{ users(first: 500) { nodes { calls(first: 500) { nodes"):
        asked = {"query": text, **persisted(text)}
        assert code(await client.http.post("/graphql", json=asked)) != "PERSISTED_QUERY_NOT_FOUND"
        response = await client.http.post("/graphql", json=persisted(text))
        assert code(response) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_registered_text_answers_each_tenant_with_its_own(
    database: TestDatabase, example: Company
) -> None:
    other = company("other")
    await stored(database, other)
    text = "{ domain { name } }"
    async with client_of(database, example.domain_uuid) as client:
        response = await client.http.post("/graphql", json={"query": text, **persisted(text)})
        assert response.json()["data"]["domain"]["name"] == "example"
        token = await admin_token(database, other.domain_uuid)
        headers = {"authorization": f"Bearer {token}"}
        response = await client.http.post("/graphql", json=persisted(text), headers=headers)
        assert response.json()["data"]["domain"]["name"] == "other"


APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": hash_of(QUERY), "name": "Name", "type": "query", "body": QUERY},
        {"id": "typename", "name": "T", "type": "query", "body": "query T { __typename }"},
    ],
}
RELAY = {"0123abcd": QUERY, "typename": "query T { __typename }"}


def manifest(directory: Path, content: Any) -> Path:
    path = directory / "manifest.json"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("content", [APOLLO, RELAY], ids=["apollo", "relay"])
async def test_only_trusted_documents_are_answered(
    database: TestDatabase, example: Company, tmp_path: Path, content: dict[str, Any]
) -> None:
    settings: dict[str, Any] = {
        "trusted_documents": manifest(tmp_path, content),
        "trusted_only": True,
    }
    async with client_of(database, example.domain_uuid, **settings) as client:
        asked: dict[str, Any] = {"variables": VARIABLES, **persisted(QUERY)}
        assert (await client.http.post("/graphql", json=asked)).json() == ANSWER
        assert (await client.post(QUERY, **VARIABLES)).json() == ANSWER
        response = await client.http.post("/graphql", json={"documentId": "typename"})
        assert response.json() == {"data": {"__typename": "Query"}}
        response = await client.post("{ __typename }")
        assert (response.status_code, code(response)) == (403, "DOCUMENT_NOT_TRUSTED")
        response = await client.http.post("/graphql", json=persisted("{ __typename }"))
        assert code(response) == "PERSISTED_QUERY_NOT_FOUND"
        response = await client.http.post("/graphql", json={"documentId": "more"})
        assert code(response) == "PERSISTED_QUERY_NOT_FOUND"


async def test_trusted_documents_stand_beside_others(
    database: TestDatabase, example: Company, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"trusted_documents": manifest(tmp_path, RELAY), "max_documents": 1}
    async with client_of(database, example.domain_uuid, **settings) as client:
        for _ in range(2):
            await client.ask("{ __typename }")
            asked = {"documentId": "0123abcd", "variables": VARIABLES}
            assert (await client.http.post("/graphql", json=asked)).json() == ANSWER


WRONG: dict[str, tuple[Any, str]] = {
    "not there": (None, "No such file"),
    "no JSON": ("{", "it is not JSON"),
    "no object": ([], "it is no JSON object"),
    "a later version": ({**APOLLO, "version": 2}, "no manifest of version 1"),
    "an operation without a body": ({**APOLLO, "operations": [{"id": "a"}]}, "document 'a'"),
    "not a text": ({"a": 1}, "document 'a'"),
    "not GraphQL": ({"good": QUERY, "bad": "{"}, 'document "bad": Syntax Error'),
    "not valid": ({"bad": "{ nothing }"}, 'document "bad": Cannot query field'),
    "too much": ({"bad": "{" + "a " * 3000 + "}"}, 'document "bad": Too much at once'),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_manifest_is_checked_at_start(name: str, tmp_path: Path) -> None:
    content, message = WRONG[name]
    path = tmp_path / "nothing" if content is None else manifest(tmp_path, content)
    with pytest.raises(ConfigurationError) as error:
        create_app(Settings(trusted_documents=path))
    assert message in error.value.message
    assert str(path) in error.value.message


def test_trusted_only_needs_a_manifest() -> None:
    with pytest.raises(ConfigurationError, match="GATEWAY_TRUSTED_DOCUMENTS"):
        create_app(Settings(trusted_only=True))
