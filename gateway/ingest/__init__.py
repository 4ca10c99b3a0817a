"""How calls come in: files, phone systems, and what is posted."""

from typing import Any

from starlette.routing import Route

from gateway.settings import Settings

__all__ = ["described", "routes"]


def routes(settings: Settings) -> list[Route]:
    # The command line reads files without the web's machinery.
    from gateway.ingest.http import Ingest

    return Ingest(settings).routes()


def described(settings: Settings) -> dict[str, Any]:
    """Its part of the OpenAPI document."""
    from gateway.ingest import openapi

    return openapi.described(settings)
