"""Reads that share: each sees what it would have seen alone."""

import asyncio
from collections.abc import Mapping

import pytest

from runtime.errors import Retryable
from runtime.mongo import Together


class Store:
    """Values that can be read only while the door is open, and what was asked for together."""

    def __init__(self) -> None:
        self.values = {"a": 1, "b": 2}
        self.asked: list[list[str]] = []
        self.door = asyncio.Event()
        self.broken: Exception | None = None

    async def fetch(self, keys: list[str]) -> Mapping[str, int]:
        self.asked.append(keys)
        found = {key: self.values[key] for key in keys if key in self.values}
        await self.door.wait()
        if self.broken is not None:
            raise self.broken
        return found


async def begun(store: Store, times: int) -> None:
    while len(store.asked) < times:
        await asyncio.sleep(0)


async def test_what_is_asked_for_while_a_read_runs_is_asked_for_together_by_the_next() -> None:
    store = Store()
    together = Together(store.fetch)
    first = asyncio.create_task(together.of("a"))
    await begun(store, 1)
    others = [asyncio.create_task(together.of(key)) for key in ("b", "none", "b")]
    await asyncio.sleep(0)
    store.door.set()
    assert [await first, *(await asyncio.gather(*others))] == [1, 2, None, 2]
    assert store.asked == [["a"], ["b", "none"]]


async def test_a_question_is_never_answered_by_a_read_that_began_before_it() -> None:
    store = Store()
    together = Together(store.fetch)
    before = asyncio.create_task(together.of("a"))
    await begun(store, 1)
    store.values["a"] = 7
    after = asyncio.create_task(together.of("a"))
    await asyncio.sleep(0)
    store.door.set()
    assert (await before, await after) == (1, 7)


async def test_one_that_gives_up_takes_the_answer_from_nobody() -> None:
    store = Store()
    together = Together(store.fetch)
    one, other = (asyncio.create_task(together.of("a")) for _ in range(2))
    await begun(store, 1)
    one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await one
    store.door.set()
    assert await other == 1


async def test_an_error_is_told_to_those_who_asked_and_the_next_read_is_a_fresh_one() -> None:
    store = Store()
    together = Together(store.fetch)
    store.door.set()
    store.broken = Retryable("away")
    with pytest.raises(Retryable):
        await together.of("a")
    store.broken = None
    assert await together.of("a") == 1
