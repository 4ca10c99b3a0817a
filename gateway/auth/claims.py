"""What a JWT says about who shows it, read as the settings name its claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.settings import Settings
from gateway.viewer import Role

LONGEST_TEXT = 255


class RefusedTokenError(Exception):
    """Why a token is not taken: for the log, not for who shows it."""


class ExpiredTokenError(RefusedTokenError):
    """It is expired."""


@dataclass(frozen=True, slots=True)
class Claims:
    """A domain or a user is named by its uuid or by its name."""

    subject: str
    token_id: str | None
    domain: UUID | str
    role: Role
    user: UUID | str | None
    issued_at: datetime
    expires_at: datetime


class Reader:
    """Reads the payload of a token whose signature, issuer and audience are good."""

    def __init__(self, settings: Settings) -> None:
        self._skew = timedelta(seconds=settings.jwt_skew)
        self._longest = timedelta(seconds=settings.jwt_lifetime)
        self._domain = settings.jwt_domain_claim
        self._role = settings.jwt_role_claim
        self._user = settings.jwt_user_claim
        named = settings.role_names or {role: role for role in Role}
        self._roles = {name: Role(role) for name, role in named.items()}

    def read(self, payload: Mapping[str, Any], now: datetime) -> Claims:
        issued_at, expires_at = self._times(payload, now)
        user = _found(payload, self._user)
        token_id = payload.get("jti")
        return Claims(
            subject=_text("sub", payload.get("sub")),
            token_id=None if token_id is None else _text("jti", token_id),
            domain=_uuid_or_name(_text(self._domain, _found(payload, self._domain))),
            role=self._role_of(_found(payload, self._role)),
            user=None if user is None else _uuid_or_name(_text(self._user, user)),
            issued_at=issued_at,
            expires_at=expires_at,
        )

    def _times(self, payload: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
        issued_at, expires_at = (_instant(name, payload.get(name)) for name in ("iat", "exp"))
        if expires_at <= now - self._skew:
            raise ExpiredTokenError("it is expired")
        if issued_at > now + self._skew:
            raise RefusedTokenError("iat is in the future")
        if "nbf" in payload and _instant("nbf", payload["nbf"]) > now + self._skew:
            raise RefusedTokenError("nbf is in the future")
        if expires_at - issued_at > self._longest:
            raise RefusedTokenError("it lives longer than GATEWAY_JWT_LIFETIME")
        return issued_at, expires_at

    def _role_of(self, value: object) -> Role:
        """The role, or of a list of names the only one that is a role here."""
        names = value if isinstance(value, list) else [value]
        found = {
            self._roles[name] for name in names if isinstance(name, str) and name in self._roles
        }
        if len(found) != 1:
            raise RefusedTokenError(f"{self._role} names {len(found) or 'no'} roles that are known")
        return found.pop()


def _found(payload: Mapping[str, Any], name: str) -> Any:
    """The claim of that name; with dots, also one inside another."""
    if name in payload:
        return payload[name]
    value: Any = payload
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT or not value.isprintable():
        raise RefusedTokenError(f"{name} is no text of at most {LONGEST_TEXT} characters")
    return value


def _uuid_or_name(text: str) -> UUID | str:
    # Only the usual spelling: UUID() takes others, which may be names.
    try:
        found = UUID(text)
    except ValueError:
        return text
    return found if str(found) == text.lower() else text


def _instant(name: str, value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedTokenError(f"{name} is no time in seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise RefusedTokenError(f"{name} is no time in seconds") from None
