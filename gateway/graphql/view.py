"""`/graphql`: request, document, execution, bytes."""

import asyncio

from graphql import ExecutionResult
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.access import admitted, ended_by_leaving, snapshot_of, visitor_of
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
from gateway.graphql import failures
from gateway.graphql.documents import Document
from gateway.graphql.negotiation import JSON, accepted
from gateway.graphql.questions import (
    Question,
    check_address,
    check_preflight,
    posted,
    question_of,
)
from gateway.graphql.responses import finished, rendered, sent
from gateway.graphql.running import NotRunError, Runner, introspected
from gateway.settings import Settings


class View:
    """`/graphql`, POST and GET."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runner = Runner(settings)

    def routes(self) -> list[BaseRoute]:
        return [Route("/graphql", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        if self._settings.graphiql and _is_visit(request):
            return RedirectResponse("/graphiql", 303, {"Vary": "Accept"})
        try:
            media_type = accepted(request.headers.get("accept", ""))
        except NotAcceptableError as error:
            return rendered([failures.of_gateway(error)], error.status, JSON, error.headers)
        try:
            async with asyncio.timeout(self._settings.request_timeout) as deadline:
                return await self._received(request, deadline, media_type)
        except TimeoutError:
            failure: GatewayError = QueryTimeoutError()
        except NotRunError as error:
            status = 200 if media_type == JSON else error.cause.status
            return rendered(error.errors, status, media_type)
        except GatewayError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  # the log has it, the client its id
            failure = failures.unexpected(error)
        return rendered([failures.of_gateway(failure)], failure.status, media_type, failure.headers)

    async def _received(
        self, request: Request, deadline: asyncio.Timeout, media_type: str
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
        async with ended_by_leaving(request, deadline):
            if anonymous:
                return await self._introspected(request, body, media_type)
            return await self._answered(request, body, media_type)

    async def _answered(self, request: Request, body: bytes | None, media_type: str) -> Response:
        question, document = self._at_hand(request, body)
        by_get = request.method != "POST"
        if question is not None and document is None and self._runner.is_long(question):
            # It is not read for who has no good token, nor while a connection waits for it.
            await admitted(request)
            document = await self._runner.document(question, by_get=by_get)
        with self._runner.turn() as turn:
            while True:
                async with snapshot_of(request) as snapshot:
                    question = question or question_of(request, body)
                    if document is None:
                        document = await self._runner.document(question, by_get=by_get)
                    asked = self._runner.asked(document, question)
                    if asked.operation.live:
                        raise NotAStreamError
                    found = await self._runner.found(asked, snapshot, turn)
                    if isinstance(found, Answer):
                        return sent(request, found, media_type)
                    if isinstance(found, ExecutionResult):
                        return finished(found, media_type, self._settings.max_errors)
                # Whoever waits holds no connection meanwhile, and looks again afterwards.
                await found

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
    asking = {"query", "documentId", "extensions"} & request.query_params.keys()
    return (
        request.method != "POST" and not asking and "text/html" in request.headers.get("accept", "")
    )
