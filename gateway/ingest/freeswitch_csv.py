"""Lines of FreeSWITCH's mod_cdr_csv, as the templates that come with it write them.

`default`, `example`, `snom` and `linksys` have the same twelve columns at the beginning. They tell
no direction, no application and nobody who answered: `docs/import.md` says what follows from that.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.ingest import freeswitch
from gateway.ingest.checking import InvalidRecordError, moment
from gateway.ingest.freeswitch_cdr import Cdr
from gateway.ingest.records import CallRecord
from gateway.ingest.texts import lenient, seconds, whole
from gateway.period import instant

# Before it stamps are of calls that were not answered, as some releases write them.
FIRST_YEAR = 1980
STAMP = r'"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"'
# FreeSWITCH writes a name as it is, also with quotes and commas in it.
LINE = re.compile(
    r'"(?P<name>.*)","(?P<caller>[^"]*)","(?P<callee>[^"]*)","(?P<context>[^"]*)",'
    rf'(?P<start>{STAMP}),"(?P<answer>[^"]*)",(?P<end>{STAMP}),'
    r'"(?P<duration>[^"]*)","(?P<billsec>[^"]*)","(?P<cause>\w*)","(?P<uuid>[^"]*)","[^"]*",?.*'
)


def call(line: bytes, zone: ZoneInfo) -> CallRecord | None:
    """The call of a line; None if it is a leg that is no call of its own."""
    whole(line)
    found = LINE.fullmatch(lenient(line))
    if found is None:
        raise InvalidRecordError(
            "this is no line of mod_cdr_csv's templates default, example, snom or linksys"
        )
    duration, billsec = seconds(found["duration"], "duration"), seconds(found["billsec"], "billsec")
    if billsec > duration:
        raise InvalidRecordError(f"billsec ({billsec}) is more than duration ({duration})")
    start = int(_start(_local(found["start"]), _local(found["end"]), duration, zone).timestamp())
    answered = found["answer"][:4] >= str(FIRST_YEAR)
    end = start + duration
    return freeswitch.told(
        Cdr(
            {
                "variables": {
                    "uuid": found["uuid"],
                    "start_epoch": str(start),
                    "end_epoch": str(end),
                    "answer_epoch": str(end - billsec) if answered else "",
                    # Who it was is not told: whatever answered counts as somebody.
                    "bridge_uuid": found["uuid"] if answered else "",
                    "hangup_cause": found["cause"],
                    # Of a call that came in, the dialplan's last step is the extension's number.
                    "dialed_extension": found["callee"],
                },
                "callflow": {
                    "caller_profile": {
                        "caller_id_number": found["caller"],
                        "destination_number": found["callee"],
                        "context": found["context"],
                    }
                },
            },
            encoded=False,
        )
    )


def _local(stamp: str) -> datetime:
    found = moment(stamp.strip('"'))
    if found is None:
        raise InvalidRecordError(f"{stamp} is not a time such as 2026-03-08 09:30:00")
    return found


def _start(start: datetime, end: datetime, duration: int, zone: ZoneInfo) -> datetime:
    """The instant of the PBX's local time. In the hour that the clocks repeat, how long the call
    took may tell which one it is; else the earlier.
    """
    ends = {instant(end, zone), instant(end, zone, latest=True)}
    candidates = sorted({instant(start, zone), instant(start, zone, latest=True)})
    for candidate in candidates:
        if candidate + timedelta(seconds=duration) in ends:
            return candidate.astimezone(UTC)
    return candidates[0].astimezone(UTC)
