"""Who may ask now: good tokens are not shut out by the bad ones of their neighbours."""

import pytest

from gateway.auth.door import Door, home_of
from gateway.settings import Settings
from tests.auth.test_rates import SECOND, Clock

OFFICE = "192.0.2.1"


def door(clock: Clock, requests: int = 3, failures: int = 2) -> Door:
    return Door(Settings(rate_limit=requests, failure_limit=failures), clock)


def test_a_good_token_is_counted_at_the_knock_once_it_is_known() -> None:
    found = door(Clock())
    assert found.knock("t", OFFICE) is None
    entered = found.enter("t", "client")
    assert entered is not None
    assert entered.remaining == 2
    left = [
        standing and (standing.admitted, standing.remaining)
        for standing in (found.knock("t", OFFICE) for _ in range(3))
    ]
    assert left == [(True, 1), (True, 0), (False, 0)]


def test_the_sessions_of_a_token_share_its_quota() -> None:
    found = door(Clock())
    standings = [found.enter(f"session {number}", "client") for number in range(4)]
    assert [standing is not None and standing.admitted for standing in standings] == [
        True,
        True,
        True,
        False,
    ]


def test_failures_shut_out_unknown_tokens_of_the_address_only() -> None:
    clock = Clock()
    found = door(clock)
    found.enter("known", "client")
    failed = [found.fail(OFFICE) for _ in range(3)]
    assert [standing is not None and standing.admitted for standing in failed] == [
        True,
        True,
        False,
    ]
    refused = found.knock("new", OFFICE)
    assert refused is not None
    assert (refused.policy, refused.admitted) == ("failures", False)
    assert found.knock("new", "192.0.2.2") is None
    known = found.knock("known", OFFICE)
    assert known is not None
    assert known.admitted
    clock.now += refused.seconds * SECOND
    assert found.knock("new", OFFICE) is None


def test_0_is_no_limit() -> None:
    found = door(Clock(), requests=0, failures=0)
    found.enter("t", "client")
    assert all(found.knock("t", OFFICE) is None for _ in range(10_000))
    assert all(found.fail(OFFICE) is None for _ in range(10_000))


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_an_address_stands_for_one_customer(address: str, home: str) -> None:
    assert home_of(address) == home
