"""The gateway as it serves an office, and its senders."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import msgspec

from gateway.app import create_app
from gateway.ingest.records import CallRecord
from gateway.store import tokens
from gateway.viewer import Role
from tests.ingest.office import NOW, Office, call


class Posting:
    def __init__(self, client: httpx.AsyncClient, office: Office, token: str) -> None:
        self.client = client
        self.office = office
        self.token = token

    async def post(
        self, path: str, content: Any, media: str = "application/x-ndjson", **headers: str
    ) -> httpx.Response:
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": media, **headers}
        return await self.client.post(f"/ingest/{path}", content=content, headers=given)

    async def told(self, path: str, content: Any, *arguments: str, **headers: str) -> Any:
        response = await self.post(path, content, *arguments, **headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def refused(
        self, path: str, content: Any, media: str = "application/x-ndjson", **headers: str
    ) -> tuple[int, str]:
        response = await self.post(path, content, media, **headers)
        assert response.headers["content-type"] == "application/json"
        error: str = response.json()["error"]
        return response.status_code, error


@asynccontextmanager
async def posting_to(office: Office, **settings: Any) -> AsyncIterator[Posting]:
    app = create_app(office.place.settings(**settings), clock=lambda: NOW)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        yield Posting(client, office, await token_of(office))


async def token_of(office: Office) -> str:
    return await tokens.create(office.database, office.domain_uuid, Role.ADMIN, "pbx", NOW)


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def line(name: object, **changes: Any) -> bytes:
    record = {k: v for k, v in structure(call(name, **changes)).items() if v is not None}
    return msgspec.json.encode(record) + b"\n"


def structure(record: CallRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def figures(answer: dict[str, Any]) -> tuple[int, ...]:
    """New, replaced, unchanged, deleted, rejected."""
    assert str(UUID(answer["batch"])) == answer["batch"]
    found = tuple(answer[k] for k in ("new", "replaced", "unchanged", "deleted", "rejected"))
    assert answer["read"] == sum(found)
    return found
