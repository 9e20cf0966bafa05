"""The worker's life: consumer, relay and health run side by side until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """Something that runs until it is stopped; `run` returns after `stop`."""

    run: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


async def run_until(stop: asyncio.Event, parts: Sequence[Part]) -> None:
    """Run all parts; when `stop` is set, or one part ends by itself, stop them all. Raises what a part raised."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(_watched(part, stop)) for part in parts]
        await stop.wait()
        for part in parts:
            await part.stop()
        await asyncio.wait(running)


async def _watched(part: Part, stop: asyncio.Event) -> None:
    try:
        await part.run()
    finally:
        stop.set()
