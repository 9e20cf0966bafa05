"""The worker: follows the ledgers, and serves its own health and metrics."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI

from runtime.consumer.consumer import Consumer
from runtime.errors import Retryable
from runtime.http.app import create_app
from runtime.http.serve import serve, stop_on_signals

_AGAIN_S: Final = 1.0
_log: Final = logging.getLogger(__name__)


async def prepared(prepare: Callable[[], Awaitable[None]]) -> None:
    """Prepare the database, waiting for it for as long as it takes."""
    while True:
        try:
            return await prepare()
        except Retryable as error:
            _log.warning("等待数据库 / waiting for the database: %s", error)
            await asyncio.sleep(_AGAIN_S)


def health_app(consumer: Consumer) -> FastAPI:
    """Health of the consumer, and metrics; nothing else."""

    async def caught_up() -> None:
        problems = consumer.problems()
        if problems:
            raise Retryable("; ".join(problems))

    return create_app(title="reporting worker", version="1", ready={"consumer": caught_up})


async def work(consumer: Consumer, host: str, port: int) -> None:
    """Consume and serve health until SIGTERM or SIGINT; raises what the consumer raises."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with asyncio.TaskGroup() as tasks:
        consuming = tasks.create_task(consumer.run())
        consuming.add_done_callback(lambda _: stop.set())
        await serve(health_app(consumer), host, port, stop=stop)
        await consumer.stop()
