"""What the relay does, step by step and without any I/O: a step says what to ask for, its answer decides the next.

Whoever does a step may die before its answer is used, or sleep between any two: what is in the database by then is all
that the next relay needs. `tests/unit/test_relay_machine.py` dies and sleeps between any two of them.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from runtime.ledger.hand_over import HandOver, ends
from runtime.ledger.model import Entry
from runtime.ledger.seal import Commit, Head, Sealed, Stream, by_ledger, by_version, next_instant, portions, seal

S = TypeVar("S")
T = TypeVar("T")

IN_FLIGHT: Final = 4


class DamagedError(Exception):
    """The ledger says that more was sealed than was ever committed: only a person can tell why."""


@dataclass(frozen=True, slots=True)
class TakeToken:
    """A place in the feed of commits, of now: whatever a later scan does not show comes behind it. Answer: a token."""


@dataclass(frozen=True, slots=True)
class Scan:
    """`_id, ledger, version, at` of every commit that has no seal, in one snapshot."""


@dataclass(frozen=True, slots=True)
class Load:
    """The whole commits of these ids, in this order."""

    ids: list[str]


@dataclass(frozen=True, slots=True)
class Open:
    """The feed, from a token on. No answer."""

    token: Any


@dataclass(frozen=True, slots=True)
class Read:
    """The feed's next commits, in the order of their making, and the token behind them."""


@dataclass(frozen=True, slots=True)
class Write:
    """A batch of seals, in one transaction: the lease of our epoch prolonged, with `sealed_through` raised to `instant`
    from below it; the documents inserted; the heads moved from `before`. Answer: False for a commit sealed already.
    """

    sealed: Sealed
    before: Mapping[Stream, Head]
    instant: int
    token: Any


@dataclass(frozen=True, slots=True)
class WhichSealed:
    """Those of these commits that have a seal. Answer: a set of ids."""

    ids: list[str]


Sealing = TakeToken | Scan | Load | Open | Read | Write | WhichSealed


class Chain:
    """The end of the ledger as the holder of one lease knows it, and the instants it has promised."""

    def __init__(
        self,
        heads: Mapping[Stream, Head],
        registry: str | None,
        sealed_through: int,
        clock: Callable[[], int],
        hand_over: Callable[[Sequence[Entry]], None],
    ) -> None:
        self.heads = dict(heads)
        self._registry = registry
        self._promised = sealed_through
        self._clock = clock
        self._hand_over = hand_over

    def promise(self) -> int:
        """The next instant, above all before it; seals and renewals must be written in the order of these."""
        self._promised = next_instant(self._clock(), self._promised)
        return self._promised

    def seal(self, commits: Sequence[Commit], token: Any) -> Write | None:
        """What seals these commits behind the heads; None when they have no events."""
        instant = self.promise()
        sealed = seal(commits, self.heads, self._registry, instant)
        if not sealed.documents:
            return None
        return Write(sealed, {stream: self.heads[stream] for stream in sealed.heads}, instant, token)

    def written(self, write: Write) -> None:
        """It is in the database, and only now on its way to the publisher."""
        self.heads.update(write.sealed.heads)
        self._hand_over(write.sealed.entries)


def sealing(chain: Chain, commits: Sequence[Commit], token: Any) -> Generator[Sealing, Any, None]:
    """Seal commits in this order, passing over those sealed before."""
    while (write := chain.seal(commits, token)) is not None:
        if (yield write):
            chain.written(write)
            return
        known = yield WhichSealed([commit["_id"] for commit in commits])
        rest = [commit for commit in commits if commit["_id"] not in known]
        if len(rest) == len(commits):
            raise DamagedError("a seal exists already for a head that does not know of it")
        commits = rest


def following(chain: Chain, ranks: Mapping[str, int], most: int) -> Generator[Sealing, Any, None]:
    """A token first, then what was missed, then the feed from the token: nothing can fall in between. Never ends."""
    token = yield TakeToken()
    found = [commit["_id"] for commit in by_version((yield Scan()), ranks)]
    for at in range(0, len(found), most):
        for portion in portions((yield Load(found[at : at + most])), most):
            yield from sealing(chain, portion, None)
    yield Open(token)
    while True:
        commits, token = yield Read()
        for portion in portions(by_ledger(commits, ranks), most):
            yield from sealing(chain, portion, token)


@dataclass(frozen=True, slots=True)
class Claim:
    """Our epoch on the publish cursor, unless a later one is there. Answer: the last seq published, per stream."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Sealed entries of these streams, each from behind this seq, contiguous, as many as are wanted at once."""

    after: list[tuple[Stream, int]]


@dataclass(frozen=True, slots=True)
class Send:
    """Entries, in order, on their way to the broker; answered as soon as they are, not when they have arrived."""

    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Settle:
    """The broker's acknowledgement of everything in the oldest `Send` that was not settled yet."""


@dataclass(frozen=True, slots=True)
class Move:
    """The publish cursor to these seqs, where its epoch is ours."""

    reached: dict[Stream, int]


@dataclass(frozen=True, slots=True)
class Wait:
    """Until something is handed over."""


Publishing = Claim | Fetch | Send | Settle | Move | Wait


@dataclass(slots=True)
class Progress:
    """How far the publisher is, per stream: the last seq sent and the last one acknowledged."""

    sent: dict[Stream, int] = field(default_factory=dict)
    acknowledged: dict[Stream, int] = field(default_factory=dict)


def publishing(hand_over: HandOver, progress: Progress) -> Generator[Publishing, Any, None]:
    """Send every sealed entry in order; move the cursor over what was acknowledged, never further. Never ends."""
    progress.acknowledged = dict((yield Claim()))
    progress.sent = dict(progress.acknowledged)
    hand_over.fall_behind()
    on_the_way: deque[dict[Stream, int]] = deque()
    while True:
        lacking = hand_over.catch_up(progress.sent)
        entries = (yield Fetch(lacking)) if lacking else hand_over.take()
        if entries:
            yield Send(entries)
            on_the_way.append(ends(entries))
            progress.sent.update(on_the_way[-1])
        if on_the_way and (not entries or len(on_the_way) >= IN_FLIGHT):
            yield Settle()
            reached = on_the_way.popleft()
            yield Move(reached)
            progress.acknowledged.update(reached)
        elif not entries:
            yield Wait()


async def drive(steps: Generator[S, Any, T], do: Callable[[S], Awaitable[Any]]) -> T:
    """Do the steps, one after the other; an error of one of them ends it."""
    answer: Any = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer = await do(step)
