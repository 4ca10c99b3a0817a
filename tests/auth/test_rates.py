"""How often one may ask: never more than the quota and what came back of it since."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.rates import NANOSECONDS, WINDOW, Limiter

SECOND = NANOSECONDS
QUOTAS = st.integers(1, 100_000)
PAUSES = st.lists(st.integers(0, 5 * SECOND), min_size=1, max_size=60)


class Clock:
    """A clock that stands until it is moved, in nanoseconds."""

    def __init__(self) -> None:
        self.now = 123_456_789_012_345

    def __call__(self) -> int:
        return self.now


def admitted_at(quota: int, pauses: Sequence[int], asked: int = 1) -> list[int]:
    """When requests were admitted, of some asked at once after each pause."""
    clock = Clock()
    limiter = Limiter("requests", quota, clock)
    found = []
    for pause in pauses:
        clock.now += pause
        found += [clock.now for _ in range(asked) if limiter.take("a").admitted]
    return found


@given(QUOTAS, PAUSES, st.integers(1, 40))
def test_no_span_has_more_than_the_quota_and_what_came_back(
    quota: int, pauses: list[int], asked: int
) -> None:
    moments = admitted_at(quota, pauses, asked)
    for first in range(len(moments)):
        for last in range(first, len(moments)):
            span = moments[last] - moments[first]
            assert (last - first + 1) * WINDOW * SECOND <= quota * (WINDOW * SECOND + span)


@given(QUOTAS, st.integers(1, 200))
def test_who_keeps_to_the_rate_is_never_refused(quota: int, requests: int) -> None:
    pause = -(-WINDOW * SECOND // quota)
    assert len(admitted_at(quota, [pause] * requests)) == requests


@given(st.integers(1, 2000))
def test_the_whole_quota_may_be_used_at_once_and_no_more(quota: int) -> None:
    clock = Clock()
    limiter = Limiter("requests", quota, clock)
    left = [limiter.take("a").remaining for _ in range(quota)]
    assert left == list(range(quota - 1, -1, -1))
    refused = limiter.take("a")
    assert (refused.admitted, refused.remaining) == (False, 0)
    # What is said to be enough is enough, and a refusal costs nothing.
    clock.now += refused.seconds * SECOND
    assert limiter.take("a").admitted


@given(QUOTAS, PAUSES)
def test_looking_costs_nothing_and_tells_the_truth(quota: int, pauses: list[int]) -> None:
    clock = Clock()
    limiter = Limiter("requests", quota, clock)
    for pause in pauses:
        clock.now += pause
        seen = limiter.look("a")
        assert seen == limiter.look("a")
        assert limiter.take("a").admitted == seen.admitted


def test_keys_do_not_share() -> None:
    limiter = Limiter("requests", 1, Clock())
    assert [limiter.take(key).admitted for key in "aabb"] == [True, False, True, False]


def test_what_is_whole_again_is_forgotten() -> None:
    clock = Clock()
    limiter = Limiter("requests", 60, clock)
    for key in range(1000):
        limiter.take(key)
    clock.now += 2 * SECOND
    limiter.take("last")
    assert len(limiter._whole_at) == 1


def test_the_memory_is_bounded() -> None:
    clock = Clock()
    limiter = Limiter("requests", 2, clock, most_keys=100)
    for key in range(10_000):
        limiter.take(key)
    assert len(limiter._whole_at) == 100
    # Who asked last is remembered.
    assert limiter.take(9999).admitted
    assert not limiter.take(9999).admitted


@pytest.mark.parametrize(
    ("quota", "taken", "fields"),
    [
        (
            6000,
            1,
            {"RateLimit-Policy": '"requests";q=6000;w=60', "RateLimit": '"requests";r=5999;t=1'},
        ),
        (2, 1, {"RateLimit-Policy": '"requests";q=2;w=60', "RateLimit": '"requests";r=1;t=30'}),
        (2, 3, {"RateLimit-Policy": '"requests";q=2;w=60', "RateLimit": '"requests";r=0;t=30'}),
    ],
)
def test_the_fields(quota: int, taken: int, fields: dict[str, str]) -> None:
    limiter = Limiter("requests", quota, Clock())
    for _ in range(taken):
        standing = limiter.take("a")
    assert dict(standing.fields()) == fields
