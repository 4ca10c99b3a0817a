"""Face 1: GraphQL."""

from starlette.routing import Route

from gateway.graphql.view import View
from gateway.settings import Settings


def routes(settings: Settings) -> list[Route]:
    return View(settings).routes()
