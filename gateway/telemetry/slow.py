"""The slow-operation log: what took long, and which of its reads did."""

from collections.abc import Callable
from typing import Any

from gateway.log import logger
from gateway.telemetry.work import Step, Work, hash_of

_log = logger("gateway.slow")


def slow_log(seconds: float) -> Callable[[Work], None]:
    """Logs what took so long. Never variables, nor what was answered."""

    def observe(work: Work) -> None:
        if work.seconds < seconds:
            return
        _log.warning(
            "slow operation",
            way=work.way,
            **_requested(work),
            ms=round(work.seconds * 1000, 2),
            **_asked(work),
            reads=list(map(_told, work.reads)),
            statements=list(map(_told, work.statements)),
        )

    return observe


def _requested(work: Work) -> dict[str, Any]:
    if work.way != "request":
        return {}
    return {"method": work.method, "route": work.route, "status": work.status}


def _asked(work: Work) -> dict[str, Any]:
    if work.operation is None:
        return {}
    return {
        "operation": work.operation.name,
        "document": hash_of(work.operation.text),
        "cost": work.operation.cost,
        "codes": work.codes,
    }


def _told(step: Step) -> dict[str, Any]:
    return {"name": step.name, "ms": round(step.ms, 2), "rows": step.rows}
