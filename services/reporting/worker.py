"""The worker's life: the consumer and its health side by side, until it is told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from fastapi import FastAPI

from runtime.consumer.consumer import Consumer
from runtime.errors import Retryable
from runtime.http.serve import serve

_AGAIN_S: Final = 1.0
_FINISH_S: Final = 10.0
_log: Final = logging.getLogger(__name__)


async def prepared(prepare: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Prepare the database, waiting for it for as long as it takes, or until `stop`."""
    while not stop.is_set():
        try:
            await prepare()
        except Retryable as error:
            _log.warning("等待数据库 / waiting for the database: %s", error)
        else:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_AGAIN_S):
                await stop.wait()


async def work(app: FastAPI, host: str, port: int, consumer: Consumer, stop: asyncio.Event) -> None:
    """Run until `stop`, or until the consumer breaks, whose error is then raised: the process is to be started anew."""
    consuming = asyncio.create_task(consumer.run(), name="consumer")
    consuming.add_done_callback(lambda _: stop.set())
    try:
        await serve(app, host, port, stop=stop)
    finally:
        await consumer.stop()
        await asyncio.wait([consuming], timeout=_FINISH_S)
        consuming.cancel()
        await asyncio.wait([consuming])
    if not consuming.cancelled():
        consuming.result()
