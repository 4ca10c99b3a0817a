"""The hand-written endpoint whose JSON is made in SQL: one statement, its text is the answer."""

from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.contenders.plumbing import asked, pool_of, pooled, sql
from benchmarks.workloads import TINY_USER


async def report(statement: str, request: Request) -> Response:
    text = await pool_of(request).fetchval(statement, *await asked(request))
    return Response(text, media_type="application/json")


async def tiny(statement: str, request: Request) -> Response:
    question = await asked(request)
    text = await pool_of(request).fetchval(statement, question.domain, TINY_USER)
    return Response(text, media_type="application/json")


app = Starlette(
    routes=[
        *(
            Route(f"/{name}", partial(report, sql(f"json_{name}")), methods=["POST"])
            for name in ("day", "summary", "groups", "rest_day")
        ),
        Route("/tiny", partial(tiny, sql("json_tiny")), methods=["POST"]),
    ],
    lifespan=pooled,
)
