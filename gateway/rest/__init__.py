"""The original REST paths, over the same reads as GraphQL."""

from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.access import is_known, snapshot_of
from gateway.errors import GatewayError
from gateway.rest import caching, openapi
from gateway.rest.params import asked
from gateway.rest.reports import REPORTS, Report
from gateway.rest.session import open_session
from gateway.rest.shapes import shaped
from gateway.rest.view import Endpoint, failure, json_response
from gateway.settings import Settings

__all__ = ["refusals", "routes"]

SUCCESS = {"code": 200, "content": "successfully"}


def routes(settings: Settings, described: openapi.Json) -> list[Route]:
    """`described` is what the OpenAPI document says of another face."""
    document = openapi.document(settings, described)

    async def describe(_: Request) -> Response:
        return json_response(document)

    return [
        *(
            Route(
                report.path,
                Endpoint(partial(answer, report, settings.max_days), coded=report.coded),
            )
            for report in REPORTS
        ),
        Route("/v3/auth/token", Endpoint(open_session, ("POST",))),
        Route("/openapi.json", Endpoint(describe)),
    ]


def refusals(error: GatewayError) -> Mapping[str, bytes]:
    """By path, the body of an answer that is nothing but this error."""
    return {
        report.path: bytes(failure(error, error.message, coded=report.coded).body)
        for report in REPORTS
    }


async def answer(report: Report, max_days: int, request: Request) -> Response:
    """The report that the request asks for, or 304 if the client has it already."""
    async with snapshot_of(request) as snapshot:
        question = asked(request.query_params, snapshot.now, snapshot.zone, max_days)
        headers = dict(caching.HEADERS)
        if report.settled(question, snapshot.now):
            tag = caching.etag(snapshot, report.path, question.period, explicit=question.explicit)
            if is_known(request, tag):
                return caching.not_modified(tag)
            headers["ETag"] = tag
        rows = await report.read(snapshot, question)
    shape = report.shape(question)
    data = [shaped(row, shape) for row in rows]
    return json_response({**(SUCCESS if report.coded else {}), "data": data}, headers=headers)
