"""Face 1: GraphQL."""

from collections.abc import Mapping

import orjson
from starlette.routing import Route

from gateway.errors import GatewayError
from gateway.graphql import failures
from gateway.graphql.view import View
from gateway.settings import Settings


def routes(settings: Settings) -> list[Route]:
    return View(settings).routes()


def refusals(error: GatewayError) -> Mapping[str, bytes]:
    """By path, the body of an answer that is nothing but this error."""
    return {"/graphql": orjson.dumps({"errors": [failures.of_gateway(error)]})}
