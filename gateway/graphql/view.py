"""The HTTP view: request, document, execution, bytes."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
import structlog
from graphql import ExecutionResult, execute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.access import bearer, gateway_of, snapshot_of, whole_body
from gateway.errors import (
    BadRequestError,
    GatewayError,
    NotAcceptableError,
    QueryTimeoutError,
    UnsupportedMediaTypeError,
)
from gateway.graphql import failures
from gateway.graphql.context import Operation
from gateway.graphql.documents import Documents, InvalidDocumentError
from gateway.graphql.executor import FastExecutor
from gateway.graphql.schema import SCHEMA
from gateway.log import logger
from gateway.settings import Settings

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"

_log = logger(__name__)


class Question(NamedTuple):
    """A GraphQL request, whichever way it came."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class View:
    """`/graphql`, POST and GET."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._documents = Documents(SCHEMA)

    def routes(self) -> list[Route]:
        return [Route("/graphql", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        if self._settings.graphiql and _is_visit(request):
            return RedirectResponse("/graphiql", 303, {"Vary": "Accept"})
        try:
            media_type = accepted(request.headers.get("accept", ""))
        except NotAcceptableError as error:
            return _rendered([failures.of_gateway(error)], error.status, JSON, error.headers)
        try:
            async with asyncio.timeout(self._settings.request_timeout) as deadline:
                # Who shows no token is not listened to; and no connection waits for a slow body.
                bearer(request.headers)
                body = await _body(request, self._settings.max_body)
                async with _ended_by_leaving(request, deadline):
                    return await self._answer(request, body, media_type)
        except TimeoutError:
            failure: GatewayError = QueryTimeoutError()
        except InvalidDocumentError as error:
            errors = [failures.of_document(each, error.reason) for each in error.errors]
            status = 200 if media_type == JSON else error.status
            return _rendered(errors, status, media_type)
        except GatewayError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  # the log has it, the client its id
            failure = failures.unexpected(error)
        return _rendered(
            [failures.of_gateway(failure)], failure.status, media_type, failure.headers
        )

    async def _answer(self, request: Request, body: bytes | None, media_type: str) -> Response:
        async with snapshot_of(request) as snapshot:
            question = _from_parameters(request) if body is None else _question(_decoded(body))
            document = self._documents.get(question.query)
            operation = document.operation(question.operation_name)
            if operation.name is not None:
                structlog.contextvars.bind_contextvars(operation=operation.name.value)
            result = execute(
                SCHEMA,
                document.node,
                context_value=Operation(snapshot, gateway_of(request).settings),
                variable_values=question.variables,
                operation_name=operation.name.value if operation.name else None,
                executor_class=FastExecutor if self._settings.executor == "fast" else None,
            )
            if not isinstance(result, ExecutionResult):
                result = await result
        return _finished(result, media_type)


def _is_visit(request: Request) -> bool:
    """Whether a browser opens the address, rather than a program that asks a question."""
    return (
        request.method != "POST"
        and "query" not in request.query_params
        and "text/html" in request.headers.get("accept", "")
    )


def accepted(header: str) -> str:
    """The media type to answer with: the preferred of those that the client accepts."""
    offered = dict(map(_quality, filter(str.strip, header.split(","))))
    if not offered:
        return JSON
    anything = offered.get("application/*", offered.get("*/*", 0))
    # Who takes anything gets what every client understands.
    ours = (GRAPHQL_JSON, JSON) if GRAPHQL_JSON in offered else (JSON, GRAPHQL_JSON)
    best = max(ours, key=lambda name: offered.get(name, anything))
    if offered.get(best, anything) > 0:
        return best
    raise NotAcceptableError


def _quality(part: str) -> tuple[str, float]:
    """A media type of the Accept header, and how much it is wanted."""
    name, *parameters = (text.strip().lower() for text in part.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0


@asynccontextmanager
async def _ended_by_leaving(request: Request, deadline: asyncio.Timeout) -> AsyncIterator[None]:
    """When the client leaves, the time is up: nobody waits for the answer."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        _log.info("the client left")
        deadline.reschedule(asyncio.get_running_loop().time())

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def _from_parameters(request: Request) -> Question:
    parameters = request.query_params
    texts = {key: parameters[key] for key in ("query", "operationName") if parameters.get(key)}
    variables = parameters.get("variables")
    return _question({**texts, "variables": _decoded(variables.encode()) if variables else None})


def _check_content_type(header: str) -> None:
    media_type, *parameters = (text.strip().lower() for text in header.split(";"))
    charsets = [
        p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")
    ]
    if media_type != JSON or not {"utf-8", "utf8"}.issuperset(charsets):
        raise UnsupportedMediaTypeError


async def _body(request: Request, most: int) -> bytes | None:
    """What was posted; None of a request that has no body."""
    if request.method != "POST":
        return None
    _check_content_type(request.headers.get("content-type", ""))
    return await whole_body(request, most)


def _decoded(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"This is not JSON in UTF-8: {error}.") from None


def _question(body: Any) -> Question:
    if not isinstance(body, dict):
        raise BadRequestError
    query, variables, name = (body.get(key) for key in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query.strip():
        raise BadRequestError
    if variables is not None and not isinstance(variables, dict):
        raise BadRequestError('"variables" must be an object.')
    if name is not None and not isinstance(name, str):
        raise BadRequestError('"operationName" must be a string.')
    return Question(query, variables, name or None)


def _finished(result: ExecutionResult, media_type: str) -> Response:
    errors = failures.of_execution(result.errors or ())
    if result.data is None and errors and all("path" not in error for error in errors):
        # Nothing ran: the variables do not fit.
        return _rendered(errors, 200 if media_type == JSON else 400, media_type)
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = errors
    return Response(orjson.dumps(body), media_type=media_type)


def _rendered(
    errors: Iterable[Mapping[str, Any]],
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response(
        orjson.dumps({"errors": list(errors)}), status, dict(headers or {}), media_type=media_type
    )
