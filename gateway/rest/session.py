"""POST /v3/auth/token: how the original API's clients get their token."""

import json
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from gateway.access import gateway_of, whole_body
from gateway.errors import BadRequestError
from gateway.rest.view import json_response
from gateway.store.tokens import domain_of, exchange
from gateway.telemetry import work

KEYS = ("api_key", "refresh_token")
EXPECTED = 'Send {"api_key": "<key>"} or {"refresh_token": "<token>"} as JSON.'


async def open_session(request: Request) -> Response:
    gateway = gateway_of(request)
    key = _key(await whole_body(request, gateway.settings.max_body))
    now = gateway.clock()
    lifetime = timedelta(seconds=gateway.settings.session_lifetime)
    visitor = gateway.admission.knock(request, key)
    with gateway.admission.failures_counted(request):
        session = await exchange(gateway.database, key, now, lifetime)
    gateway.admission.enter(request, visitor, session.client_id)
    work.current().opened = domain_of(key)
    return json_response(
        {
            "client_id": session.client_id,
            "domain_uuid": domain_of(key),
            "expired_in": int((session.expires_at - now).total_seconds()),
            "refresh_token": session.refresh_token,
            "token": session.token,
            "token_type": "Bearer",
            "user_id": session.user_uuid or "",
        },
        headers={"Cache-Control": "no-store"},
    )


def _key(body: bytes) -> str:
    """The one key or token in the body."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError(f"The body is not JSON. {EXPECTED}") from None
    given = [content[key] for key in KEYS if key in content] if isinstance(content, dict) else []
    if len(given) != 1 or not isinstance(given[0], str):
        raise BadRequestError(EXPECTED)
    return given[0]
