"""What `/graphiql` sends, and what it does not."""

import gzip
from pathlib import Path

import httpx
import pytest
from graphql import parse, validate

from gateway import web
from gateway.graphql.schema import SCHEMA
from tests.conftest import TestDatabase
from tests.graphql.conftest import serving

QUERIES = Path(__file__).parents[2] / "web" / "graphiql" / "src" / "queries"


def built() -> list[str]:
    return sorted(
        path.relative_to(web.GRAPHIQL).as_posix()
        for path in web.GRAPHIQL.rglob("*")
        if path.is_file() and path.name != "index.html"
    )


async def test_the_page(database: TestDatabase) -> None:
    async with serving(database) as http:
        response = await http.get("/graphiql")
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache"
        assert (await http.post("/graphiql")).status_code == 405
    assert response.headers["content-security-policy"] == web.POLICY
    assert "unsafe" not in web.POLICY.replace("style-src 'self' 'unsafe-inline'", "")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in response.text


async def test_every_file(database: TestDatabase) -> None:
    async with serving(database) as http:
        for name in built():
            plain = await http.get(f"/graphiql/{name}", headers={"Accept-Encoding": "identity"})
            assert plain.content == (web.GRAPHIQL / name).read_bytes()
            zipped = await http.get(f"/graphiql/{name}", headers={"Accept-Encoding": "gzip"})
            assert zipped.headers["content-encoding"] == "gzip"
            assert zipped.content == plain.content
            for response in (plain, zipped):
                lasting = "immutable" in response.headers["cache-control"]
                assert lasting == name.startswith("assets/")
                assert response.headers["content-security-policy"] == web.POLICY
                assert response.headers["vary"] == "Accept-Encoding"


def test_the_build_is_complete_and_small() -> None:
    names = built()
    assert "licenses.md" in names
    assert not [name for name in names if name.endswith(".map")]
    page = (web.GRAPHIQL / "index.html").read_text()
    assert [name for name in names if name in page]
    zipped = sum(len(gzip.compress((web.GRAPHIQL / name).read_bytes(), 6)) for name in names)
    assert zipped < 2_500_000


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/",
        "/graphiql/index.html",
        "/graphiql/assets/",
        "/graphiql/assets/missing.js",
        "/graphiql/../__init__.py",
        "/graphiql/%2e%2e/__init__.py",
        "/graphiql/..%2f__init__.py",
        "/graphiql/assets/..%2f..%2f__init__.py",
        "/graphiql/assets/..%5c..%5c__init__.py",
        "/graphiql/%2fetc%2fpasswd",
        "/graphiql//etc/passwd",
        "/graphiql/licenses.md%00",
    ],
)
async def test_nothing_else_is_read(database: TestDatabase, path: str) -> None:
    async with serving(database) as http:
        # As bytes: the client would make the path a tidy one.
        url = httpx.URL("http://gateway.test").copy_with(raw_path=path.encode())
        response = await http.get(url)
    assert response.status_code == 404
    assert response.json() == {"error": "There is nothing at this address."}


async def test_off_by_a_setting(database: TestDatabase) -> None:
    async with serving(database, graphiql=False) as http:
        for path in ("/graphiql", f"/graphiql/{built()[0]}"):
            assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.graphql")), ids=lambda path: path.stem)
def test_the_first_tabs_fit_the_schema(path: Path) -> None:
    assert validate(SCHEMA, parse(path.read_text())) == []
