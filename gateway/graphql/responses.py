"""Answers and errors as HTTP responses, as GraphQL over HTTP has them."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from graphql import ExecutionResult
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import DOMAIN_HEADER, is_known
from gateway.answers import Answer
from gateway.encoding import chosen
from gateway.graphql import failures
from gateway.graphql.negotiation import GRAPHQL_JSON, JSON
from gateway.telemetry import work

VARY = f"Accept, Authorization, {DOMAIN_HEADER}"
# What GraphQL over HTTP recommends for data beside errors, where the client knows that type.
PARTIAL = 294


def sent(request: Request, answer: Answer, media_type: str) -> Response:
    """The answer as the client takes it; 304 to a GET by whom has it."""
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
    _note(errors)
    if result.data is None and errors and all("path" not in error for error in errors):
        # Nothing ran: the variables do not fit.
        return rendered(errors, 200 if media_type == JSON else 400, media_type)
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = errors
    partial = errors and media_type == GRAPHQL_JSON
    return _response(body, PARTIAL if partial else 200, media_type)


def rendered(
    errors: Iterable[Mapping[str, Any]],
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    told = list(errors)
    _note(told)
    return _response({"errors": told}, status, media_type, headers)


def _note(errors: Iterable[Mapping[str, Any]]) -> None:
    work.current().codes += [error["extensions"]["code"] for error in errors]


def _response(
    body: Mapping[str, Any],
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    content_type = f"{media_type}; charset=utf-8"
    return Response(
        orjson.dumps(body),
        status,
        {"Vary": VARY, **(headers or {})},
        media_type=content_type,
    )
