"""Liveness, readiness and metrics."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.responses import Response

from runtime.errors import Rejected, Retryable
from runtime.http.headers import json_response
from runtime.http.operation import operation

_log: Final = logging.getLogger(__name__)
# Returns when the part is ready, and raises when it is not; a `Rejected` says a reason that may be shown to anybody.
Check = Callable[[], Awaitable[object]]
CHECK_SECONDS: Final = 3.0


async def _ask(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Rejected as error:
        return error.en
    except TimeoutError:
        return "no answer in time"
    except Retryable as error:
        # Its text may name hosts, which is not for everybody who can reach this page.
        _log.warning("not ready: %s: %s", name, error)
        return "unavailable"
    except Exception:  # noqa: BLE001 -- a check may fail in any way, which then means "not ready"
        _log.exception("the readiness check of %s failed", name)
        return "failed"
    return "ok"


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """`/health/live`, `/health/ready` (503 while a check fails, each by name) and `/metrics`."""
    router = APIRouter(tags=["health"])

    @router.get("/health/live", **operation("live", summary=("进程存活", "The process is alive"), scope="public"))
    async def live() -> Response:
        return json_response({"live": True})

    @router.get("/health/ready", **operation("ready", summary=("可以服务", "Ready to serve"), scope="public"))
    async def ready() -> Response:
        answers = await asyncio.gather(*(_ask(name, check) for name, check in checks.items()))
        told = dict(zip(checks, answers, strict=True))
        fine = all(text == "ok" for text in told.values())
        return json_response({"ready": fine, "checks": told}, 200 if fine else 503)

    @router.get("/metrics", **operation("metrics", summary=("监控指标", "Prometheus metrics"), scope="public"))
    async def metrics() -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return router
