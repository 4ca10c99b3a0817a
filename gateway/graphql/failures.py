"""Errors as clients see them: each with a code; of what nobody foresaw, an id and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import structlog
from graphql import ExecutionResult, GraphQLError, ValueNode, VariableDefinitionNode, VariableNode

from gateway.errors import BadUserInputError, GatewayError, InternalError
from gateway.log import logger
from gateway.telemetry import work

Errors: TypeAlias = Sequence[Mapping[str, Any]]

_log = logger(__name__)


def of_gateway(error: GatewayError) -> Mapping[str, Any]:
    return {"message": error.message, "extensions": dict(error.extensions)}


def of_document(error: GraphQLError, reason: type[GatewayError]) -> Mapping[str, Any]:
    known = error.original_error
    extensions = known.extensions if isinstance(known, GatewayError) else {"code": reason.code}
    return {**error.formatted, "extensions": dict(extensions)}


def of_execution(errors: Sequence[GraphQLError], most: int) -> Errors:
    # One failed read is the error of many fields: said at each, logged once.
    unforeseen = {id(known): known for known in map(_known, errors) if known is not None}
    for error in unforeseen.values():
        if not isinstance(error, GatewayError):
            _log.error("unexpected error", exc_info=error)
    return [_of_field(error) for error in errors[:most]]


def note(errors: Errors) -> None:
    """Those that are told, for who observes."""
    work.current().codes += [error["extensions"]["code"] for error in errors]


def nothing_ran(result: ExecutionResult) -> bool:
    """Whether nothing was executed: the variables do not fit."""
    errors = result.errors or ()
    return result.data is None and bool(errors) and all(error.path is None for error in errors)


def unexpected(error: BaseException) -> InternalError:
    _log.error("unexpected error", exc_info=error)
    return _hidden()


def _known(error: GraphQLError) -> Exception | None:
    """What went wrong; None where the client's variables or arguments are."""
    return None if _refused(error) else error.original_error or error


def _of_field(error: GraphQLError) -> Mapping[str, Any]:
    if _refused(error):
        return {**error.formatted, "extensions": _where(error)}
    known = _known(error)
    if not isinstance(known, GatewayError):
        known = _hidden()
    return {**error.formatted, **of_gateway(known)}


def _refused(error: GraphQLError) -> bool:
    """Whether the core refused the variables, before it ran anything, or an argument's value."""
    return error.path is None or any(isinstance(node, ValueNode) for node in error.nodes or ())


def _where(error: GraphQLError) -> Mapping[str, Any]:
    for node in error.nodes or ():
        if isinstance(node, VariableDefinitionNode):
            node = node.variable  # noqa: PLW2901  # the variable that it defines
        if isinstance(node, VariableNode):
            return BadUserInputError(node.name.value, error.message).extensions
    return {"code": BadUserInputError.code}


def _hidden() -> InternalError:
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return InternalError(f"{InternalError().message} {request_id}", requestId=request_id)
