"""Face 1: GraphQL."""

from starlette.routing import BaseRoute

from gateway.graphql.view import View
from gateway.settings import Settings


def routes(settings: Settings) -> list[BaseRoute]:
    return View(settings).routes()
