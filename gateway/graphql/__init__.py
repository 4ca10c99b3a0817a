"""Face 1: GraphQL."""

from starlette.routing import BaseRoute

from gateway.graphql.view import View
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics


def routes(settings: Settings, metrics: Metrics) -> list[BaseRoute]:
    view = View(settings)
    view.measured_by(metrics)
    return view.routes()
