"""The worker's life: the relay, the recounting of provisional dates, and their health beside them."""

import asyncio
import logging
from typing import Final

from fastapi import FastAPI

from runtime.errors import Retryable
from runtime.http.serve import serve
from runtime.ledger.relay import Relay
from services.inspection.application.recount import Recounting

_log: Final = logging.getLogger(__name__)
_RECOUNT_EVERY_S: Final = 10.0


async def work(app: FastAPI, host: str, port: int, relay: Relay, recounting: Recounting, stop: asyncio.Event) -> None:
    """Run until `stop`."""
    relay.start()
    counting = asyncio.create_task(recount(recounting, stop), name="recount")
    try:
        await serve(app, host, port, stop=stop)
    finally:
        stop.set()
        await counting
        await relay.stop()


async def recount(recounting: Recounting, stop: asyncio.Event, every_s: float = _RECOUNT_EVERY_S) -> None:
    """Until `stop`: what is provisional is few, and looking for it costs one query."""
    while not stop.is_set():
        try:
            if changed := await recounting.run():
                _log.info("provisional dates of %s issues were counted anew", changed)
        except Retryable as error:
            _log.warning("recounting waits: %s", error)
        try:
            await asyncio.wait_for(stop.wait(), every_s)
        except TimeoutError:
            continue
