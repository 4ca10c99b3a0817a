"""The slow-operation log and the audit log: what they tell, and what they keep to themselves."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway import log
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.store import tokens
from gateway.telemetry.work import hash_of
from gateway.viewer import Role
from tests.cli.test_workers import COMPANY
from tests.conftest import TestDatabase
from tests.graphql.company import Company, company
from tests.graphql.conftest import client_of, serving, stored
from tests.process import gateway
from tests.world import World

QUERY = "query People($name: String!) { user(by: {username: $name}) { groups { name } } }"


@pytest.fixture
async def example(database: TestDatabase) -> Company:
    found = company()
    await stored(database, found)
    return found


@pytest.fixture
def audit_file(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "audit.log"
    log.configure(Settings(log_format="json", log_level="error", audit_log=file))
    yield file
    log.configure(Settings(log_format="json"))


def entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def slow(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [
        record.msg
        for record in caplog.records
        if record.name == "gateway.slow" and isinstance(record.msg, dict)
    ]


async def test_a_slow_operation_is_told_with_its_reads(
    database: TestDatabase, example: Company, caplog: pytest.LogCaptureFixture
) -> None:
    limit: dict[str, Any] = {"slow_operation": 0.000001}
    async with client_of(database, example.domain_uuid, **limit) as client:
        await client.ask(QUERY, name="an")
    (entry,) = slow(caplog)
    assert entry["route"] == "/graphql"
    assert entry["operation"] == "People"
    assert entry["document"] == hash_of(QUERY)
    assert entry["cost"] > 1
    assert entry["ms"] > 0
    reads = {read["name"]: read for read in entry["reads"]}
    statements = {statement["name"]: statement for statement in entry["statements"]}
    assert reads["groups_by_user"]["rows"] == 1
    assert statements["reads/groups_by_user"]["rows"] >= 1
    assert 0 < statements["reads/groups_by_user"]["ms"] <= reads["groups_by_user"]["ms"]
    assert '"an"' not in json.dumps(entry, default=str)


async def test_a_quick_operation_is_not(
    database: TestDatabase, example: Company, caplog: pytest.LogCaptureFixture
) -> None:
    for seconds in (0.0, 60.0):
        limit: dict[str, Any] = {"slow_operation": seconds}
        async with client_of(database, example.domain_uuid, **limit) as client:
            await client.ask(QUERY, name="an")
    assert not slow(caplog)


async def test_a_rest_report_has_its_statements(
    database: TestDatabase, example: Company, caplog: pytest.LogCaptureFixture
) -> None:
    limit: dict[str, Any] = {"slow_operation": 0.000001}
    async with client_of(database, example.domain_uuid, **limit) as client:
        await client.http.get("/v3/report/call/user")
    (entry,) = slow(caplog)
    assert "operation" not in entry
    assert entry["statements"]


async def test_denials_are_audited_whatever_the_logs_level(
    database: TestDatabase, example: Company, audit_file: Path
) -> None:
    async with client_of(database, example.domain_uuid) as client:
        await client.ask(QUERY, name="an")
        client.http.headers["X-Domain"] = "elsewhere"
        await client.post("{ domain { name } }")
        client.http.headers["Authorization"] = "Bearer wrong-and-secret"
        await client.post("{ domain { name } }")
        await client.http.get("/v3/report/call/user")
    found = entries(audit_file)
    assert [entry["event"] for entry in found] == ["denied"] * 3
    assert [entry["code"] for entry in found] == ["FORBIDDEN"] + ["UNAUTHENTICATED"] * 2
    assert {entry["logger"] for entry in found} == {"gateway.audit"}
    assert all(entry["request_id"] and entry["address"] for entry in found)
    assert "secret" not in audit_file.read_text("utf-8")


async def test_a_superadmins_visit_is_audited(
    database: TestDatabase, example: Company, audit_file: Path
) -> None:
    other = World(name="other")
    await stored(database, other)
    now = datetime.now(UTC)
    async with database.opened() as opened:
        token = await tokens.create(opened, example.domain_uuid, Role.SUPERADMIN, "root", now)
    async with serving(database, now) as http:
        headers = {"Authorization": f"Bearer {token}", "X-Domain": "other"}
        answer = await http.post("/graphql", json={"query": "{ domain { name } }"}, headers=headers)
    assert answer.json() == {"data": {"domain": {"name": "other"}}}
    (entry,) = entries(audit_file)
    assert entry["event"] == "domain visited"
    assert entry["home"] == str(example.domain_uuid)
    assert entry["domain"] == str(other.domain_uuid)
    assert entry["token"] == "root"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"GATEWAY_AUDIT_LOG: .* cannot be written to"):
        log.configure(Settings(audit_log=tmp_path / "missing" / "audit.log"))
    log.configure(Settings(log_format="json"))


def test_without_a_file_it_is_part_of_the_log() -> None:
    log.configure(Settings(log_format="json", log_level="error"))
    try:
        audit = logging.getLogger(log.AUDIT)
        assert audit.propagate
        assert audit.isEnabledFor(logging.INFO)
        assert not audit.handlers
    finally:
        log.configure(Settings(log_format="json"))


def test_what_operators_do_is_audited(tmp_path: Path) -> None:
    data, file, audit_log = tmp_path / "data", tmp_path / "directory.json", tmp_path / "audit"
    file.write_text(COMPANY)
    calls = tmp_path / "calls.csv"
    calls.write_text(
        "source,source_key,started_at,direction,status,duration,billsec\n"
        "t,1,2026-03-08T09:00:00Z,inbound,busy_line,5,0\n"
    )
    domain = ("--domain", "example.com")

    def run(*arguments: str) -> str:
        done = gateway(data, *arguments, GATEWAY_AUDIT_LOG=str(audit_log))
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("import", "directory", str(file))
    token = run("token", "create", *domain, "--name", "wallboard").strip()
    run("import", "calls", str(calls), *domain, "--dry-run")
    imported = run("import", "calls", str(calls), *domain)
    run("import", "undo", imported.split("batch ")[1].split(")")[0], *domain)
    run("db", "rebuild", *domain)
    run("db", "retain", "--months", "1", *domain)
    run("token", "revoke", "wallboard", *domain)
    run("token", "revoke-jwt", *domain, "--subject", "somebody")
    found = entries(audit_log)
    assert [entry["event"] for entry in found] == [
        "imported",
        "token created",
        "imported",
        "import undone",
        "rebuilt",
        "retained",
        "token revoked",
        "JWT revoked",
    ]
    assert all(entry["by"] for entry in found)
    assert (found[1]["token"], found[1]["role"]) == ("wallboard", "admin")
    assert (found[2]["source"], found[2]["new"]) == ("calls.csv", 1)
    assert token not in audit_log.read_text("utf-8")
