"""From a request to JSON bytes: what every path of this face does alike."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.access import ended_by_leaving, gateway_of
from gateway.errors import (
    GatewayError,
    InternalError,
    MethodNotAllowedError,
    QueryTimeoutError,
)
from gateway.log import logger
from gateway.telemetry import work

READING = ("GET", "HEAD")

_log = logger(__name__)


class Endpoint:
    """An ASGI endpoint whose failures, whatever they are, are JSON in the path's own envelope."""

    def __init__(
        self,
        answer: Callable[[Request], Awaitable[Response]],
        methods: Sequence[str] = READING,
        *,
        coded: bool = False,
    ) -> None:
        self._answer = answer
        self._methods = methods
        self._coded = coded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._in_time(request)
        except GatewayError as error:
            response = failure(error, error.message, coded=self._coded)
        except Exception:  # noqa: BLE001  # logged; the client gets the request's id
            _log.exception("unexpected error")
            unexpected = InternalError()
            request_id = structlog.contextvars.get_contextvars().get("request_id", "")
            message = f"{unexpected.message} {request_id}".strip()
            response = failure(unexpected, message, coded=self._coded)
        if request.method == "HEAD":
            response.body = b""  # the headers stay those of GET
        await response(scope, receive, send)

    async def _in_time(self, request: Request) -> Response:
        if request.method not in self._methods:
            raise MethodNotAllowedError(", ".join(self._methods))
        try:
            async with asyncio.timeout(gateway_of(request).settings.request_timeout) as deadline:
                if request.method not in READING:
                    return await self._answer(request)
                with ended_by_leaving(request, deadline):
                    return await self._answer(request)
        except TimeoutError as error:
            raise QueryTimeoutError from error


def json_response(
    content: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    body = orjson.dumps(content, default=_text)
    return Response(body, status, headers, media_type="application/json")


def failure(error: GatewayError, message: str, *, coded: bool) -> Response:
    work.current().codes.append(error.code)
    content: dict[str, Any] = {"error": message}
    if coded:
        phrase = HTTPStatus(error.status).phrase
        content = {"code": error.status, "content": phrase, "error": message}
    return json_response(content, error.status, error.headers)


def _text(value: object) -> str:
    # The driver's UUID is a subclass, which the encoder does not take for one.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")
