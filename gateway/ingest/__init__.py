"""How calls come in: files, phone systems, and what is posted."""

from starlette.routing import Route

from gateway.settings import Settings

__all__ = ["routes"]


def routes(settings: Settings) -> list[Route]:
    # The command line reads files without the web's machinery.
    from gateway.ingest.http import Ingest

    return Ingest(settings).routes()
