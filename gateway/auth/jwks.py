"""An issuer's public keys from its JWKS address, kept and renewed."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.auth.fetching import FetchError
from gateway.auth.keys import Key, UnusableKeyError, of_jwk
from gateway.errors import UnavailableError
from gateway.log import logger

# A key that the issuer withdraws is taken this long at most, and no longer unless it fails.
RENEWED_EVERY = 300
# An unknown key makes us ask again, this often at most; so does a failure.
ASKED_EVERY = 30
# While the issuer does not answer, its last keys are good for so long.
KEPT = 4 * 3600
MOST_KEYS = 100

_log = logger(__name__)


class KeysUnavailableError(UnavailableError):
    """The keys of the token's issuer cannot be had now: try again in a moment."""

    retry_after = 5


class KeySet:
    """One request to the issuer at a time, and never one per request to us."""

    def __init__(
        self, fetch: Callable[[], Awaitable[bytes]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str | None, Key] = {}
        self._fetched_at = self._asked_at = float("-inf")
        self._failed = True
        self._asking: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Renew the keys as long as this runs."""
        try:
            while True:
                await self._renewed()
                await asyncio.sleep(ASKED_EVERY if self._failed else RENEWED_EVERY)
        finally:
            if self._asking is not None:
                self._asking.cancel()

    async def find(self, key_id: str | None) -> Key | None:
        """The key of that id; without an id, the only key there is."""
        found = self._known(key_id)
        if found is None and self._may_ask():
            await self._renewed()
            found = self._known(key_id)
        if found is None and self._failed:
            raise KeysUnavailableError
        return found

    def _known(self, key_id: str | None) -> Key | None:
        if self._clock() - self._fetched_at >= KEPT:
            return None
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    def _may_ask(self) -> bool:
        return self._asking is not None or self._clock() - self._asked_at >= ASKED_EVERY

    async def _renewed(self) -> None:
        if self._asking is None:
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._ask())
        # Who leaves does not end what others wait for.
        await asyncio.shield(self._asking)

    async def _ask(self) -> None:
        try:
            self._keys = keys_of(await self._fetch())
            self._fetched_at = self._clock()
            self._failed = False
        except FetchError as error:
            self._failed = True
            _log.warning("the keys of GATEWAY_JWT_JWKS_URL cannot be had", error=str(error))
        finally:
            self._asking = None


def keys_of(document: bytes) -> Mapping[str | None, Key]:
    """The keys of a JWKS that can be used, by their id."""
    try:
        content = json.loads(document)
        members = content["keys"]
    except (ValueError, RecursionError, TypeError, KeyError):
        members = None
    if not isinstance(members, list):
        raise FetchError("the document is no JWKS")
    if len(members) > MOST_KEYS:
        raise FetchError(f"the document has more than {MOST_KEYS} keys")
    found = dict(_usable(members))
    if not found:
        raise FetchError("the document has no key that can be used")
    return found


def _usable(members: list[Any]) -> list[tuple[str | None, Key]]:
    found = []
    for jwk in members:
        if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str | None):
            continue
        try:
            found.append((jwk.get("kid"), of_jwk(jwk)))
        except UnusableKeyError as error:
            _log.info(
                "a key of GATEWAY_JWT_JWKS_URL is left out", kid=jwk.get("kid"), why=str(error)
            )
    return found
