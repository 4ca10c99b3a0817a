"""Who may ask now: a quota per token and per subject, and one for failures per client address."""

import ipaddress
import time
from collections.abc import Callable, Hashable

from gateway.auth.rates import MOST_KEYS, Limiter, Standing
from gateway.settings import Settings

IPV6_HOME = 64


class Door:
    """Tokens that were good are known by their hash; a known API token is charged before the
    database is asked.

    Others are charged once they turn out good; until then their address answers for them.
    """

    def __init__(self, settings: Settings, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._good = _limiter("requests", settings.rate_limit, clock)
        self._failed = _limiter("failures", settings.failure_limit, clock)
        self._known: dict[Hashable, Hashable] = {}

    def knows(self, token_hash: Hashable) -> bool:
        """Whether the token was good when it was looked at last."""
        return token_hash in self._known

    def knock(self, token_hash: Hashable, address: str) -> Standing | None:
        """Before the token is looked at. None: nothing is counted yet."""
        if self.knows(token_hash):
            return self.charge(self._known[token_hash])
        if self._failed is None:
            return None
        standing = self._failed.look(home_of(address))
        return None if standing.admitted else standing

    def enter(
        self, token_hash: Hashable, key: Hashable, *, counted: bool = False
    ) -> Standing | None:
        """The token is good: its requests count for the key, this one unless it is `counted`."""
        if len(self._known) >= MOST_KEYS:
            self._known.clear()
        self._known[token_hash] = key
        return None if counted else self.charge(key)

    def forget(self, token_hash: Hashable) -> None:
        """The token is not good, or no longer."""
        self._known.pop(token_hash, None)

    def charge(self, key: Hashable) -> Standing | None:
        """One request of the key."""
        return None if self._good is None else self._good.take(key)

    def fail(self, address: str) -> Standing | None:
        """A token that is not good came from the address."""
        return None if self._failed is None else self._failed.take(home_of(address))


def home_of(address: str) -> str:
    """The address, of IPv6 the network that one customer has."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip.packed, IPV6_HOME), strict=False))
    return str(ip)


def _limiter(policy: str, quota: int, clock: Callable[[], int]) -> Limiter | None:
    return Limiter(policy, quota, clock) if quota else None
