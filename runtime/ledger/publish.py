"""Publishing what was sealed, in a task of its own: from memory, or when behind from the database."""

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Final

from runtime.errors import Retryable
from runtime.ledger.hand_over import HandOver
from runtime.ledger.initialise import CURSORS, PUBLISH
from runtime.ledger.lease import FencedError, Lease
from runtime.ledger.metrics import FAILURES, PUBLISHED, UNPUBLISHED
from runtime.ledger.model import Entry
from runtime.ledger.outlet import Acknowledgements, Outlet, OutletError
from runtime.ledger.read import LedgerReader
from runtime.ledger.seal import Stream
from runtime.ledger.steps import Claim, Fetch, Move, Progress, Send, Settle, Wait, drive, publishing
from runtime.mongo import Database, mongo_errors

_log: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 2000
_PER_STREAM: Final = 1000
_BACK_OFF_S: Final = 0.1
_BACK_OFF_MOST_S: Final = 5.0


class Publisher:
    """Sends every sealed entry at least once and in order, then moves the publish cursor of its epoch.

    The broker may be down for as long as it likes. Only being fenced ends it.
    """

    def __init__(
        self,
        db: Database,
        reader: LedgerReader,
        outlet: Outlet,
        hand_over: HandOver,
        lease: Lease,
        timeout_s: float = 10.0,
    ) -> None:
        self._db = db
        self._reader = reader
        self._outlet = outlet
        self._hand_over = hand_over
        self._lease = lease
        self._timeout_s = timeout_s
        self._progress = Progress()
        self._on_the_way: deque[tuple[Sequence[Entry], Acknowledgements]] = deque()
        self._failures = 0
        self.problem: str | None = None

    @property
    def unpublished(self) -> int:
        """How many sealed entries the broker has not acknowledged."""
        return self._hand_over.unpublished(self._progress.acknowledged)

    async def run(self) -> None:
        """Publish until cancelled; raises `FencedError` when another relay has taken the cursor."""
        while True:
            try:
                await drive(publishing(self._hand_over, self._progress), self._do)
            except (OutletError, Retryable) as error:
                self.problem = str(error)
                FAILURES.labels("publisher").inc()
                _log.warning("publishing stopped, will try again: %s", error)
            finally:
                await self._close()
            await asyncio.sleep(self._back_off())

    async def _close(self) -> None:
        while self._on_the_way:
            _forget(self._on_the_way.pop()[1])
        try:
            await self._outlet.close()
        except OutletError as error:
            _log.warning("the producer did not close cleanly: %s", error)

    def _back_off(self) -> float:
        self._failures += 1
        most = min(_BACK_OFF_MOST_S, _BACK_OFF_S * 2.0 ** min(self._failures, 10))
        return most * (0.5 + random.random() / 2)  # noqa: S311 -- spreads retries, guards nothing

    async def _do(self, step: object) -> Any:
        UNPUBLISHED.set(self.unpublished)
        match step:
            case Claim():
                return await self._claim()
            case Fetch(after):
                return await self._fetch(after)
            case Send(entries):
                return self._on_the_way.append((entries, await self._outlet.send(entries)))
            case Settle():
                return await self._settle(*self._on_the_way.popleft())
            case Move(reached):
                return await self._move(reached)
            case Wait():
                # What was offered may have been dropped, or have come before we caught up: then it is found at once.
                return await self._hand_over.wait()
        raise TypeError(f"not a step of publishing: {step!r}")

    async def _claim(self) -> dict[Stream, int]:
        """Put our epoch on the cursor: from now on a relay of an older epoch cannot move it."""
        with mongo_errors():
            cursor: Any = await self._db[CURSORS].find_one_and_update(
                {"_id": PUBLISH, "epoch": {"$lte": self._lease.epoch}}, {"$set": {"epoch": self._lease.epoch}}
            )
        if cursor is None:
            raise FencedError("a later relay has the publish cursor")
        await self._outlet.open()
        return {(ledger, int(stream)): seq for ledger, at in cursor["at"].items() for stream, seq in at.items()}

    async def _fetch(self, after: Sequence[tuple[Stream, int]]) -> Sequence[Entry]:
        found: list[Entry] = []
        for (ledger, stream), seq in after:
            found.extend(await self._reader.entries(ledger, stream, seq, _PER_STREAM))
            if len(found) >= _AT_ONCE:
                break
        return found

    async def _settle(self, entries: Sequence[Entry], acknowledgements: Acknowledgements) -> None:
        done, late = await asyncio.wait(acknowledgements, timeout=self._timeout_s)
        failed = [error for error in (future.exception() for future in done) if error is not None]
        if late or failed:
            _forget(acknowledgements)
            raise OutletError(repr(failed[0]) if failed else f"no answer within {self._timeout_s} s")
        for ledger, count in Counter(entry.ledger for entry in entries).items():
            PUBLISHED.labels(ledger).inc(count)

    async def _move(self, reached: dict[Stream, int]) -> None:
        moves = {f"at.{ledger}.{stream}": seq for (ledger, stream), seq in reached.items()}
        with mongo_errors():
            done = await self._db[CURSORS].update_one({"_id": PUBLISH, "epoch": self._lease.epoch}, {"$set": moves})
        if done.matched_count != 1:
            raise FencedError("a later relay has the publish cursor")
        self._failures, self.problem = 0, None


def _forget(acknowledgements: Acknowledgements) -> None:
    for future in acknowledgements:
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
