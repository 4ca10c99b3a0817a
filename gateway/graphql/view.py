"""The HTTP view: request, document, execution, bytes."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
import structlog
from graphql import ExecutionResult, GraphQLError, execute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.access import gateway_of, snapshot_of
from gateway.errors import (
    BadRequestError,
    BadUserInputError,
    GatewayError,
    InternalError,
    NotAcceptableError,
    QueryTimeoutError,
    TooLargeError,
    UnsupportedMediaTypeError,
)
from gateway.graphql.context import Operation
from gateway.graphql.documents import Documents, InvalidDocumentError
from gateway.graphql.schema import SCHEMA
from gateway.log import logger
from gateway.settings import Settings

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
MOST_ERRORS = 100

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
        try:
            media_type = accepted(request.headers.get("accept", ""))
        except NotAcceptableError as error:
            return _rendered([_of_gateway(error)], error.status, JSON, error.headers)
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                return await self._answer(request, media_type)
        except TimeoutError:
            failure: GatewayError = QueryTimeoutError()
        except InvalidDocumentError as error:
            errors = [_of_document(each, error.reason) for each in error.errors]
            status = 200 if media_type == JSON else error.status
            return _rendered(errors, status, media_type)
        except GatewayError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  # the log has it, the client its id
            failure = _unexpected(error)
        return _rendered([_of_gateway(failure)], failure.status, media_type, failure.headers)

    async def _answer(self, request: Request, media_type: str) -> Response:
        async with snapshot_of(request) as snapshot:
            question = (
                _from_parameters(request)
                if request.method == "GET"
                else await _from_body(request, self._settings.max_body)
            )
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
            )
            if not isinstance(result, ExecutionResult):
                result = await result
        return _finished(result, media_type)


def accepted(header: str) -> str:
    """The media type to answer with: the preferred of those that the client accepts."""
    offered: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (text.strip() for text in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            offered[name.lower()] = float(quality)
        except ValueError:
            offered[name.lower()] = 0
    if offered.keys() <= {""}:
        return JSON
    chosen = {JSON: offered.get(JSON, 0), GRAPHQL_JSON: offered.get(GRAPHQL_JSON, 0)}
    best = max((GRAPHQL_JSON, JSON), key=lambda name: chosen[name])
    if chosen[best] > 0:
        return best
    if max(offered.get("*/*", 0), offered.get("application/*", 0)) > 0:
        return JSON
    raise NotAcceptableError


def _from_parameters(request: Request) -> Question:
    parameters = request.query_params
    texts = {key: parameters[key] for key in ("query", "operationName") if parameters.get(key)}
    variables = parameters.get("variables")
    return _question({**texts, "variables": _decoded(variables.encode()) if variables else None})


async def _from_body(request: Request, most: int) -> Question:
    media_type, *parameters = request.headers.get("content-type", "").split(";")
    charsets = [p.split("=")[1] for p in parameters if p.strip().lower().startswith("charset=")]
    if media_type.strip().lower() != JSON or any(
        charset.strip('" ').lower() not in {"utf-8", "utf8"} for charset in charsets
    ):
        raise UnsupportedMediaTypeError
    return _question(_decoded(await _body(request, most)))


async def _body(request: Request, most: int) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise TooLargeError(f"The body is larger than {most} bytes.")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise TooLargeError(f"The body is larger than {most} bytes.")
    except ClientDisconnect:
        raise BadRequestError("The body is incomplete.") from None
    return bytes(body)


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
    # One failed read is the error of many fields: said at each, logged once.
    failures = (error.original_error or error for error in result.errors or () if error.path)
    for failure in {id(failure): failure for failure in failures}.values():
        if not isinstance(failure, GatewayError):
            _log.error("unexpected error", exc_info=failure)
    errors = [_of_execution(error) for error in (result.errors or ())[:MOST_ERRORS]]
    if result.data is None and errors and all("path" not in error for error in errors):
        # Nothing ran: the variables do not fit.
        return _rendered(errors, 200 if media_type == JSON else 400, media_type)
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = errors
    return Response(orjson.dumps(body), media_type=media_type)


def _of_document(error: GraphQLError, reason: type[GatewayError]) -> Mapping[str, Any]:
    known = error.original_error
    extensions = known.extensions if isinstance(known, GatewayError) else {"code": reason.code}
    return {**error.formatted, "extensions": dict(extensions)}


def _of_execution(error: GraphQLError) -> Mapping[str, Any]:
    known = error.original_error
    if isinstance(known, GatewayError):
        return {**error.formatted, "message": known.message, "extensions": dict(known.extensions)}
    if error.path is None:
        return {**error.formatted, "extensions": {"code": BadUserInputError.code}}
    return {**error.formatted, **_of_gateway(_hidden())}


def _of_gateway(error: GatewayError) -> Mapping[str, Any]:
    return {"message": error.message, "extensions": dict(error.extensions)}


def _unexpected(error: BaseException) -> InternalError:
    _log.error("unexpected error", exc_info=error)
    return _hidden()


def _hidden() -> InternalError:
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return InternalError(f"{InternalError().message} {request_id}", requestId=request_id)


def _rendered(
    errors: Iterable[Mapping[str, Any]],
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response(
        orjson.dumps({"errors": list(errors)}), status, dict(headers or {}), media_type=media_type
    )
