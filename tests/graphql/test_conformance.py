"""GraphQL over HTTP, as its specification and the audits of graphql-http put it, on a real port.

The ids are the audits'. Those without one are from the specification's text.
"""

import json
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from tests.conftest import Server
from tests.graphql.served import Served, served

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
TYPENAME = {"query": "{ __typename }"}
WRONG = {"an object": {"obj": "ect"}, "a number": 0, "a boolean": False, "an array": ["array"]}
NAMED = "query Type($name: String!) { __type(name: $name) { name } }"
UNFIT = "query Type($name: String!) { __type(name: $name) { name } }"


class Case(NamedTuple):
    """What is sent, and what has to come back; a status may be one of several."""

    what: str
    body: Any = None
    accept: str | None = None
    method: str = "POST"
    content_type: str | None = JSON
    status: tuple[int, ...] = (200,)
    answer: str | None = None
    keys: tuple[str, ...] | None = ("data",)


def cases() -> Iterator[Case]:
    yield Case("22EB graphql-response+json is matched", TYPENAME, GRAPHQL_JSON, answer=GRAPHQL_JSON)
    yield Case("4655 json is matched", TYPENAME, JSON, answer=JSON)
    yield Case("47DE */* is json", TYPENAME, "*/*", answer=JSON)
    yield Case("80D8 nothing accepted is json", TYPENAME, "", "GET", answer=JSON)
    yield Case("82A3 answers are in UTF-8", TYPENAME)
    yield Case("BF61 UTF-8 may be said", TYPENAME, content_type=f"{JSON}; charset=utf-8")
    yield Case("78D5 UTF-8 is assumed", TYPENAME)
    yield Case("2C94 POST is taken", TYPENAME)
    yield Case("5A70 GET is taken", TYPENAME, method="GET")
    yield Case("9C48 a mutation by GET", {"query": "mutation { __typename }"}, GRAPHQL_JSON, "GET",
               status=(405,), keys=("errors",))  # fmt: skip
    yield Case("9ABE no content type", content_type=None, status=(415,), keys=("errors",))
    yield Case("A5BF no body", b"", status=(400,), keys=("errors",))
    for accept in (GRAPHQL_JSON, JSON):
        yield from _parameters(accept)
    yield Case("D6D5 variables by GET", {"query": NAMED, "variables": {"name": "x"}}, method="GET")
    yield Case("B7N8 JSON that cannot be read", b'{ "not a JSON', GRAPHQL_JSON, status=(400,),
               keys=("errors",))  # fmt: skip
    yield Case("BCF8 JSON that cannot be read", b'{ "not a JSON', JSON, status=(400,),
               keys=("errors",))  # fmt: skip
    yield from _refused("556A a text that cannot be parsed", {"query": "{"})
    yield from _refused("74FF a text that is not valid", {"query": "{ nothing }"})
    yield from _refused("86EE variables that do not fit", {"query": UNFIT, "variables": {}})
    several = {"query": "query A { __typename } query B { __typename }"}
    yield from _refused("an operation that is not clear", several)
    yield Case("a property that we do not know", TYPENAME | {"more": 1})
    yield Case("a request that is refused by type", TYPENAME, "text/html", status=(406,),
               answer=JSON, keys=("errors",))  # fmt: skip
    yield Case("an empty operationName", TYPENAME | {"operationName": ""}, method="GET")


def _parameters(accept: str) -> Iterator[Case]:
    wrong = {"status": (400,), "keys": ("errors",)}
    yield Case("423L no query", {"notquery": "{ __typename }"}, accept, **wrong)  # type: ignore[arg-type]
    for words, value in WRONG.items():
        yield Case(f"LKJ query is {words}", {"query": value}, accept, **wrong)  # type: ignore[arg-type]
        yield Case(f"6C0 operationName is {words}", TYPENAME | {"operationName": value}, accept,
                   **wrong)  # type: ignore[arg-type]  # fmt: skip
    for words, value in {**WRONG, "an object": "a string"}.items():
        for key in ("variables", "extensions"):
            yield Case(f"476 {key} is {words}", TYPENAME | {key: value}, accept, **wrong)  # type: ignore[arg-type]
    yield Case("34A2 query is a string", TYPENAME, accept)
    named = {"query": "query Query { __typename }", "operationName": "Query"}
    yield Case("8161 operationName is a string", named, accept)
    for key in ("variables", "operationName", "extensions"):
        yield Case(f"94B {key} is null", TYPENAME | {key: None}, accept)
    yield Case("2EA1 variables is a map", {"query": NAMED, "variables": {"name": "x"}}, accept)
    yield Case("428F extensions is a map", TYPENAME | {"extensions": {"some": "value"}}, accept)


def _refused(what: str, body: Any) -> Iterator[Case]:
    """A well-formed request that cannot run: an error to who knows the type, 200 to others."""
    yield Case(what, body, GRAPHQL_JSON, status=(400,), keys=("errors",), answer=GRAPHQL_JSON)
    yield Case(what, body, JSON, keys=("errors",), answer=JSON)


@pytest.fixture(scope="module")
def program(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(server, tmp_path_factory.mktemp("conformance")) as found:
        yield found


def _sent(program: Served, case: Case) -> httpx.Response:
    headers = dict(program.headers)
    with httpx.Client(base_url=program.address) as http:
        del http.headers["accept"]
        if case.accept:
            headers["accept"] = case.accept
        if case.method == "GET":
            said = {
                key: value if isinstance(value, str) else json.dumps(value)
                for key, value in case.body.items()
            }
            return http.get("/graphql", params=said, headers=headers)
        if case.content_type:
            headers["content-type"] = case.content_type
        body = case.body if isinstance(case.body, bytes | None) else json.dumps(case.body)
        return http.post("/graphql", content=body, headers=headers)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.what}, {case.accept}")
def test_conformance(program: Served, case: Case) -> None:
    response = _sent(program, case)
    assert response.status_code in case.status, response.text
    media_type, _, charset = response.headers["content-type"].partition("; ")
    assert media_type == (case.answer or media_type)
    assert charset == "charset=utf-8"
    assert tuple(json.loads(response.content.decode("utf-8"))) == case.keys
    assert {"Accept", "Authorization"} <= set(response.headers["vary"].split(", "))


def test_data_beside_errors(program: Served) -> None:
    """294 to who knows the type that says it is GraphQL's, 200 to others; data may be null."""
    query = "query ($name: String) { user(by: {username: $name}) { uuid } domain { name } }"
    for accept, status in ((GRAPHQL_JSON, 294), (JSON, 200)):
        response = _sent(program, Case("", {"query": query}, accept))
        assert response.status_code == status
        assert list(response.json()) == ["data", "errors"]


def test_without_a_token(program: Served) -> None:
    for accept in (GRAPHQL_JSON, JSON):
        response = httpx.post(
            f"{program.address}/graphql", json=TYPENAME, headers={"accept": accept}
        )
        assert response.status_code == 401
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_other_ways_are_refused(program: Served) -> None:
    with httpx.Client(base_url=program.address, headers=program.headers) as http:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"):
            response = http.request(method, "/graphql")
            assert response.status_code == 405
            assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
            assert response.json()["error"]
        response = http.get("/graphql", params={"query": "mutation { a }"})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        response = http.post("/graphql", json=[TYPENAME, TYPENAME])
        assert response.status_code == 400
        assert "one by one" in response.json()["errors"][0]["message"]
        response = http.post("/graphql", files={"operations": b"{}"})
        assert response.status_code == 415
        response = http.get("/graphql", params={"query": "{ a " + "#" * 16_000 + "}"})
        assert response.status_code == 414
        assert response.json()["errors"][0]["extensions"]["code"] == "URI_TOO_LONG"
        response = http.get("/nothing")
        assert response.status_code == 404
        assert response.json()["error"]


def test_a_body_is_not_unpacked(program: Served) -> None:
    packed = {**program.headers, "content-type": JSON, "content-encoding": "gzip"}
    response = httpx.post(f"{program.address}/graphql", content=b"\x1f\x8b", headers=packed)
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


def _answer(connection: socket.socket) -> str:
    """All of the answer: its head, and its body, which is an object."""
    found = b""
    while not found.endswith(b"}") and (part := connection.recv(65536)):
        found += part
    return found.decode()


def test_a_body_that_says_it_is_too_large_is_refused_unread(program: Served) -> None:
    """The answer comes although nothing of the body does."""
    host, _, port = program.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {program.token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 50000000\r\n\r\n"
        )
        connection.sendall(head.encode())
        answer = _answer(connection)
    assert answer.startswith("HTTP/1.1 413")
    assert "CONTENT_TOO_LARGE" in answer


def test_a_body_that_does_not_come_is_a_timeout_of_the_request(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("slow")
    with served(server, directory, GATEWAY_REQUEST_TIMEOUT="0.5") as program:
        host, _, port = program.address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(
                f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {program.token}"
                "\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{".encode()
            )
            answer = _answer(connection)
    assert answer.startswith("HTTP/1.1 408")
    assert "REQUEST_TIMEOUT" in answer
