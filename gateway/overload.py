"""Under overload: a few requests at once, and the others are told at once to come back."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.access import ENTER, LEAVE
from gateway.errors import GatewayError, UnavailableError
from gateway.log import logger

# Under which name the lifespan's state has the places.
PLACES = "places"
# How the service fares is told whatever it has to do.
ALWAYS = (b"/health/", b"/metrics")
GRAPHQL_JSON = b"application/graphql-response+json"

Headers = list[tuple[bytes, bytes]]

_log = logger(__name__)


class Room:
    """Of `most` places so many are taken."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    @property
    def full(self) -> bool:
        return self.taken >= self.most


class Place:
    """One of a room's places, taken for a block, or until it is left sooner."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def __enter__(self) -> Self:
        self._taken = True
        self._room.taken += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        if self._taken:
            self._taken = False
            self._room.taken -= 1


class Places:
    """For `most` requests. What comes when all are taken is answered with the error.

    `bodies` are the paths' own forms of it. So many `handshakes` of WebSockets may go on that have
    not shown their token: they wait for their clients, and would fill the house.
    """

    def __init__(
        self, most: int, handshakes: int, error: GatewayError, bodies: Mapping[str, bytes]
    ) -> None:
        self.requests = Room(most)
        self.handshakes = Room(handshakes)
        self.refused = 0
        self.status = error.status
        self._headers = [
            (name.lower().encode(), text.encode()) for name, text in error.headers.items()
        ]
        self._body = orjson.dumps({"error": error.message})
        self._bodies = {path.encode(): body for path, body in bodies.items()}
        self._logged = 0

    def refusal(
        self, path: bytes, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[Headers, bytes] | None:
        """Headers and body, if the request of these has no place."""
        if not self.requests.full or path.startswith(ALWAYS):
            return None
        return self._told(path, headers)

    def handshake_refusal(self) -> tuple[Headers, bytes] | None:
        """The same for a WebSocket's handshake."""
        return self._told(b"", ()) if self.handshakes.full else None

    def _told(self, path: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[Headers, bytes]:
        self._count()
        body = self._bodies.get(path, self._body)
        accept = next((value for name, value in headers if name == b"accept"), b"")
        content_type = GRAPHQL_JSON if GRAPHQL_JSON in accept else b"application/json"
        own = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        return [*self._headers, *own], body

    @contextmanager
    def entered(self) -> Iterator[None]:
        """A place for what comes over a stream; UnavailableError if there is none."""
        if self.requests.full:
            self._count()
            raise UnavailableError
        with Place(self.requests):
            yield

    def _count(self) -> None:
        # A line for each would take longer than the refusal.
        if self.refused == self._logged:
            asyncio.get_running_loop().call_later(1, self._tell)
        self.refused += 1

    def _tell(self) -> None:
        refused = self.refused - self._logged
        _log.warning("requests refused: too many at once", requests=refused)
        self._logged = self.refused


class Overload:
    """Gives requests their places, and refuses, before anything is read or looked up, those that
    find none.

    Who is still sending a body has none yet: slow senders keep nobody out.
    """

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self.app = app
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("raw_path") or scope.get("path", "").encode()
        if scope["type"] == "http":
            refusal = self._places.refusal(path, scope["headers"])
            room, start = self._places.requests, "http.response"
            receive = self._received(receive)
        elif scope["type"] == "websocket":
            refusal = self._places.handshake_refusal()
            room, start = self._places.handshakes, "websocket.http.response"
        else:
            await self.app(scope, receive, send)
            return
        if refusal is not None:
            headers, body = refusal
            status = self._places.status
            await send({"type": f"{start}.start", "status": status, "headers": headers})
            await send({"type": f"{start}.body", "body": body})
            return
        with Place(room) as place:
            # A stream goes on for hours, and computes nothing by itself.
            scope[LEAVE] = place.leave
            scope[ENTER] = self._places.entered
            await self.app(scope, receive, send)

    def _received(self, receive: Receive) -> Receive:
        whole = False

        async def received() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            self._places.requests.taken -= 1
            try:
                message = await receive()
            finally:
                self._places.requests.taken += 1
            whole = not message.get("more_body", False)
            return message

        return received
