"""Waiting for an event, but not for ever."""

import asyncio


async def until(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set or so many seconds have passed."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
