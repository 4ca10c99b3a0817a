"""What an operator can see: metrics, traces, slow operations, the audit log."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from gateway.settings import Settings
from gateway.telemetry import audit
from gateway.telemetry.door import OperationsDoor, operations
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.slow import slow_log
from gateway.telemetry.work import Work
from gateway.telemetry.workers import DIRECTORY, Workers

if TYPE_CHECKING:
    from gateway.telemetry.traces import Traces


class Telemetry:
    """Of one application, for as long as it lasts."""

    def __init__(self, settings: Settings) -> None:
        self.metrics = Metrics()
        self._port = settings.operations_port
        directory = os.environ.get(DIRECTORY)
        self._workers = Workers(self.metrics.families, Path(directory) if directory else None)
        self._traces = _traces(settings)
        self._observers: list[Callable[[Work], None]] = [self.metrics.observe, audit.observe]
        if settings.slow_operation:
            self._observers.append(slow_log(settings.slow_operation))
        if self._traces is not None:
            self._observers.append(self._traces.observe)

    def observe(self, work: Work) -> None:
        """What a request did, once it has ended."""
        for observe in self._observers:
            observe(work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            async with self._workers.running():
                yield
        finally:
            if self._traces is not None:
                await self._traces.close()

    def open_door(self, app: Starlette, routes: Sequence[BaseRoute]) -> None:
        """Give the application the operators' port, if they want one, with these routes too."""
        if self._port is not None:
            # Outermost: neither counted nor logged, and no origin of a browser gets in.
            behind = operations(app.state, self._workers, routes)
            app.user_middleware.insert(0, Middleware(OperationsDoor, self._port, behind))


def _traces(settings: Settings) -> "Traces | None":
    if not settings.otlp_endpoint:
        return None
    # Only who wants traces pays for what makes them.
    from gateway.telemetry.traces import Traces

    return Traces(settings)
