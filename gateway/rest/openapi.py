"""The OpenAPI document, made from the descriptions of the reports."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from gateway import __version__
from gateway.access import DOMAIN_HEADER
from gateway.errors import (
    BadUserInputError,
    DatabaseUnavailableError,
    ForbiddenError,
    GatewayError,
    InternalError,
    MethodNotAllowedError,
    QueryTimeoutError,
    RateLimitedError,
    TooLargeError,
    UnauthenticatedError,
)
from gateway.rest.params import END, START
from gateway.rest.reports import REPORTS, Report
from gateway.rest.shapes import Column, Shape
from gateway.settings import Settings

Json: TypeAlias = dict[str, Any]

REPORT_ERRORS = (
    BadUserInputError,
    UnauthenticatedError,
    ForbiddenError,
    MethodNotAllowedError,
    RateLimitedError,
    InternalError,
    DatabaseUnavailableError,
    QueryTimeoutError,
)
SESSION_ERRORS = (
    BadUserInputError,
    UnauthenticatedError,
    MethodNotAllowedError,
    TooLargeError,
    RateLimitedError,
    InternalError,
    DatabaseUnavailableError,
    QueryTimeoutError,
)
ERROR_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
ETAG = {"ETag": {"description": "A weak tag of this answer.", "schema": {"type": "string"}}}
UNCHANGED = {"description": "The answer is the one that If-None-Match names.", "headers": ETAG}


def document(settings: Settings, more: Json) -> Json:
    """With more paths and components, of what is not ours."""
    components = more["components"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Call statistics: the original REST reports, and how calls come in",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            **{report.path: _path(report) for report in REPORTS},
            "/v3/auth/token": {"post": _session(settings)},
            **more["paths"],
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                **components["securitySchemes"],
            },
            "parameters": _parameters(settings),
            "schemas": {
                "Error": _error(),
                "CodedError": _error(coded=True),
                **components["schemas"],
            },
        },
    }


def _path(report: Report) -> Json:
    name = report.path.removeprefix("/").replace("/", "_")
    return {"get": _operation(report, f"get_{name}"), "head": _operation(report, f"head_{name}")}


def _operation(report: Report, operation_id: str) -> Json:
    schema = _ok(report)
    headers = ETAG | {"Cache-Control": {"schema": {"const": "private, no-cache"}}}
    return {
        "operationId": operation_id,
        "summary": report.title,
        "description": report.description,
        "parameters": [
            {"$ref": f"#/components/parameters/{name}"}
            for name in (START, END, "If-None-Match", DOMAIN_HEADER)
        ],
        "responses": {
            "200": {
                "description": "The report.",
                "headers": headers,
                "content": _json(schema),
            },
            "304": UNCHANGED,
            **_errors(REPORT_ERRORS, coded=report.coded),
        },
    }


def _ok(report: Report) -> Json:
    row = _object(report.row, optional=report.figures)
    data: Json = {"data": {"type": "array", "items": row}}
    if report.coded:
        data = {"code": {"const": 200}, "content": {"const": "successfully"}, **data}
    return _closed(data, list(data))


def _object(shape: Shape, optional: Shape = ()) -> Json:
    properties = {column.key: _column(column) for column in shape + optional}
    return _closed(properties, [column.key for column in shape])


def _column(column: Column) -> Json:
    schema: Json = dict(column.kind.schema)
    if column.kind.items is not None:
        schema["items"] = _object(column.kind.items)
    if column.description:
        schema["description"] = column.description
    return schema


def _closed(properties: Json, required: list[str]) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _error(*, coded: bool = False) -> Json:
    text = {"type": "string"}
    head: Json = {"code": {"type": "integer"}, "content": text} if coded else {}
    return _closed({**head, "error": text}, [*head, "error"])


def _errors(classes: Iterable[type[GatewayError]], *, coded: bool = False) -> Json:
    schema = {"$ref": f"#/components/schemas/{'CodedError' if coded else 'Error'}"}
    return {str(error.status): _failure(error, schema) for error in classes}


def _failure(error: type[GatewayError], schema: Json) -> Json:
    sentence = (error.__doc__ or "").partition("\n")[0]
    response: Json = {"description": sentence, "content": _json(schema)}
    if error.status in ERROR_HEADERS:
        response["headers"] = {ERROR_HEADERS[error.status]: {"schema": {"type": "string"}}}
    return response


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _parameters(settings: Settings) -> Json:
    limit = f" At most {settings.max_days} days lie between start and end."
    return {
        START: _time(
            START,
            "When the period starts; a bare date means 00:00:00. Without it: 00:00:00 of the end's"
            f" day, or of today.{limit}",
            "2023-03-07 00:00:00",
        ),
        END: _time(
            END,
            "The last second of the period; a bare date means 23:59:59. Without it: now, or the end"
            f" of today if there is no start either.{limit}",
            "2023-03-07 23:59:59",
        ),
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The ETag of an answer that the client has.",
            "schema": {"type": "string"},
        },
        DOMAIN_HEADER: {
            "name": DOMAIN_HEADER,
            "in": "header",
            "description": "The name of the domain that is reported on, for a superadmin's token;"
            " the token's own if left out.",
            "schema": {"type": "string"},
        },
    }


def _time(name: str, description: str, example: str) -> Json:
    day, _, clock = example.partition(" ")
    return {
        "name": name,
        "in": "query",
        "description": f"{description} Without an offset: a time in the domain's zone.",
        "schema": {"type": "string"},
        "examples": {
            "original": {"summary": "As the original API documents it", "value": example},
            "date": {"summary": "A whole day", "value": day},
            "offset": {"summary": "With an offset", "value": f"{day}T{clock}+07:00"},
        },
    }


def _session(settings: Settings) -> Json:
    text = {"type": "string"}
    keys = [_closed({key: text}, [key]) for key in ("api_key", "refresh_token")]
    seconds = {"type": "integer", "description": "Seconds.", "maximum": settings.session_lifetime}
    answer: Json = {
        "client_id": {"type": "string", "format": "uuid"},
        "domain_uuid": {"type": "string", "format": "uuid"},
        "expired_in": seconds,
        "refresh_token": text,
        "token": text,
        "token_type": {"const": "Bearer"},
        "user_id": {"type": "string", "description": "A UUID, or empty."},
    }
    return {
        "operationId": "post_v3_auth_token",
        "summary": "A token for an API key",
        "description": "The API key is a token that the operator made. A refresh token gives the"
        " next pair of tokens.",
        "security": [],
        "requestBody": {"required": True, "content": _json({"oneOf": keys})},
        "responses": {
            "200": {"description": "The tokens.", "content": _json(_closed(answer, list(answer)))},
            **_errors(SESSION_ERRORS),
        },
    }
