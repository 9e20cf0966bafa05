"""Doubles for the consumer's tests: an owner that seals for real, and a store in memory that can crash."""

import asyncio
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from runtime.consumer.core import Mark, Standing, row_id
from runtime.consumer.ports import Position, Stale, Step
from runtime.errors import Retryable
from runtime.ledger.chain import genesis, link
from runtime.ledger.model import Entry
from runtime.ledger.read import Heads


@dataclass(frozen=True)
class Topic:
    """A ledger's description."""

    name: str
    topic: str
    streams: int


LISTS = Topic("lists", "test.lists", 4)
REGISTRY = Topic("registry", "test.registry", 1)


def sealed(prev: bytes, entry: Entry) -> Entry:
    """The entry with the hash that follows from `prev`."""
    names = ("stream", "seq", "id", "type", "subject", "key", "version", "registry", "at", "sealed_at", "data")
    return replace(entry, hash=link(prev, **{name: getattr(entry, name) for name in names}))


class OwnedLedger:
    """The owner of a ledger, honest unless told otherwise."""

    def __init__(self, ledger: Topic = LISTS, ledger_id: str = "L1") -> None:
        self.ledger = ledger
        self.ledger_id = ledger_id
        self.streams: dict[int, list[Entry]] = {stream: [] for stream in range(ledger.streams)}
        self.clock = 1_000_000
        self.down = False
        self.histories = 1
        self.asked: list[tuple[int, int]] = []
        self.heads_told = asyncio.Event()

    def seal(
        self, stream: int = 0, subject: str = "issue/I1", data: bytes = b'{"entry":{}}', registry: int = 0
    ) -> Entry:
        """Seal one more entry."""
        chain = self.streams[stream]
        self.clock += 10
        entry = Entry(
            ledger=self.ledger.name,
            stream=stream,
            seq=len(chain) + 1,
            id=f"{stream}-{len(chain) + 1}/0/{self.histories - 1}",
            type="test.issue.changed.v1",
            subject=subject,
            key=f"S{stream:03d}",
            version=len(chain) + 1,
            registry=registry,
            at=self.clock - 5,
            sealed_at=self.clock,
            data=data,
            hash=b"",
        )
        entry = sealed(self.head(stream)[1], entry)
        chain.append(entry)
        return entry

    def seal_many(self, count: int, stream: int = 0) -> list[Entry]:
        """Seal so many, each of an aggregate of its own."""
        return [self.seal(stream, f"issue/I{stream}-{number}") for number in range(count)]

    def rewrite(self, stream: int, seq: int, data: bytes = b'{"entry":{"forged":true}}') -> None:
        """Change history: everything from `seq` on is sealed anew over other bytes."""
        chain = self.streams[stream]
        prev = chain[seq - 2].hash if seq > 1 else genesis(self.ledger_id, self.ledger.name, stream)
        for position in range(seq - 1, len(chain)):
            changed = replace(chain[position], data=data) if position == seq - 1 else chain[position]
            chain[position] = sealed(prev, changed)
            prev = chain[position].hash

    def restore(self, stream: int, length: int) -> None:
        """Go back to an older copy of a stream; what is sealed from now on is another history."""
        del self.streams[stream][length:]
        self.histories += 1

    def head(self, stream: int) -> tuple[int, bytes]:
        """Last seq and hash."""
        chain = self.streams[stream]
        return (len(chain), chain[-1].hash) if chain else (0, genesis(self.ledger_id, self.ledger.name, stream))

    @property
    def all(self) -> list[Entry]:
        """Everything sealed."""
        return [entry for chain in self.streams.values() for entry in chain]

    async def heads(self) -> Heads:
        """As over HTTP."""
        self._answer()
        self.heads_told.set()
        return Heads(self.ledger_id, self.clock, {stream: self.head(stream) for stream in self.streams})

    async def entries(self, stream: int, after: int, limit: int) -> list[Entry]:
        """As over HTTP."""
        self._answer()
        self.asked.append((stream, after))
        return self.streams[stream][after : after + limit]

    def _answer(self) -> None:
        if self.down:
            raise Retryable("the owner is down")


def forge(entry: Entry, **changes: Any) -> Entry:
    """A record that claims the same place with other content and the hash that it had."""
    return replace(entry, **({"data": b'{"entry":{"forged":1}}'} | changes))


@dataclass
class Kept:
    """What a transaction keeps or not."""

    marks: dict[int, Mark] = field(default_factory=dict)
    stopped: dict[int, Standing] = field(default_factory=dict)
    effects: list[Entry] = field(default_factory=list)
    dead: dict[str, Entry] = field(default_factory=dict)
    parked: dict[str, list[Entry]] = field(default_factory=dict)
    discarded: list[Entry] = field(default_factory=list)


class PoisonError(Exception):
    """What the test's projection raises."""


class MemoryStore:
    """Behaves as `MongoStore` does, with rollback; `crash` makes the next commits fail "before" or "after"."""

    def __init__(self, ledger: Topic = LISTS) -> None:
        self.ledger = ledger
        self.kept = Kept()
        self.poison: set[str] = set()
        self.crash: list[str] = []
        self.aside: list[Entry] = []
        self.confirmed: list[tuple[Heads, int]] = []
        self.commits = 0
        self.tries: list[str] = []

    async def prepare(self, ledger_id: str) -> None:
        """Rows at the beginning."""
        for stream in range(self.ledger.streams):
            start = Mark(ledger_id, 0, genesis(ledger_id, self.ledger.name, stream))
            self.kept.marks.setdefault(stream, start)

    async def load(self) -> Position | None:
        """Where it stands."""
        if not self.kept.marks:
            return None
        fronts = {(entry.stream, entry.aggregate): row for row, entry in self.kept.dead.items()}
        return Position(dict(self.kept.marks), set(self.kept.stopped), fronts)

    async def commit(self, step: Step) -> None:
        """All or nothing."""
        fate = self.crash.pop() if self.crash else ""
        if fate == "before":
            raise Retryable("crashed before the commit")
        draft = deepcopy(self.kept)
        self._write(draft, step)
        self.kept = draft
        self.commits += 1
        if fate == "after":
            raise Retryable("crashed after the commit")

    def _write(self, draft: Kept, step: Step) -> None:
        for stream, (start, end) in step.moves.items():
            if draft.marks[stream] != start or stream in draft.stopped:
                raise Stale("moved")
            draft.marks[stream] = end
        for entry, front in step.parked:
            if front not in draft.dead:
                raise Stale("settled")
            draft.parked.setdefault(front, []).append(entry)
        self.project(draft, step.live)
        if step.dead:
            draft.dead[row_id(step.dead.entry)] = step.dead.entry

    def project(self, draft: Kept, entries: Iterable[Entry]) -> None:
        """The test's projection."""
        for entry in entries:
            self.tries.append(entry.id)
            if entry.id in self.poison:
                raise PoisonError(f"cannot read {entry.id}")
            draft.effects.append(entry)

    def retry(self, row: str) -> None:
        """Apply a dead row and what is parked behind it, one by one up to the next failure, as `DeadLetters` does."""
        self._release([self.kept.dead.pop(row), *self.kept.parked.pop(row, [])])

    def discard(self, row: str) -> None:
        """Give a dead row up, and apply what is parked behind it."""
        self.kept.discarded.append(self.kept.dead.pop(row))
        self._release(self.kept.parked.pop(row, []))

    def _release(self, queue: list[Entry]) -> None:
        for position, entry in enumerate(queue):
            try:
                self.project(self.kept, [entry])
            except PoisonError:
                self.kept.dead[row_id(entry)] = entry
                if queue[position + 1 :]:
                    self.kept.parked[row_id(entry)] = queue[position + 1 :]
                return

    async def halt(self, stream: int, standing: Standing, mark: Mark, found: str) -> None:
        """Stop it."""
        self.kept.stopped[stream] = standing

    async def resume(self, stream: int, mark: Mark) -> None:
        """Let it go on."""
        if self.kept.marks[stream] == mark:
            self.kept.stopped.pop(stream, None)

    async def confirm(self, heads: Heads, asked_at: int) -> None:
        """Note it."""
        self.confirmed.append((heads, asked_at))

    async def set_aside(self, entries: Sequence[Entry]) -> None:
        """Keep them."""
        self.aside.extend(entries)


class Died(BaseException):
    """The process is no more: nothing of it runs on."""


@dataclass
class Fate:
    """When a process dies: at its `calls`-th call of a store or owner from now, before or after it is done."""

    calls: int | None = None
    after: bool = False

    def meet(self, *, after: bool) -> None:
        """Raises `Died` when it is time."""
        if self.calls is None or self.after != after:
            return
        self.calls -= 1
        if self.calls < 0:
            raise Died


class Mortal:
    """A store or an owner as a process sees it: every call may be its last, and others come in between."""

    def __init__(self, real: Any, fate: Fate) -> None:
        self._real = real
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)

        async def call(*given: Any) -> Any:
            self._fate.meet(after=False)
            await asyncio.sleep(0)
            answer = await real(*given)
            self._fate.meet(after=True)
            await asyncio.sleep(0)
            return answer

        return call
