"""GraphQL over server-sent events: "distinct connections mode" of the graphql-sse protocol.

One request asks one question; each answer is a `next` event, `complete` is the last. Whoever has
enough closes the connection.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial

import orjson
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gateway.access import LEAVE, Admitted
from gateway.errors import GatewayError
from gateway.graphql.negotiation import EVENT_STREAM
from gateway.graphql.responses import COMPLETE, event, refused
from gateway.graphql.running import Asked, Runner, errors_of
from gateway.live.hub import Hub
from gateway.live.line import Line
from gateway.live.streams import EndedError, Stream
from gateway.settings import Settings
from gateway.telemetry import work

# A proxy should pass on each event, and keep none.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
ALIVE = b":\n\n"


class EventStream(Response):
    """The answers to a subscription, for as long as the client listens."""

    def __init__(
        self, hub: Hub, runner: Runner, settings: Settings, admitted: Admitted, asked: Asked
    ) -> None:
        super().__init__(None, 200, HEADERS, f"{EVENT_STREAM}; charset=utf-8")
        del self.headers["content-length"]
        self._settings = settings
        self._open = partial(hub.open, admitted)
        self._subscribe = partial(
            Stream.subscribe, question=asked.known_as, ask=partial(runner.told, asked)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            stream = self._open()
        except GatewayError as error:
            await refused(error)(scope, receive, send)
            return
        scope[LEAVE]()
        work.current().ended = time.perf_counter()
        line = Line.of(scope)
        line.carry(stream.end)
        leaving = asyncio.create_task(_end_when_left(stream, receive))
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await self._send(send, start)
            async for part in self._parts(stream):
                await self._send(send, _body(part, more=True))
            await self._send(send, _body(b"", more=False))
        except TimeoutError:
            line.cut()
        finally:
            leaving.cancel()
            stream.close()

    async def _parts(self, stream: Stream) -> AsyncIterator[bytes]:
        # Something, so that the client knows at once that the stream is open.
        yield ALIVE
        try:
            self._subscribe(stream)
            while True:
                try:
                    async with asyncio.timeout(self._settings.live_ping):
                        _, found = await stream.next()
                except TimeoutError:
                    yield ALIVE
                    continue
                if isinstance(found, GatewayError):
                    raise found
                yield event(found.body)
        except EndedError as end:
            if end.reason is not None:
                yield _errors(end.reason)
        except GatewayError as error:
            yield _errors(error)
        yield COMPLETE

    async def _send(self, send: Send, message: Message) -> None:
        """TimeoutError if the client does not take what was sent before."""
        async with asyncio.timeout(self._settings.live_patience):
            await send(message)


def _errors(error: GatewayError) -> bytes:
    return event(orjson.dumps({"errors": errors_of(error)}))


def _body(part: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": more}


async def _end_when_left(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()
