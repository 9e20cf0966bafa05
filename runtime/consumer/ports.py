"""What the follower of a ledger needs from the outside, and what a service gives it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Protocol, runtime_checkable

from runtime.consumer.core import Mark, Standing
from runtime.ledger.model import Entry, Ledger
from runtime.ledger.read import Heads
from runtime.mongo import Session


class Stale(Exception):
    """Another process moved the same watermark or dead row first; nothing of this attempt was kept."""


class Projection(Protocol):
    """A service's effects of a ledger's entries."""

    async def apply(self, entries: Sequence[Entry], session: Session) -> None:
        """Write the effects of entries in (stream, seq) order, inside the transaction that moves the watermarks.

        Must be deterministic and may be called again after a rollback; ignores types it does not know. Anything it
        raises but `Retryable` makes the entry a poison event.
        """
        ...


@runtime_checkable
class Remembering(Protocol):
    """A projection that wants to know what of its effects is certain."""

    def kept(self, entries: Sequence[Entry]) -> None:
        """The transaction that these were applied in is committed. Where its end is not known, this is not called."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """A ledger to follow, and the base URL of the service that owns it.

    `registry_of`: the registry's seq that must have been followed before an entry is applied; never raises.
    """

    ledger: Ledger
    owner_url: str
    registry_of: Callable[[Entry], int] = attrgetter("registry")


class Owner(Protocol):
    """The owner's own copy of one ledger."""

    async def heads(self) -> Heads:
        """Last seq and hash of every stream; raises `Retryable`."""
        ...

    async def entries(self, stream: int, after: int, limit: int) -> list[Entry]:
        """At most `limit` entries above `after`, in order; raises `Retryable`."""
        ...


@dataclass(frozen=True, slots=True)
class Dead:
    """A poison event: three tries failed for this reason."""

    entry: Entry
    reason: str
    tries: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction does: moves watermarks, applies, parks behind a dead row's id, buries."""

    moves: Mapping[int, tuple[Mark, Mark]]
    live: Sequence[Entry] = ()
    parked: Sequence[tuple[Entry, str]] = ()
    dead: Dead | None = None


@dataclass(slots=True)
class Position:
    """Where a consumer stands in one ledger; `parked` maps (stream, aggregate) to the dead row in front.

    `waiting`: how many events were parked behind those rows when this was read.
    """

    marks: dict[int, Mark]
    stopped: set[int] = field(default_factory=set)
    parked: dict[tuple[int, str], str] = field(default_factory=dict)
    waiting: int = 0


class Store(Protocol):
    """Keeps one ledger's watermarks, dead rows, alarms and confirmations."""

    async def prepare(self, ledger_id: str) -> None:
        """Make the watermark rows that are missing, at the beginning of the ledger of this id."""
        ...

    async def load(self) -> Position | None:
        """Where it stands; None before `prepare`."""
        ...

    async def commit(self, step: Step) -> None:
        """Do it all or nothing; raises `Stale`, `Retryable`, or what the projection raised."""
        ...

    async def halt(self, stream: int, standing: Standing, mark: Mark, found: str) -> None:
        """Stop the stream and raise an alarm, once."""
        ...

    async def resume(self, stream: int, mark: Mark) -> None:
        """Let a stream that was halted at `mark` go on, and clear its alarm."""
        ...

    async def confirm(self, heads: Heads, asked_at: int) -> None:
        """Note that all watermarks stood at the owner's heads as asked for at `asked_at` (µs)."""
        ...

    async def set_aside(self, entries: Sequence[Entry]) -> None:
        """Keep false records for people to look at, bounded."""
        ...
