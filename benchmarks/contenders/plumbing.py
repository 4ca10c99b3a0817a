"""What the Python peers share: a pool, the question, and SQL from files."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

DATABASE_URL = "PEER_DATABASE_URL"
POOL_SIZE = 10
ONE_DAY = timedelta(days=1)

Row: TypeAlias = "asyncpg.Record"
Pool: TypeAlias = "asyncpg.Pool[Row]"


class _Connection(asyncpg.Connection):
    """Released without a RESET, for a peer sets nothing: as the gateway's are."""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        pass


class Asked(NamedTuple):
    domain: str
    first: date
    last: date

    def days(self) -> list[date]:
        return [self.first + n * ONE_DAY for n in range((self.last - self.first).days + 1)]


async def _with_uuids_as_text(connection: "asyncpg.Connection[Row]") -> None:
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=str, decoder=str, format="text"
    )


@asynccontextmanager
async def pooled(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ[DATABASE_URL],
        min_size=0,
        max_size=POOL_SIZE,
        connection_class=_Connection,
        init=_with_uuids_as_text,
        server_settings={"plan_cache_mode": "force_custom_plan", "jit": "off", "timezone": "UTC"},
    ) as pool:
        app.state.pool = pool
        yield


async def asked(request: Request) -> Asked:
    body: dict[str, Any] = orjson.loads(await request.body())
    return Asked(
        body["domain"], date.fromisoformat(body["first"]), date.fromisoformat(body["last"])
    )


def pool_of(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def json_response(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text("utf-8")
