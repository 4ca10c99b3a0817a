"""Rows of Asterisk's Master.csv (cdr_csv): one for each pair of parties, columns by position.

16 columns always; then `uniqueid` and `userfield` as cdr.conf's loguniqueid and loguserfield say;
then, with newcdrcolumns, `peeraccount`, `linkedid` and `sequence`.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.ingest.canonical import values
from gateway.ingest.checking import InvalidRecordError, moment, shown
from gateway.ingest.texts import lenient, seconds, whole
from gateway.period import EARLIEST, LATEST, instant

FEWEST, MOST, NEWER = 16, 21, 3
UNIQUEID = re.compile(r"(?:.+-)?(\d{9,10})\.\d+")
# Technology/name-hexadecimal, and of Local channels name@context-hexadecimal;half.
CHANNEL = re.compile(r"(\w+)/([^@]*?)(?:@.*)?(?:-[0-9a-f]+(?:;[12])?)?")
EXTENSION = re.compile(r"\d{2,6}")
# What separates the arguments of an application; before Asterisk 1.6 a bar did.
ARGUMENT = re.compile(r"[,|]")
DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION")


class CdrRow(NamedTuple):
    """`key` is the call's: linkedid, or uniqueid; where neither is logged, channel and start."""

    number: int
    text: str
    key: str
    uniqueid: str
    linked: bool
    source: str
    destination: str
    channel: str
    to_channel: str
    application: str
    queue: str
    start: datetime
    duration: int
    billsec: int
    disposition: str

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.duration)

    @property
    def answer(self) -> datetime:
        return self.end - timedelta(seconds=self.billsec)

    @property
    def local(self) -> bool:
        """One half of a Local channel, which leads from one part of a call to another."""
        return self.channel.startswith("Local/")

    @property
    def voicemail(self) -> bool:
        return self.application.startswith(("VoiceMail", "MiniVM", "MinivmRecord"))

    @property
    def connected(self) -> bool:
        """Whether two parties talked: Asterisk also says ANSWERED where it answered itself."""
        return self.disposition == "ANSWERED" and bool(self.to_channel) and not self.voicemail


def extension_of(channel: str) -> str:
    """The extension that a channel belongs to, such as 101 of PJSIP/101-0000002a; '' of a trunk."""
    found = CHANNEL.fullmatch(channel)
    return found[2] if found is not None and EXTENSION.fullmatch(found[2]) else ""


def row(number: int, line: bytes, zone: ZoneInfo) -> CdrRow:
    whole(line)
    text = lenient(line)
    columns = values(text)
    if not FEWEST <= len(columns) <= MOST:
        raise InvalidRecordError(
            f"there are {len(columns)} columns, but Master.csv has {FEWEST} to {MOST}"
        )
    uniqueid, linkedid = _ids(columns[FEWEST:])
    disposition = columns[14].strip().upper()
    if disposition not in DISPOSITIONS:
        raise InvalidRecordError(
            f"disposition: {shown(columns[14])} is not one of {', '.join(DISPOSITIONS)}"
        )
    duration, billsec = seconds(columns[12], "duration"), seconds(columns[13], "billsec")
    if billsec > duration:
        raise InvalidRecordError(f"billsec ({billsec}) is more than duration ({duration})")
    return CdrRow(
        number=number,
        text=text,
        key=linkedid or uniqueid or _channel_key(columns[5], columns[9]),
        uniqueid=uniqueid,
        linked=bool(linkedid),
        source=columns[1],
        destination=columns[2],
        channel=columns[5],
        to_channel=columns[6],
        application=columns[7],
        queue=ARGUMENT.split(columns[8])[0] if columns[7] == "Queue" else "",
        start=_start(columns[9], uniqueid, zone),
        duration=duration,
        billsec=billsec,
        disposition=disposition,
    )


def _ids(more: list[str]) -> tuple[str, str]:
    """(uniqueid, linkedid) from what follows the 16 columns."""
    newer = more[-NEWER:] if len(more) >= NEWER else []
    older = more[: len(more) - len(newer)]
    linkedid = newer[1] if newer else ""
    # One column may be either; a userfield does not look like a uniqueid.
    uniqueid = older[0] if older and (len(older) > 1 or UNIQUEID.fullmatch(older[0])) else ""
    return uniqueid.strip(), linkedid.strip()


def _channel_key(channel: str, start: str) -> str:
    """Channels' names come again after a restart: with the start they are a key."""
    if not channel:
        raise InvalidRecordError("there is neither linkedid nor uniqueid nor channel")
    return f"{channel}@{start}"


def _start(text: str, uniqueid: str, zone: ZoneInfo) -> datetime:
    """The instant of the PBX's local time. In the hour that the clocks repeat the uniqueid, which
    begins with the epoch at which the channel was made, tells which one it is; else the earlier.
    """
    local = moment(text)
    if local is None or not EARLIEST.year < local.year < LATEST.year:
        raise InvalidRecordError(f"start: {shown(text)} is not a time such as 2026-03-08 09:30:00")
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    earlier, later = instant(local, zone), instant(local, zone, latest=True)
    found = UNIQUEID.fullmatch(uniqueid)
    if earlier == later or found is None:
        return earlier
    made = datetime.fromtimestamp(int(found[1]), UTC)
    return min(earlier, later, key=lambda candidate: abs(candidate - made))
