"""A backup that was restored is what it was."""

import subprocess

from gateway.access import utc_now
from gateway.store import tokens
from gateway.store.embedded import SERVICE, _install
from gateway.store.migrate import migrate
from gateway.store.writes import locked
from gateway.viewer import Role
from tests.conftest import TestDatabase
from tests.graphql.conftest import serving, stored
from tests.store.test_migrate import fresh
from tests.upgrades.older import worlds

__all__ = ["fresh"]

QUERY = {
    "query": '{ domain { name callStats(period: {days: {from: "2026-03-01", to: "2026-03-31"}})'
    " { totalCall totalBillsec } } }"
}


def run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [_install() / "bin" / program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def test_as_the_page_says(
    database: TestDatabase, fresh: TestDatabase, tmp_path: object
) -> None:
    (world, other), file = worlds(), f"{tmp_path}/gateway.dump"
    await stored(database, world, other)
    async with database.opened() as opened:
        token = await tokens.create(opened, world.domain_uuid, Role.ADMIN, "t", utc_now())
    run("pg_dump", "--format=custom", f"--file={file}", database.owner_url)
    run(
        "pg_restore",
        "--no-owner",
        "--role=gateway_owner",
        "--exit-on-error",
        f"--dbname={fresh.owner_url}",
        file,
    )
    assert await migrate(fresh.owner_url, SERVICE) == []
    answers = []
    for each in (database, fresh):
        async with serving(each) as http:
            headers = {"Authorization": f"Bearer {token}"}
            answers.append((await http.post("/graphql", json=QUERY, headers=headers)).json())
    assert answers[0] == answers[1]
    assert answers[1]["data"]["domain"]["callStats"]["totalCall"] == 60
    async with fresh.opened() as restored, locked(restored, other.domain_uuid) as writer:
        assert await writer.differences() == []
    async with fresh.opened() as restored:
        await restored.check_service_role()
