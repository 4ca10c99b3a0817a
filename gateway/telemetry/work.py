"""What a request did, or what else is done for a client: noted on its way by whoever knows, read
once when it ends.

Metrics, traces and the slow-operation log are made of it, so that nothing is measured twice.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

NO_ROUTE = "none"
GRAPHQL = "/graphql"
# An HTTP request; what came over a WebSocket; an answer computed for subscribers, who are many.
Way: TypeAlias = Literal["request", "socket", "live"]


class Step(NamedTuple):
    """A statement or a read, between two moments of `time.perf_counter`, in a task of its own or
    in that of the read that it is part of.
    """

    name: str
    task: int
    started: float
    ended: float
    rows: int

    @property
    def ms(self) -> float:
        return (self.ended - self.started) * 1000

    def within(self, read: "Step") -> bool:
        """Whether this statement is that read's. A task's number may come again after its end."""
        return self.task == read.task and read.started <= self.started <= read.ended


@dataclass(slots=True)
class Asked:
    """A GraphQL operation. `trusted` is its name where the operator's manifest has it, else ''."""

    kind: str
    name: str
    trusted: str
    text: str
    cost: int = 0


class Ingested(NamedTuple):
    """A batch that came by HTTP."""

    kind: Literal["calls", "activities"]
    outcomes: Mapping[str, int]


@dataclass(slots=True)
class Work:
    way: Way = "request"
    started: float = field(default_factory=time.perf_counter)
    ended: float = 0.0
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    method: str = ""
    route: str = NO_ROUTE
    status: int = 0
    operation: Asked | None = None
    # The errors that the answer tells, by their codes.
    codes: list[str] = field(default_factory=list)
    # What became of looking for a kept answer.
    kept: Literal["", "hit", "shared", "miss"] = ""
    # The quota that is used up.
    limited: str = ""
    reads: list[Step] = field(default_factory=list)
    statements: list[Step] = field(default_factory=list)
    ingested: Ingested | None = None
    # Which domain was read, at which data_version.
    seen: tuple[UUID, int] | None = None
    # The home of a superadmin that asks about another domain.
    visited: UUID | None = None
    # The domain in which the request opened a session.
    opened: UUID | None = None

    @property
    def seconds(self) -> float:
        return self.ended - self.started


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def begin() -> Work:
    """The work of what runs from here on in this context."""
    work = Work()
    _current.set(work)
    return work


@contextmanager
def observed(way: Way, observe: Callable[[Work], None]) -> Iterator[Work]:
    """The work of a block that answers a question, and is no request."""
    done = Work(way, route=GRAPHQL)
    before = _current.set(done)
    try:
        yield done
    finally:
        _current.reset(before)
        done.ended = time.perf_counter()
        observe(done)


def hash_of(text: str) -> str:
    """The SHA-256 by which a document is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def current() -> Work:
    """The work under way; outside of any request, one that nobody reads."""
    return _current.get() or Work()
