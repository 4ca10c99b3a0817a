"""`gateway doctor` and `gateway config check`: each thing that can be wrong is found and told."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gateway.cli import doctor
from gateway.cli.config import contradictions
from gateway.settings import Settings
from gateway.store.embedded import OWNER, SERVICE
from tests.conftest import TestDatabase
from tests.graphql.company import company
from tests.graphql.conftest import stored
from tests.process import gateway
from tests.store.test_migrate import role

__all__ = ["role"]

NOBODYS = "http://127.0.0.1:9/keys"


def told(tmp_path: Path, *arguments: str, **settings: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = gateway(tmp_path / "data", *arguments, "--json", **settings)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, {each["check"]: each for each in json.loads(done.stdout)}


def examined(
    tmp_path: Path, database: TestDatabase, *arguments: str, **settings: str
) -> tuple[int, dict[str, dict[str, str]]]:
    addresses = {
        "GATEWAY_DATABASE_URL": database.service_url,
        "GATEWAY_OWNER_DATABASE_URL": database.owner_url,
    }
    return told(tmp_path, "doctor", *arguments, **{**addresses, **settings})


def change(database: TestDatabase, statement: str) -> None:
    async def run() -> None:
        async with database.owner() as owner:
            await owner.execute(statement)

    asyncio.run(run())


@pytest.fixture
def example(database: TestDatabase) -> TestDatabase:
    asyncio.run(stored(database, company()))
    return database


def test_all_is_well(tmp_path: Path, example: TestDatabase) -> None:
    status, found = examined(tmp_path, example)
    assert status == 0
    assert {each["state"] for each in found.values()} == {"ok"}
    assert found.keys() == {
        "settings", "database", "role", "migrations", "clock", "connections", "rollups",
    }  # fmt: skip


def test_an_embedded_database_has_a_disk(tmp_path: Path) -> None:
    assert gateway(tmp_path / "data", "db", "migrate").returncode == 0
    done = gateway(tmp_path / "data", "doctor")
    assert done.returncode == 0, done.stdout
    assert "GB are free at" in done.stdout
    assert "gateway import directory FILE" in done.stdout


def test_a_rollup_that_is_wrong(tmp_path: Path, example: TestDatabase) -> None:
    change(example, "update call_quarters set total_call = total_call + 1")
    status, found = examined(tmp_path, example)
    assert status == 1
    assert found["rollups"]["state"] == "fail"
    assert "gateway db rebuild --domain example" in found["rollups"]["advice"]
    # Nor one that was never counted.
    change(example, "delete from call_quarters")
    assert examined(tmp_path, example, "--domain", "example")[0] == 1


def test_a_migration_that_is_missing(tmp_path: Path, example: TestDatabase) -> None:
    change(
        example,
        "delete from schema_migrations"
        " where version = (select max(version) from schema_migrations)",
    )
    status, found = examined(tmp_path, example)
    assert (status, found["migrations"]["state"]) == (1, "fail")
    assert found["migrations"]["advice"] == "Run: gateway db migrate"
    assert "rollups" not in found


def test_a_role_that_is_not_bound(tmp_path: Path, example: TestDatabase) -> None:
    status, found = examined(tmp_path, example, GATEWAY_DATABASE_URL=example.owner_url)
    assert (status, found["role"]["state"]) == (1, "fail")


def test_row_level_security_that_is_off(tmp_path: Path, example: TestDatabase) -> None:
    change(example, "alter table calls disable row level security")
    status, found = examined(tmp_path, example)
    assert (status, found["role"]["finding"]) == (1, "row-level security is off: calls")


async def test_a_role_without_rights(
    tmp_path: Path, example: TestDatabase, role: Callable[[str], Awaitable[str]]
) -> None:
    login = await role("login")
    url = example.owner_url.replace(f"//{OWNER}@", f"//{quote(login)}@")
    status, found = await asyncio.to_thread(examined, tmp_path, example, GATEWAY_DATABASE_URL=url)
    assert (status, found["role"]["state"]) == (1, "fail")
    assert f"grant {SERVICE} to {login};" in found["role"]["advice"]


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    url = "postgresql://me:s3cret@127.0.0.1:9/db"
    status, found = told(tmp_path, "doctor", GATEWAY_DATABASE_URL=url)
    assert (status, found["database"]["state"]) == (1, "fail")
    assert "s3cret" not in str(found)


def test_keys_that_cannot_be_had(tmp_path: Path, example: TestDatabase) -> None:
    settings = {
        "GATEWAY_JWT_JWKS_URL": NOBODYS,
        "GATEWAY_JWT_ISSUER": "i",
        "GATEWAY_JWT_AUDIENCE": "a",
    }
    status, found = examined(tmp_path, example, **settings)
    assert (status, found["JWKS"]["state"]) == (1, "fail")


def test_more_connections_than_there_are(tmp_path: Path, example: TestDatabase) -> None:
    status, found = examined(tmp_path, example, GATEWAY_POOL_SIZE="1000")
    assert (status, found["connections"]["state"]) == (0, "warn")


@pytest.mark.parametrize(("off", "state"), [(0.5, "ok"), (3, "warn"), (100, "fail")])
def test_clocks_that_differ(off: float, state: str) -> None:
    assert doctor._clock(off).state == state


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    status, found = told(tmp_path, "config", "check", GATEWAY_POOL_SIZE="many")
    assert status == 1
    assert "GATEWAY_POOL_SIZE" in found["settings"]["finding"]


@pytest.mark.parametrize(
    "settings",
    [
        {"GATEWAY_TRUSTED_DOCUMENTS": "/nowhere/manifest.json"},
        {"GATEWAY_TRUSTED_ONLY": "true"},
        {"GATEWAY_JWT_ISSUER": "only this"},
        {"GATEWAY_AUDIT_LOG": "/nowhere/audit.log"},
    ],
)
def test_settings_that_cannot_be_served_with(tmp_path: Path, settings: dict[str, str]) -> None:
    status, found = told(tmp_path, "config", "check", **settings)
    assert (status, found["settings"]["state"]) == (1, "fail")


def test_a_misspelt_setting_and_no_database_asked(tmp_path: Path) -> None:
    # The address answers nobody: nobody asks it.
    settings = {"GATEWAY_PORTS": "1", "GATEWAY_DATABASE_URL": "postgresql://127.0.0.1:9/db"}
    status, found = told(tmp_path, "config", "check", **settings)
    assert status == 0
    assert "GATEWAY_PORT is meant?" in found["settings"]["finding"]
    assert not (tmp_path / "data").exists()


def test_the_defaults_do_not_contradict_each_other() -> None:
    assert list(contradictions(Settings())) == []


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({"port": 9000, "operations_port": 9000}, "fail"),
        ({"statement_timeout": 40}, "warn"),
        ({"pool_timeout": 30}, "warn"),
        ({"heavy_cost": 2_000_000}, "warn"),
        ({"heavy_at_once": 10}, "warn"),
        ({"trusted_only": True}, "warn"),
        ({"database_url": "postgresql://a/b"}, "warn"),
        ({"workers": 200}, "warn"),
    ],
)
def test_a_contradiction_is_told(settings: dict[str, Any], state: str) -> None:
    (verdict,) = contradictions(Settings(**settings))
    assert verdict.state == state
    assert verdict.advice
