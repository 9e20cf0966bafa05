"""How long effects take to follow what was acknowledged: the watermarks of both consumers, looked at all the time.

A watermark moves in the transaction of its effects, so it stands for them: counted in reporting, raised as alerts.
"""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from contracts.ledgers import LISTS
from dudao.verify.log import Log
from tests.faults.journal import Journal
from tests.faults.system import System

LOOK_EVERY_S: Final = 0.1
_WAIT_MS: Final = 2000


class Pauses:
    """Looks at the watermarks from `async with` on, to its end."""

    def __init__(self, system: System) -> None:
        self._system = system
        # Of a consumer: when a stream was first seen to stand at a number, rising both.
        self._seen: dict[str, dict[int, list[tuple[int, float]]]] = {name: {} for name in LISTS.consumers}
        self._began = time.monotonic()
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def _look(self) -> None:
        waits: dict[str, Any] = dict.fromkeys(("serverSelectionTimeoutMS", "socketTimeoutMS"), _WAIT_MS)
        with MongoClient[dict[str, Any]](self._system.mongod.url, readConcernLevel="majority", **waits) as client:
            while True:
                for name in self._seen:
                    # A database that cannot be asked has moved nothing that anybody could see.
                    with suppress(PyMongoError):
                        self.note(name, await asyncio.to_thread(self._marks, client, name), time.monotonic())
                await asyncio.sleep(LOOK_EVERY_S)

    def _marks(self, client: MongoClient[dict[str, Any]], name: str) -> dict[int, int]:
        rows = client[f"{self._system.prefix}_{name}"]["watermarks"].find({"ledger": LISTS.name})
        return {row["stream"]: row["seq"] for row in rows}

    def note(self, name: str, marks: Mapping[int, int], at: float) -> None:
        """Where a consumer was seen to stand, and when."""
        for stream, seq in marks.items():
            steps = self._seen[name].setdefault(stream, [])
            if not steps or steps[-1][0] < seq:
                steps.append((seq, at))

    def longest(self, journal: Journal, lists: Log) -> dict[str, float]:
        """By consumer the longest time, in seconds, between an acknowledgement and its last effect seen; none if none.

        Of what was acknowledged since this began looking, to the precision of `LOOK_EVERY_S`.
        """
        found: dict[str, float] = {}
        for event in lists.all():
            command = journal.commands.get(event.id.split("/")[0])
            if command is None or command.acknowledged_at is None or command.acknowledged_at < self._began:
                continue
            for name, streams in self._seen.items():
                steps = streams.get(event.stream, [])
                place = bisect_left(steps, event.seq, key=lambda step: step[0])
                if place < len(steps):
                    pause = round(max(0.0, steps[place][1] - command.acknowledged_at), 1)
                    found[name] = max(found.get(name, 0.0), pause)
        return found
