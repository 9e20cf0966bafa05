"""Load: many people act at once, for so many commands or until told to stop."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from tests.faults.caller import Caller
from tests.faults.lives import Lives

Enough = Callable[[], bool]
WALKERS: Final = 10
_LOOK_EVERY: Final = 0.05


class Load:
    """Draws lives from a seed; commands are counted by the journal."""

    def __init__(self, caller: Caller, seed: str) -> None:
        self.caller = caller
        self._seed = seed
        self._rounds = 0

    @property
    def count(self) -> int:
        """Commands attempted so far."""
        return len(self.caller.journal.commands)

    async def some(self, commands: int) -> None:
        """About so many commands; returns when all have an end."""
        enough = self.count + commands
        await self._run(lambda: self.count >= enough)

    @asynccontextmanager
    async def flowing(self, at_least: int, within: float) -> AsyncIterator[None]:
        """Load during the block, and beyond it until so many commands were attempted or so many seconds passed."""
        stop = asyncio.Event()
        before, loop = self.count, asyncio.get_running_loop()
        deadline = loop.time() + within
        running = asyncio.create_task(self._run(stop.is_set))
        try:
            yield
            while self.count < before + at_least and loop.time() < deadline and not running.done():
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            stop.set()
            await running

    async def _run(self, enough: Enough) -> None:
        self._rounds += 1
        async with asyncio.TaskGroup() as tasks:
            for number in range(WALKERS):
                dice = random.Random(f"{self._seed}/{self._rounds}/{number}")
                tasks.create_task(self._walk(Lives(self.caller, dice, enough), enough))

    async def _walk(self, lives: Lives, enough: Enough) -> None:
        while not enough():
            await lives.one()
            await asyncio.sleep(0)
