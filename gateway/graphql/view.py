"""The HTTP view: request, document, execution, bytes."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import orjson
import structlog
from graphql import ExecutionResult, Executor, execute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.access import (
    admitted,
    ended_by_leaving,
    snapshot_of,
    visitor_of,
)
from gateway.answers import Answer, Answers, Key
from gateway.errors import (
    BadRequestError,
    DocumentNotTrustedError,
    GatewayError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotAStreamError,
    PersistedQueryNotFoundError,
    QueryTimeoutError,
    RequestTimeoutError,
    UnauthenticatedError,
)
from gateway.graphql import context, failures
from gateway.graphql.documents import (
    Document,
    Documents,
    InvalidDocumentError,
    Operation,
    hash_of,
    is_mutation,
)
from gateway.graphql.executor import FastExecutor
from gateway.graphql.heavy import Heavy, Turn
from gateway.graphql.negotiation import JSON, accepted
from gateway.graphql.questions import (
    Question,
    check_address,
    check_preflight,
    posted,
    question_of,
)
from gateway.graphql.responses import finished, rendered, sent
from gateway.graphql.schema import SCHEMA
from gateway.graphql.trusted import Trusted
from gateway.settings import Settings
from gateway.store.database import Snapshot


class Asked(NamedTuple):
    """What is to be run."""

    document: Document
    operation: Operation
    cost: int
    question: Question


class NotRunError(GatewayError):
    """A well-formed request's operation cannot run."""

    def __init__(self, cause: GatewayError) -> None:
        super().__init__(cause.message)
        self.cause = cause
        self.errors = (
            [failures.of_document(each, cause.reason) for each in cause.errors]
            if isinstance(cause, InvalidDocumentError)
            else [failures.of_gateway(cause)]
        )


@contextmanager
def _not_run() -> Iterator[None]:
    try:
        yield
    except GatewayError as error:
        raise NotRunError(error) from error


class MutationByGetError(MethodNotAllowedError):
    """A GET changes nothing: send a mutation by POST."""

    def __init__(self) -> None:
        super().__init__("POST")
        self.message = str(self.__doc__)


class View:
    """`/graphql`, POST and GET."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._documents = Documents(SCHEMA, settings)
        self._trusted = Trusted(settings, self._documents)
        self._answers = Answers(settings.kept_answers)
        self._heavy = Heavy(settings)
        self._executor = FastExecutor if settings.executor == "fast" else None

    def routes(self) -> list[Route]:
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
        if question is not None and document is None and self._documents.is_long(question.query):
            # It is not read for who has no good token, nor while a connection waits for it.
            await admitted(request)
            document = await self._document(request, question, suggesting=True)
        with self._heavy.turn() as turn:
            while True:
                async with snapshot_of(request) as snapshot:
                    question = question or question_of(request, body)
                    if document is None:
                        document = await self._document(request, question, suggesting=True)
                    asked = self._measured(document, question)
                    found = await self._found(asked, snapshot, turn)
                    if isinstance(found, Answer):
                        return sent(request, found, media_type)
                    if isinstance(found, ExecutionResult):
                        return finished(found, media_type, self._settings.max_errors)
                # Whoever waits holds no connection meanwhile, and looks again afterwards.
                await found

    async def _found(
        self, asked: Asked, snapshot: Snapshot, turn: Turn
    ) -> Answer | ExecutionResult | Awaitable[None]:
        """The answer, kept or computed; a result with errors; or what has to be waited for."""
        key = _answer_key(asked, snapshot)
        found = self._answers.look(key, snapshot.now)
        if found is not None:
            return found
        if not await turn.given(asked.cost):
            return turn.wait()
        with self._answers.computing(key):
            operation = context.Operation(snapshot, self._settings)
            result = await _executed(asked, operation, self._executor)
            if result.errors:
                return result
            answer = Answer(orjson.dumps({"data": result.data}))
            self._answers.keep(key, answer, snapshot)
        return answer

    async def _introspected(
        self, request: Request, body: bytes | None, media_type: str
    ) -> Response:
        """The answer to nobody: about the schema only, and without the database."""
        question = question_of(request, body)
        document = await self._document(request, question, suggesting=False)
        asked = self._measured(document, question)
        if not asked.operation.shape.introspective:
            raise UnauthenticatedError
        result = await _executed(asked, None, None)
        return finished(result, media_type, self._settings.max_errors)

    def _measured(self, document: Document, question: Question) -> Asked:
        """The operation that is asked for, if it may run."""
        with _not_run():
            operation = document.operation(question.operation_name)
            cost = self._documents.check_cost(operation, question.variables)
        if operation.live:
            raise NotAStreamError
        named = {"operation": operation.name} if operation.name else {}
        structlog.contextvars.bind_contextvars(cost=cost, **named)
        return Asked(document, operation, cost, question)

    def _at_hand(
        self, request: Request, body: bytes | None
    ) -> tuple[Question | None, Document | None]:
        """The question and its document, if that is known already."""
        try:
            question = question_of(request, body)
            key = _key(question)
        except BadRequestError:
            return None, None
        trusted = self._trusted.document(key)
        if trusted is not None or self._settings.trusted_only:
            return question, trusted
        return question, self._documents.kept(key)

    async def _document(
        self, request: Request, question: Question, *, suggesting: bool
    ) -> Document:
        key = _key(question)
        found = self._trusted.document(key)
        if found is None and self._settings.trusted_only:
            if question.query is not None:
                raise DocumentNotTrustedError
        elif found is None:
            found = self._documents.kept(key)
        if found is not None:
            return found
        with _not_run():
            if question.query is None:
                raise PersistedQueryNotFoundError
        if request.method != "POST" and is_mutation(
            question.query, question.operation_name, self._settings.max_tokens
        ):
            raise MutationByGetError
        with _not_run():
            return await self._documents.read(question.query, suggesting=suggesting)


def _answer_key(asked: Asked, snapshot: Snapshot) -> Key:
    variables: object
    try:
        variables = orjson.dumps(asked.question.variables or {}, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # nested too deeply: like no other
        variables = object()
    return Key.of((asked.document.text, asked.operation.name, variables), snapshot)


def _key(question: Question) -> str:
    """What the document is known by. A hash that comes with a text must be the text's."""
    if question.query is None:
        return str(question.document_id).removeprefix("sha256:")
    key = hash_of(question.query)
    if question.given_hash not in {None, key}:
        raise BadRequestError("provided sha does not match query")
    return key


async def _executed(
    asked: Asked, operation: context.Operation | None, executor: type[Executor[Any]] | None
) -> ExecutionResult:
    result = execute(
        SCHEMA,
        asked.document.node,
        context_value=operation,
        variable_values=asked.question.variables,
        operation_name=asked.operation.name,
        hide_suggestions=operation is None,
        executor_class=executor,
    )
    return result if isinstance(result, ExecutionResult) else await result


def _is_visit(request: Request) -> bool:
    """Whether a browser opens the address, rather than a program that asks a question."""
    asking = {"query", "documentId", "extensions"} & request.query_params.keys()
    return (
        request.method != "POST" and not asking and "text/html" in request.headers.get("accept", "")
    )
