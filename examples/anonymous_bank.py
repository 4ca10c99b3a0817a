"""Turn a month of a real call center into the canonical files that `gateway import` reads.

    python examples/anonymous_bank.py february.txt.gz OUT_DIR
    gateway import directory OUT_DIR/directory.json
    gateway import calls OUT_DIR/calls.csv --domain anonymous-bank.example

The file is one of those that the Technion published for research: the calls of an Israeli bank in
1999, one line each. `--recount` prints what the reports must say, counted from the lines.
"""

import argparse
import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

DOMAIN_UUID = UUID("5b0c1a52-6f0f-5c57-8a44-1d2f0b7a9e31")
DOMAIN_NAME = "anonymous-bank.example"
TIME_ZONE = "Asia/Jerusalem"

NO_SERVER = "NO_SERVER"
STATUS = {"AGENT": "answered", "HANG": "busy_line", "PHANTOM": "failed"}
CAUSE = {"answered": "NORMAL_CLEARING", "busy_line": "ORIGINATOR_CANCEL", "failed": ""}
FIRST_EXTENSION = 201
CALL_COLUMNS = (
    "source", "source_key", "started_at", "direction", "status", "duration", "billsec",
    "extension", "hangup_cause",
)  # fmt: skip

Figures = dict[str, int]


class Line(NamedTuple):
    """What a line says, as it stands; seconds may be negative. `number` counts from the header."""

    number: int
    service: str
    started_at: datetime
    vru_time: int
    q_time: int
    status: str
    ser_time: int
    server: str

    @property
    def waitsec(self) -> int:
        return max(0, self.vru_time + self.q_time)

    @property
    def billsec(self) -> int:
        return max(0, self.ser_time) if self.status == "answered" else 0

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.waitsec + self.billsec)


def read(path: Path) -> list[Line]:
    """The lines of the file, plain or gzipped."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="ascii", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [_line(rows.line_num, row) for row in rows]


def _line(number: int, row: Mapping[str, str]) -> Line:
    try:
        return Line(
            number,
            row["type"],
            # The hour has one digit in the morning; zoneless, that is: local.
            datetime.strptime(f"{row['date']} {row['vru_entry']}", "%y%m%d %H:%M:%S"),  # noqa: DTZ007
            int(row["vru_time"]),
            int(row["q_time"]),
            STATUS[row["outcome"]],
            int(row["ser_time"]),
            row["server"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SystemExit(f"line {number} is not a line of this data: {error!r}") from error


def agents(lines: Iterable[Line]) -> dict[str, str]:
    """{name: extension number}, in the order of the names."""
    names = sorted({line.server for line in lines} - {NO_SERVER})
    return {name: str(number) for number, name in enumerate(names, FIRST_EXTENSION)}


def members(lines: Iterable[Line]) -> dict[str, set[str]]:
    """{service: the agents that served it}: a group each."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        found[line.service] |= {line.server} - {NO_SERVER}
    return dict(sorted(found.items()))


def user_uuid(agent: str) -> UUID:
    return uuid5(DOMAIN_UUID, f"user/{agent}")


def group_uuid(service: str) -> UUID:
    return uuid5(DOMAIN_UUID, f"group/{service}")


def directory(lines: Iterable[Line]) -> dict[str, Any]:
    lines = list(lines)
    numbers = agents(lines)
    services = members(lines)
    return {
        "domain": {
            "domain_uuid": str(DOMAIN_UUID),
            "domain_name": DOMAIN_NAME,
            "time_zone": TIME_ZONE,
        },
        "departments": [],
        "groups": [
            {"group_uuid": str(group_uuid(service)), "group_name": service} for service in services
        ],
        "users": [
            {
                "user_uuid": str(user_uuid(agent)),
                "username": agent.lower(),
                "first_name": agent.title(),
                "level": "agent",
            }
            for agent in numbers
        ],
        "extensions": [
            {
                "extension_uuid": str(uuid5(DOMAIN_UUID, f"extension/{number}")),
                "extension": number,
                "user_uuid": str(user_uuid(agent)),
            }
            for agent, number in numbers.items()
        ],
        "group_members": [
            {"group_uuid": str(group_uuid(service)), "user_uuid": str(user_uuid(agent))}
            for service, served_by in services.items()
            for agent in sorted(served_by)
        ],
    }


def calls(lines: Iterable[Line], source: str) -> Iterator[dict[str, str | int]]:
    """The calls as the canonical CSV has them; the line's number is the key of each."""
    lines = list(lines)
    numbers = agents(lines)
    for line in lines:
        yield {
            "source": source,
            "source_key": str(line.number),
            "started_at": line.started_at.isoformat(),
            "direction": "inbound",
            "status": line.status,
            "duration": line.waitsec + line.billsec,
            "billsec": line.billsec,
            "extension": numbers.get(line.server, ""),
            "hangup_cause": CAUSE[line.status],
        }


ODDITIES = {
    "answered without an agent's name (NO_SERVER)": (
        "answered, with no extension: counted for the domain only",
        lambda line: line.status == "answered" and line.server == NO_SERVER,
    ),
    "answered with a service time of 0 s": (
        "answered, with 0 s of talk",
        lambda line: line.status == "answered" and line.ser_time == 0,
    ),
    "hung up waiting, yet with a service time": (
        "busy_line; the service time is left out",
        lambda line: line.status == "busy_line" and line.ser_time != 0,
    ),
    "no real call (PHANTOM), yet with a service time": (
        "failed; the service time is left out",
        lambda line: line.status == "failed" and line.ser_time != 0,
    ),
    "not answered, yet with an agent's name": (
        "credited to that agent",
        lambda line: line.status != "answered" and line.server != NO_SERVER,
    ),
    "negative time in the voice menu": (
        "added to the queue's time as it stands: their sum is the wait that the caller had",
        lambda line: line.vru_time < 0,
    ),
    "negative wait in all": (
        "taken as 0 s",
        lambda line: line.vru_time + line.q_time < 0,
    ),
    "negative service time": ("taken as 0 s", lambda line: line.ser_time < 0),
    "no time at all": (
        "a call of 0 s",
        lambda line: line.waitsec + line.billsec == 0,
    ),
    "ends after midnight": (
        "a call of the day on which it started",
        lambda line: line.started_at.date() != line.ended_at.date(),
    ),
    "longer than an hour": (
        "as it stands",
        lambda line: line.waitsec + line.billsec > 3600,  # noqa: PLR2004
    ),
}


def told(lines: Iterable[Line]) -> Iterator[str]:
    """A sentence per oddity: how many lines have it, and what was done with them."""
    lines = list(lines)
    yield f"{len(lines):>6}  lines, each a call; none is rejected"
    for oddity, (done, has) in ODDITIES.items():
        yield f"{sum(map(has, lines)):>6}  {oddity}: {done}"


def recount(path: Path) -> dict[str, Any]:
    """What the reports must say: per agent and day, per agent, per group and in all.

    Counted from the raw lines, without the way that `calls` goes.
    """
    days: defaultdict[str, defaultdict[str, Counter[str]]]
    days = defaultdict(lambda: defaultdict(Counter))
    domain: Counter[str] = Counter()
    served: defaultdict[str, set[str]] = defaultdict(set)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="ascii") as file:
        for text in list(file)[1:]:
            columns = text.rstrip("\r\n").split("\t")
            figures = _figures(columns)
            domain.update(figures)
            service, date, server = columns[4], columns[5], columns[16]
            served[service]
            if server != NO_SERVER:
                days[server][f"19{date[:2]}-{date[2:4]}-{date[4:]}"].update(figures)
                served[service].add(server)
    totals = {agent: _sum(by_day.values()) for agent, by_day in days.items()}
    return {
        "domain": dict(domain),
        "groups": {group: dict(_sum(totals[a] for a in of)) for group, of in served.items()},
        "agents": {agent: dict(total) for agent, total in totals.items()},
        "days": {agent: {day: dict(of) for day, of in by.items()} for agent, by in days.items()},
    }


def _figures(columns: list[str]) -> Figures:
    wait = max(int(columns[8]) + int(columns[11]), 0)
    figures = {"total_call": 1, "total_inbound": 1, "total_duration": wait, "total_waitsec": wait}
    match columns[12]:
        case "AGENT":
            talk = max(int(columns[15]), 0)
            figures |= {"total_answered": 1, "total_billsec": talk, "total_answered_waitsec": wait}
            figures["total_duration"] += talk
        case "HANG":
            figures["total_busy_line"] = 1
        case _:
            figures["total_failed"] = 1
    return figures


def _sum(parts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total


def write(lines: list[Line], source: str, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(directory(lines), indent=2)
    (out / "directory.json").write_text(document + "\n", encoding="utf-8")
    with (out / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, CALL_COLUMNS)
        table.writeheader()
        table.writerows(calls(lines, source))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="february.txt or february.txt.gz")
    parser.add_argument("out", type=Path, nargs="?", help="the directory to write to")
    parser.add_argument("--recount", action="store_true", help="print the reports' figures as JSON")
    options = parser.parse_args()
    if options.recount:
        print(json.dumps(recount(options.file), indent=2))
        return
    if options.out is None:
        parser.error("name the directory to write to, or ask for --recount")
    lines = read(options.file)
    source = f"anonymous-bank/{options.file.name.partition('.')[0]}"
    write(lines, source, options.out)
    print("\n".join(told(lines)))


if __name__ == "__main__":
    main()
