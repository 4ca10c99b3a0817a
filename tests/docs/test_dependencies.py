"""docs/dependencies.md is as the lock and the installed packages are."""

import pytest

from tests.docs import dependencies
from tests.process import ROOT

PACKAGES = list(dependencies.packages())
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")


def test_every_pinned_package_is_on_the_page_and_no_other() -> None:
    rows = [line.split(" | ")[:2] for line in PAGE.splitlines() if line.startswith("| ")][2:]
    expected = [[f"| {each.name}", each.version] for each in PACKAGES]
    assert rows == expected, "run: make licences"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.name)
def test_a_packages_licence_is_fine_and_on_the_page(package: dependencies.Package) -> None:
    if not package.licence:
        pytest.skip("it is for another platform")
    assert dependencies.is_fine(package.licence), package.licence
    row = f"| {package.name} | {package.version} | {package.licence} |"
    assert row in PAGE, "run: make licences"


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "MIT AND AGPL-3.0", "", "Proprietary"])
def test_a_licence_that_would_bind_us_is_not(licence: str) -> None:
    assert not dependencies.is_fine(licence)
