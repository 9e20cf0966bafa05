"""The worker's life: the relay, and the chores beside it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI

from runtime.errors import Retryable
from runtime.http.serve import serve
from runtime.ledger.relay import Relay

_log: Final = logging.getLogger(__name__)
_EVERY_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done again and again beside the relay; `run` gives to how many entries, and may raise `Retryable`."""

    name: str
    run: Callable[[], Awaitable[int]]
    said: str


async def work(app: FastAPI, host: str, port: int, relay: Relay, chores: Sequence[Chore], stop: asyncio.Event) -> None:
    """Run until `stop`."""
    relay.start()
    tasks = [asyncio.create_task(repeat(chore, stop), name=chore.name) for chore in chores]
    try:
        await serve(app, host, port, stop=stop)
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        await relay.stop()


async def repeat(chore: Chore, stop: asyncio.Event, every_s: float = _EVERY_S) -> None:
    """Until `stop`: what is to be done is little, and looking for it costs a query."""
    while not stop.is_set():
        try:
            if changed := await chore.run():
                _log.info("%s: %s %s", chore.name, changed, chore.said)
        except Retryable as error:
            _log.warning("%s waits: %s", chore.name, error)
        try:
            await asyncio.wait_for(stop.wait(), every_s)
        except TimeoutError:
            continue
