"""Why a call ended as it did: the hangup cause, or what came before it, decides the status.

The table is `gateway/causes.csv`. Answered goes first, since the other party was connected, then
the place where the call was lost, then the hangup cause.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple, TypeAlias, cast

from msgspec import convert

from gateway.causes import rules
from gateway.ingest.records import Status

# Where a call that reached no agent came to its end.
Place: TypeAlias = Literal["voicemail", "queue", "ivr"]

ANSWERED, OTHER = "answered", "other"
CLEARED, CLEARED_BY_US = "NORMAL_CLEARING", "NORMAL_CLEARING by us"


class Verdict(NamedTuple):
    """A status, and the rule of the table that decided it."""

    status: Status
    rule: str


def status_of(
    cause: str,
    direction: str,
    *,
    answered: bool,
    our_side_hung_up: bool | None = None,
    ended_in: Place | None = None,
) -> Verdict:
    """`answered`: the other party, inbound an agent, was connected; what a queue, an IVR or a
    voicemail box answers is not, it is told by `ended_in`. A cause that is not listed is `other`.
    """
    rule = _rule(cause.upper(), answered, our_side_hung_up, ended_in)
    outbound, inbound = table()[rule]
    return Verdict(inbound if direction == "inbound" else outbound, rule)


def _rule(cause: str, answered: bool, our_side_hung_up: bool | None, ended_in: Place | None) -> str:
    if answered:
        return ANSWERED
    if ended_in is not None:
        return ended_in
    if cause == CLEARED and our_side_hung_up:
        return CLEARED_BY_US
    return cause if cause in table() else OTHER


@cache
def table() -> Mapping[str, tuple[Status, Status]]:
    """{rule: (status of an outbound or local call, status of an inbound call)}."""
    return {name: (_status(rule.outbound), _status(rule.inbound)) for name, rule in rules().items()}


def _status(name: str) -> Status:
    return cast("Status", convert(name, Status))
