"""From a JWT to its claims: the token's form, its key, its signature."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt

from gateway.auth.claims import Claims, Reader, RefusedTokenError
from gateway.auth.fetching import Address
from gateway.auth.jwks import KeySet
from gateway.auth.keys import PEM, Key, UnusableKeyError, of_pem, of_secret
from gateway.errors import ConfigurationError
from gateway.log import logger
from gateway.settings import Settings

LARGEST = 8192
SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
TYPES = ("jwt", "at+jwt", "application/at+jwt")
SOURCES = ("GATEWAY_JWT_KEY", "GATEWAY_JWT_SECRET", "GATEWAY_JWT_JWKS_URL")

_log = logger(__name__)


class Issuer:
    """Whose tokens are taken: who signed with its key, for us. All else about them is refused."""

    def __init__(self, settings: Settings, key: Key | None, keys: KeySet | None) -> None:
        self._key = key
        self._keys = keys
        self._name = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._reader = Reader(settings)

    async def keep(self) -> None:
        """Keep the keys new, where they may change."""
        if self._keys is not None:
            await self._keys.keep()

    async def claims(self, token: str, now: datetime) -> Claims:
        """What the token says; RefusedTokenError unless all of it is good."""
        key = await self._key_for(_header(token))
        try:
            payload = jwt.decode(
                token,
                key.material,
                algorithms=[key.algorithm],
                audience=self._audience,
                issuer=self._name,
                # Times are the reader's, by the clock of the request.
                options={
                    "require": ["aud", "iss"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise RefusedTokenError(str(error) or type(error).__name__) from error
        return self._reader.read(payload, now)

    async def _key_for(self, header: dict[str, Any]) -> Key:
        key_id = header.get("kid")
        if key_id is not None and not isinstance(key_id, str):
            raise RefusedTokenError("kid is no text")
        key = self._key
        if self._keys is not None:
            key = await self._keys.find(key_id)
        if key is None:
            raise RefusedTokenError("its key is unknown")
        return key


def _header(token: str) -> dict[str, Any]:
    """The header, of which only kid is heeded: jku, jwk, x5u and x5c never are."""
    if len(token) > LARGEST:
        raise RefusedTokenError(f"it has more than {LARGEST} characters")
    if not SHAPE.fullmatch(token):
        raise RefusedTokenError("it is not of three parts in base64url")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise RefusedTokenError(str(error)) from error
    if "crit" in header or "b64" in header:
        raise RefusedTokenError("its header demands what is not known here")
    if str(header.get("typ", "JWT")).lower() not in TYPES:
        raise RefusedTokenError("it is a token for something else")
    return header


def issuer_of(settings: Settings) -> Issuer | None:
    """The issuer that the settings name; ConfigurationError if they do not fit together."""
    secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret is not None else ""
    given = [settings.jwt_key, secret, settings.jwt_jwks_url]
    named = [variable for variable, value in zip(SOURCES, given, strict=True) if value]
    if not named:
        _check_alone(settings)
        return None
    if len(named) > 1:
        raise ConfigurationError(f"Set only one of {' and '.join(named)}: tokens have one issuer.")
    for variable, value in (
        ("GATEWAY_JWT_ISSUER", settings.jwt_issuer),
        ("GATEWAY_JWT_AUDIENCE", settings.jwt_audience),
    ):
        if not value:
            raise ConfigurationError(
                f"{variable}: set it beside {named[0]}, to what the issuer writes into"
                f' "{"iss" if variable.endswith("ISSUER") else "aud"}".'
            )
    try:
        key, keys = _key_or_keys(settings, secret)
    except UnusableKeyError as error:
        raise ConfigurationError(f"{named[0]}: {error}.") from None
    return Issuer(settings, key, keys)


def _check_alone(settings: Settings) -> None:
    if settings.jwt_issuer or settings.jwt_audience:
        raise ConfigurationError(
            "GATEWAY_JWT_ISSUER or GATEWAY_JWT_AUDIENCE is set, but no key that would check a"
            f" token: set one of {', '.join(SOURCES)}."
        )


def _key_or_keys(settings: Settings, secret: str) -> tuple[Key | None, KeySet | None]:
    if settings.jwt_key:
        return of_pem(_pem(settings.jwt_key)), None
    if secret:
        return of_secret(secret), None
    try:
        address = Address(settings.jwt_jwks_url)
    except ValueError:
        raise UnusableKeyError(
            "it is no address: write https://, a host and the path of the JWKS"
        ) from None
    if not address.secure:
        _log.warning("GATEWAY_JWT_JWKS_URL is not https: who can change what it answers gets in")
    return None, KeySet(address.get)


def _pem(key: str) -> str:
    if PEM in key:
        return key
    try:
        return Path(key).read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UnusableKeyError(
            f"it is neither a PEM text, which begins with {PEM}PUBLIC KEY-----,"
            f" nor the path of a file that can be read ({reason})"
        ) from None
