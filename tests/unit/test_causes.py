"""The rules of a status, as people read them."""

import pytest

from gateway.causes import explained, rules
from gateway.measures import STATUSES


def test_every_rule_gives_a_status_and_says_why() -> None:
    for name, rule in rules().items():
        assert {rule.outbound, rule.inbound} <= set(STATUSES), name
        assert rule.meaning.endswith("."), name
        assert len(rule.meaning) < 80, name
    assert len({rule.meaning for rule in rules().values()}) == len(rules())


@pytest.mark.parametrize(
    ("rule", "direction", "status", "expected"),
    [
        ("USER_BUSY", "outbound", "busy", "An outbound call that ends so counts as busy."),
        ("USER_BUSY", "local", "busy", "A local call that ends so counts as busy."),
        ("CALL_REJECTED", "inbound", "cancel", "An inbound call that ends so counts as cancel."),
        ("CALL_REJECTED", "outbound", "busy", "An outbound call that ends so counts as busy."),
    ],
)
def test_a_status_is_explained(rule: str, direction: str, status: str, expected: str) -> None:
    text = explained(rule, direction, status)
    assert text == f"{rules()[rule].meaning} {expected}"


def test_a_status_that_does_not_follow_from_its_rule_is_not_claimed_to() -> None:
    assert explained("USER_BUSY", "outbound", "answered") == rules()["USER_BUSY"].meaning


@pytest.mark.parametrize("rule", ["", "far end", "user_busy"])
def test_a_rule_of_somebody_else_is_not_explained(rule: str) -> None:
    assert explained(rule, "inbound", "busy") is None
