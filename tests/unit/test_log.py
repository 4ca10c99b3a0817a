"""The log: one line an event, whatever is in it, and nothing that must not be."""

import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest

from gateway import log
from gateway.settings import Settings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    # As tests/conftest.py has it for the whole run.
    log.configure(Settings(log_format="json"))
    root.handlers[:] = handlers
    root.setLevel(level)


def test_any_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(Settings(log_format="json"))
    log.logger("gateway.test").info(
        "request",
        uuid=UUID(int=1),
        half="\ud800",
        many=2**80,
        text="two\nlines",
        keys={1: "one"},
    )
    logging.getLogger("uvicorn.error").warning("from a library: %s", "yes")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 2
    assert lines[0]["event"] == "request"
    assert lines[0]["uuid"] == str(UUID(int=1))
    assert lines[0]["many"] == 2**80
    assert lines[0]["text"] == "two\nlines"
    assert lines[1]["event"] == "from a library: yes"
    assert lines[1]["level"] == "warning"


@pytest.mark.parametrize("log_format", ["json", "readable"])
def test_a_traceback_shows_no_variables(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure(Settings.model_validate({"log_format": log_format}))
    token = f"gw-{log_format}-token"
    try:
        int("." * len(token))
    except ValueError:
        log.logger("gateway.test").exception("unexpected error")
    shown = capsys.readouterr().err
    assert "ValueError" in shown
    assert token not in shown


def test_the_level_holds(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(Settings(log_format="json", log_level="warning"))
    log.logger("gateway.test").info("quiet")
    assert capsys.readouterr().err == ""
