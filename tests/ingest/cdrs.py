"""CDRs as FreeSWITCH writes them, made from what differs."""

import json
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

START = 1_772_420_400  # 2026-03-02 10:00:00 in Hanoi
ANSWER = START + 5
END = START + 65
NAMES = UUID(int=9)


def channel(name: str) -> str:
    return str(uuid5(NAMES, name))


def profile(index: int, number: str, caller: str, context: str, bridged: int = 0) -> dict[str, Any]:
    return {
        "dialplan": "XML",
        "profile_index": str(index),
        "caller_profile": {
            "caller_id_name": "Nguyễn Văn Ân",
            "caller_id_number": caller,
            "ani": caller,
            "destination_number": number,
            "context": context,
        },
        "times": {
            "created_time": str(START * 1_000_000),
            "bridged_time": str(bridged * 1_000_000),
        },
    }


def cdr(
    name: str,
    variables: dict[str, Any],
    *,
    callee: str = "101",
    caller: str = "0912345678",
    context: str = "public",
    apps: tuple[tuple[str, str], ...] = (),
    encode_values: bool = True,
    **parts: Any,
) -> dict[str, Any]:
    values = {
        "direction": "inbound",
        "uuid": channel(name),
        "sip_from_display": "Nguyễn Văn Ân",
        "start_stamp": "2026-03-02 10:00:00",
        "start_epoch": START,
        "start_uepoch": START * 1_000_000 + 534_355,
        "answer_epoch": "0",
        "answer_uepoch": "0",
        "bridge_epoch": "0",
        "end_epoch": END,
        "duration": "65",
        "hangup_cause": "NORMAL_CLEARING",
        **variables,
    }
    texts = {key: str(value) for key, value in values.items() if value is not None}
    if encode_values:
        texts = {key: quote(value, safe="/-_.,'()") for key, value in texts.items()}
    return {
        "core-uuid": channel("core"),
        "switchname": "pbx",
        "channel_data": {"state": "CS_REPORTING", "direction": "inbound"},
        "variables": texts,
        "app_log": {
            "applications": [{"app_name": app, "app_data": data} for app, data in apps],
        },
        "callflow": [profile(1, callee, caller, context)],
        **parts,
    }


def bridged(at: int = ANSWER, **variables: Any) -> dict[str, Any]:
    return {
        "answer_epoch": at,
        "bridge_epoch": at,
        "bridge_uuid": channel("other"),
        "originate_disposition": "SUCCESS",
        **variables,
    }


def packed(found: dict[str, Any]) -> bytes:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
