"""The world around relays, in memory: the ledger's database with its fences, and a broker that answers when it likes.

What it does at once, the real database does in one transaction or one conditional write; that those behave so is for
`tests/integration/test_ledger_relay.py` to show. `Fences` takes single safeguards away, to see that they are missed.
"""

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.ledger.chain import genesis
from runtime.ledger.model import Entry
from runtime.ledger.read import entry_of
from runtime.ledger.seal import Head, Stream
from runtime.ledger.steps import Write
from runtime.ledger.writer import commit_documents
from tests.ledger_world import LEDGERS, change, unit

STREAMS: tuple[Stream, ...] = (("registry", 0), ("lists", 0), ("lists", 1))
RANKS = {ledger.name: rank for rank, ledger in enumerate(LEDGERS)}


class FencedError(Exception):
    """Another relay has taken over."""


class FeedLostError(Exception):
    """The history behind this token is gone."""


@dataclass(frozen=True)
class Fences:
    """What protects the rows."""

    epoch: bool = True
    promise: bool = True
    heads: bool = True
    sealed_once: bool = True


def commit_of(thing: str, version: int, stream: Stream, events: int, at: int) -> dict[str, Any]:
    """A commit as the write path makes it; its id says nothing about when it was made."""
    request = hashlib.sha256(f"{thing}/{version}".encode()).hexdigest()[:8]
    made = change(thing, version - 1, ledger=stream[0], stream=stream[1], events=events)
    return commit_documents(unit(made, request=request, at=at))[0]


@dataclass
class LeaseRow:
    """The one row of the lease."""

    holder: int | None = None
    epoch: int = 0
    until: int = 0
    sealed_through: int = 0


@dataclass
class Rows:
    """Everything that outlives a relay."""

    fences: Fences = field(default_factory=Fences)
    now: int = 1_000
    commits: list[dict[str, Any]] = field(default_factory=list)
    seals: list[dict[str, Any]] = field(default_factory=list)
    heads: dict[Stream, Head] = field(
        default_factory=lambda: {stream: Head(0, genesis("L1", *stream), 0) for stream in STREAMS}
    )
    lease: LeaseRow = field(default_factory=LeaseRow)
    cursor_epoch: int = 0
    cursor: dict[Stream, int] = field(default_factory=dict)
    history_from: int = 0

    @property
    def sealed(self) -> set[str]:
        """The commits that have a seal."""
        return {line["commit"] for document in self.seals for line in document["entries"]}

    def acquire(self, holder: int, ttl: int) -> int | None:
        """The new epoch, if the lease is free, run out, or already ours."""
        lease = self.lease
        if lease.holder not in {None, holder} and lease.until > self.now:
            return None
        lease.holder, lease.epoch, lease.until = holder, lease.epoch + 1, self.now + ttl
        return lease.epoch

    def prolong(self, epoch: int, instant: int, ttl: int) -> None:
        """The conditional write that two relays collide on."""
        self._guard(epoch, instant)
        self.lease.until, self.lease.sealed_through = self.now + ttl, instant

    def _guard(self, epoch: int, instant: int) -> None:
        if self.fences.epoch and self.lease.epoch != epoch:
            raise FencedError
        if self.fences.promise and self.lease.sealed_through >= instant:
            raise FencedError

    def release(self, epoch: int) -> None:
        """Only by its holder."""
        if self.lease.epoch == epoch:
            self.lease.holder = None

    def write(self, epoch: int, write: Write, ttl: int) -> bool:
        """The sealing transaction, all or nothing; False for a duplicate."""
        self._guard(epoch, write.instant)
        wanted = {line["commit"] for document in write.sealed.documents for line in document["entries"]}
        if self.fences.sealed_once and wanted & self.sealed:
            return False
        if self.fences.heads and any(self.heads[stream] != head for stream, head in write.before.items()):
            raise FencedError
        self.prolong(epoch, write.instant, ttl)
        self.seals.extend(write.sealed.documents)
        self.heads.update(write.sealed.heads)
        return True

    def scan(self) -> list[dict[str, Any]]:
        """What was never sealed, in no order."""
        sealed = self.sealed
        return [commit for commit in reversed(self.commits) if commit["n"] and commit["_id"] not in sealed]

    def load(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Commits in the order of the ids."""
        by_id = {commit["_id"]: commit for commit in self.commits}
        return [by_id[id_] for id_ in ids]

    def read(self, token: int, most: int) -> list[dict[str, Any]]:
        """The feed behind a token."""
        if token < self.history_from:
            raise FeedLostError
        return self.commits[token : token + most]

    def claim(self, epoch: int) -> dict[Stream, int]:
        """Our epoch on the cursor."""
        if self.cursor_epoch > epoch:
            raise FencedError
        self.cursor_epoch = epoch
        return dict(self.cursor)

    def move(self, epoch: int, reached: dict[Stream, int]) -> None:
        """The cursor, where its epoch is ours."""
        if self.cursor_epoch != epoch:
            raise FencedError
        self.cursor.update(reached)

    def entries(self, stream: Stream, after: int, most: int) -> list[Entry]:
        """Sealed entries behind `after`."""
        mine = [document for document in self.seals if (document["ledger"], document["stream"]) == stream]
        return [entry for document in mine for entry in self.entries_of(document) if entry.seq > after][:most]

    def entries_of(self, document: dict[str, Any]) -> list[Entry]:
        """The entries of one seal."""
        by_id = {commit["_id"]: commit for commit in self.commits}
        return [entry_of(document, line, by_id[line["commit"]]) for line in document["entries"]]


@dataclass
class Parcel:
    """What one `Send` put on its way."""

    entries: Sequence[Entry]
    arrived: bool = False
    lost: bool = False


@dataclass
class Broker:
    """Keeps what arrives, in order per producer; answers late or never."""

    log: list[Entry] = field(default_factory=list)
    on_the_way: deque[Parcel] = field(default_factory=deque)

    def send(self, entries: Sequence[Entry]) -> Parcel:
        """Take it; nothing is known of it yet."""
        parcel = Parcel(list(entries))
        self.on_the_way.append(parcel)
        return parcel

    def deliver(self) -> None:
        """The oldest arrives."""
        if self.on_the_way:
            parcel = self.on_the_way.popleft()
            self.log.extend(parcel.entries)
            parcel.arrived = True

    def lose(self, *, kept: bool) -> None:
        """The oldest fails; `kept`: it arrived all the same, and only the answer is lost."""
        if self.on_the_way:
            parcel = self.on_the_way.popleft()
            parcel.lost = True
            if kept:
                self.log.extend(parcel.entries)
