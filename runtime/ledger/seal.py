"""Sealing as pure functions: the order of commits, the chain, the documents of one batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runtime.ledger.chain import link
from runtime.ledger.model import Entry

SEQ_DIGITS: Final = 12

Stream = tuple[str, int]
Commit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a stream: its last seq and hash, and how many commits it holds."""

    last: int
    hash: bytes
    commits: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """One batch, sealed: documents to insert, heads as they become, the entries in the order of sealing."""

    documents: list[dict[str, Any]]
    heads: dict[Stream, Head]
    entries: list[Entry]


def by_ledger(commits: Iterable[Commit], ranks: Mapping[str, int]) -> list[Commit]:
    """Commits in the order of their making, but the registry's before the lists'; ledgers unknown here are an error."""
    return sorted(commits, key=lambda commit: ranks[commit["ledger"]])


def by_version(commits: Iterable[Commit], ranks: Mapping[str, int]) -> list[Commit]:
    """Commits found without an order: registry first, then by aggregate version, as they cannot be told otherwise."""
    return sorted(commits, key=lambda commit: (ranks[commit["ledger"]], commit["version"], commit["at"], commit["_id"]))


def portions(commits: Sequence[Commit], most: int) -> Iterator[list[Commit]]:
    """Split into runs of at most `most` events; a commit is never split, so it may exceed that alone."""
    portion: list[Commit] = []
    events = 0
    for commit in commits:
        if portion and events + commit["n"] > most:
            yield portion
            portion, events = [], 0
        portion.append(commit)
        events += commit["n"]
    if portion:
        yield portion


def next_instant(now: int, sealed_through: int) -> int:
    """When to seal, in microseconds: above everything that was promised, even if the clock went back."""
    return max(now, sealed_through + 1)


class Sealing:
    """Seals the commits of one batch, one after the other, at one instant."""

    def __init__(self, heads: Mapping[Stream, Head], registry: str | None, sealed_at: int) -> None:
        self._before = heads
        self._registry: Stream | None = None if registry is None else (registry, 0)
        self._sealed_at = sealed_at
        self._heads: dict[Stream, Head] = {}
        self._documents: dict[Stream, dict[str, Any]] = {}
        self._entries: list[Entry] = []

    def add(self, commit: Commit) -> None:
        """Chain every event of a commit to its stream."""
        stream: Stream = (commit["ledger"], commit["stream"])
        head = self._heads.get(stream) or self._before[stream]
        document = self._documents.get(stream)
        if document is None:
            document = self._documents[stream] = self._open(stream, head)
        registry = self._reached(stream)
        seq, prev = head.last, head.hash
        for i, event in enumerate(commit["events"]):
            seq += 1
            entry = self._entry(stream, seq, prev, registry, commit, i, event)
            prev = entry.hash
            self._entries.append(entry)
            document["entries"].append(
                {"commit": commit["_id"], "i": i, "seq": seq, "registry": registry, "hash": prev}
            )
        self._heads[stream] = Head(seq, prev, head.commits + 1)

    def _open(self, stream: Stream, head: Head) -> dict[str, Any]:
        ledger, number = stream
        return {
            "ledger": ledger,
            "stream": number,
            "first": head.last + 1,
            "prev": head.hash,
            "entries": [],
            "sealed_at": self._sealed_at,
        }

    def _reached(self, stream: Stream) -> int:
        """The newest sealed registry seq; 0 in the registry itself and where there is none."""
        if self._registry is None or stream == self._registry:
            return 0
        return (self._heads.get(self._registry) or self._before[self._registry]).last

    def _entry(
        self, stream: Stream, seq: int, prev: bytes, registry: int, commit: Commit, i: int, event: Mapping[str, Any]
    ) -> Entry:
        ledger, number = stream
        id_ = f"{commit['_id']}/{i}"
        hash_ = link(
            prev,
            stream=number,
            seq=seq,
            id=id_,
            type=event["type"],
            subject=event["subject"],
            key=commit["key"],
            version=commit["version"],
            registry=registry,
            at=commit["at"],
            sealed_at=self._sealed_at,
            data=event["data"],
        )
        return Entry(
            ledger=ledger,
            stream=number,
            seq=seq,
            id=id_,
            type=event["type"],
            subject=event["subject"],
            key=commit["key"],
            version=commit["version"],
            registry=registry,
            at=commit["at"],
            sealed_at=self._sealed_at,
            data=event["data"],
            hash=hash_,
            traceparent=commit["traceparent"],
        )

    def sealed(self) -> Sealed:
        """The documents, complete."""
        for stream, document in self._documents.items():
            head = self._heads[stream]
            ledger, number = stream
            document["_id"] = f"{ledger}/{number}/{head.last:0{SEQ_DIGITS}d}"
            document["last"] = head.last
            document["hash"] = head.hash
        return Sealed(list(self._documents.values()), self._heads, self._entries)


def seal(commits: Iterable[Commit], heads: Mapping[Stream, Head], registry: str | None, sealed_at: int) -> Sealed:
    """Seal commits in the given order at `sealed_at` (microseconds); `registry` names the ledger others refer to.

    A commit without events is passed over: there is nothing of it to publish.
    """
    sealing = Sealing(heads, registry, sealed_at)
    for commit in commits:
        if commit["n"]:
            sealing.add(commit)
    return sealing.sealed()
