"""A GraphQL request, whichever way it came: what GraphQL over HTTP says of requests."""

import re
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request

from gateway.access import whole_body
from gateway.errors import (
    BadRequestError,
    ForbiddenError,
    UnsupportedEncodingError,
    UnsupportedMediaTypeError,
    UriTooLongError,
)

JSON = "application/json"
MOST_ADDRESS = 16_000
HASH = re.compile(r"[0-9a-f]{64}")
# A page of another site cannot send these unasked: its browser asks us first (CORS).
UNASKED = (
    "authorization",
    "graphql-require-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
)


class Question(NamedTuple):
    """What is asked: a text, or a document's id, or both."""

    query: str | None
    document_id: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    # The hash of a query that is registered by being sent (Apollo's automatic persisted queries).
    given_hash: str | None = None


def check_address(request: Request) -> None:
    if len(request.scope["query_string"]) > MOST_ADDRESS:
        raise UriTooLongError


def check_preflight(request: Request) -> None:
    """Refuse a GET that a link, an image or a form of another site could have sent."""
    if request.method != "POST" and not any(name in request.headers for name in UNASKED):
        raise ForbiddenError(
            "A GET that any site could send is not answered: add the header"
            ' "GraphQL-Require-Preflight: 1", or ask by POST.'
        )


async def posted(request: Request, most: int) -> bytes | None:
    """What was posted; None of a request that has no body."""
    if request.method != "POST":
        return None
    _check_content_type(request.headers.get("content-type", ""))
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedEncodingError
    return await whole_body(request, most)


def question_of(request: Request, body: bytes | None) -> Question:
    return _from_parameters(request) if body is None else question_in(_decoded(body))


def _from_parameters(request: Request) -> Question:
    parameters = request.query_params
    said: dict[str, Any] = {key: text for key, text in parameters.items() if text}
    for key in ("variables", "extensions"):
        if key in said:
            said[key] = _decoded(said[key].encode())
    return question_in(said)


def _check_content_type(header: str) -> None:
    media_type, *parameters = (text.strip().lower() for text in header.split(";"))
    charsets = [
        p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")
    ]
    if media_type != JSON or not {"utf-8", "utf8"}.issuperset(charsets):
        raise UnsupportedMediaTypeError


def _decoded(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"This is not JSON in UTF-8: {error}.") from None


def question_in(body: Any) -> Question:
    """The question that JSON says."""
    if isinstance(body, list):
        raise BadRequestError("One request asks one question: send the list's entries one by one.")
    if not isinstance(body, dict):
        raise BadRequestError
    query = _typed(body, "query", str, "a string")
    variables = _typed(body, "variables", dict, "an object")
    name = _typed(body, "operationName", str, "a string")
    extensions = _typed(body, "extensions", dict, "an object") or {}
    document_id = _typed(body, "documentId", str, "a string")
    given_hash = _given_hash(extensions)
    if query is not None and not query.strip():
        raise BadRequestError
    if query is None:
        document_id = document_id or given_hash
        if not document_id:
            raise BadRequestError
    elif document_id is not None:
        raise BadRequestError('Send "query" or "documentId", not both.')
    return Question(query, document_id, variables, name or None, given_hash)


def _typed(body: dict[str, Any], key: str, kind: type, words: str) -> Any:
    value = body.get(key)
    if value is not None and not isinstance(value, kind):
        raise BadRequestError(f'"{key}" must be {words}.')
    return value


def _given_hash(extensions: dict[str, Any]) -> str | None:
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise BadRequestError('"extensions.persistedQuery" must be an object with "version": 1.')
    given = persisted.get("sha256Hash")
    if not isinstance(given, str) or not HASH.fullmatch(given):
        raise BadRequestError('"sha256Hash" must be 64 hexadecimal digits in lower case.')
    return given
