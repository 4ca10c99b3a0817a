"""`/graphql`: request, document, execution, bytes."""

import asyncio

from graphql import ExecutionResult
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.access import admitted, admitted_as, ended_by_leaving, snapshot_of, visitor_of
from gateway.answers import Answer
from gateway.errors import (
    BadRequestError,
    GatewayError,
    NotAcceptableError,
    NotAStreamError,
    QueryTimeoutError,
    RequestTimeoutError,
    UnauthenticatedError,
)
from gateway.graphql import failures, websocket
from gateway.graphql.documents import Document
from gateway.graphql.events import EventStream
from gateway.graphql.heavy import Turn
from gateway.graphql.negotiation import Accepted, accepted
from gateway.graphql.questions import (
    Question,
    check_address,
    check_preflight,
    posted,
    question_of,
)
from gateway.graphql.responses import finished, refused, rendered, sent
from gateway.graphql.running import Asked, NotRunError, Runner, introspected
from gateway.live.hub import Hub
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics


class View:
    """`/graphql`: POST and GET, event streams and WebSockets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runner = Runner(settings)
        # However many sockets come at once, requests find connections to the database.
        self._turns = asyncio.Semaphore(max(1, settings.pool_size // 2))

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/graphql", self, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", self.carry),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def carry(self, socket: WebSocket) -> None:
        await websocket.serve(socket, self._runner, self._settings, self._turns)

    def measured_by(self, metrics: Metrics) -> None:
        self._runner.measured_by(metrics)

    async def answer(self, request: Request) -> Response:
        if self._settings.graphiql and _is_visit(request):
            return RedirectResponse("/graphiql", 303, {"Vary": "Accept"})
        try:
            wanted = accepted(request.headers.get("accept", ""))
        except NotAcceptableError as error:
            return refused(error)
        try:
            async with asyncio.timeout(self._settings.request_timeout) as deadline:
                return await self._received(request, deadline, wanted)
        except TimeoutError:
            failure: GatewayError = QueryTimeoutError()
        except NotRunError as error:
            return rendered(error.errors, error.cause.status, wanted.media_type)
        except GatewayError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  # the log has it, the client its id
            failure = failures.unexpected(error)
        return refused(failure, wanted.media_type)

    async def _received(
        self, request: Request, deadline: asyncio.Timeout, wanted: Accepted
    ) -> Response:
        check_address(request)
        anonymous = (
            self._settings.introspection == "open" and "authorization" not in request.headers
        )
        if not anonymous:
            # Who shows no token is not listened to; and no connection waits for a slow body.
            await visitor_of(request)
        check_preflight(request)
        try:
            body = await posted(request, self._settings.max_body)
        except asyncio.CancelledError:
            if deadline.expired():
                raise RequestTimeoutError from None
            raise
        with ended_by_leaving(request, deadline):
            if anonymous:
                return await self._introspected(request, body, wanted.media_type)
            return await self._answered(request, body, wanted)

    async def _answered(self, request: Request, body: bytes | None, wanted: Accepted) -> Response:
        question, document = self._at_hand(request, body)
        by_get = request.method != "POST"
        if question is not None and document is None and self._runner.is_long(question):
            # It is not read for who has no good token, nor while a connection waits for it.
            await admitted(request)
            document = await self._runner.document(question, by_get=by_get)
        with self._runner.turn() as turn:
            asked = None
            if question is not None and document is not None:
                asked = await self._waited_first(request, document, question, turn)
            while True:
                async with snapshot_of(request) as snapshot:
                    question = question or question_of(request, body)
                    if document is None:
                        document = await self._runner.document(question, by_get=by_get)
                    asked = asked or self._runner.asked(document, question)
                    if asked.operation.live:
                        return self._stream(request, asked, wanted)
                    found = await self._runner.found(asked, snapshot, turn)
                    if isinstance(found, Answer):
                        return sent(request, found, wanted.media_type)
                    if isinstance(found, ExecutionResult):
                        return finished(found, wanted.media_type, self._settings.max_errors)
                # Whoever waits holds no connection meanwhile, and looks again afterwards.
                await found

    async def _waited_first(
        self, request: Request, document: Document, question: Question, turn: Turn
    ) -> Asked | None:
        """What is asked, once it has waited if it has to; None if that is still to be seen."""
        visitor = await visitor_of(request)
        if not visitor.known:
            return None
        try:
            asked = self._runner.asked(document, question)
        except NotRunError:
            # What is wrong with it is told who shows a good token.
            return None
        if not asked.operation.live:
            await self._runner.wait_first(asked, turn)
        return asked

    def _stream(self, request: Request, asked: Asked, wanted: Accepted) -> Response:
        if not wanted.streams:
            raise NotAStreamError
        hub: Hub = request.app.state.hub
        return EventStream(hub, self._runner, self._settings, admitted_as(request), asked)

    async def _introspected(
        self, request: Request, body: bytes | None, media_type: str
    ) -> Response:
        """The answer to nobody."""
        question = question_of(request, body)
        by_get = request.method != "POST"
        document = await self._runner.document(question, suggesting=False, by_get=by_get)
        asked = self._runner.asked(document, question)
        if not asked.operation.shape.introspective:
            raise UnauthenticatedError
        result = await introspected(asked)
        return finished(result, media_type, self._settings.max_errors)

    def _at_hand(
        self, request: Request, body: bytes | None
    ) -> tuple[Question | None, Document | None]:
        """The question and its document, if that is known already."""
        try:
            question = question_of(request, body)
            return question, self._runner.at_hand(question)
        except BadRequestError:
            return None, None


def _is_visit(request: Request) -> bool:
    """Whether a browser opens the address, rather than a program that asks a question."""
    if request.method == "POST" or "text/html" not in request.headers.get("accept", ""):
        return False
    return not {"query", "documentId", "extensions"} & request.query_params.keys()
