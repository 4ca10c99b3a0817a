"""Put the report of the last run into docs/performance.md: python -m benchmarks.publish"""

from pathlib import Path

from benchmarks.report import FOLDER

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
HEADING = "## The last full run"


def published(page: str, report: str) -> str:
    """The page with that report as its last part, its headings one level down."""
    kept, _, _ = page.partition(HEADING)
    body = "\n".join(
        f"#{line}" if line.startswith("## ") else line for line in report.splitlines()[2:]
    )
    return f"{kept}{HEADING}\n\n{body}\n"


if __name__ == "__main__":
    report = (FOLDER / "report.md").read_text("utf-8")
    PAGE.write_text(published(PAGE.read_text("utf-8"), report), "utf-8")
