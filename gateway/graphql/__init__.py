"""Face 1: GraphQL."""

from collections.abc import Mapping

import orjson
from starlette.routing import BaseRoute

from gateway.errors import GatewayError
from gateway.graphql import failures
from gateway.graphql.view import View
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics


def routes(settings: Settings, metrics: Metrics) -> list[BaseRoute]:
    view = View(settings)
    view.measured_by(metrics)
    return view.routes()


def refusals(error: GatewayError) -> Mapping[str, bytes]:
    """By path, the body of an answer that is nothing but this error."""
    return {"/graphql": orjson.dumps({"errors": [failures.of_gateway(error)]})}
