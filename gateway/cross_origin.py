"""Which pages of other sites may call us from a browser (CORS), and what they may read."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

# How long a browser may remember that it asked; no browser takes more.
REMEMBERED = 86_400
EXPOSED = (
    "Allow",
    "ETag",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
)


class CrossOrigin(CORSMiddleware):
    """Starlette's, with refusals in JSON.

    Credentials are never allowed: a token goes into the Authorization header, which no browser adds
    by itself. Any header may be sent, for the origins are the operator's.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "HEAD", "POST", "OPTIONS"),
            allow_headers=("*",),
            expose_headers=EXPOSED,
            max_age=REMEMBERED,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        found = super().preflight_response(request_headers)
        if found.status_code < 400:  # noqa: PLR2004
            return found
        kept = {"access-control-allow-origin", "vary"}
        headers = {key: value for key, value in found.headers.items() if key in kept}
        error = f"{bytes(found.body).decode()}: see GATEWAY_CORS_ORIGINS."
        return JSONResponse({"error": error}, found.status_code, headers)
