"""The application: routes and middleware as data, and what lives as long as it does."""

import asyncio
import gc
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
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
from gateway.log import configure, logger
from gateway.settings import Settings, load
from gateway.store.database import Database
from gateway.store.opening import Source
from gateway.telemetry import audit, work
from gateway.telemetry.door import OperationsDoor, operations
from gateway.telemetry.metrics import Figures, Metrics
from gateway.telemetry.slow import slow_log
from gateway.telemetry.workers import DIRECTORY, Workers

if TYPE_CHECKING:
    from gateway.telemetry.traces import Traces

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
RETRY_SECONDS = 1
# Seconds that a thread may go on while another waits; Python's own 0.005 add up in a request.
TURN = 0.001

Observer = Callable[[work.Work], None]

_log = logger(__name__)


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """The gateway as an ASGI application over the database that the settings name."""
    issuer = issuer_of(settings)
    metrics = Metrics()
    siblings = os.environ.get(DIRECTORY)
    traces = _traces(settings)
    observers: list[Observer] = [metrics.observe, audit.observe]
    if settings.slow_operation:
        observers.append(slow_log(settings.slow_operation))
    if traces is not None:
        observers.append(traces.observe)
    workers = Workers(metrics.families, Path(siblings) if siblings else None)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            Source(settings).running() as source,
            Database(source.service_url, settings) as database,
            workers.running(),
        ):
            _measured(database, metrics)
            admission = Admission(settings, issuer)
            app.state.gateway = gateway = Gateway(settings, database, admission, clock)
            prepared = await prepare(source, database)
            keeping = [asyncio.create_task(_keep(source, database, prepared=prepared))]
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
                if traces is not None:
                    await traces.close()

    health = [Route("/health/live", live), Route("/health/ready", ready)]
    app = Starlette(
        routes=[
            *health,
            *graphql.routes(settings, metrics),
            *rest.routes(settings, ingest.described(settings)),
            *ingest.routes(settings),
            *web.routes(settings),
        ],
        middleware=_middleware(settings, observers),
        exception_handlers={HTTPException: _http_error, GatewayError: _gateway_error},
        lifespan=lifespan,
    )
    # A slash too many is an unknown address, not a redirect that loses the request's body.
    app.router.redirect_slashes = False
    if settings.operations_port is not None:
        # Outermost: neither counted nor logged, and no origin of a browser gets in.
        behind = operations(app.state, workers, health)
        door = Middleware(OperationsDoor, settings.operations_port, behind)
        app.user_middleware.insert(0, door)
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


def _traces(settings: Settings) -> "Traces | None":
    if not settings.otlp_endpoint:
        return None
    # Only who wants traces pays for what makes them.
    from gateway.telemetry.traces import Traces

    return Traces(settings)


def _measured(database: Database, metrics: Metrics) -> None:
    def connections() -> Figures:
        pool = database.pool
        return {("used",): pool.used, ("idle",): pool.idle, ("most",): pool.most}

    metrics.readings(
        "gateway_pool_connections",
        "Connections: used, idle, and the most.",
        ("state",),
        connections,
    )
    metrics.reading(
        "gateway_pool_waiting", "Who waits for a connection.", lambda: database.pool.waiting
    )
    metrics.reading(
        "gateway_pool_timeouts",
        "How often a connection was waited for in vain.",
        lambda: database.pool.timeouts,
        kind="counter",
    )


def _middleware(settings: Settings, observers: Sequence[Observer]) -> list[Middleware]:
    found = [Middleware(Requests, observers)]
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
    """The database answers, and has what this release reads."""
    try:
        status = await gateway_of(request).database.status()
    except GatewayError as error:
        return JSONResponse({"status": "not ready", "error": error.message}, 503, error.headers)
    if not status.readable:
        reason = "the database is older than this release: gateway db migrate"
        return JSONResponse({"status": "not ready", "error": reason}, 503)
    return JSONResponse({"status": "ready"})


async def _gateway_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, GatewayError):
        error = InternalError()
    work.current().codes.append(error.code)
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

    def __init__(self, app: ASGIApp, observers: Sequence[Observer]) -> None:
        self.app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        done = work.begin()
        done.request_id, done.headers, done.method = request_id, request.headers, request.method
        done.address = request.client.host if request.client else ""

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                done.status = message["status"]
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
            if done.status:
                raise
            text = f"{InternalError().message} {request_id}"
            await JSONResponse({"error": text}, 500)(scope, receive, send_with_id)
        finally:
            done.ended = time.perf_counter()
            done.route = getattr(scope.get("route"), "path", work.NO_ROUTE)
            for observe in self._observers:
                observe(done)
            _log.info(
                "request",
                method=request.method,
                path=request.url.path,
                status=done.status,
                ms=round(done.seconds * 1000, 2),
            )
