"""The operators' own port: a second socket of the same server, with routes of its own."""

from collections.abc import Sequence

from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.telemetry.workers import Workers


class OperationsDoor:
    """What comes in by the operators' port goes to their routes; nothing else gets there."""

    def __init__(self, app: ASGIApp, port: int, operations: ASGIApp) -> None:
        self._app = app
        self._port = port
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The socket's own port, which no header can change.
        server = scope.get("server")
        inside = scope["type"] == "http" and server is not None and server[1] == self._port
        await (self._operations if inside else self._app)(scope, receive, send)


def operations(state: State, workers: Workers, routes: Sequence[BaseRoute]) -> Starlette:
    """The application behind that door, over the same state as the public one."""

    async def metrics(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(await workers.collected()), media_type=media_type)

    app = Starlette(routes=[Route("/metrics", metrics), *routes])
    app.state = state
    return app
