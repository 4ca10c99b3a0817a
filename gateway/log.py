"""The log: one event a line on standard error, readable on a terminal, JSON elsewhere."""

import json
import logging
import sys
from logging.handlers import WatchedFileHandler
from typing import Any

import orjson
import structlog

from gateway.errors import ConfigurationError
from gateway.settings import Settings

AUDIT = "gateway.audit"


def _json(event: dict[str, Any], **_: object) -> str:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # Halves of surrogate pairs, and integers of more than 64 bits.
        return json.dumps({str(key): value for key, value in event.items()}, default=str)


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# One list for good: loggers keep it.
PROCESSORS: list[structlog.typing.Processor] = [
    # First, so that nothing is made for a line that is not written.
    structlog.stdlib.filter_by_level,
    *SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]
JSON: list[structlog.typing.Processor] = [
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(_json),
]


def configure(settings: Settings) -> None:
    """Send our events and those of the libraries through one pipeline."""
    readable = settings.log_format == "readable" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    ending: list[structlog.typing.Processor] = (
        # Plain: the pretty traceback shows local variables, tokens among them.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if readable
        else JSON
    )
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # No line says which line of the code wrote it: nobody need look for that.
    logging._srcfile = None  # noqa: SLF001  # as its manual advises
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(ending))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    _configure_audit(settings)


def _configure_audit(settings: Settings) -> None:
    """Its entries are written at every level; a file of their own has them as JSON."""
    audit = logging.getLogger(AUDIT)
    audit.setLevel(logging.INFO)
    for handler in audit.handlers[:]:
        audit.removeHandler(handler)
        handler.close()
    audit.propagate = settings.audit_log is None
    if settings.audit_log is None:
        return
    try:
        # Rotated by whoever rotates it: the next entry opens the file anew.
        added = WatchedFileHandler(settings.audit_log, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"GATEWAY_AUDIT_LOG: {settings.audit_log} cannot be written to ({error.strerror})."
        ) from None
    added.setFormatter(_formatter(JSON))
    audit.addHandler(added)


def _formatter(ending: list[structlog.typing.Processor]) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    )


def logger(name: str) -> structlog.stdlib.BoundLogger:
    log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return log
