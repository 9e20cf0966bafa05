"""Reads that share, as group commit does: what is asked for while one runs is asked for together by the next."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Generic, TypeVar

T = TypeVar("T")

MOST: Final = 256


class Together(Generic[T]):
    """Asks `fetch` for many keys at once; it gives those that it found.

    A read begins after every question that it answers, so that each sees what it would have seen alone. A key asked
    for alone is asked for at once.
    """

    def __init__(self, fetch: Callable[[list[str]], Awaitable[Mapping[str, T]]]) -> None:
        self._fetch = fetch
        self._waiting: dict[str, asyncio.Future[T | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def of(self, key: str) -> T | None:
        """What is found under this key; raises what `fetch` raises."""
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="reads-together")
        # Others may wait for the same answer.
        return await asyncio.shield(answer)

    async def _run(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:MOST]
            asked = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await self._fetch(keys)
            except Exception as error:  # noqa: BLE001 -- it belongs to those who asked
                for answer in asked.values():
                    answer.set_exception(error)
                    # Looked at, since nobody may be waiting any more.
                    answer.exception()
            else:
                for key, answer in asked.items():
                    answer.set_result(found.get(key))
