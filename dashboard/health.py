"""The route `/healthz`: whether this server can show pages and train."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from core.jobs.condition import Condition
from dashboard import cache

# No cache between this server and the program that monitors it may store a response.
_FRESH = {"Cache-Control": "no-store"}


async def respond(request: Request) -> JSONResponse:
    """Respond with 200 if new runs can start, otherwise with 503 and the reason. Each request makes sure that an idle worker is ready."""
    condition = await run_in_threadpool(_condition)
    body = {
        "status": "failing" if condition.error else "ok",
        "error": condition.error,
        "working": len(condition.working),
        "idle": 0 if condition.idle_pid is None else 1,
        "waiting": len(condition.waiting),
    }
    return JSONResponse(body, 503 if condition.error else 200, headers=_FRESH)


def _condition() -> Condition:
    jobs = cache.jobs()
    jobs.prepare()
    return jobs.condition()
