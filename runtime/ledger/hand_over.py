"""What passes from the sealer to the publisher: in memory while it fits, else the publisher reads the database."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from runtime.ledger.model import Entry
from runtime.ledger.seal import Stream

_MOST_ENTRIES: Final = 20_000
_MOST_BYTES: Final = 64 * 1024 * 1024


def ends(entries: Iterable[Entry]) -> dict[Stream, int]:
    """The last seq of every stream among entries that are in order."""
    return {(entry.ledger, entry.stream): entry.seq for entry in entries}


class HandOver:
    """Sealed batches on their way. `behind`: something was not kept, so what to publish next is in the database."""

    def __init__(
        self, sealed: Mapping[Stream, int], most_entries: int = _MOST_ENTRIES, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._sealed = dict(sealed)
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._batches: deque[tuple[Sequence[Entry], int]] = deque()
        self._entries = 0
        self._bytes = 0
        self._changed = asyncio.Event()
        self.behind = True

    def offer(self, entries: Sequence[Entry]) -> None:
        """Take a batch just sealed; never waits. Dropped, and `behind` from then on, when it does not fit."""
        self._sealed.update(ends(entries))
        self._changed.set()
        if self.behind:
            return
        size = sum(len(entry.data) for entry in entries)
        if self._entries + len(entries) > self._most_entries or self._bytes + size > self._most_bytes:
            self.fall_behind()
            return
        self._batches.append((entries, size))
        self._entries += len(entries)
        self._bytes += size

    def take(self) -> Sequence[Entry]:
        """The oldest batch; empty when there is none."""
        if not self._batches:
            return ()
        entries, size = self._batches.popleft()
        self._entries -= len(entries)
        self._bytes -= size
        return entries

    def fall_behind(self) -> None:
        """Forget every batch: the publisher reads from the database until it has caught up."""
        self._batches.clear()
        self._entries = self._bytes = 0
        self.behind = True

    def lacking(self, sent: Mapping[Stream, int]) -> list[tuple[Stream, int]]:
        """Streams sealed further than sent, with the last seq sent, in the order of the heads."""
        at = [(stream, sent.get(stream, 0), last) for stream, last in self._sealed.items()]
        return [(stream, after) for stream, after, last in at if after < last]

    def catch_up(self, sent: Mapping[Stream, int]) -> list[tuple[Stream, int]]:
        """What must be read from the database, as `lacking`; nothing: from now on batches are kept to be taken."""
        if not self.behind:
            return []
        lacking = self.lacking(sent)
        self.behind = bool(lacking)
        return lacking

    def unpublished(self, acknowledged: Mapping[Stream, int]) -> int:
        """How many entries are sealed but not acknowledged."""
        return sum(last - acknowledged.get(stream, 0) for stream, last in self._sealed.items())

    async def wait(self) -> None:
        """Until something is offered."""
        await self._changed.wait()
        self._changed.clear()
