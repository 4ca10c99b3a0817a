"""Clients' connections: a limited number, and none waits for ever for a client's next byte."""

import asyncio
import contextlib
from typing import Any, NamedTuple, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.overload import PLACES, Headers, Places
from gateway.settings import Settings

# The largest head of a request; the parser by itself knows no limit.
LARGEST_HEAD = 65_536
# After the application gave up waiting for a body it still has its say.
GRACE = 1.0
# When the server ends: a client that is just about to ask again still gets its answer.
LINGER = 0.5
MESSAGES = {
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}


class _Refused:
    """In the place of uvicorn's cycle of a request: it is answered, what still comes is skipped."""

    response_complete = True
    message_event = asyncio.Event()


REFUSED = _Refused()


class Patience(NamedTuple):
    """Seconds for a request's head, its body and what is sent; and how many connections may be."""

    head: float
    body: float
    sending: float
    connections: int


class Config(uvicorn.Config):
    """uvicorn's, with our patience: it goes with it to every process."""

    def __init__(self, app: Any, settings: Settings, **options: Any) -> None:
        super().__init__(
            app,
            http="gateway.cli.protocols:Http",
            ws="gateway.cli.protocols:WebSocket",
            timeout_keep_alive=settings.keep_alive_timeout,
            **options,
        )
        self.patience = Patience(
            settings.head_timeout,
            settings.request_timeout + GRACE,
            settings.send_timeout,
            settings.max_connections,
        )


class Connection(HttpToolsProtocol):
    """One client's connection. uvicorn ends it when it idles between requests; this does when it
    is slow to send a request or to take an answer.
    """

    config: Config
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._deadline: asyncio.TimerHandle | None = None
        self._sending: asyncio.TimerHandle | None = None
        self._ending = self._under_way = False
        self._in_head = True
        self._head_size = 0
        self._patience = self.config.patience
        if len(self.connections) > self._patience.connections and not self._make_room():
            self._refuse(503)
            return
        self._expect(self._patience.head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        self._stop_sending()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > LARGEST_HEAD:
            self._refuse(431)
        elif self.may_go and self._deadline is self.timeout_keep_alive_task is None:
            # Bytes that begin nothing do not keep a connection alive.
            self._expect(self._patience.head)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect(self._patience.head)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._expect(self._patience.body)
        if self._refused():
            return
        self._under_way = True
        super().on_headers_complete()
        if self._ending and not self.parser.should_upgrade():
            self._be_the_last()

    def on_message_complete(self) -> None:
        self._in_head, self._head_size = True, 0
        self._expect(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._under_way = bool(self.pipeline)
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        self._expect(None)
        self._stop_sending()
        places: Places | None = self.app_state.get(PLACES)
        if places is not None and (refusal := places.handshake_refusal()):
            self._answer(places.status, *refusal, staying=False)
            return
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._sending is None:
            self._sending = self.loop.call_later(self._patience.sending, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_sending()

    def shutdown(self) -> None:
        # Who asks now is answered, and told that this was the last time.
        self._ending = True
        if self._under_way:
            self._be_the_last()
        else:
            self.loop.call_later(LINGER, self._leave)

    def _be_the_last(self) -> None:
        """After the request that came last the connection ends, and the client knows it."""
        self.cycle.keep_alive = False
        self.cycle.default_headers = [*self.cycle.default_headers, (b"connection", b"close")]

    def _refused(self) -> bool:
        """Whether the request was answered here, because there is no place for it. The application
        would say the same, but ten times as many refusals should not cost what the answers cost.
        """
        places: Places | None = self.app_state.get(PLACES)
        if places is None or not places.requests.full:
            return False
        if self._under_way or self.parser.should_upgrade():
            return False
        refusal = places.refusal(self.url.partition(b"?")[0], self.headers)
        if refusal is None:
            return False
        self.cycle = cast("Any", REFUSED)
        staying = self.parser.should_keep_alive() and not self._ending
        self._answer(places.status, *refusal, staying=staying)
        return True

    def _answer(self, status: int, headers: Headers, body: bytes, *, staying: bool) -> None:
        if not staying:
            headers.append((b"connection", b"close"))
        lines = [b"%b: %b" % line for line in (*self.server_state.default_headers, *headers)]
        first = b"HTTP/1.1 %d %b" % (status, MESSAGES[status])
        shown = b"" if self.parser.get_method() == b"HEAD" else body
        self.transport.write(b"\r\n".join([first, *lines, b"", shown]))
        if staying:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    @property
    def may_go(self) -> bool:
        return not self._under_way and not self.transport.is_closing()

    def _leave(self) -> None:
        if not self._under_way:
            self.transport.close()

    def _make_room(self) -> bool:
        """End a connection on which no request is under way, if there is one."""
        for other in self.connections:
            if isinstance(other, Connection) and other is not self and other.may_go:
                other.transport.abort()
                return True
        return False

    def _expect(self, seconds: float | None) -> None:
        """Give the client so long for what it has to send next."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        self._deadline = None
        if self.flow.read_paused:
            # It is we who do not listen.
            self._expect(self._patience.body)
        elif self._in_head and self._head_size and not self._under_way:
            self._refuse(408)
        else:
            self.transport.abort()

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _refuse(self, status: int) -> None:
        self._expect(None)
        message = MESSAGES[status]
        with contextlib.suppress(OSError):
            self.transport.write(
                b"HTTP/1.1 %d %b\r\nretry-after: 1\r\nconnection: close\r\n"
                b"content-type: text/plain\r\ncontent-length: %d\r\n\r\n%b"
                % (status, message, len(message), message)
            )
        self.transport.close()
