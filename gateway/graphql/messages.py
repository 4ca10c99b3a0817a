"""The messages of the protocol graphql-transport-ws, and why it closes a connection."""

from enum import IntEnum
from typing import Any, NamedTuple

import orjson

# A close frame has room for that many bytes of reason.
LONGEST_REASON = 123
# Which types have an id, and what their payload may be.
FROM_CLIENT: dict[str, tuple[bool, type | None]] = {
    "connection_init": (False, dict),
    "ping": (False, dict),
    "pong": (False, dict),
    "subscribe": (True, dict),
    "complete": (True, None),
}


class CloseCode(IntEnum):
    """graphql-ws connects again after 1001 and 1013, and never again after 1011."""

    GOING_AWAY = 1001
    FLOODED = 1008
    NOT_NOW = 1013
    INVALID_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    UNACCEPTABLE_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    DUPLICATE_ID = 4409
    TOO_MANY_INITS = 4429


class CloseError(Exception):
    """The connection is to be closed."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")


class Received(NamedTuple):
    kind: str
    operation_id: str
    payload: dict[str, Any] | None


def received(text: str | None) -> Received:
    """A client's message; CloseError if it is none."""
    try:
        message = orjson.loads(text) if text is not None else None
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise _invalid("A message is a text frame with a JSON object.")
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in FROM_CLIENT:
        raise _invalid(f"There is no message of the type {orjson.dumps(kind).decode()}.")
    has_id, payload_type = FROM_CLIENT[kind]
    operation_id, payload = message.get("id", ""), message.get("payload")
    if has_id and (not isinstance(operation_id, str) or not operation_id):
        raise _invalid(f"A {kind} message needs an id: a text.")
    if payload_type is not None and not isinstance(payload, payload_type | None):
        raise _invalid(f"The payload of a {kind} message is a JSON object.")
    if kind == "subscribe" and payload is None:
        raise _invalid("A subscribe message needs a payload.")
    return Received(kind, operation_id if has_id else "", payload if payload_type else None)


def text_of(kind: str, operation_id: str = "", payload: Any = None) -> str:
    message = {"type": kind}
    if operation_id:
        message["id"] = operation_id
    if payload is not None:
        message["payload"] = payload
    return orjson.dumps(message).decode()


def next_of(operation_id: str, body: bytes) -> str:
    """An answer that is JSON already."""
    return f'{{"type":"next","id":{orjson.dumps(operation_id).decode()},"payload":{body.decode()}}}'


def _invalid(reason: str) -> CloseError:
    return CloseError(CloseCode.INVALID_MESSAGE, reason)
