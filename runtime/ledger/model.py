"""The shapes of the ledger: what a command writes (commit) and what the relay seals (entry)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

MAX_EVENT_BYTES: Final = 512 * 1024


class Ledger(Protocol):
    """A named log of `streams` chains, published to one topic."""

    @property
    def name(self) -> str:
        """Its name in ids, headers and URLs."""
        ...

    @property
    def topic(self) -> str:
        """The Kafka topic that carries copies."""
        ...

    @property
    def streams(self) -> int:
        """How many chains, for ever."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a command makes it; `data` is canonical JSON, at most `MAX_EVENT_BYTES`."""

    type: str
    subject: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One changed aggregate: its whole new state and the events that tell of it.

    `aggregate` is `kind/id`; `expected` the version it was loaded at (0: it is new); the new version is `expected + 1`;
    `key` the partitioning entity (an immutable id) and `stream` its chain. `sought` is what the state is searched by:
    derived from it, kept beside it, no part of it.
    """

    ledger: str
    stream: int
    key: str
    collection: str
    id: str
    aggregate: str
    expected: int
    state: Mapping[str, Any]
    events: tuple[Event, ...]
    sought: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller was told: kept with the commit, so that a retry is told the same."""

    status: int
    body: bytes
    etag: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Everything one command changes: written whole or not at all.

    `request` is derived from (principal, key); `body_hash` is of the request's body; `at` microseconds since 1970.
    """

    request: str
    body_hash: str
    command: str
    principal: str
    at: int
    changes: tuple[Change, ...]
    answer: Answer
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One sealed event. Every field but `traceparent` is hashed into the chain; times are microseconds since 1970."""

    ledger: str
    stream: int
    seq: int
    id: str
    type: str
    subject: str
    key: str
    version: int
    registry: int
    at: int
    sealed_at: int
    data: bytes
    hash: bytes
    traceparent: str | None = None

    @property
    def aggregate(self) -> str:
        """`kind/id` of the aggregate that changed: the first two parts of the subject."""
        return "/".join(self.subject.split("/", 2)[:2])
