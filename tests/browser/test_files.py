"""What the pages send, and what they do not."""

import gzip
import re
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from graphql import concat_ast, parse, print_ast, validate

from gateway import web
from gateway.graphql.schema import SCHEMA
from tests.conftest import TestDatabase
from tests.graphql.conftest import serving

SOURCES = Path(__file__).parents[2] / "web"
QUERIES = sorted((SOURCES / "graphiql" / "src" / "queries").glob("*.graphql"))
DOCUMENTS = sorted((SOURCES / "wallboard" / "src" / "documents").glob("*.graphql"))


class Site(NamedTuple):
    """A page: where it is, its built files, its policy, and the most they may weigh zipped."""

    address: str
    folder: Path
    policy: str
    bytes: int

    @property
    def files(self) -> list[str]:
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name != "index.html"
        )


SITES = [
    Site("/graphiql", web.GRAPHIQL, web.GRAPHIQL_POLICY, 2_500_000),
    Site("/", web.WALLBOARD, web.WALLBOARD_POLICY, 300_000),
]
each_site = pytest.mark.parametrize("site", SITES, ids=lambda site: site.folder.name)


@each_site
async def test_the_page(database: TestDatabase, site: Site) -> None:
    async with serving(database) as http:
        response = await http.get(site.address)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache"
        assert (await http.post(site.address)).status_code == 405
    assert response.headers["content-security-policy"] == site.policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in response.text
    assert "<style" not in response.text


def test_the_policies_allow_nothing_inline_but_the_editors_styles() -> None:
    editors = "style-src 'self' 'unsafe-inline'"
    assert "unsafe" not in web.GRAPHIQL_POLICY.replace(editors, "")
    assert not re.search(r"unsafe|data:|blob:|\*|//", web.WALLBOARD_POLICY)


@each_site
async def test_every_file(database: TestDatabase, site: Site) -> None:
    async with serving(database) as http:
        for name in site.files:
            address = f"/{site.folder.name}/{name}"
            plain = await http.get(address, headers={"Accept-Encoding": "identity"})
            assert plain.content == (site.folder / name).read_bytes()
            zipped = await http.get(address, headers={"Accept-Encoding": "gzip"})
            assert zipped.headers["content-encoding"] == "gzip"
            assert zipped.content == plain.content
            for response in (plain, zipped):
                lasting = "immutable" in response.headers["cache-control"]
                assert lasting == name.startswith("assets/")
                assert response.headers["content-security-policy"] == site.policy
                assert response.headers["vary"] == "Accept-Encoding"


@each_site
def test_the_build_is_complete_and_small(site: Site) -> None:
    names = site.files
    assert "licenses.md" in names
    assert not [name for name in names if name.endswith(".map")]
    page = (site.folder / "index.html").read_text()
    assert [name for name in names if name in page]
    zipped = sum(len(gzip.compress((site.folder / name).read_bytes(), 6)) for name in names)
    assert zipped < site.bytes


@pytest.mark.parametrize(
    "path",
    [
        "/wallboard",
        "/wallboard/",
        "/wallboard/index.html",
        "/wallboard/assets/missing.js",
        "/wallboard/%2e%2e/__init__.py",
        "/index.html",
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


@each_site
async def test_off_by_a_setting(database: TestDatabase, site: Site) -> None:
    off: dict[str, Any] = {site.folder.name: False}
    async with serving(database, **off) as http:
        for path in (site.address, f"/{site.folder.name}/{site.files[0]}"):
            assert (await http.get(path)).status_code == 404
        others = [other.address for other in SITES if other != site]
        assert [(await http.get(path)).status_code for path in others] == [200]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_the_first_tabs_fit_the_schema(path: Path) -> None:
    assert validate(SCHEMA, parse(path.read_text())) == []


def test_the_wallboards_documents_fit_the_schema_and_are_those_it_was_built_of() -> None:
    # A fragment stands in a file of its own.
    together = concat_ast([parse(path.read_text()) for path in DOCUMENTS])
    assert validate(SCHEMA, together) == []
    (script,) = web.WALLBOARD.glob("assets/*.js")
    for text in (script, DOCUMENTS[0].parent / "generated.ts"):
        written = _bare(text.read_text())
        for definition in together.definitions:
            assert _bare(print_ast(definition)) in written, definition


def _bare(text: str) -> str:
    """Without what may stand between GraphQL's words."""
    return re.sub(r"\s|,|\\n", "", text)
