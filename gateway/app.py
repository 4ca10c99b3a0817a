"""The application: routes and middleware as data, and what lives as long as it does."""

import asyncio
import gc
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import uuid4

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import graphql, ingest, rest, web
from gateway.access import Gateway, gateway_of, utc_now
from gateway.admission import FIELDS, Admission
from gateway.auth.issuer import issuer_of
from gateway.cross_origin import CrossOrigin
from gateway.errors import (
    DatabaseUnavailableError,
    GatewayError,
    InternalError,
    MethodNotAllowedError,
    NotFoundError,
)
from gateway.live.hub import Hub
from gateway.log import configure, logger
from gateway.settings import Settings, load
from gateway.store.database import Database
from gateway.store.opening import Source

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
RETRY_SECONDS = 1
# Seconds that a thread may go on while another waits; Python's own 0.005 add up in a request.
TURN = 0.001

_log = logger(__name__)


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """The gateway as an ASGI application over the database that the settings name."""
    issuer = issuer_of(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            Source(settings).running() as source,
            Database(source.service_url, settings) as database,
        ):
            admission = Admission(settings, issuer)
            app.state.gateway = gateway = Gateway(settings, database, admission, clock)
            prepared = await prepare(source, database)
            app.state.hub = hub = Hub(settings, database, clock)
            keeping = [
                asyncio.create_task(_keep(source, database, prepared=prepared)),
                asyncio.create_task(hub.keep()),
            ]
            if issuer is not None:
                keeping.append(asyncio.create_task(issuer.keep()))
            _settle()
            try:
                yield
            finally:
                for task in keeping:
                    task.cancel()
                await asyncio.gather(*keeping, return_exceptions=True)
                await gateway.close()

    app = Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            *graphql.routes(settings),
            *rest.routes(settings, ingest.described(settings)),
            *ingest.routes(settings),
            *web.routes(settings),
        ],
        middleware=_middleware(settings),
        exception_handlers={HTTPException: _http_error, GatewayError: _gateway_error},
        lifespan=lifespan,
    )
    # A slash too many is an unknown address, not a redirect that loses the request's body.
    app.router.redirect_slashes = False
    return app


def served() -> Starlette:
    """The application of one of several processes, by its own environment."""
    found = load()
    configure(found)
    return create_app(found)


def _settle() -> None:
    gc.collect()
    # What stands now stands for good: later collections need not look at it.
    gc.freeze()
    # A document that is read in a thread must not keep the loop waiting for its turn.
    sys.setswitchinterval(TURN)


def _middleware(settings: Settings) -> list[Middleware]:
    found = [Middleware(Requests)]
    if settings.origins:
        # Outermost, so that a browser may read every answer, also that something went wrong.
        found.insert(0, Middleware(CrossOrigin, settings.origins))
    return found


async def prepare(source: Source, database: Database) -> bool:
    """Migrate and check the role; false if the database does not answer yet."""
    try:
        await source.migrate()
        await database.check_service_role()
    except DatabaseUnavailableError as error:
        _log.warning("the database does not answer yet", error=str(error.__cause__ or error))
        return False
    return True


async def _keep(source: Source, database: Database, *, prepared: bool) -> None:
    """Start the embedded server again if it ended; prepare a database that was down at start."""
    while True:
        await asyncio.sleep(RETRY_SECONDS)
        try:
            if source.embedded is not None and not source.embedded.running():
                _log.warning("the embedded PostgreSQL ended: starting it again")
                await source.embedded.start()
            if not prepared:
                prepared = await prepare(source, database)
        except GatewayError as error:
            _log.error("the database is not ready", error=error.message)


async def live(_: Request) -> Response:
    """The process runs."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """The database answers and fits this release."""
    try:
        status = await gateway_of(request).database.status()
    except GatewayError as error:
        return JSONResponse({"status": "not ready", "error": error.message}, 503, error.headers)
    if not status.current:
        reason = "the database is at another migration than this release: gateway db migrate"
        return JSONResponse({"status": "not ready", "error": reason}, 503)
    return JSONResponse({"status": "ready"})


async def _gateway_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, GatewayError):
        error = InternalError()
    return JSONResponse({"error": error.message}, error.status, error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowedError.status:
        allow = (error.headers or {}).get("Allow", "GET")
        return await _gateway_error(request, MethodNotAllowedError(allow))
    if isinstance(error, HTTPException) and error.status_code == NotFoundError.status:
        return await _gateway_error(request, NotFoundError())
    return await _gateway_error(request, error)


class Requests:
    """Gives each request an id, logs it in one line, and turns what nobody caught into a 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    *scope.get(FIELDS, ()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            _log.exception("unexpected error")
            if status:
                raise
            text = f"{InternalError().message} {request_id}"
            await JSONResponse({"error": text}, 500)(scope, receive, send_with_id)
        finally:
            _log.info(
                "request",
                method=request.method,
                path=request.url.path,
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 2),
            )
