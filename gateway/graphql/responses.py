"""Answers and errors as HTTP responses, as GraphQL over HTTP has them."""

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import ExecutionResult
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import DOMAIN_HEADER, is_known
from gateway.answers import Answer
from gateway.encoding import chosen
from gateway.errors import GatewayError
from gateway.graphql import failures
from gateway.graphql.failures import Errors
from gateway.graphql.negotiation import EVENT_STREAM, GRAPHQL_JSON, JSON

VARY = f"Accept, Authorization, {DOMAIN_HEADER}"
# What GraphQL over HTTP recommends for data beside errors, where the client knows that type.
PARTIAL = 294
COMPLETE = b"event: complete\ndata:\n\n"


def event(body: bytes) -> bytes:
    """An answer in a stream. JSON has no line breaks, so that it is one line of data."""
    return b"event: next\ndata: " + body + b"\n\n"


def sent(request: Request, answer: Answer, media_type: str) -> Response:
    """The answer as the client takes it; 304 to a GET by whom has it."""
    if media_type == EVENT_STREAM:
        return _bytes(answer.body, 200, media_type)
    encoding = chosen(request.headers.get("accept-encoding", ""), len(answer.body))
    headers = {"Vary": f"{VARY}, Accept-Encoding"}
    if encoding:
        headers["Content-Encoding"] = encoding
    if request.method != "POST":
        headers |= {"ETag": answer.tag, "Cache-Control": "private, no-cache"}
        if is_known(request, answer.tag):
            return Response(status_code=304, headers=headers)
    content_type = f"{media_type}; charset=utf-8"
    return Response(answer.encoded(encoding), headers=headers, media_type=content_type)


def finished(result: ExecutionResult, media_type: str, most_errors: int) -> Response:
    """What came of an execution with errors."""
    errors = failures.of_execution(result.errors or (), most_errors)
    failures.note(errors)
    if failures.nothing_ran(result):
        return rendered(errors, 400, media_type)
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = errors
    partial = errors and media_type == GRAPHQL_JSON
    return _response(body, PARTIAL if partial else 200, media_type)


def rendered(errors: Errors, status: int, media_type: str) -> Response:
    """A well-formed request's errors, where nothing ran. Only one type has statuses for them."""
    failures.note(errors)
    return _response({"errors": errors}, status if media_type == GRAPHQL_JSON else 200, media_type)


def refused(error: GatewayError, media_type: str = JSON) -> Response:
    """The answer to a request that is none, or that nobody may ask."""
    if media_type == EVENT_STREAM:
        media_type = JSON
    errors = [failures.of_gateway(error)]
    failures.note(errors)
    body = {"errors": errors}
    return _response(body, error.status, media_type, error.headers)


def _response(
    body: Mapping[str, Any],
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return _bytes(orjson.dumps(body), status, media_type, headers)


def _bytes(
    body: bytes, status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    if media_type == EVENT_STREAM:
        body = event(body) + COMPLETE
    content_type = f"{media_type}; charset=utf-8"
    return Response(body, status, {"Vary": VARY, **(headers or {})}, media_type=content_type)
