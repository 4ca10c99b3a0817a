"""From a token to the viewer that shows it: API tokens and JWTs, and how often they may ask."""

from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from starlette.requests import Request

from gateway.auth.claims import Claims, ExpiredTokenError, RefusedTokenError
from gateway.auth.door import Door
from gateway.auth.issuer import Issuer
from gateway.auth.rates import Standing
from gateway.errors import RateLimitedError, UnauthenticatedError
from gateway.settings import Settings
from gateway.store import subjects, tokens
from gateway.store.database import Database
from gateway.store.snapshot import Snapshot
from gateway.telemetry import work
from gateway.viewer import Viewer

# Where the middleware finds the answer's rate limit fields.
FIELDS = "gateway.rate_limit_fields"
# One message, whatever is wrong: the log says what.
REFUSED = "The token is not accepted: get another from its issuer."
EXPIRED = "The token is expired: get another from its issuer."


class Visitor(NamedTuple):
    """Who asks, as far as it can be told without the database. `known`: the token was good when it
    was looked at last.
    """

    token: str
    token_hash: bytes
    claims: Claims | None
    known: bool
    counted: bool


class Admission:
    """An API token never has a dot, a JWT always has two: neither is ever taken for the other."""

    def __init__(self, settings: Settings, issuer: Issuer | None) -> None:
        self._issuer = issuer
        self._door = Door(settings)

    async def recognize(self, request: Request, token: str, now: datetime) -> Visitor:
        """Whose token it is; a JWT's signature and claims are good."""
        if self._issuer is None or "." not in token:
            return self.knock(request, token)
        with self.failures_counted(request):
            claims = await _claims(self._issuer, token, now)
        self._count(request, self._door.charge(claims.subject))
        token_hash = tokens.hash_of(token)
        return Visitor(token, token_hash, claims, self._door.knows(token_hash), counted=True)

    def knock(self, request: Request, token: str) -> Visitor:
        """An API token, not yet looked up."""
        with self.failures_counted(request):
            tokens.domain_of(token)
        token_hash = tokens.hash_of(token)
        standing = self._door.knock(token_hash, _address(request))
        self._count(request, standing)
        known, counted = self._door.knows(token_hash), standing is not None
        return Visitor(token, token_hash, None, known, counted)

    def enter(self, request: Request, visitor: Visitor, key: Hashable) -> None:
        """The visitor's token is good; all that count for the key share its quota."""
        standing = self._door.enter(visitor.token_hash, key, counted=visitor.counted)
        self._count(request, standing)

    @asynccontextmanager
    async def snapshot(
        self, database: Database, request: Request, visitor: Visitor, now: datetime
    ) -> AsyncIterator[Snapshot]:
        """The snapshot of the visitor's domain, with its viewer."""
        let_in = False
        try:
            home = await _home(database, visitor)
            async with database.snapshot(home, now, shown(visitor)) as snapshot:
                snapshot.viewer = await viewer_of(snapshot, visitor)
                let_in = True
                self.enter(request, visitor, snapshot.viewer.client_uuid)
                yield snapshot
        except UnauthenticatedError:
            if let_in:
                raise
            self._door.forget(visitor.token_hash)
            with self.failures_counted(request), told_alike(visitor):
                raise

    @contextmanager
    def failures_counted(self, request: Request) -> Iterator[None]:
        """Who is not let in is counted by address, and told so where it happens too often."""
        try:
            yield
        except UnauthenticatedError:
            self._count(request, self._door.fail(_address(request)))
            raise

    def _count(self, request: Request, standing: Standing | None) -> None:
        if standing is None:
            return
        request.scope[FIELDS] = [
            (name.lower().encode(), value.encode()) for name, value in standing.fields()
        ]
        if not standing.admitted:
            work.current().limited = standing.policy
            raise RateLimitedError(standing.policy, standing.quota, standing.seconds)


async def _claims(issuer: Issuer, token: str, now: datetime) -> Claims:
    try:
        return await issuer.claims(token, now)
    except RefusedTokenError as error:
        structlog.contextvars.bind_contextvars(refused=str(error))
        message = EXPIRED if isinstance(error, ExpiredTokenError) else REFUSED
        raise UnauthenticatedError(message) from error


@contextmanager
def told_alike(visitor: Visitor) -> Iterator[None]:
    """Of a JWT nobody learns whether its domain, its user or itself is refused."""
    try:
        yield
    except UnauthenticatedError as error:
        if visitor.claims is None:
            raise
        structlog.contextvars.bind_contextvars(refused=error.message)
        raise UnauthenticatedError(REFUSED) from error


async def _home(database: Database, visitor: Visitor) -> UUID:
    if visitor.claims is None:
        return tokens.domain_of(visitor.token)
    return await subjects.home(database, visitor.claims)


def shown(*visitors: Visitor) -> list[bytes]:
    """What a snapshot must be opened with to tell who the visitors are."""
    return [each.token_hash for each in visitors if each.claims is None]


async def viewer_of(snapshot: Snapshot, visitor: Visitor) -> Viewer:
    """Who the visitor is, as its domain's directory stands in the snapshot, opened for it."""
    if visitor.claims is None:
        return await tokens.viewer(snapshot, visitor.token_hash)
    return await subjects.viewer(snapshot, visitor.claims)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
