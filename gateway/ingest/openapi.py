"""What the OpenAPI document says of /ingest, made from the records that it takes."""

from typing import Any, TypeAlias

import msgspec

from gateway.errors import (
    DatabaseUnavailableError,
    ForbiddenError,
    GatewayError,
    ImportRefusedError,
    InternalError,
    MethodNotAllowedError,
    QueryTimeoutError,
    TooLargeError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from gateway.ingest.media import CDR, LINES
from gateway.ingest.records import ActivityRecord, CallRecord
from gateway.settings import Settings

Json: TypeAlias = dict[str, Any]

ERRORS = (
    ImportRefusedError,
    UnauthenticatedError,
    ForbiddenError,
    MethodNotAllowedError,
    TooLargeError,
    UnsupportedMediaTypeError,
    InternalError,
    DatabaseUnavailableError,
    QueryTimeoutError,
)
HEADERS = {401: "WWW-Authenticate", 405: "Allow", 503: "Retry-After"}
COUNTS = {
    "read": "Records read: the sum of the following.",
    "new": "Records stored that were not there before.",
    "replaced": "Stored records that got other values.",
    "unchanged": "Records that were stored alike already.",
    "deleted": "Stored records that were deleted.",
    "rejected": "Records that could not be taken: `lines` tells why.",
}
SCHEMAS = "#/components/schemas/"


def described(settings: Settings) -> Json:
    """Paths and components, to be put into the document."""
    most = f" The body may have {settings.max_ingest_body} bytes, also unpacked."
    lines = f"One JSON object a line; Content-Encoding gzip is unpacked.{most}"
    return {
        "paths": {
            "/ingest/calls": _path("calls", "Calls", lines, _lines("CallRecord")),
            "/ingest/activities": _path(
                "activities", "What agents did", lines, _lines("ActivityRecord")
            ),
            "/ingest/freeswitch": _path(
                "freeswitch",
                "A CDR of FreeSWITCH's mod_json_cdr",
                "A leg that is no call of its own is read and not stored: then `batch` is null. The"
                " posts of an hour with one token share a batch.",
                _cdr(),
            ),
        },
        "components": {
            "securitySchemes": {
                "password": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The token is the password; any name will do.",
                }
            },
            "schemas": {**_records(), "Imported": _imported()},
        },
    }


def _path(name: str, title: str, description: str, content: Json) -> Json:
    operation = {
        "operationId": f"post_ingest_{name}",
        "summary": title,
        "description": f"{description} The same body again changes nothing. Needs the role admin.",
        "security": [{"token": []}, {"password": []}],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {"description": "What became of it.", "content": _json("Imported")},
            **{str(error.status): _failure(error) for error in ERRORS},
        },
    }
    return {"post": operation}


def _lines(record: str) -> Json:
    schema = {
        "type": "string",
        "description": f"Lines, each a {record}.",
        "contentSchema": {"$ref": f"{SCHEMAS}{record}"},
    }
    return {media: {"schema": {**schema, "contentMediaType": media}} for media in LINES}


def _cdr() -> Json:
    schemas: Json = {
        "application/json": {"type": "object", "required": ["variables"]},
        "application/x-www-form-urlencoded": {
            "type": "object",
            "properties": {"cdr": {"type": "string"}},
            "required": ["cdr"],
        },
    }
    return {media: {"schema": schemas.get(media, {"type": "string"})} for media in CDR}


def _records() -> Json:
    _, found = msgspec.json.schema_components(
        [CallRecord, ActivityRecord], ref_template=f"{SCHEMAS}{{name}}"
    )
    return found


def _imported() -> Json:
    count = {"type": "integer", "minimum": 0}
    line = {
        "line": {"type": "integer", "minimum": 1, "description": "The line's number, from 1."},
        "verdict": {"const": "rejected"},
        "reason": {"type": "string"},
    }
    return _closed(
        {
            **{name: count | {"description": text} for name, text in COUNTS.items()},
            "batch": {
                "type": ["string", "null"],
                "format": "uuid",
                "description": "For `gateway import undo`.",
            },
            "lines": {
                "type": "array",
                "items": _closed(line),
                "description": "The rejected ones; those that are not listed were taken.",
            },
        }
    )


def _closed(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _failure(error: type[GatewayError]) -> Json:
    response: Json = {
        "description": (error.__doc__ or "").partition("\n")[0],
        "content": _json("Error"),
    }
    if error.status in HEADERS:
        response["headers"] = {HEADERS[error.status]: {"schema": {"type": "string"}}}
    return response


def _json(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"{SCHEMAS}{schema}"}}}
