"""`gateway import asterisk`, `vicidial` and `callcenter` as programs."""

from tests.conftest import TestDatabase
from tests.ingest.test_asterisk import cdr
from tests.ingest.test_callcenter import status
from tests.ingest.test_command import DOMAIN_UUID, NAME, Program, program
from tests.ingest.test_queue_log import log
from tests.ingest.test_vicidial import HEADER, row

__all__ = ["program"]

ROWS = [
    cdr("1.1", to="PJSIP/101-2", disposition="ANSWERED", billsec=20),
    cdr("2.1", channel="PJSIP/102-3", to="PJSIP/trunk-4", start="2026-03-02 11:00:00"),
]
BATCH = "(batch "


def counts(output: str) -> list[str]:
    return [line.split(f" {BATCH}")[0] for line in output.splitlines()]


async def stored(database: TestDatabase, columns: str, table: str) -> list[tuple[object, ...]]:
    async with database.owner() as owner:
        found = await owner.fetch(
            f"select {columns} from {table} where domain_uuid = $1 order by 1, 2",  # noqa: S608
            DOMAIN_UUID,
        )
        return [tuple(row.values()) for row in found]


async def test_asterisk_with_its_queue_log(program: Program, database: TestDatabase) -> None:
    master = program.write("Master.csv", b"".join(ROWS))
    queue_log = program.write(
        "queue_log",
        log(
            (0, "NONE|sales|PJSIP/101|ADDMEMBER|"),
            (10, "3.1|sales|NONE|ENTERQUEUE||0903|1"),
            (20, "3.1|sales|NONE|ABANDON|1|1|10"),
            (30, "NONE|sales|chi|PAUSE|tea"),
            (40, "NONE|sales|SIP/999|PAUSE|tea"),
            (90, "NONE|sales|chi|UNPAUSE|"),
        ),
    )
    arguments = ("asterisk", master, "--domain", NAME, "--queue-log", queue_log)
    result = program.run(*arguments)
    assert result[0] == 1
    assert counts(result[1]) == [
        "calls: read 3, new 3, replaced 0, unchanged 0, deleted 0, rejected 0",
        "activities: read 3, new 2, replaced 0, unchanged 0, deleted 0, rejected 1",
    ]
    assert result[2] == "Rejected records: queue_log.rejects.ndjson\n"
    told = (program.home / "queue_log.rejects.ndjson").read_text()
    assert 'no user \\"999\\" in the directory' in told
    assert '"line":5' in told
    assert await stored(database, "source_key, status, extension, direction", "calls") == [
        ("1.1", "answered", "101", "inbound"),
        ("2.1", "no_answered", "102", "outbound"),
        ("3.1", "busy_line", "", "inbound"),
    ]
    assert await stored(database, "state, seconds, pause_code", "agent_activities") == [
        ("pause", 60, "tea"),
        ("wait", None, ""),
    ]
    again = program.run(*arguments)
    assert counts(again[1]) == [
        "calls: read 3, new 0, replaced 0, unchanged 3, deleted 0, rejected 0",
        "activities: read 3, new 0, replaced 0, unchanged 2, deleted 0, rejected 1",
    ]


async def test_the_zone_is_the_domains_unless_one_is_named(
    program: Program, database: TestDatabase
) -> None:
    text = b"".join(ROWS)
    read = "extract(hour from started_at at time zone 'UTC')::int"
    assert program.run("asterisk", "-", "--domain", NAME, text=text)[0] == 0
    assert await stored(database, f"{read}, source", "calls") == [(3, "asterisk"), (4, "asterisk")]
    status, output, _ = program.run("asterisk", "-", "--domain", NAME, "--zone", "UTC", text=text)
    assert (status, counts(output)[0][:26]) == (0, "read 2, new 0, replaced 2,")
    assert await stored(database, f"{read}, source", "calls") == [
        (10, "asterisk"),
        (11, "asterisk"),
    ]


def test_what_the_operator_got_wrong_is_told(program: Program) -> None:
    master = program.write("Master.csv", b"".join(ROWS))
    for arguments, told in {
        ("asterisk", master, "--domain", NAME, "--zone", "Mars"): '"Mars" is no time zone',
        ("asterisk", master, "--domain", NAME, "--queue-log", "-"): "give a file, not -",
        ("asterisk", master, "--domain", NAME, "--queue-log", "none"): "none cannot be opened",
        ("asterisk", "none", "--domain", NAME): "none cannot be opened",
        ("vicidial", master, "--domain", NAME): "the header lacks agent_log_id",
    }.items():
        status, output, errors = program.run(*arguments)
        assert (status, output) == (1, "")
        assert told in errors
        assert "Traceback" not in errors


async def test_vicidial(program: Program, database: TestDatabase) -> None:
    name = program.write("log.csv", HEADER + row() + row(agent_log_id=8, pause_sec=65_535))
    for expected in ("new 7, replaced 0, unchanged 0", "new 0, replaced 0, unchanged 7"):
        status, output, _ = program.run("vicidial", name, "--domain", NAME)
        assert (status, counts(output)) == (1, [f"read 8, {expected}, deleted 0, rejected 1"])
    assert await stored(database, "state, seconds", "agent_activities") == [
        ("dispo", 5), ("dispo", 5), ("pause", 10), ("talk", 60), ("talk", 60), ("wait", 20),
        ("wait", 20),
    ]  # fmt: skip


async def test_callcenter(program: Program, database: TestDatabase) -> None:
    events = [status(0, "Available"), status(60, "On Break"), status(90, "Logged Out")]
    others = [status(90, "On Break", "an@elsewhere")]
    name = program.write("events.ndjson", b"".join(events + others))
    arguments = ("callcenter", name, "--domain", NAME, "--pbx-domain", "office")
    code, output, _ = program.run(*arguments, "--dry-run")
    expected = "read 2, new 2, replaced 0, unchanged 0, deleted 0, rejected 0"
    assert (code, output) == (0, f"{expected}\n")
    assert await stored(database, "state, seconds", "agent_activities") == []
    assert counts(program.run(*arguments)[1]) == [expected]
    assert await stored(database, "state, seconds", "agent_activities") == [
        ("pause", 30),
        ("wait", 60),
    ]
