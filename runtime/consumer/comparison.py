"""Compares watermarks with the owner's heads: fetches what stands still, stops what is broken, confirms."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial

from runtime.clock import Clock, to_micros
from runtime.consumer.applier import Applier
from runtime.consumer.core import Mark, compare
from runtime.consumer.metrics import Meters
from runtime.consumer.pages import Missing, pages
from runtime.consumer.ports import Owner, Store
from runtime.ledger.chain import chains
from runtime.ledger.model import Entry
from runtime.ledger.read import Heads


class Comparison:
    """One ledger's comparison; `accept` applies a page of the owner's own entries, the applier held exclusively."""

    def __init__(
        self,
        applier: Applier,
        store: Store,
        owner: Owner,
        clock: Clock,
        meters: Meters,
        accept: Callable[[int, Sequence[Entry]], Awaitable[None]],
    ) -> None:
        self._applier = applier
        self._store = store
        self._owner = owner
        self._clock = clock
        self._meters = meters
        self._accept = accept
        self._told: Heads | None = None

    def told_apart(self, stream: int, entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
        """What may be the owner's, and what cannot: beyond its head, though sealed before it told of that head.

        Such records are what a broker still has of a ledger whose database was restored from an older copy. They chain
        on what was applied, so that nothing else would tell them apart.
        """
        told = self._told
        if told is None:
            return entries, ()
        through, head = told.sealed_through, head_of(told, stream)[0]
        impossible = [entry for entry in entries if entry.sealed_at <= through and entry.seq > head]
        if not impossible:
            return entries, ()
        return [entry for entry in entries if entry.sealed_at > through or entry.seq <= head], impossible

    async def check(self, patience: float) -> bool:
        """Whether the ledger came level with the heads as they are now; waits for Kafka, then fetches."""
        # The marks first: had they been read later, an honest owner could seem to lie below them.
        before = await self._applier.exclusively(self._marks)
        asked_at = to_micros(self._clock.now())
        heads = await self._owner.heads()
        self._told = heads
        self._measure(before, heads)
        await self._applier.exclusively(lambda: self._halt_broken(before, heads))
        await self._resume_mended(before, heads)
        behind = [stream for stream, mark in before.items() if mark.seq < head_of(heads, stream)[0]]
        await self._wait(heads, behind, patience)
        idle = await self._applier.exclusively(lambda: self._idle(before, heads, behind))
        async with aclosing(pages(self._owner, idle)) as fetched:
            async for stream, page in fetched:
                await self._applier.exclusively(partial(self._accept, stream, page))
        return await self._applier.exclusively(lambda: self._confirm(heads, asked_at))

    def _measure(self, marks: Mapping[int, Mark], heads: Heads) -> None:
        ends = {stream: head_of(heads, stream)[0] for stream in marks}
        self._meters.heads(sum(ends.values()), sum(mark.seq for mark in marks.values()))
        self._meters.lag(sum(max(0, ends[stream] - mark.seq) for stream, mark in marks.items()))

    async def _resume_mended(self, marks: Mapping[int, Mark], heads: Heads) -> None:
        """A stopped stream whose owner shows again the very entry that was applied last goes on by itself."""
        for stream in sorted(self._applier.stopped):
            mark, (seq, digest) = marks[stream], head_of(heads, stream)
            if not compare(mark, heads.ledger_id, (seq, digest)).broken and await self._continues(stream, mark):
                await self._applier.exclusively(partial(self._applier.resume, stream, mark))

    async def _continues(self, stream: int, mark: Mark) -> bool:
        """Whether the owner's entry at the mark is the one applied, and its next one, if any, follows on it."""
        around = await self._owner.entries(stream, max(mark.seq - 1, 0), 2)
        applied, following = (around[:1], around[1:]) if mark.seq else ([], around[:1])
        same = not mark.seq or (bool(applied) and (applied[0].seq, applied[0].hash) == (mark.seq, mark.hash))
        return same and all(entry.seq == mark.seq + 1 and chains(mark.hash, entry) for entry in following)

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

    # From here on the applier is held exclusively.

    async def _marks(self) -> dict[int, Mark]:
        self._applier.forget()
        return dict((await self._applier.position()).marks)

    async def _halt_broken(self, marks: Mapping[int, Mark], heads: Heads) -> None:
        for stream, mark in marks.items():
            seq, digest = head_of(heads, stream)
            standing = compare(mark, heads.ledger_id, (seq, digest))
            if standing.broken:
                await self._applier.halt(stream, standing, mark, f"{heads.ledger_id} at {seq}, {digest.hex()}")

    async def _idle(self, before: Mapping[int, Mark], heads: Heads, behind: Sequence[int]) -> list[Missing]:
        """What is missing of the streams that stood still since the heads were asked for."""
        marks = await self._marks()
        return [
            Missing(stream, marks[stream].seq, head_of(heads, stream)[0])
            for stream in behind
            if marks[stream].seq == before[stream].seq and stream not in self._applier.stopped
        ]

    async def _confirm(self, heads: Heads, asked_at: int) -> bool:
        marks = await self._marks()
        if self._applier.stopped or any(mark.seq < head_of(heads, stream)[0] for stream, mark in marks.items()):
            return False
        await self._store.confirm(heads, asked_at)
        self._meters.confirmed(asked_at)
        return True


def head_of(heads: Heads, stream: int) -> tuple[int, bytes]:
    """A stream's head, (0, b"") when the owner tells of none."""
    return heads.streams.get(stream, (0, b""))
