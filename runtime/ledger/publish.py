"""Publishing what was sealed, in a task of its own: from memory, or when behind from the database."""

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Final

from runtime.errors import Retryable
from runtime.ledger.hand_over import HandOver, ends
from runtime.ledger.initialise import CURSORS, PUBLISH
from runtime.ledger.lease import FencedError, Lease
from runtime.ledger.metrics import FAILURES, PUBLISHED, UNPUBLISHED
from runtime.ledger.model import Entry
from runtime.ledger.outlet import Acknowledgements, Outlet, OutletError
from runtime.ledger.read import LedgerReader
from runtime.ledger.seal import Stream
from runtime.mongo import Database, mongo_errors

_log: Final = logging.getLogger(__name__)
_IN_FLIGHT: Final = 4
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
        self._sent: dict[Stream, int] = {}
        self._acknowledged: dict[Stream, int] = {}
        self._failures = 0
        self.problem: str | None = None

    @property
    def unpublished(self) -> int:
        """How many sealed entries the broker has not acknowledged."""
        return self._hand_over.unpublished(self._acknowledged)

    async def run(self) -> None:
        """Publish until cancelled; raises `FencedError` when another relay has taken the cursor."""
        while True:
            try:
                await self._claim()
                await self._outlet.open()
                await self._publish()
            except (OutletError, Retryable) as error:
                self.problem = str(error)
                FAILURES.labels("publisher").inc()
                _log.warning("publishing stopped, will try again: %s", error)
            finally:
                await self._close()
            await asyncio.sleep(self._back_off())

    async def _close(self) -> None:
        try:
            await self._outlet.close()
        except OutletError as error:
            _log.warning("the producer did not close cleanly: %s", error)

    def _back_off(self) -> float:
        self._failures += 1
        most = min(_BACK_OFF_MOST_S, _BACK_OFF_S * 2.0 ** min(self._failures, 10))
        return most * (0.5 + random.random() / 2)  # noqa: S311 -- spreads retries, guards nothing

    async def _claim(self) -> None:
        """Put our epoch on the cursor: from now on a relay of an older epoch cannot move it."""
        with mongo_errors():
            cursor: Any = await self._db[CURSORS].find_one_and_update(
                {"_id": PUBLISH, "epoch": {"$lte": self._lease.epoch}}, {"$set": {"epoch": self._lease.epoch}}
            )
        if cursor is None:
            raise FencedError("a later relay has the publish cursor")
        self._acknowledged = {
            (ledger, int(stream)): seq for ledger, at in cursor["at"].items() for stream, seq in at.items()
        }
        self._sent = dict(self._acknowledged)
        self._hand_over.fall_behind()

    async def _publish(self) -> None:
        on_the_way: deque[tuple[Sequence[Entry], Acknowledgements]] = deque()
        try:
            while True:
                entries = await self._next(wait=not on_the_way)
                if entries:
                    on_the_way.append((entries, await self._outlet.send(entries)))
                    self._sent.update(ends(entries))
                if on_the_way and (not entries or len(on_the_way) >= _IN_FLIGHT):
                    await self._settle(*on_the_way.popleft())
        finally:
            for _, acknowledgements in on_the_way:
                _forget(acknowledgements)

    async def _next(self, *, wait: bool) -> Sequence[Entry]:
        if self._hand_over.behind:
            return await self._from_database()
        entries = self._hand_over.take()
        if not entries and wait:
            await self._hand_over.wait()
            # A look again: what was offered may have been dropped, or have come before we caught up.
        return entries

    async def _from_database(self) -> Sequence[Entry]:
        lacking = self._hand_over.lacking(self._sent)
        if not lacking:
            # No await since the look: nothing can have been sealed in between.
            self._hand_over.behind = False
            return ()
        found: list[Entry] = []
        for ledger, stream in lacking:
            after = self._sent.get((ledger, stream), 0)
            found.extend(await self._reader.entries(ledger, stream, after, _PER_STREAM))
            if len(found) >= _AT_ONCE:
                break
        return found

    async def _settle(self, entries: Sequence[Entry], acknowledgements: Acknowledgements) -> None:
        done, late = await asyncio.wait(acknowledgements, timeout=self._timeout_s)
        failed = [error for error in (future.exception() for future in done) if error is not None]
        if late or failed:
            _forget(acknowledgements)
            raise OutletError(repr(failed[0]) if failed else f"no answer within {self._timeout_s} s")
        reached = ends(entries)
        await self._move(reached)
        self._acknowledged.update(reached)
        self._failures, self.problem = 0, None
        for ledger, count in Counter(entry.ledger for entry in entries).items():
            PUBLISHED.labels(ledger).inc(count)
        UNPUBLISHED.set(self.unpublished)

    async def _move(self, reached: dict[Stream, int]) -> None:
        moves = {f"at.{ledger}.{stream}": seq for (ledger, stream), seq in reached.items()}
        with mongo_errors():
            done = await self._db[CURSORS].update_one({"_id": PUBLISH, "epoch": self._lease.epoch}, {"$set": moves})
        if done.matched_count != 1:
            raise FencedError("a later relay has the publish cursor")


def _forget(acknowledgements: Acknowledgements) -> None:
    for future in acknowledgements:
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
