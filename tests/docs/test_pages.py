"""Pages that are made from the code are as the code is."""

import re
from pathlib import Path

import pytest

from gateway.cli import pages
from gateway.graphql.schema import printed

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("docs/settings.md", pages.settings_page()),
        ("docs/measures.md", pages.measures_page()),
        ("schema.graphql", printed()),
    ],
)
def test_a_page_is_as_the_code_is(file: str, made: str) -> None:
    assert (ROOT / file).read_text("utf-8") == made, "run: make docs schema"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
