"""Which media type an answer has: the one that the client prefers of ours."""

from typing import NamedTuple

from gateway.errors import NotAcceptableError

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"


class Accepted(NamedTuple):
    """The media type of one answer, and whether there may be a stream of them."""

    media_type: str
    streams: bool


def accepted(header: str) -> Accepted:
    """What to answer with: the preferred of those that the client accepts."""
    offered = dict(map(_quality, filter(str.strip, header.split(","))))
    if not offered:
        return Accepted(JSON, streams=False)
    anything = offered.get("application/*", offered.get("*/*", 0))
    # Who takes anything gets what every client understands.
    ours = (GRAPHQL_JSON, JSON) if GRAPHQL_JSON in offered else (JSON, GRAPHQL_JSON)
    best = max(ours, key=lambda name: offered.get(name, anything))
    streamed = offered.get(EVENT_STREAM, 0)
    if offered.get(best, anything) < streamed:
        best = EVENT_STREAM
    if offered.get(best, anything) > 0:
        return Accepted(best, streamed > 0)
    raise NotAcceptableError


def _quality(part: str) -> tuple[str, float]:
    """A media type of the Accept header, and how much it is wanted."""
    name, *parameters = (text.strip().lower() for text in part.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0
