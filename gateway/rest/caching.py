"""Conditional GET: an answer is known by the question, what the viewer may see, and the data."""

import hashlib

from starlette.responses import Response

from gateway import __version__
from gateway.access import DOMAIN_HEADER
from gateway.period import Period
from gateway.store.snapshot import Snapshot

HEADERS = {"Cache-Control": "private, no-cache", "Vary": f"Authorization, {DOMAIN_HEADER}"}


def etag(snapshot: Snapshot, path: str, period: Period, *, explicit: bool) -> str:
    """The weak tag of the answer; the period is its instants, so "today" is another every day."""
    viewer = snapshot.viewer
    parts = (
        __version__,
        path,
        explicit,
        period.start,
        period.end,
        period.zone.key,
        snapshot.domain_uuid,
        viewer.role,
        None if viewer.scope is None else sorted(viewer.scope),
        snapshot.domain["data_version"],
    )
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def not_modified(tag: str) -> Response:
    return Response(status_code=304, headers={"ETag": tag, **HEADERS})
