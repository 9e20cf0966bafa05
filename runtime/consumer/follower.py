"""Follows one ledger: applies what comes in order, fetches what is missing, refuses what is false."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from runtime.clock import Clock, to_micros
from runtime.consumer.applier import Applier, Gate
from runtime.consumer.core import MAX_ENTRIES, Mark, Sifted, Standing, by_stream, compare, sift
from runtime.consumer.metrics import Meters
from runtime.consumer.ports import Owner, Stale, Store
from runtime.errors import Retryable
from runtime.ledger.model import Entry, Ledger
from runtime.ledger.read import Heads

_RACES: Final = 50


async def _open_gate(_registry: int) -> None:
    """The registry waits for nothing."""


class Follower:
    """One consumer of one ledger in this process. Other processes may follow the same: the watermarks decide."""

    def __init__(
        self, consumer: str, ledger: Ledger, store: Store, owner: Owner, clock: Clock, gate: Gate = _open_gate
    ) -> None:
        self.ledger = ledger
        self.suspicious = asyncio.Event()
        self._store = store
        self._owner = owner
        self._clock = clock
        self._meters = Meters(consumer, ledger.name)
        self._applier = Applier(f"{consumer}: {ledger.name}", store, gate, self._meters)
        self._lock = asyncio.Lock()

    @property
    def stopped(self) -> list[int]:
        """The streams that stopped because the owner's ledger is not the one that was followed."""
        return sorted(self._applier.stopped)

    async def prepare(self) -> None:
        """Make the watermark rows, asking the owner who it is if there are none. Raises `Retryable`."""
        if await self._store.load() is None:
            await self._store.prepare((await self._owner.heads()).ledger_id)

    async def take(self, entries: Sequence[Entry]) -> None:
        """Apply entries as they came from Kafka. Raises `Retryable`: then all of them must be given again."""
        async with self._lock:
            await self._through_races(lambda: self._take(entries))

    async def doubt(self, entries: Sequence[Entry]) -> None:
        """Set false records aside and have the owner asked soon."""
        if entries:
            await self._store.set_aside(entries)
            self.suspect(len(entries))

    def suspect(self, records: int) -> None:
        """So many false records were set aside."""
        self._meters.set_aside(records)
        self.suspicious.set()

    async def require(self, seq: int) -> None:
        """Come to this seq on stream 0, with the owner's help; raises `Retryable` if that cannot be now."""
        known = self._applier.known
        if known is not None and known.marks[0].seq >= seq:
            return
        async with self._lock:
            self._applier.forget()
            await self._through_races(lambda: self._fetch(0, seq))
            if (await self._applier.position()).marks[0].seq < seq:
                raise Retryable(f"{self.ledger.name} has not reached {seq}")

    async def check(self, patience: float) -> bool:
        """Compare with the owner's heads; a stream that is behind and stands still for `patience` seconds is fetched.

        Returns whether the whole ledger came level with those heads, and so was confirmed. Raises `Retryable`.
        """
        async with self._lock:
            before = await self._marks_afresh()
        asked_at = to_micros(self._clock.now())
        heads = await self._owner.heads()
        self._meters.lag(sum(max(0, head_of(heads, stream)[0] - mark.seq) for stream, mark in before.items()))
        async with self._lock:
            await self._halt_broken(before, heads)
        behind = [stream for stream, mark in before.items() if mark.seq < head_of(heads, stream)[0]]
        await self._wait(heads, behind, patience)
        for stream in behind:
            async with self._lock:
                await self._fetch_idle(stream, before[stream], heads)
        async with self._lock:
            return await self._confirm(heads, asked_at)

    async def _wait(self, heads: Heads, behind: Sequence[int], patience: float) -> None:
        """Give Kafka this long to bring what is missing."""
        moved = self._applier.moved
        try:
            async with asyncio.timeout(patience):
                while not self._reached(heads, behind):
                    moved.clear()
                    await moved.wait()
        except TimeoutError:
            return

    def _reached(self, heads: Heads, streams: Sequence[int]) -> bool:
        known = self._applier.known
        if known is None:
            return not streams
        return all(known.marks[s].seq >= head_of(heads, s)[0] for s in streams if s not in known.stopped)

    # From here on the lock is held.

    async def _through_races(self, action: Callable[[], Awaitable[None]]) -> None:
        try:
            for _ in range(_RACES):
                try:
                    return await action()
                except Stale:
                    self._applier.forget()
        except BaseException:
            # Whether the transaction was committed is not known now.
            self._applier.forget()
            raise
        raise Retryable(f"{self.ledger.name}: another process keeps moving the same watermarks")

    async def _marks_afresh(self) -> dict[int, Mark]:
        self._applier.forget()
        return dict((await self._applier.position()).marks)

    async def _take(self, entries: Sequence[Entry]) -> None:
        position = await self._applier.position()
        torn: dict[int, Sifted] = {}
        run: list[Entry] = []
        forged: list[Entry] = []
        handled = 0
        for stream, group in by_stream(entries).items():
            if stream in position.stopped:
                continue
            if stream not in position.marks:
                forged += group
                continue
            sifted = sift(position.marks[stream], group)
            run += sifted.run
            forged += sifted.forged
            handled += len(group) - len(sifted.run) - len(sifted.forged) - len(sifted.rest)
            if sifted.gap is not None:
                torn[stream] = sifted
        await self.doubt(forged)
        await self._applier.advance(run)
        self._meters.duplicates(handled)
        for stream, sifted in torn.items():
            await self._mend(stream, sifted)

    async def _mend(self, stream: int, sifted: Sifted) -> None:
        """Fill the gaps of one stream from the owner; what the owner does not know of is set aside."""
        while sifted.gap is not None:
            self._meters.gap()
            await self._fetch(stream, sifted.gap.upto)
            position = await self._applier.position()
            if stream in position.stopped:
                return
            if position.marks[stream].seq < sifted.gap.upto:
                await self.doubt(sifted.rest)
                return
            sifted = sift(position.marks[stream], sifted.rest)
            await self.doubt(sifted.forged)
            await self._applier.advance(sifted.run)

    async def _fetch(self, stream: int, upto: int) -> None:
        """Apply the owner's own entries up to this seq, or as far as the owner has them."""
        while True:
            position = await self._applier.position()
            mark = position.marks[stream]
            if mark.seq >= upto or stream in position.stopped:
                return
            page = await self._owner.entries(stream, mark.seq, min(MAX_ENTRIES, upto - mark.seq))
            if not page:
                return
            self._meters.fetched(len(page))
            sifted = sift(mark, page)
            await self._applier.advance(sifted.run)
            if len(sifted.run) < len(page):
                await self._applier.halt(stream, Standing.REWRITTEN, sifted.mark, "its own entries do not chain")

    async def _fetch_idle(self, stream: int, before: Mark, heads: Heads) -> None:
        mark = (await self._applier.position()).marks[stream]
        if mark.seq == before.seq:
            await self._through_races(lambda: self._fetch(stream, head_of(heads, stream)[0]))

    async def _halt_broken(self, marks: Mapping[int, Mark], heads: Heads) -> None:
        for stream, mark in marks.items():
            seq, digest = head_of(heads, stream)
            standing = compare(mark, heads.ledger_id, (seq, digest))
            if standing.broken:
                await self._applier.halt(stream, standing, mark, f"{heads.ledger_id} at {seq}, {digest.hex()}")

    async def _confirm(self, heads: Heads, asked_at: int) -> bool:
        marks = await self._marks_afresh()
        if self._applier.stopped or any(mark.seq < head_of(heads, stream)[0] for stream, mark in marks.items()):
            return False
        await self._store.confirm(heads, asked_at)
        self._meters.confirmed(asked_at)
        return True


def head_of(heads: Heads, stream: int) -> tuple[int, bytes]:
    """A stream's head, (0, b"") when the owner tells of none."""
    return heads.streams.get(stream, (0, b""))
