"""A CDR as FreeSWITCH's mod_json_cdr writes and posts it: what each of its places says."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from gateway.ingest.checking import InvalidRecordError

# FreeSWITCH writes an instant that never was as 0, and some versions as a day of 1970.
FIRST_SECOND = 315_532_800
LAST_SECOND = 7_258_118_400  # 2200
MICRO = 1_000_000
# A usual CDR has 20 kB.
LARGEST = 2_000_000
OPTIONS = re.compile(r"\{[^}]*\}|\[[^\]]*\]|<[^>]*>")
PHONE = re.compile(r"(?:^|[,:_/])(?:user|sofia/internal|verto\.rtc)/(\d+)")
EXTERNAL = re.compile(r"sofia/(?:gateway|external)/")


def document(content: bytes) -> dict[str, Any]:
    """The CDR of a body or a file: JSON, or a form's `cdr=`, or JSON encoded for one as
    mod_json_cdr's files of failed posts hold it. The Content-Type does not tell: with
    disable-100-continue FreeSWITCH sends none of its own.
    """
    # What is not UTF-8 are names that a phone made up; no number is in them.
    text = _json(content.removeprefix(b"\xef\xbb\xbf").strip()).decode(errors="replace")
    try:
        found = msgspec.json.decode(text, strict=False)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRecordError(f"this is not the JSON of a CDR: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("variables"), dict):
        raise InvalidRecordError('this is no CDR of mod_json_cdr: it has no object "variables"')
    return found


def _json(content: bytes) -> bytes:
    form = [part for part in content.split(b"&") if part.startswith(b"cdr=")]
    if form and not content.startswith(b"{"):
        content = form[0].removeprefix(b"cdr=")
    if content[:3].lower() == b"%7b":
        # A plus is a plus: FreeSWITCH does not write spaces so.
        return unquote_to_bytes(content)
    if content.startswith(b"{"):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        return content


class Cdr:
    """`profiles` are what the caller dialled: first the number of the beginning, then each
    transfer's; `apps` are the dialplan's applications that ran, with their arguments. `encoded`:
    as mod_json_cdr may write them, the variables' values are those of a URL.
    """

    def __init__(self, found: Mapping[str, Any], *, encoded: bool = True) -> None:
        self._variables = _variables(found["variables"]) if encoded else found["variables"]
        self.profiles = sorted(_objects(found.get("callflow")), key=_index)
        log = found.get("app_log")
        ran = _objects(log.get("applications") if isinstance(log, dict) else None)
        self.apps = [(_text(app.get("app_name")), _text(app.get("app_data"))) for app in ran]

    def get(self, *names: str) -> str:
        """The first of these variables that says anything."""
        return next((found for name in names if (found := self._variables.get(name))), "")

    def second(self, name: str) -> int | None:
        """The epoch second of `<name>_epoch` or `<name>_uepoch`."""
        return _second(self.get(f"{name}_epoch")) or _second(self.get(f"{name}_uepoch"), MICRO)

    def profile(self, position: int) -> Mapping[str, Any]:
        """What the caller profile says: of the beginning (0), or of the last transfer (-1)."""
        return _object(self.profiles[position], "caller_profile") if self.profiles else {}

    @property
    def created_at(self) -> int | None:
        return self.second("start") or self._first_time("created_time")

    @property
    def ended_at(self) -> int | None:
        return self.second("end") or self._first_time("hangup_time")

    @property
    def bridged_at(self) -> int | None:
        """When the first of the parties that it was connected to was."""
        return self._first_time("bridged_time") or self.second("bridge")

    @property
    def bridged(self) -> bool:
        return bool(self.bridged_at or self.get("bridge_uuid", "last_bridge_to", "bridge_channel"))

    @property
    def first_bridged(self) -> Mapping[str, Any]:
        """The profile in which it was connected first."""
        for profile in self.profiles:
            if _second(_object(profile, "times").get("bridged_time"), MICRO):
                return _object(profile, "caller_profile")
        return {}

    @property
    def bridges(self) -> Sequence[str]:
        """What it tried to connect to, in order, without the options."""
        found = [data for name, data in self.apps if name == "bridge"]
        if not found and self.get("last_app") == "bridge":
            found = [self.get("last_arg")]
        return [OPTIONS.sub("", data) for data in found]

    @property
    def rang(self) -> Sequence[str]:
        """The numbers of the phones that rang last, together."""
        last = self.bridges[-1].rpartition("|")[2] if self.bridges else ""
        return sorted(PHONE.findall(last))

    @property
    def went_outside(self) -> bool:
        return bool(self.get("sip_gateway_name")) or any(map(EXTERNAL.search, self.bridges))

    def used(self, app: str) -> bool:
        return self.get("last_app") == app or any(name == app for name, _ in self.apps)

    def _first_time(self, name: str) -> int | None:
        times = (_second(_object(each, "times").get(name), MICRO) for each in self.profiles)
        return next(filter(None, times), None)


def _variables(given: Mapping[str, Any]) -> dict[str, str]:
    """The variables' texts. Their values are URL-encoded unless `encode-values` is off; then
    there are spaces in some, as in every stamp.
    """
    texts = {name: _text(value) for name, value in given.items()}
    if any(" " in text for text in texts.values()):
        return texts
    return {
        name: unquote_to_bytes(text).decode(errors="replace") if "%" in text else text
        for name, text in texts.items()
    }


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def _object(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _index(profile: Mapping[str, Any]) -> int:
    index = _text(profile.get("profile_index"))
    return int(index[:9]) if index.isdecimal() else 0


def _second(value: Any, unit: int = 1) -> int | None:
    text = _text(value).partition(".")[0]
    if not text.isdecimal() or len(text) > len(str(LAST_SECOND * MICRO)):
        return None
    second = int(text) // unit
    return second if FIRST_SECOND <= second < LAST_SECOND else None
