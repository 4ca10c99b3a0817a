"""Whether all answers say the same, before anybody is measured."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from benchmarks.peers import Contender
from benchmarks.server import Server
from benchmarks.workloads import Workload, canonical

# Lists of one, where PostGraphile has no single row.
SINGLE = ("extension", "user")


class DifferentError(Exception):
    """Two contenders answer the same question differently."""


def checked(servers: Iterable[tuple[Contender, Server]], workload: Workload) -> Mapping[str, int]:
    """{contender: the length of its answer}; DifferentError names the first place that differs."""
    sizes: dict[str, int] = {}
    first: tuple[str, Any] | None = None
    for contender, server in servers:
        request = contender.requests.get(workload.name)
        if request is None:
            continue
        body = server.ask(request)
        sizes[contender.name] = len(body)
        said = meaning(orjson.loads(body))
        if first is None:
            first = (contender.name, said)
        elif place := difference(first[1], said):
            raise DifferentError(
                f"{workload.title}: {first[0]} and {contender.name} differ at {place}"
            )
    return sizes


def meaning(answer: Mapping[str, Any]) -> Any:
    """What an answer says, whoever gives it."""
    if answer.get("errors"):
        raise DifferentError(f"an answer has errors: {answer['errors'][:1]}")
    data = answer["data"]
    # PostGraphile's users and groups are found through their domain.
    inner = data.get("domain", data) if isinstance(data, dict) else data
    return _singled(canonical(inner))


def _singled(value: Any) -> Any:
    if isinstance(value, list):
        return [_singled(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _singled(_first(item) if key in SINGLE else item) for key, item in value.items()}


def _first(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return value[0] if value else None


def difference(one: Any, other: Any, place: str = "$") -> str:
    """The path at which two answers first differ, and both values there; "" if they are equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(f".{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"[{n}]", *pair) for n, pair in enumerate(zip(one, other, strict=True))]
    elif one == other:
        return ""
    else:
        return f"{place}: {str(one)[:200]} and {str(other)[:200]}"
    found = (difference(left, right, place + step) for step, left, right in pairs)
    return next((path for path in found if path), "")
