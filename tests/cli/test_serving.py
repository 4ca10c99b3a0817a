"""The program as an operator runs it: real processes on a data directory of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.cli.serving import listening
from gateway.settings import Settings
from tests.process import ROOT, Serving, environment, gateway, serving

DOMAIN_UUID = "6e9f0f3e-6a51-4f0b-9c39-0c4f4a3b6f10"
USER_UUID = "5f2d9c1b-3f64-4b7a-8e0d-7a1c9b2e4d03"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "a data directory"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    file = tmp_path / "directory.json"
    file.write_text(
        json.dumps(
            {
                "domain": {
                    "domain_uuid": DOMAIN_UUID,
                    "domain_name": "example.com",
                    "time_zone": "Asia/Ho_Chi_Minh",
                },
                "users": [{"user_uuid": USER_UUID, "username": "an"}],
                "extensions": [
                    {"extension_uuid": str(uuid4()), "extension": "101", "user_uuid": USER_UUID}
                ],
            }
        )
    )
    return file


def calls_file(tmp_path: Path, count: int) -> Path:
    file = tmp_path / "calls.ndjson"
    with file.open("w") as lines:
        for number in range(count):
            call = {
                "source": "test",
                "source_key": str(number),
                "started_at": f"2026-03-{1 + number % 28:02}T09:00:00",
                "direction": "outbound",
                "status": "answered",
                "duration": 60,
                "billsec": 30,
                "extension": "101",
            }
            lines.write(json.dumps(call) + "\n")
    return file


def processes_of(data_dir: Path) -> list[int]:
    """The processes whose command line names the data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(data_dir).encode() in command:
                found.append(int(entry.name))
    return found


def gone_within(seconds: float, data_dir: Path) -> bool:
    give_up = time.monotonic() + seconds
    while processes_of(data_dir):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def total_calls(served: Serving, token: str) -> int:
    march = '{days: {from: "2026-03-01", to: "2026-03-31"}}'
    query = f"{{ domain {{ callStats(period: {march}) {{ totalCall }} }} }}"
    response = httpx.post(
        f"{served.address}/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {token}"},
    )
    total: int = response.json()["data"]["domain"]["callStats"]["totalCall"]
    return total


def test_commands_work_beside_a_server_and_alone(
    data_dir: Path, directory: Path, tmp_path: Path
) -> None:
    imported = gateway(data_dir, "import", "directory", str(directory))
    assert imported.returncode == 0, imported.stderr
    create = ("token", "create", "--domain", "example.com", "--role", "admin", "--name", "a test")
    token = gateway(data_dir, *create).stdout.strip()
    assert token.startswith("gw_")
    assert "\n" not in token
    with serving(data_dir) as served:
        assert httpx.get(f"{served.address}/health/live").status_code == 200
        assert httpx.get(f"{served.address}/health/ready").json() == {"status": "ready"}
        assert total_calls(served, token) == 0
        calls = str(calls_file(tmp_path, 100))
        done = gateway(data_dir, "import", "calls", calls, "--domain", "example.com")
        assert done.returncode == 0, done.stderr
        assert "read 100, new 100" in done.stdout
        # The command ended; the server that it used goes on.
        assert total_calls(served, token) == 100
        listed = gateway(data_dir, "token", "list", "--domain", "example.com").stdout
        assert "a test" in listed
        assert token not in listed
        revoked = gateway(data_dir, "token", "revoke", "a test", "--domain", "example.com")
        assert revoked.returncode == 0
        refused = httpx.post(
            f"{served.address}/graphql",
            json={"query": "{ domain { name } }"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert refused.status_code == 401
    assert gone_within(10, data_dir)
    assert "migration" in gateway(data_dir, "db", "status").stdout
    assert gateway(data_dir, "db", "migrate").stdout == "nothing to apply\n"
    assert gone_within(10, data_dir)


def test_a_server_outlives_the_command_that_started_its_database(
    data_dir: Path, directory: Path, tmp_path: Path
) -> None:
    gateway(data_dir, "import", "directory", str(directory))
    importing = subprocess.Popen(
        [sys.executable, "-m", "gateway", "import", "calls", "-", "--domain", "example.com"],
        cwd=tmp_path,
        env={**environment(data_dir), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert importing.stdin is not None
    give_up = time.monotonic() + 30
    while not (data_dir / "address").exists() and time.monotonic() < give_up:
        time.sleep(0.02)
    with serving(data_dir) as served:
        importing.communicate(calls_file(tmp_path, 10).read_text(), timeout=30)
        assert importing.returncode == 0
        token = gateway(
            data_dir, "token", "create", "--domain", "example.com", "--name", "t"
        ).stdout.strip()
        assert total_calls(served, token) == 10
    assert gone_within(10, data_dir)


def test_imports_are_listed(data_dir: Path, directory: Path, tmp_path: Path) -> None:
    gateway(data_dir, "import", "directory", str(directory))
    calls = str(calls_file(tmp_path, 7))
    gateway(data_dir, "import", "calls", calls, "--domain", "example.com")
    lines = gateway(data_dir, "import", "log", "--domain", "example.com").stdout.splitlines()
    assert len(lines) == 2
    assert "calls  read 7, new 7, replaced 0, unchanged 0, deleted 0, rejected 0" in lines[0]
    assert lines[0].endswith("calls.ndjson")
    assert "  directory  read 3, new 3" in lines[1]
    batch = lines[0].split("  ")[1]
    undone = gateway(data_dir, "import", "undo", batch, "--domain", "example.com")
    assert undone.returncode == 0, undone.stderr
    newest = gateway(data_dir, "import", "log", "--domain", "example.com", "--most", "1").stdout
    assert newest.count("\n") == 1
    assert "  undone  " in newest


def test_the_days_are_verified_and_counted_anew(
    data_dir: Path, directory: Path, tmp_path: Path
) -> None:
    gateway(data_dir, "import", "directory", str(directory))
    calls = str(calls_file(tmp_path, 60))
    gateway(data_dir, "import", "calls", calls, "--domain", "example.com")
    verified = gateway(data_dir, "db", "verify", "--domain", "example.com")
    assert (verified.returncode, verified.stdout) == (0, "0 differences\n")
    assert gateway(data_dir, "db", "rebuild", "--domain", "example.com").stdout == "rebuilt\n"
    assert gateway(data_dir, "db", "verify", "--domain", "example.com").returncode == 0


def test_old_calls_go_and_their_days_stay(data_dir: Path, directory: Path, tmp_path: Path) -> None:
    gateway(data_dir, "import", "directory", str(directory))
    old = tmp_path / "old.ndjson"
    old.write_text(calls_file(tmp_path, 60).read_text().replace("2026-03", "2019-03"))
    gateway(data_dir, "import", "calls", str(old), "--domain", "example.com")
    first = gateway(data_dir, "db", "retain", "--months", "24")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("example.com: 60 calls and 0 activities deleted; they are kept")
    again = gateway(data_dir, "db", "retain", "--months", "24", "--domain", "example.com")
    assert again.stdout.startswith("example.com: 0 calls")
    assert gateway(data_dir, "db", "verify", "--domain", "example.com").returncode == 0
    late = gateway(data_dir, "import", "calls", str(old), "--domain", "example.com")
    assert late.returncode == 1
    token = gateway(
        data_dir, "token", "create", "--domain", "example.com", "--name", "t"
    ).stdout.strip()
    query = """{ domain { rawSince
        days: callStats(period: {days: {from: "2019-03-01", to: "2019-03-31"}}) { totalCall }
        calls(period: {days: {from: "2019-03-01", to: "2019-03-31"}}) { nodes { uuid } } } }"""
    with serving(data_dir) as served:
        answer = httpx.post(
            f"{served.address}/graphql",
            json={"query": query},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
    assert answer["data"]["domain"]["days"]["totalCall"] == 60
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "PERIOD_TOO_OLD"
    assert error["extensions"]["rawSince"][:19] == answer["data"]["domain"]["rawSince"][:19]
    assert error["path"] == ["domain", "calls"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_with_status_0(data_dir: Path, number: signal.Signals) -> None:
    with serving(data_dir) as served:
        served.process.send_signal(number)
        assert served.process.wait(20) == 0
    assert gone_within(10, data_dir)


def test_killing_the_server_leaves_nothing_and_the_next_start_recovers(
    data_dir: Path, directory: Path, tmp_path: Path
) -> None:
    gateway(data_dir, "import", "directory", str(directory))
    calls = str(calls_file(tmp_path, 50))
    gateway(data_dir, "import", "calls", calls, "--domain", "example.com")
    token = gateway(
        data_dir, "token", "create", "--domain", "example.com", "--name", "t"
    ).stdout.strip()
    for _ in range(2):
        with serving(data_dir) as served:
            assert total_calls(served, token) == 50
            served.process.kill()
            served.process.wait(10)
            assert gone_within(10, data_dir)


def test_a_killed_database_comes_back_under_the_server(data_dir: Path) -> None:
    with serving(data_dir) as served:
        (postmaster,) = (data_dir / "postgresql" / "postmaster.pid").read_text().split("\n")[:1]
        os.kill(int(postmaster), signal.SIGKILL)
        assert httpx.get(f"{served.address}/health/live").status_code == 200
        give_up = time.monotonic() + 20
        while httpx.get(f"{served.address}/health/ready").status_code != 200:
            assert time.monotonic() < give_up
            time.sleep(0.1)
    assert gone_within(10, data_dir)


def test_a_second_server_on_the_data_directory_says_so(data_dir: Path) -> None:
    with serving(data_dir) as served:
        second = gateway(data_dir, "serve")
        assert second.returncode == 1
        assert str(served.process.pid) in second.stderr
        assert "already serves" in second.stderr
        assert httpx.get(f"{served.address}/health/ready").status_code == 200


def test_a_taken_port_is_told_before_anything_starts(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = gateway(data_dir, "serve", GATEWAY_PORT=port)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "GATEWAY_PORT" in done.stderr
    assert not (data_dir / "postgresql").exists()


def test_all_wrong_settings_are_told_at_once(data_dir: Path) -> None:
    wrong = {"GATEWAY_PORT": "many", "GATEWAY_MAX_DAYS": "0", "GATEWAY_LOG_LEVEL": "loud"}
    done = gateway(data_dir, "serve", **wrong)
    assert done.returncode == 1
    for variable in wrong:
        assert variable in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_domain_is_told(data_dir: Path) -> None:
    done = gateway(data_dir, "token", "create", "--domain", "nowhere", "--name", "x")
    assert done.returncode == 1
    assert done.stdout == ""
    assert 'There is no domain "nowhere"' in done.stderr


def test_a_token_needs_a_name(data_dir: Path, directory: Path) -> None:
    gateway(data_dir, "import", "directory", str(directory))
    done = gateway(data_dir, "token", "create", "--domain", "example.com", "--name", " ")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Name the token" in done.stderr


def test_the_schema_is_printed(data_dir: Path) -> None:
    done = gateway(data_dir, "schema")
    assert done.stdout == (ROOT / "schema.graphql").read_text("utf-8")


def test_an_external_database_serves_as_two_roles(data_dir: Path, database: Any) -> None:
    urls = {
        "GATEWAY_DATABASE_URL": database.service_url,
        "GATEWAY_OWNER_DATABASE_URL": database.owner_url,
    }
    with serving(data_dir, **urls) as served:
        assert httpx.get(f"{served.address}/health/ready").status_code == 200
    assert not data_dir.exists()
    unbound = gateway(data_dir, "serve", GATEWAY_DATABASE_URL=database.owner_url)
    assert unbound.returncode == 1
    assert "not bound by row-level security" in unbound.stderr


def test_an_answer_is_sent_at_once() -> None:
    """Otherwise its body waits for the client to acknowledge the headers."""
    with listening(Settings(port=0)) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
