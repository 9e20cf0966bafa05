"""What was stored last of each entry, kept in memory for as long as nobody else can have changed it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from runtime.ledger.model import Entry
from services.reporting.contribution import Stored
from services.reporting.folding import INDICATORS

A_STREAM: Final = 1000

Key = tuple[str, str]
Stream = tuple[str, int]


class Remembered:
    """Contributions by stream, as of the last seq of it that this process is known to have written.

    Only the entry's own events change a contribution, and they come in its stream. So what is remembered holds as long
    as this process applies a stream without a gap: whatever another process applied, was buried, parked or retried
    leaves one, and then the stream is forgotten. An inventory, which many visits change, is never remembered.
    """

    def __init__(self) -> None:
        self._kept: dict[Stream, dict[Key, Stored]] = {}
        self._at: dict[Stream, int] = {}
        self._begun: dict[Stream, tuple[int, dict[Key, Stored]]] = {}

    def resume(self, entries: Iterable[Entry]) -> None:
        """These, which are in order, are to be applied now: forget the streams in which they do not follow."""
        first: dict[Stream, int] = {}
        for entry in entries:
            first.setdefault((entry.ledger, entry.stream), entry.seq)
        for stream, seq in first.items():
            if self._at.get(stream) != seq - 1:
                self._forget(stream)

    def of(self, stream: Stream, key: Key) -> Stored | None:
        """What is certain of one entry; none where it has to be read."""
        kept = self._kept.get(stream)
        return None if kept is None else kept.get(key)

    def begin(self, entries: Sequence[Entry], stored: Mapping[Stream, Mapping[Key, Stored]]) -> None:
        """These entries left this behind, by stream, if the transaction that they are in is committed."""
        for stream, seq in _last(entries).items():
            left = stored.get(stream, {})
            self._begun[stream] = seq, {key: one for key, one in left.items() if key[0] != INDICATORS}

    def keep(self, entries: Sequence[Entry]) -> None:
        """The transaction that these were in is committed."""
        for stream, seq in _last(entries).items():
            begun = self._begun.pop(stream, None)
            if begun is None or begun[0] != seq:
                self._forget(stream)
                continue
            kept = self._kept.setdefault(stream, {})
            for key, one in begun[1].items():
                # Put at the end: what moved longest ago is forgotten first.
                kept.pop(key, None)
                kept[key] = one
            for key in list(kept)[:-A_STREAM]:
                del kept[key]
            self._at[stream] = seq

    def _forget(self, stream: Stream) -> None:
        self._at.pop(stream, None)
        self._kept.pop(stream, None)


def _last(entries: Iterable[Entry]) -> dict[Stream, int]:
    return {(entry.ledger, entry.stream): entry.seq for entry in entries}
