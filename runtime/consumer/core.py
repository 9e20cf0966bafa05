"""What a consumer decides, without any I/O: which entries follow, which are missing, which are false."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from runtime.ledger.chain import chains
from runtime.ledger.model import Entry

MAX_ENTRIES: Final = 2000
ONE_LANE: Final = 500
MAX_BYTES: Final = 8 * 1024 * 1024

Parked = Mapping[tuple[int, str], str]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a stream was applied: the last seq and its hash, in the ledger of this id. `seq` 0: nothing yet."""

    ledger_id: str
    seq: int
    hash: bytes

    def after(self, entry: Entry) -> "Mark":
        """The mark once this entry is applied."""
        return replace(self, seq=entry.seq, hash=entry.hash)


@dataclass(frozen=True, slots=True)
class Skip:
    """Applied already."""


@dataclass(frozen=True, slots=True)
class Apply:
    """The next one, and it chains."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries after `after` up to and including `upto` are missing in front of this one."""

    after: int
    upto: int


@dataclass(frozen=True, slots=True)
class Forged:
    """It does not follow from what was applied: not the owner's bytes."""


def decide(mark: Mark, entry: Entry) -> Skip | Apply | Gap | Forged:
    """What one entry is to a stream that stands at `mark`."""
    if entry.seq < mark.seq:
        return Skip()
    if entry.seq == mark.seq:
        return Skip() if entry.hash == mark.hash else Forged()
    if entry.seq > mark.seq + 1:
        return Gap(mark.seq, entry.seq - 1)
    return Apply() if chains(mark.hash, entry) else Forged()


@dataclass(frozen=True, slots=True)
class Sifted:
    """One stream's records in order: what can be applied now, up to the first gap; `rest` begins behind that gap."""

    mark: Mark
    run: list[Entry] = field(default_factory=list)
    forged: list[Entry] = field(default_factory=list)
    gap: Gap | None = None
    rest: list[Entry] = field(default_factory=list)


def sift(mark: Mark, entries: Sequence[Entry]) -> Sifted:
    """Sort one stream's entries out; any order, duplicates and forgeries welcome."""
    ordered = sorted(entries, key=_seq)
    run: list[Entry] = []
    forged: list[Entry] = []
    seq, digest = mark.seq, mark.hash
    for position, entry in enumerate(ordered):
        # By far the most are of this kind, so they do not go through `decide`.
        if entry.seq == seq + 1 and chains(digest, entry):
            run.append(entry)
            seq, digest = entry.seq, entry.hash
            continue
        mark = replace(mark, seq=seq, hash=digest)
        match decide(mark, entry):
            case Forged():
                forged.append(entry)
            case Gap() as gap:
                return Sifted(mark, run, forged, gap, ordered[position:])
            case _:
                continue
    return Sifted(replace(mark, seq=seq, hash=digest), run, forged)


def _seq(entry: Entry) -> int:
    return entry.seq


def by_stream(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    """Entries of each stream, streams in ascending order, otherwise as they came."""
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.stream, []).append(entry)
    return dict(sorted(groups.items()))


def chunks(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Pieces for one transaction each: at most `MAX_ENTRIES` entries and, but for a single one, `MAX_BYTES` bytes."""
    start = size = 0
    for position, entry in enumerate(entries):
        if position > start and (position - start >= MAX_ENTRIES or size + len(entry.data) > MAX_BYTES):
            yield entries[start:position]
            start, size = position, 0
        size += len(entry.data)
    if start < len(entries):
        yield entries[start:]


def lanes(entries: Sequence[Entry]) -> list[Sequence[Entry]]:
    """Entries that may be applied side by side: few are one lane, of many each stream goes into one of two.

    While the database works on one lane's transaction, the other is read and folded.
    """
    if len(entries) <= ONE_LANE:
        return [entries] if entries else []
    split: tuple[list[Entry], list[Entry]] = ([], [])
    for group in by_stream(entries).values():
        min(split, key=len).extend(group)
    return [lane for lane in split if lane]


def moves_of(marks: Mapping[int, Mark], entries: Iterable[Entry]) -> dict[int, tuple[Mark, Mark]]:
    """Per stream the mark as it stands and as it will be once these contiguous entries are applied."""
    last = {entry.stream: entry for entry in entries}
    return {stream: (marks[stream], marks[stream].after(entry)) for stream, entry in last.items()}


def split(entries: Sequence[Entry], parked: Parked) -> tuple[Sequence[Entry], list[tuple[Entry, str]]]:
    """Entries to apply, and those to park with the id of the dead row that they wait for."""
    if not parked:
        return entries, []
    live: list[Entry] = []
    waiting: list[tuple[Entry, str]] = []
    for entry in entries:
        row = parked.get((entry.stream, entry.aggregate))
        if row is None:
            live.append(entry)
        else:
            waiting.append((entry, row))
    return live, waiting


class Standing(StrEnum):
    """How a mark stands to its owner's head. The last three mean that the owner's ledger is not the one followed."""

    LEVEL = "level"
    BEHIND = "behind"
    FOREIGN = "foreign"
    RESTORED = "restored"
    REWRITTEN = "rewritten"

    @property
    def broken(self) -> bool:
        """Whether the stream must stop."""
        return self in {Standing.FOREIGN, Standing.RESTORED, Standing.REWRITTEN}


def compare(mark: Mark, ledger_id: str, head: tuple[int, bytes]) -> Standing:
    """Judge a mark, read *before* the owner was asked, by the owner's head (seq, hash)."""
    seq, digest = head
    if mark.ledger_id != ledger_id:
        return Standing.FOREIGN
    if mark.seq > seq:
        return Standing.RESTORED
    if mark.seq < seq:
        return Standing.BEHIND
    return Standing.LEVEL if seq == 0 or mark.hash == digest else Standing.REWRITTEN


def row_id(entry: Entry) -> str:
    """The id of an entry's row."""
    return place_id(entry.ledger, entry.stream, entry.seq)


def place_id(ledger: str, stream: int, seq: int) -> str:
    """`ledger/stream/seq` with the seq in twelve digits: sorts like the stream."""
    return f"{ledger}/{stream}/{seq:012d}"
