"""uvicorn's protocols, which give streams a hand on their connection."""

import logging

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from gateway.cli.connections import Connection
from gateway.live.line import LINE, Line

# Seconds that a client has to answer a close.
CLOSING = 1.0

# Our own line in the log says more than that a connection opened and closed.
_quiet = logging.getLogger(__name__)
_quiet.setLevel(logging.WARNING)


class Http(Connection):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {LINE: Line(self.transport)}  # type: ignore[dict-item]  # ASGI's own are dicts

    def shutdown(self) -> None:
        super().shutdown()
        if not self.may_go:
            Line.of(self.cycle.scope).end()  # type: ignore[arg-type]


class WebSocket(WebSocketsSansIOProtocol):
    line: Line | None = None

    def handle_connect(self, event: Request) -> None:
        self.logger = self.conn.logger = _quiet
        self.close_timeout = CLOSING
        super().handle_connect(event)
        if self.response.status_code == 101:  # noqa: PLR2004
            self.line = Line(self.transport)
            self.scope["extensions"][LINE] = self.line  # type: ignore[assignment]

    def keepalive_timeout(self) -> None:
        # It takes nothing: it would not take the rest either. And no farewell, for uvicorn's is
        # 1011: a computer that slept would find it on waking, and graphql-ws not come back.
        self.transport.abort()

    def shutdown(self) -> None:
        if self.line is None or not self.line.end():
            super().shutdown()
