"""Follows one ledger: applies what comes in order, fetches what is missing, refuses what is false."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from runtime.clock import Clock
from runtime.consumer.applier import Applier, Gate
from runtime.consumer.comparison import Comparison
from runtime.consumer.core import Sifted, Standing, by_stream, sift
from runtime.consumer.metrics import Meters
from runtime.consumer.pages import Missing, pages
from runtime.consumer.ports import Owner, Store
from runtime.errors import Retryable
from runtime.ledger.model import Entry, Ledger


async def _open_gate(_entries: Sequence[Entry]) -> None:
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
        self._meters = Meters(consumer, ledger.name, clock)
        self._applier = Applier(f"{consumer}: {ledger.name}", store, gate, self._meters)
        self._comparison = Comparison(self._applier, store, owner, clock, self._meters, self._accept)

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
        await self._applier.exclusively(lambda: self._take(entries))

    async def check(self, patience: float) -> bool:
        """Compare with the owner's heads; a stream that is behind and stands still for `patience` seconds is fetched.

        Returns whether the whole ledger came level with those heads, and so was confirmed. Raises `Retryable`.
        """
        return await self._comparison.check(patience)

    async def require(self, seq: int) -> None:
        """Come to this seq on stream 0, with the owner's help; raises `Retryable` if that cannot be now."""
        known = self._applier.known
        if known is not None and known.marks[0].seq >= seq:
            return
        if await self._applier.exclusively(lambda: self._come_to(seq)) < seq:
            raise Retryable(f"{self.ledger.name} has not reached {seq}")

    async def doubt(self, entries: Sequence[Entry]) -> None:
        """Set false records aside and have the owner asked soon."""
        if entries:
            await self._store.set_aside(entries)
            self.suspect(len(entries))

    def suspect(self, records: int) -> None:
        """So many false records were set aside."""
        self._meters.set_aside(records)
        self.suspicious.set()

    # From here on the applier is held exclusively.

    async def _come_to(self, seq: int) -> int:
        # Another process may have come there.
        self._applier.forget()
        await self._fetch(0, seq)
        return (await self._applier.position()).marks[0].seq

    async def _take(self, entries: Sequence[Entry]) -> None:
        position = await self._applier.position()
        torn: dict[int, Sifted] = {}
        run: list[Entry] = []
        forged: list[Entry] = []
        for stream, group in by_stream(entries).items():
            if stream in position.stopped:
                continue
            if stream not in position.marks:
                forged += group
                continue
            possible, impossible = self._comparison.told_apart(stream, group)
            forged += impossible
            sifted = sift(position.marks[stream], possible)
            run += sifted.run
            forged += sifted.forged
            self._meters.duplicates(len(possible) - len(sifted.run) - len(sifted.forged) - len(sifted.rest))
            if sifted.gap is not None:
                torn[stream] = sifted
        await self.doubt(forged)
        await self._applier.advance(run)
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
        position = await self._applier.position()
        mark = position.marks[stream]
        if mark.seq >= upto or stream in position.stopped:
            return
        async with aclosing(pages(self._owner, [Missing(stream, mark.seq, upto)])) as fetched:
            async for _, page in fetched:
                await self._accept(stream, page)

    async def _accept(self, stream: int, page: Sequence[Entry]) -> None:
        """Apply a page of the owner's own entries; one that does not chain means that history was rewritten."""
        position = await self._applier.position()
        if stream in position.stopped:
            return
        self._meters.fetched(len(page))
        sifted = sift(position.marks[stream], page)
        await self._applier.advance(sifted.run)
        if sifted.forged or sifted.gap:
            await self._applier.halt(stream, Standing.REWRITTEN, sifted.mark, "its own entries do not chain")
