"""What a browser gets: GraphiQL and the wallboard, whose built files stand here (`make web`)."""

import gzip
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import NotFoundError
from gateway.settings import Settings

HERE = Path(__file__).parent
GRAPHIQL = HERE / "graphiql"
WALLBOARD = HERE / "wallboard"

# Written out, because what the machine's own table says of .js differs.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}

NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# The editor writes style elements and attributes; beyond that nothing is inline or foreign.
GRAPHIQL_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; "
    "img-src 'self' data:; "
    f"connect-src 'self'; {NOTHING_ELSE}"
)
# Files and questions of its own origin; nothing inline, and no text that becomes markup.
WALLBOARD_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    f"connect-src 'self'; {NOTHING_ELSE}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
UNCHANGING = "public, max-age=31536000, immutable"
CHECKED = "no-cache"


class BuiltFile:
    """A file as it is served; one under `assets/` has its content's hash in its name."""

    def __init__(self, path: Path, policy: str) -> None:
        self._path = path
        self._media_type = MEDIA_TYPES[path.suffix]
        lasting = UNCHANGING if path.parent.name == "assets" else CHECKED
        self._headers = {**HEADERS, "Content-Security-Policy": policy, "Cache-Control": lasting}

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
    """`/graphiql`, and the wallboard at `/`, with their files; nothing of what is switched off."""
    return [
        *(_routes("/graphiql", GRAPHIQL, GRAPHIQL_POLICY) if settings.graphiql else ()),
        *(_routes("/", WALLBOARD, WALLBOARD_POLICY) if settings.wallboard else ()),
    ]


def _routes(address: str, folder: Path, policy: str) -> list[Route]:
    """A page at its address, and its files below the folder's name."""
    # The files are known from the start: what a path names is looked up, never opened.
    files = {
        path.relative_to(folder).as_posix(): BuiltFile(path, policy)
        for path in folder.rglob("*")
        if path.is_file()
    }
    page = files.pop("index.html")

    # Not coroutines: they read files and compress, so Starlette runs them in a thread.
    def file(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        if found is None:
            raise NotFoundError
        return found.response(request)

    return [Route(address, page.response), Route(f"/{folder.name}/{{name:path}}", file)]
