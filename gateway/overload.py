"""Under overload: a few requests at once, and the others are told at once to come back."""

import asyncio
from collections.abc import Mapping

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import GatewayError
from gateway.log import logger

# How the service fares is told whatever it has to do.
ALWAYS = ("/health/", "/metrics")
GRAPHQL_JSON = b"application/graphql-response+json"

_log = logger(__name__)


class Overload:
    """Refuses before anything is read or looked up what comes when `most` requests are at work.

    Who is still sending a body is at work only once it is there: slow senders keep nobody out.
    `bodies` are the paths' own forms of the error.
    """

    def __init__(
        self, app: ASGIApp, most: int, error: GatewayError, bodies: Mapping[str, bytes]
    ) -> None:
        self.app = app
        self._most = most
        self._error = error
        self._body = orjson.dumps({"error": error.message})
        self._bodies = bodies
        self._at_work = 0
        self._refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            await self.app(scope, receive, send)
        elif self._at_work >= self._most:
            await self._refuse(scope, send)
        else:
            self._at_work += 1
            try:
                await self.app(scope, self._received(receive), send)
            finally:
                self._at_work -= 1

    def _received(self, receive: Receive) -> Receive:
        whole = False

        async def received() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            self._at_work -= 1
            try:
                message = await receive()
            finally:
                self._at_work += 1
            whole = not message.get("more_body", False)
            return message

        return received

    async def _refuse(self, scope: Scope, send: Send) -> None:
        self._count()
        body = self._bodies.get(scope["path"], self._body)
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        content_type = GRAPHQL_JSON if GRAPHQL_JSON in accept else b"application/json"
        headers = [
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(body)),
            *((name.lower().encode(), text.encode()) for name, text in self._error.headers.items()),
        ]
        await send(
            {"type": "http.response.start", "status": self._error.status, "headers": headers}
        )
        await send({"type": "http.response.body", "body": body})

    def _count(self) -> None:
        # A line for each would take longer than the refusal.
        if not self._refused:
            asyncio.get_running_loop().call_later(1, self._tell)
        self._refused += 1

    def _tell(self) -> None:
        _log.warning("requests refused: too many at once", requests=self._refused)
        self._refused = 0
