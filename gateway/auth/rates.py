"""How often one may ask: a quota that comes back evenly, in this process's memory."""

import time
from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple

WINDOW = 60
MOST_KEYS = 50_000
NANOSECONDS = 1_000_000_000


class Standing(NamedTuple):
    """Where one stands after asking. `seconds`: until one more request is free, rounded up."""

    policy: str
    quota: int
    remaining: int
    seconds: int
    admitted: bool

    def fields(self) -> Iterator[tuple[str, str]]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-11."""
        yield "RateLimit-Policy", f'"{self.policy}";q={self.quota};w={WINDOW}'
        yield "RateLimit", f'"{self.policy}";r={self.remaining};t={self.seconds}'


class Limiter:
    """GCRA: per key a single number, when its quota will be whole again.

    A key may use the whole quota at once; it comes back evenly over a minute. So in any span of t
    seconds at most quota + quota * t / 60 requests are admitted. Time is counted in nanoseconds
    times the quota, in which one request costs the same whole number whatever the quota.
    """

    def __init__(
        self,
        policy: str,
        quota: int,
        clock: Callable[[], int] = time.monotonic_ns,
        most_keys: int = MOST_KEYS,
    ) -> None:
        self._policy = policy
        self._quota = quota
        self._clock = clock
        self._most_keys = most_keys
        self._whole_at: dict[Hashable, int] = {}

    def take(self, key: Hashable) -> Standing:
        """One request of the key."""
        now = self._clock() * self._quota
        owed = self._owed(key, now) + _COST
        admitted = owed <= self._capacity
        if admitted:
            self._remember(key, now, now + owed)
            return self._standing(owed, admitted=True)
        return self._standing(owed - _COST, admitted=False)

    def look(self, key: Hashable) -> Standing:
        """Whether a request would be admitted; it costs nothing."""
        owed = self._owed(key, self._clock() * self._quota)
        return self._standing(owed, admitted=owed + _COST <= self._capacity)

    @property
    def _capacity(self) -> int:
        return self._quota * _COST

    def _owed(self, key: Hashable, now: int) -> int:
        return max(0, self._whole_at.get(key, now) - now)

    def _standing(self, owed: int, *, admitted: bool) -> Standing:
        free = self._capacity - owed
        lacking = -free % _COST or _COST
        seconds = -(-lacking // (self._quota * NANOSECONDS))
        return Standing(self._policy, self._quota, free // _COST, seconds, admitted)

    def _remember(self, key: Hashable, now: int, whole_at: int) -> None:
        # The keys stand in the order of their last request.
        self._whole_at.pop(key, None)
        self._whole_at[key] = whole_at
        while self._whole_at:
            oldest = next(iter(self._whole_at))
            if len(self._whole_at) <= self._most_keys and self._whole_at[oldest] > now:
                break
            del self._whole_at[oldest]


_COST = WINDOW * NANOSECONDS
