"""What of the container set-up can be checked without a container engine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.settings import setting_lines

ROOT = Path(__file__).parents[2]
VARIABLES = {line.variable for line in setting_lines()}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


def test_the_services_have_health_checks_and_volumes(compose: Any) -> None:
    database, gateway = compose["services"]["database"], compose["services"]["gateway"]
    assert database["image"] == "postgres:18"
    assert database["healthcheck"]["test"][1] == "pg_isready"
    # The image keeps its data one level above the usual place since 18.
    assert "database:/var/lib/postgresql" in database["volumes"]
    assert "ports" not in database
    assert gateway["depends_on"]["database"]["condition"] == "service_healthy"
    assert gateway["read_only"] is True
    assert gateway["cap_drop"] == ["ALL"]
    assert gateway["security_opt"] == ["no-new-privileges:true"]
    # The operators' port is for the network of the services only.
    assert gateway["ports"] == ["127.0.0.1:8000:8000"]


def test_the_gateways_variables_are_settings(compose: Any) -> None:
    assert set(compose["services"]["gateway"]["environment"]) <= VARIABLES
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert set(re.findall(r"\bGATEWAY_\w+(?==)", image)) <= VARIABLES


def test_the_image_is_not_root_and_installs_from_the_lock() -> None:
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER gateway$", image, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in image
    assert "HEALTHCHECK" in image
    # As an array: the program itself is the first process and gets the signals.
    assert re.search(r'^ENTRYPOINT \["gateway"\]$', image, re.MULTILINE)
    assert "STOPSIGNAL SIGTERM" in image
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists()


def test_the_roles_script_is_a_shell_script(compose: Any) -> None:
    script = ROOT / "docker" / "roles.sh"
    subprocess.run(["sh", "-n", str(script)], check=True)
    for variable in re.findall(r"\$(\w+)", script.read_text("utf-8")):
        assert variable in compose["services"]["database"]["environment"]


def test_compose_accepts_its_file() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run(
            [docker, "compose", "version"], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("docker compose is not installed")
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, check=True)
