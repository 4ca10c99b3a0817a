"""`/graphql` as a WebSocket: the protocol graphql-transport-ws, and no other.

One task reads, one tells what the subscriptions have; a query is a task of its own.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.access import DOMAIN_HEADER, ENTER, LEAVE, admitted, snapshot_of, visitor_of
from gateway.errors import (
    BadRequestError,
    BadUserInputError,
    ForbiddenError,
    GatewayError,
    RateLimitedError,
    TooManyStreamsError,
    UnauthenticatedError,
)
from gateway.graphql import failures
from gateway.graphql.messages import CloseCode, CloseError, Received, next_of, received, text_of
from gateway.graphql.questions import question_in
from gateway.graphql.running import Asked, Runner, errors_of
from gateway.live.hub import Hub
from gateway.live.line import Line
from gateway.live.streams import EndedError, Stream, Subscription
from gateway.log import logger
from gateway.settings import Settings
from gateway.telemetry import work

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 5
# For a close to leave, where the client is slow.
CLOSING_SECONDS = 1
SAID_IN_INIT = ("authorization", DOMAIN_HEADER.lower())
# What another try with the same token would not change.
FOR_GOOD = (UnauthenticatedError, ForbiddenError, BadUserInputError)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_log = logger(__name__)


async def serve(
    websocket: WebSocket, runner: Runner, settings: Settings, turns: asyncio.Semaphore
) -> None:
    """One WebSocket, from its handshake to its close. Tokens are looked at in turns."""
    if not _is_welcome(websocket.headers, settings.origins):
        error = "This origin may not connect: see GATEWAY_CORS_ORIGINS."
        await websocket.send_denial_response(JSONResponse({"error": error}, 403))
        return
    if PROTOCOL not in websocket.scope["subprotocols"]:
        await websocket.accept()
        await websocket.close(
            CloseCode.UNACCEPTABLE_SUBPROTOCOL, f"Subprotocol not acceptable: ask for {PROTOCOL}."
        )
        return
    await websocket.accept(PROTOCOL)
    await Connection(websocket, runner, settings, turns).carry()


def _is_welcome(headers: Headers, origins: Sequence[str]) -> bool:
    """Whether a page of that origin may connect. Programs have none; tokens are not cookies, but
    a page should not be able to try some.
    """
    origin = headers.get("origin")
    if origin is None or origin in origins or "*" in origins:
        return True
    scheme, separator, place = origin.partition("://")
    return bool(separator) and _full(place, scheme) == _full(headers.get("host", ""), scheme)


def _full(place: str, scheme: str) -> str:
    """A host and its port, which may be left out where it is the scheme's own."""
    return place.lower().removesuffix(DEFAULT_PORTS.get(scheme.lower(), ""))


def _headers_in(payload: Mapping[str, Any]) -> Mapping[bytes, bytes]:
    """What connection_init says in place of headers, which a browser's WebSocket cannot send."""
    nested = payload.get("headers")
    said = {**payload, **nested} if isinstance(nested, dict) else payload
    return {
        name.lower().encode(): value.encode(errors="replace")
        for name, value in said.items()
        if name.lower() in SAID_IN_INIT and isinstance(value, str)
    }


class Connection:
    """An accepted WebSocket."""

    def __init__(
        self, websocket: WebSocket, runner: Runner, settings: Settings, turns: asyncio.Semaphore
    ) -> None:
        self._websocket = websocket
        self._turns = turns
        self._runner = runner
        self._hub: Hub = websocket.app.state.hub
        self._settings = settings
        self._scope: dict[str, Any] = {}
        self._operations: dict[str, Subscription | asyncio.Task[None]] = {}
        self._ids: dict[Subscription, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def carry(self) -> None:
        """Until one of both ends it."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid4().hex)
        line = Line.of(self._websocket.scope)
        line.carry(partial(self._end, CloseError(CloseCode.GOING_AWAY, "Connect again.")))
        self._start(self._read())
        try:
            reason = await self._over
        finally:
            for task in tuple(self._tasks):
                task.cancel()
        _log.info("websocket", path="/graphql", code=await self._closed(line, reason))

    def _start(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._end(error)

    def _end(self, reason: BaseException) -> None:
        if not self._over.done():
            self._over.set_result(reason)

    async def _closed(self, line: Line, reason: BaseException) -> int:
        """Close it for that reason; with which code it is closed."""
        if isinstance(reason, WebSocketDisconnect):
            return reason.code
        if not isinstance(reason, CloseError):
            reason = CloseError(CloseCode.NOT_NOW, failures.unexpected(reason).message)
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._websocket.close(reason.code, reason.reason)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):  # the last: it is closed already
            line.cut()
        return reason.code

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                payload = await self._init_payload()
        except TimeoutError:
            raise CloseError(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout") from None
        stream = await self._admitted(payload)
        self._websocket.scope[LEAVE]()
        try:
            await self._send(text_of("connection_ack"))
            self._start(self._tell(stream))
            while True:
                await self._take(await self._received(), stream)
        finally:
            stream.close()

    async def _received(self) -> Received:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return received(message.get("text"))

    async def _send(self, text: str) -> None:
        await self._websocket.send_text(text)

    async def _init_payload(self) -> Mapping[str, Any]:
        while True:
            message = await self._received()
            if message.kind == "connection_init":
                return message.payload or {}
            if message.kind == "subscribe":
                raise CloseError(
                    CloseCode.UNAUTHORIZED, "Unauthorized: send connection_init first."
                )
            if message.kind == "ping":
                await self._send(text_of("pong", payload=message.payload))

    async def _admitted(self, payload: Mapping[str, Any]) -> Stream:
        scope, given = self._websocket.scope, _headers_in(payload)
        kept = [(name, value) for name, value in scope["headers"] if name not in given]
        # To the rest of the gateway each operation is a request.
        headers = [*kept, *given.items()]
        self._scope = {**scope, "type": "http", "method": "POST", "headers": headers}
        try:
            async with self._turns:
                return self._hub.open(await admitted(self._request()))
        except GatewayError as error:
            self._observe_refusal(error)
            code = CloseCode.FORBIDDEN if isinstance(error, FOR_GOOD) else CloseCode.NOT_NOW
            raise CloseError(code, error.message) from error

    def _observe_refusal(self, error: GatewayError) -> None:
        with work.observed("socket", self._hub.observe) as done:
            client = self._websocket.client
            done.address = client.host if client else ""
            failures.note(errors_of(error))

    def _request(self) -> Request:
        return Request(dict(self._scope))

    async def _take(self, message: Received, stream: Stream) -> None:
        if message.kind == "connection_init":
            raise CloseError(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        if message.kind == "complete":
            self._complete(message.operation_id)
            return
        request = self._request()
        try:
            await visitor_of(request)  # and count it
        except UnauthenticatedError as error:
            raise CloseError(CloseCode.FORBIDDEN, error.message) from error
        except RateLimitedError as error:
            if message.kind != "subscribe":
                raise CloseError(CloseCode.FLOODED, error.message) from error
            await self._send_error(message.operation_id, error)
            return
        if message.kind == "ping":
            await self._send(text_of("pong", payload=message.payload))
        elif message.kind == "subscribe":
            await self._subscribe(message, stream, request)

    async def _subscribe(self, message: Received, stream: Stream, request: Request) -> None:
        operation_id = message.operation_id
        if operation_id in self._operations:
            reason = f"Subscriber for {operation_id} already exists"
            raise CloseError(CloseCode.DUPLICATE_ID, reason)
        try:
            question = question_in(message.payload)
        except BadRequestError as error:
            raise CloseError(CloseCode.INVALID_MESSAGE, error.message) from error
        try:
            most = self._settings.live_per_connection
            if len(self._operations) >= most:
                raise TooManyStreamsError(f"A connection carries {most} operations at most.")
            document = self._runner.at_hand(question) or await self._runner.document(question)
            asked = self._runner.asked(document, question)
            if asked.operation.live:
                self._follow(operation_id, asked, stream)
            else:
                self._operations[operation_id] = self._start(
                    self._answer(operation_id, asked, request)
                )
        except GatewayError as error:
            self._observe_refusal(error)
            await self._send_error(operation_id, error)

    def _follow(self, operation_id: str, asked: Asked, stream: Stream) -> None:
        subscription = stream.subscribe(asked.known_as, partial(self._runner.told, asked))
        self._operations[operation_id] = subscription
        self._ids[subscription] = operation_id

    async def _answer(self, operation_id: str, asked: Asked, request: Request) -> None:
        """A query's only answer."""
        try:
            with self._websocket.scope[ENTER](), work.observed("socket", self._hub.observe):
                answer = await self._runner.told(asked, partial(snapshot_of, request))
        except GatewayError as error:
            await self._send_error(operation_id, error)
        else:
            await self._send(next_of(operation_id, answer.body))
            await self._send(text_of("complete", operation_id))
        self._operations.pop(operation_id, None)

    async def _tell(self, stream: Stream) -> None:
        """Send what the subscriptions have; while the client is slow, only the newest waits."""
        while True:
            try:
                subscription, found = await stream.next()
            except EndedError as error:
                message = error.reason.message if error.reason else ""
                raise CloseError(CloseCode.FORBIDDEN, message) from error
            operation_id = self._ids[subscription]
            if isinstance(found, GatewayError):
                self._complete(operation_id)
                await self._send_error(operation_id, found)
            else:
                await self._send(next_of(operation_id, found.body))

    def _complete(self, operation_id: str) -> None:
        found = self._operations.pop(operation_id, None)
        if isinstance(found, Subscription):
            del self._ids[found]
            found.close()
        elif found is not None:
            found.cancel()

    async def _send_error(self, operation_id: str, error: GatewayError) -> None:
        await self._send(text_of("error", operation_id, errors_of(error)))
