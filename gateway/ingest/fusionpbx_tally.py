"""What a dry run tells: FusionPBX's own figures beside ours, and where the difference is from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.ingest import fusionpbx_legs as legs
from gateway.ingest.fusionpbx_legs import Leg
from gateway.ingest.records import CallRecord, Line, Reject

JOINED = "legs that joined another call"
REJECTED = "legs that are rejected"


@dataclass
class Tally:
    rows: int = 0
    missed: int = 0
    duration: int = 0
    billsec: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    parts_duration: int = 0
    calls: int = 0
    our_statuses: Counter[str] = field(default_factory=Counter)
    our_duration: int = 0
    our_billsec: int = 0

    def add_legs(self, new: Iterable[Leg], statuses: Mapping[str, int]) -> None:
        self.statuses.update(statuses)
        for leg in new:
            duration = legs.second(leg["duration"])
            self.rows += 1
            self.missed += leg["missed_call"] == "true"
            self.duration += duration
            self.billsec += legs.second(leg["billsec"])
            kind = legs.part(leg)
            if kind is not None:
                self.parts[kind] += 1
                self.parts_duration += duration

    def add_call(self, made: Line[CallRecord] | Reject | None) -> None:
        """What became of a leg that is no part of another call."""
        if isinstance(made, Line):
            record = made.record
            self.calls += 1
            self.our_statuses[str(record.status)] += 1
            self.our_duration += record.duration or 0
            self.our_billsec += record.billsec or 0
        else:
            self.parts[JOINED if made is None else REJECTED] += 1

    def lines(self) -> Iterator[str]:
        yield (
            f"FusionPBX: {self.rows} legs, {self.missed} missed, duration {self.duration} s,"
            f" billsec {self.billsec} s{_listed(self.statuses)}"
        )
        yield (
            f"Here:      {self.calls} calls, duration {self.our_duration} s,"
            f" billsec {self.our_billsec} s{_listed(self.our_statuses)}"
        )
        yield f"{self.rows} legs - {self.rows - self.calls} that are no calls = {self.calls} calls"
        yield from (f"  {number} {kind}" for kind, number in sorted(self.parts.items()))
        yield (
            f"Duration: FusionPBX's is {self.parts_duration} s of such legs, and of calls the"
            " talk alone since 2023-10; here it is from start to end."
        )
        yield (
            "Billsec: here it begins when somebody answers, not when a queue, an IVR or a"
            " voicemail box does."
        )


def _listed(statuses: Mapping[str, int]) -> str:
    listed = ", ".join(f"{name} {number}" for name, number in sorted(statuses.items()))
    return f" ({listed})" if listed else ""
