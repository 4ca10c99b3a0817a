"""The audit log: who was denied, and what was done to tokens and data.

Its entries are written whatever the log's level is, and to a file of their own if one is set.
"""

import getpass
import logging
import os
from typing import Any

from gateway.errors import DocumentNotTrustedError, ForbiddenError, UnauthenticatedError
from gateway.log import AUDIT, logger
from gateway.telemetry.work import Work

DENIALS = {error.code for error in (UnauthenticatedError, ForbiddenError, DocumentNotTrustedError)}

_log = logger(AUDIT)


def done(act: str, /, **facts: Any) -> None:
    """An act of the operator at the command line. Without a file there is nobody to tell but the
    operator, who knows.
    """
    if logging.getLogger(AUDIT).handlers:
        _log.info(act, by=_operator(), **facts)


def observe(work: Work) -> None:
    """What of a request belongs here. The log adds the token, its role and the request's id."""
    if work.way == "live":
        # It is nobody's request. Who asked was let in, and is looked at again by the hub.
        return
    for code in DENIALS.intersection(work.codes):
        _log.info(
            "denied",
            code=code,
            method=work.method,
            route=work.route,
            status=work.status,
            address=work.address,
        )
    if work.visited is not None:
        _log.info("domain visited", home=str(work.visited), method=work.method, route=work.route)
    if work.ingested is not None:
        _log.info("imported", what=work.ingested.kind, **work.ingested.outcomes)
    if work.opened is not None:
        _log.info("session opened", domain=str(work.opened), address=work.address)


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())
