"""Under overload: a few requests at once, and the others are told at once to come back."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import ExitStack

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.access import LEAVE
from gateway.errors import GatewayError
from gateway.log import logger

# Under which name the lifespan's state has the places.
PLACES = "places"
# How the service fares is told whatever it has to do.
ALWAYS = (b"/health/", b"/metrics")
GRAPHQL_JSON = b"application/graphql-response+json"

Headers = list[tuple[bytes, bytes]]

_log = logger(__name__)


class Places:
    """For `most` requests. What comes when all are taken is answered with the error.

    `bodies` are the paths' own forms of it.
    """

    def __init__(self, most: int, error: GatewayError, bodies: Mapping[str, bytes]) -> None:
        self.most = most
        self.taken = 0
        self.status = error.status
        self._headers = [
            (name.lower().encode(), text.encode()) for name, text in error.headers.items()
        ]
        self._body = orjson.dumps({"error": error.message})
        self._bodies = {path.encode(): body for path, body in bodies.items()}
        self._refused = 0

    def refusal(
        self, path: bytes, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[Headers, bytes] | None:
        """Headers and body, if the request of these has no place."""
        if self.taken < self.most or path.startswith(ALWAYS):
            return None
        self._count()
        body = self._bodies.get(path, self._body)
        accept = next((value for name, value in headers if name == b"accept"), b"")
        content_type = GRAPHQL_JSON if GRAPHQL_JSON in accept else b"application/json"
        own = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        return [*self._headers, *own], body

    def left(self) -> None:
        self.taken -= 1

    def _count(self) -> None:
        # A line for each would take longer than the refusal.
        if not self._refused:
            asyncio.get_running_loop().call_later(1, self._tell)
        self._refused += 1

    def _tell(self) -> None:
        _log.warning("requests refused: too many at once", requests=self._refused)
        self._refused = 0


class Overload:
    """Gives requests their places, and refuses, before anything is read or looked up, those that
    find none.

    Who is still sending a body has none yet: slow senders keep nobody out.
    """

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self.app = app
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope.get("raw_path") or scope["path"].encode()
        refusal = self._places.refusal(path, scope["headers"])
        if refusal is not None:
            headers, body = refusal
            start = {"type": "http.response.start", "status": self._places.status}
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        place = ExitStack()
        with place:
            self._places.taken += 1
            place.callback(self._places.left)
            # A stream goes on for hours, and computes nothing by itself.
            scope[LEAVE] = place.close
            await self.app(scope, self._received(receive), send)

    def _received(self, receive: Receive) -> Receive:
        whole = False

        async def received() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            self._places.taken -= 1
            try:
                message = await receive()
            finally:
                self._places.taken += 1
            whole = not message.get("more_body", False)
            return message

        return received
