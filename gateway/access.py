"""From a request to its viewer's snapshot: what the faces do before they read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from gateway.admission import Admission, Visitor
from gateway.errors import (
    BadRequestError,
    BadUserInputError,
    ForbiddenError,
    GatewayError,
    TooLargeError,
    UnauthenticatedError,
)
from gateway.log import logger
from gateway.settings import Settings
from gateway.store import tokens
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.telemetry import work
from gateway.viewer import Role, Viewer

SCHEME = "bearer"
DOMAIN_HEADER = "X-Domain"
VISITOR = "gateway.visitor"
# What gives a request's place back before its end (see `overload`).
LEAVE = "gateway.leave"
# What gives work that comes over a stream such a place, for a block.
ENTER = "gateway.enter"
ADMITTED = "gateway.admitted"
MOST_NOTED = 10_000
# Seconds.
WATCHED_AFTER = 0.02

_log = logger(__name__)


class Admitted(NamedTuple):
    """Who was let in: the viewer at home, and the domain that it looks at."""

    visitor: Visitor
    viewer: Viewer
    domain_uuid: UUID

    @property
    def key(self) -> Hashable:
        """Who has the same is the same."""
        return self.visitor.token, self.domain_uuid

    @property
    def client(self) -> Hashable:
        """Whose bounds count."""
        return self.viewer.client_uuid or self.viewer.token_name


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Gateway:
    """What requests share: `request.app.state.gateway`."""

    settings: Settings
    database: Database
    admission: Admission
    clock: Callable[[], datetime] = utc_now
    _noted: dict[UUID, datetime] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def note_use(self, viewer: Viewer, now: datetime) -> None:
        """Note in the background that the token is used, once a minute and process."""
        if viewer.token_uuid is None:
            return
        noted = self._noted.get(viewer.token_uuid)
        if noted is not None and now - noted < timedelta(minutes=1):
            return
        if len(self._noted) >= MOST_NOTED:
            self._noted.clear()
        self._noted[viewer.token_uuid] = now
        task = asyncio.create_task(self._note_use(viewer, now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_use(self, viewer: Viewer, now: datetime) -> None:
        try:
            await tokens.note_use(self.database, viewer, now)
        except GatewayError as error:
            _log.warning("token use not noted", error=error.message)

    async def close(self) -> None:
        """Wait for what still goes on in the background."""
        await asyncio.gather(*self._tasks)


def gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


def bearer(headers: Headers) -> str:
    """The token of the Authorization header."""
    header = headers.get("authorization", "")
    scheme, _, token = header.strip().partition(" ")
    if not header:
        raise UnauthenticatedError
    if scheme.lower() != SCHEME or not token.strip():
        raise UnauthenticatedError(
            'The Authorization header is not understood: write "Authorization: Bearer <token>".'
        )
    return token.strip()


async def whole_body(request: Request, most: int) -> bytes:
    """The request's body; TooLargeError as soon as it is larger than `most` bytes."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise TooLargeError(f"The body is too large: {most} bytes at most.")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise TooLargeError(f"The body is too large: {most} bytes at most.")
    except ClientDisconnect:
        raise BadRequestError("The body is incomplete.") from None
    return bytes(body)


class ended_by_leaving:  # noqa: N801  # said like a function, as contextlib's are
    """When the client leaves, the time is up: nobody waits for the answer.

    Only once the body is read, for what comes after it is looked for here.
    """

    def __init__(self, request: Request, deadline: asyncio.Timeout) -> None:
        self._request = request
        self._deadline = deadline
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        # Most answers are there sooner, and need no task.
        self._soon = asyncio.get_running_loop().call_later(WATCHED_AFTER, self._begin)

    def __exit__(self, *_: object) -> None:
        self._soon.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _begin(self) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        _log.info("the client left")
        self._deadline.reschedule(asyncio.get_running_loop().time())


def is_known(request: Request, tag: str) -> bool:
    """Whether the client says that it has this answer already."""
    given = ",".join(request.headers.getlist("if-none-match"))
    wanted = tag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") in {wanted, "*"} for part in given.split(","))


async def visitor_of(request: Request, token_of: Callable[[Headers], str] = bearer) -> Visitor:
    """Who asks, before the body is read and the database is asked; it counts as a request once."""
    found: Visitor | None = request.scope.get(VISITOR)
    if found is None:
        gateway = gateway_of(request)
        token = token_of(request.headers)
        found = await gateway.admission.recognize(request, token, gateway.clock())
        request.scope[VISITOR] = found
    return found


@asynccontextmanager
async def snapshot_of(
    request: Request, token_of: Callable[[Headers], str] = bearer
) -> AsyncIterator[Snapshot]:
    """The snapshot of the request's viewer; without a valid token it is unauthenticated.

    A superadmin's is of the domain that the request names, once its token is verified at home.
    """
    gateway = gateway_of(request)
    visitor = await visitor_of(request, token_of)
    async with gateway.admission.snapshot(
        gateway.database, request, visitor, gateway.clock()
    ) as snapshot:
        viewer = snapshot.viewer
        gateway.note_use(viewer, snapshot.now)
        name = _named_domain(request.headers)
        if name is None or name == snapshot.domain.name:
            request.scope[ADMITTED] = Admitted(visitor, viewer, snapshot.domain_uuid)
            with _noted(snapshot):
                yield snapshot
            return
    domain_uuid = await _visited(gateway.database, viewer, name)
    request.scope[ADMITTED] = Admitted(visitor, viewer, domain_uuid)
    work.current().visited = viewer.domain_uuid
    async with gateway.database.snapshot(domain_uuid, gateway.clock()) as snapshot:
        snapshot.viewer = viewer.at(domain_uuid)
        with _noted(snapshot):
            yield snapshot


async def admitted(request: Request) -> Admitted:
    """See that the token is good, before work that should not keep a connection waiting."""
    async with snapshot_of(request):
        pass
    visitor: Visitor = request.scope[VISITOR]
    request.scope[VISITOR] = visitor._replace(counted=True)
    return admitted_as(request)


def admitted_as(request: Request) -> Admitted:
    """As whom the request got its last snapshot."""
    found: Admitted = request.scope[ADMITTED]
    return found


def _named_domain(headers: Headers) -> str | None:
    """The domain that the request names: in UTF-8, once."""
    given = headers.getlist(DOMAIN_HEADER)
    if not given:
        return None
    try:
        (name,) = (text.strip().encode("latin-1").decode() for text in given)
    except ValueError:
        name = ""
    if not name:
        raise BadUserInputError(
            DOMAIN_HEADER,
            f"{DOMAIN_HEADER} cannot be read: name one domain, in UTF-8, or leave the header out.",
        )
    return name


async def _visited(database: Database, viewer: Viewer, name: str) -> UUID:
    """The domain of that name. Who may not go there does not learn whether it exists."""
    if viewer.role is not Role.SUPERADMIN:
        raise ForbiddenError(
            f"Only a superadmin's token opens another domain: leave {DOMAIN_HEADER} out."
        )
    domain_uuid = await database.domain_named(name)
    if domain_uuid is None:
        raise BadUserInputError(DOMAIN_HEADER, f'{DOMAIN_HEADER}: there is no domain "{name}".')
    return domain_uuid


@contextmanager
def observed(snapshot: Snapshot) -> Iterator[None]:
    """What is read in the snapshot is the work's under way."""
    done = work.current()
    done.seen = snapshot.domain_uuid, snapshot.domain["data_version"]
    try:
        yield
    finally:
        done.statements += snapshot.statements


@contextmanager
def _noted(snapshot: Snapshot) -> Iterator[None]:
    """The request's line in the log says who asked, and what it cost."""
    structlog.contextvars.bind_contextvars(
        domain=str(snapshot.domain_uuid),
        token=snapshot.viewer.token_name,
        role=snapshot.viewer.role,
    )
    try:
        with observed(snapshot):
            yield
    finally:
        structlog.contextvars.bind_contextvars(
            statements=len(snapshot.statements),
            statement_ms=round(sum(step.ms for step in snapshot.statements), 2),
        )
