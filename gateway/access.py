"""From a request to its viewer's snapshot: what the faces do before they read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from gateway.errors import BadRequestError, GatewayError, TooLargeError, UnauthenticatedError
from gateway.log import logger
from gateway.settings import Settings
from gateway.store import tokens
from gateway.store.database import Database, Snapshot
from gateway.viewer import Viewer

SCHEME = "bearer"
MOST_NOTED = 10_000

_log = logger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Gateway:
    """What requests share: `request.app.state.gateway`."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime] = utc_now
    _noted: dict[UUID, datetime] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def note_use(self, viewer: Viewer, now: datetime) -> None:
        """Note in the background that the token is used, once a minute and process."""
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


@asynccontextmanager
async def snapshot_of(
    request: Request, token_of: Callable[[Headers], str] = bearer
) -> AsyncIterator[Snapshot]:
    """The snapshot of the request's viewer; without a valid token it is unauthenticated."""
    gateway = gateway_of(request)
    token = token_of(request.headers)
    async with gateway.database.snapshot(tokens.domain_of(token), gateway.clock()) as snapshot:
        snapshot.viewer = await tokens.viewer(snapshot, token)
        gateway.note_use(snapshot.viewer, snapshot.now)
        structlog.contextvars.bind_contextvars(
            domain=str(snapshot.domain_uuid),
            token=snapshot.viewer.token_name,
            role=snapshot.viewer.role,
        )
        try:
            yield snapshot
        finally:
            structlog.contextvars.bind_contextvars(
                statements=len(snapshot.statements),
                statement_ms=round(sum(ms for _, ms in snapshot.statements), 2),
            )
