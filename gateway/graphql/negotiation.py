"""Which media type an answer has: the one that the client prefers of ours."""

from gateway.errors import NotAcceptableError

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"


def accepted(header: str) -> str:
    """The media type to answer with: the preferred of those that the client accepts."""
    offered = dict(map(_quality, filter(str.strip, header.split(","))))
    if not offered:
        return JSON
    anything = offered.get("application/*", offered.get("*/*", 0))
    # Who takes anything gets what every client understands.
    ours = (GRAPHQL_JSON, JSON) if GRAPHQL_JSON in offered else (JSON, GRAPHQL_JSON)
    best = max(ours, key=lambda name: offered.get(name, anything))
    if offered.get(best, anything) > 0:
        return best
    raise NotAcceptableError


def _quality(part: str) -> tuple[str, float]:
    """A media type of the Accept header, and how much it is wanted."""
    name, *parameters = (text.strip().lower() for text in part.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0
