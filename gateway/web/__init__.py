"""What a browser gets: GraphiQL, whose built files stand beside this one (`make web`)."""

import gzip
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import NotFoundError
from gateway.settings import Settings

GRAPHIQL = Path(__file__).parent / "graphiql"

# Written out, because what the machine's own table says of .js differs.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".ttf": "font/ttf",
}

# The editor writes style elements and attributes; beyond that nothing is inline or foreign.
POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
UNCHANGING = "public, max-age=31536000, immutable"
CHECKED = "no-cache"


class BuiltFile:
    """A file as it is served; one under `assets/` has its content's hash in its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._media_type = MEDIA_TYPES[path.suffix]
        lasting = UNCHANGING if path.parent.name == "assets" else CHECKED
        self._headers = {**HEADERS, "Cache-Control": lasting}

    @cached_property
    def _zipped(self) -> bytes:
        return gzip.compress(self._path.read_bytes(), 6, mtime=0)

    def response(self, request: Request) -> Response:
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**self._headers, "Content-Encoding": "gzip"}
            return Response(self._zipped, headers=headers, media_type=self._media_type)
        content = self._path.read_bytes()
        return Response(content, headers=self._headers, media_type=self._media_type)


def routes(settings: Settings) -> list[Route]:
    """`/graphiql` and its files; nothing, if the setting `graphiql` is false."""
    if not settings.graphiql:
        return []
    # The files are known from the start: what a path names is looked up, never opened.
    files = {
        path.relative_to(GRAPHIQL).as_posix(): BuiltFile(path)
        for path in GRAPHIQL.rglob("*")
        if path.is_file()
    }
    page = files.pop("index.html")

    # Not coroutines: they read files and compress, so Starlette runs them in a thread.
    def file(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        if found is None:
            raise NotFoundError
        return found.response(request)

    return [Route("/graphiql", page.response), Route("/graphiql/{name:path}", file)]
