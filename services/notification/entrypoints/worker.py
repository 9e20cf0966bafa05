"""The worker's life: consumer, relay and health side by side until it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI

from runtime.consumer.consumer import Consumer
from runtime.http.serve import serve
from runtime.ledger.relay import Relay

_FINISH_S: Final = 10.0


@asynccontextmanager
async def working(consumer: Consumer, relay: Relay) -> AsyncIterator["asyncio.Task[None]"]:
    """Consumer and relay run inside the block; gives the consumer's task, whose error is raised at the end."""
    relay.start()
    consuming = asyncio.create_task(consumer.run(), name="consumer")
    try:
        yield consuming
    finally:
        await consumer.stop()
        # Bounded: a broker that does not answer must not keep the process.
        await asyncio.wait([consuming], timeout=_FINISH_S)
        consuming.cancel()
        await relay.stop()
        await asyncio.wait([consuming])
    if not consuming.cancelled():
        consuming.result()


async def work(app: FastAPI, host: str, port: int, consumer: Consumer, relay: Relay, stop: asyncio.Event) -> None:
    """Run until `stop`, or until the consumer breaks, whose error is then raised: the process is to be started anew."""
    async with working(consumer, relay) as consuming:
        consuming.add_done_callback(lambda _: stop.set())
        await serve(app, host, port, stop=stop)
