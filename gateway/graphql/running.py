"""From a question to its answer: what all ways of asking share."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, TypeAlias

import orjson
import structlog
from graphql import ExecutionResult, Executor, execute

from gateway.answers import Answer, Answers, Key
from gateway.errors import (
    BadRequestError,
    DocumentNotTrustedError,
    GatewayError,
    MethodNotAllowedError,
    PersistedQueryNotFoundError,
    QueryTimeoutError,
    UnavailableError,
)
from gateway.graphql import context, failures
from gateway.graphql.documents import (
    Document,
    Documents,
    InvalidDocumentError,
    Operation,
    is_mutation,
)
from gateway.graphql.executor import FastExecutor
from gateway.graphql.failures import Errors
from gateway.graphql.heavy import Heavy, Turn
from gateway.graphql.questions import Question
from gateway.graphql.schema import SCHEMA
from gateway.graphql.trusted import Trusted
from gateway.period import EVER
from gateway.settings import Settings
from gateway.store.snapshot import Snapshot
from gateway.telemetry import work
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.work import hash_of

Opened: TypeAlias = Callable[[], AbstractAsyncContextManager[Snapshot]]
# Of what does not hold for any time.
PASSING = (EVER[0], EVER[0])


class Asked(NamedTuple):
    """What is to be run."""

    document: Document
    operation: Operation
    cost: int
    question: Question

    @property
    def known_as(self) -> Hashable:
        """Equal questions are known as the same."""
        variables: object
        try:
            variables = orjson.dumps(self.question.variables or {}, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # nested too deeply: like no other
            variables = object()
        return (self.document.text, self.operation.name, variables)


class NotRunError(GatewayError):
    """A well-formed request's operation cannot run."""

    def __init__(self, cause: GatewayError, errors: Errors | None = None) -> None:
        super().__init__(cause.message)
        self.cause = cause
        self.errors: Errors = errors or (
            [failures.of_document(each, cause.reason) for each in cause.errors]
            if isinstance(cause, InvalidDocumentError)
            else [failures.of_gateway(cause)]
        )


class MutationByGetError(MethodNotAllowedError):
    """A GET changes nothing: send a mutation by POST."""

    def __init__(self) -> None:
        super().__init__("POST")
        self.message = str(self.__doc__)


class Runner:
    """A process's documents, its kept answers, and its executor."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._documents = Documents(SCHEMA, settings)
        self._trusted = Trusted(settings, self._documents)
        self._answers = Answers(settings.kept_answers)
        self._heavy = Heavy(settings)
        self._executor = FastExecutor if settings.executor == "fast" else None

    def measured_by(self, metrics: Metrics) -> None:
        heavy, answers = self._heavy, self._answers
        metrics.reading(
            "gateway_heavy_running", "Heavy operations that run.", lambda: heavy.running
        )
        metrics.reading(
            "gateway_heavy_waiting", "Heavy operations that wait for others.", lambda: heavy.waiting
        )
        metrics.reading(
            "gateway_heavy_refusals",
            "Heavy operations that were refused because too many waited.",
            lambda: heavy.refused,
            kind="counter",
        )
        metrics.reading(
            "gateway_kept_answers_bytes", "What kept answers take.", lambda: answers.size
        )

    def turn(self) -> Turn:
        """A request's turn among heavy ones."""
        return Turn(self._heavy)

    def at_hand(self, question: Question) -> Document | None:
        """The question's document, if it is known already."""
        key = _key(question)
        trusted = self._trusted.document(key)
        if trusted is not None or self._settings.trusted_only:
            return trusted
        return self._documents.kept(key)

    def is_long(self, question: Question) -> bool:
        """Whether reading the question takes so long that nobody should wait for it."""
        return self._documents.is_long(question.query)

    async def document(
        self, question: Question, *, suggesting: bool = True, by_get: bool = False
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
        if question.query is None:
            raise NotRunError(PersistedQueryNotFoundError())
        if by_get and is_mutation(
            question.query, question.operation_name, self._settings.max_tokens
        ):
            raise MutationByGetError
        try:
            return await self._documents.read(question.query, suggesting=suggesting)
        except GatewayError as error:
            raise NotRunError(error) from error

    def asked(self, document: Document, question: Question) -> Asked:
        """The operation that is asked for, if it may run."""
        try:
            operation = document.operation(question.operation_name)
            noted = self._noted(document, operation)
            cost = self._documents.check_cost(operation, question.variables)
        except GatewayError as error:
            raise NotRunError(error) from error
        named = {"operation": operation.name} if operation.name else {}
        structlog.contextvars.bind_contextvars(cost=cost, **named)
        noted.cost = cost
        return Asked(document, operation, cost, question)

    def _noted(self, document: Document, operation: Operation) -> work.Asked:
        """What is asked, whether or not it will run."""
        work.current().operation = asked = work.Asked(
            operation.node.operation.value,
            operation.name or "",
            self._trusted.label(document, operation),
            document.text,
        )
        return asked

    async def answer(self, asked: Asked, opened: Opened) -> Answer | ExecutionResult:
        """The answer, kept or computed; a result if it has errors."""
        with self.turn() as turn:
            await self.wait_first(asked, turn)
            while True:
                async with opened() as snapshot:
                    found = await self.found(asked, snapshot, turn)
                    if isinstance(found, Answer | ExecutionResult):
                        return found
                # Whoever waits holds no connection meanwhile, and looks again afterwards.
                await found

    async def wait_first(self, asked: Asked, turn: Turn) -> None:
        """Who would have to wait for others anyway does so before anything is opened, unless the
        answer may be at hand. Only for one whose token was good.
        """
        if turn.must_wait(asked.cost) and not self._answers.may_have(asked.known_as):
            await turn

    async def told(self, asked: Asked, opened: Opened) -> Answer:
        """The answer as it is told over a stream: with its errors, if there are some.

        UnavailableError: it cannot be told now. NotRunError: it never can.
        """
        self._noted(asked.document, asked.operation).cost = asked.cost
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                found = await self.answer(asked, opened)
            return found if isinstance(found, Answer) else self._with_errors(found)
        except TimeoutError:
            return _of_errors([failures.of_gateway(QueryTimeoutError())])
        except GatewayError as error:
            failures.note(errors_of(error))
            raise
        except Exception as error:  # noqa: BLE001  # the log has it, the client its id
            return _of_errors([failures.of_gateway(failures.unexpected(error))])

    def _with_errors(self, result: ExecutionResult) -> Answer:
        for error in result.errors or ():
            if isinstance(error.original_error, UnavailableError):
                raise error.original_error
        errors = failures.of_execution(result.errors or (), self._settings.max_errors)
        if failures.nothing_ran(result):
            raise NotRunError(BadRequestError(errors[0]["message"]), errors)
        return _of_errors(errors, data=result.data)

    async def found(
        self, asked: Asked, snapshot: Snapshot, turn: Turn
    ) -> Answer | ExecutionResult | Awaitable[None]:
        """The answer, or a result with errors; or what has to be waited for."""
        key = Key.of(asked.known_as, snapshot)
        found = self._answers.look(key, snapshot.now)
        done = work.current()
        if found is not None:
            done.kept = "shared" if done.kept or not isinstance(found, Answer) else "hit"
            return found
        done.kept = "miss"
        if not await turn.given(asked.cost):
            return turn
        with self._answers.computing(key):
            operation = context.Operation(snapshot, self._settings)
            try:
                result = await _executed(asked, operation, self._executor)
            finally:
                operation.close()
            if result.errors:
                return result
            body = orjson.dumps({"data": result.data})
            answer = Answer(body, snapshot.since, snapshot.until)
            self._answers.keep(key, answer, snapshot.now)
        return answer


async def introspected(asked: Asked) -> ExecutionResult:
    """The answer to nobody: about the schema only, and without the database."""
    return await _executed(asked, None, None)


def errors_of(error: GatewayError) -> Errors:
    return error.errors if isinstance(error, NotRunError) else [failures.of_gateway(error)]


def _of_errors(errors: Errors, **data: Any) -> Answer:
    failures.note(errors)
    return Answer(orjson.dumps({**data, "errors": errors}), *PASSING)


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
