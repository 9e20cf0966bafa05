"""The live inbox: server-sent events (WHATWG HTML, 9.2), with the token in a header as everywhere."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from runtime.canonical import encode
from runtime.http.gate import Caller
from runtime.http.operation import operation
from services.notification.application.ports import LiveAlerts, LoadedAlert
from services.notification.application.views import view

# Shorter than a token's life: whoever comes back shows a token that counts.
LIFE_S: Final = 600.0
BEAT_S: Final = 1.0
BEATS_TO_A_COMMENT: Final = 15
_COMMENT: Final = b": \n\n"
_RESYNC: Final = b"event: resync\ndata: {}\n\n"


def stream_router(live: LiveAlerts, ending: asyncio.Event) -> APIRouter:
    """`alert` for each new one, `resync` when the inbox must be read anew; ends after ten minutes or with `ending`."""
    router = APIRouter(tags=["inbox"])

    @router.get(
        "/v1/inbox/stream",
        response_class=StreamingResponse,
        **operation("stream_inbox", summary=("实时提醒（SSE）", "New alerts live (SSE)"), scope="self"),
    )
    async def stream_inbox(caller: Caller) -> StreamingResponse:
        live.require_room(caller.subject)
        return StreamingResponse(_lines(live, caller.subject, ending), media_type="text/event-stream")

    return router


async def _lines(live: LiveAlerts, person: str, ending: asyncio.Event) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end = loop.time() + LIFE_S
    quiet = 0
    with live.listen(person) as listener:
        yield _COMMENT
        while loop.time() < end and not ending.is_set():
            alert = await listener.next(BEAT_S)
            if listener.missed:
                listener.missed = False
                yield _RESYNC
            if alert is not None:
                yield _event(alert)
            quiet = 0 if alert is not None else quiet + 1
            if quiet and quiet % BEATS_TO_A_COMMENT == 0:
                yield _COMMENT


def _event(alert: LoadedAlert) -> bytes:
    return b"event: alert\nid: %s\ndata: %s\n\n" % (alert.alert.id.encode(), encode(view(alert)))
