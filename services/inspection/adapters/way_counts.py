"""How many entries a way leads to, counted up to a bound: what the shortest way is chosen by."""

import asyncio
from collections.abc import Sequence
from typing import Final

from runtime.mongo import Collection
from services.inspection.adapters.issue_filters import Way

MOST_S: Final = 60.0
_REMEMBERED: Final = 10_000
Key = tuple[str, str, int]


class WayCounts:
    """Counts of one collection.

    That a way has more entries than are counted is remembered for `MOST_S` seconds: entries are never deleted, and a
    way that has become short since is taken for long, which costs time and changes no answer. Short ones are counted
    anew each time, since from that it follows that all was read.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._long: dict[Key, float] = {}
        self._under_way: dict[Key, asyncio.Task[int]] = {}

    async def of(self, way: Way, most: int) -> int:
        """How many entries it has; `most` where it has as many or more."""
        key = (way.index, repr(way.match), most)
        now = asyncio.get_running_loop().time()
        if self._long.get(key, 0.0) > now:
            return most
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._counted(key, way, most), name="way-count")
        return await asyncio.shield(task)

    async def of_each(self, ways: Sequence[Way], most: int) -> list[int]:
        """As `of`, for each of them."""
        return await asyncio.gather(*(self.of(way, most) for way in ways))

    async def shortest(self, ways: Sequence[Way], most: int) -> tuple[Way, int] | None:
        """The way with the fewest entries, and how many; none where all have as many as are counted."""
        counts = await self.of_each(ways, most)
        fewest, at = min((count, at) for at, count in enumerate(counts))
        return (ways[at], fewest) if fewest < most else None

    async def _counted(self, key: Key, way: Way, most: int) -> int:
        try:
            count = int(await self._collection.count_documents(way.match, limit=most, hint=way.index))
        finally:
            del self._under_way[key]
        if count >= most:
            if len(self._long) >= _REMEMBERED:
                self._long.clear()
            self._long[key] = asyncio.get_running_loop().time() + MOST_S
        return count
