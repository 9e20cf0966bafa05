"""What the use cases need from outside; one adapter implements each."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from runtime.ledger.model import Unit
from services.notification.domain.alert import Alert
from services.notification.domain.sight import Sight
from services.notification.domain.surroundings import Holding, Surroundings

SessionT_contra = TypeVar("SessionT_contra", contravariant=True)


class Structures(Protocol):
    """The city's structure as the registry told it."""

    async def around(self, school: str, team: str | None, registry: int) -> Surroundings:
        """What stood around the school as of that registry sequence number; raises `NotFound` without the school."""
        ...

    async def officers(self, bodies: Sequence[str], registry: int) -> frozenset[Holding]:
        """Who held a role at one of these bodies as of that registry sequence number."""
        ...

    async def schools_of(self, divisions: Sequence[str]) -> list[str]:
        """Ids of the schools that are the divisions' today."""
        ...


class AlertWriting(Protocol[SessionT_contra]):
    """Writes to the alerts ledger inside the transaction that moves the watermark."""

    async def write(self, units: Sequence[Unit], session: SessionT_contra) -> None:
        """Write those units whose request was never written: a replay over existing alerts changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedAlert:
    """An alert and the version it was loaded at."""

    alert: Alert
    version: int


class Alerts(Protocol):
    """The alerts as they are."""

    async def get_own(self, alert: str, person: str) -> LoadedAlert:
        """The person's own alert; raises `NotFound` for any other, whether it exists or not."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended, newest first: time raised, then id."""

    raised_at: str
    id: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a person's alerts wait for an eye or a confirmation."""

    unread: int
    to_acknowledge: int


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What an officer asks for; None asks for all."""

    school: str | None = None
    rule: str | None = None


class AlertListing(Protocol):
    """Pages of alerts, newest first."""

    async def inbox(self, person: str, unread: bool, after: Position | None, limit: int) -> list[LoadedAlert]:
        """At most `limit` of the person's alerts beyond `after`; `unread` leaves out what was read."""
        ...

    async def counts(self, person: str) -> Counts:
        """The person's open counts."""
        ...

    async def seen_by(
        self, sight: Sight, schools: Sequence[str] | None, asked: AlertFilter, after: Position | None, limit: int
    ) -> list[LoadedAlert]:
        """At most `limit` alerts within sight beyond `after`; `schools` those of the sight's divisions, None: all."""
        ...


class Listening(Protocol):
    """One listener's new alerts, as they are committed."""

    missed: bool

    async def next(self, seconds: float) -> LoadedAlert | None:
        """The next alert; None after so many seconds without one, or when something was missed."""
        ...


class LiveAlerts(Protocol):
    """New alerts while somebody watches."""

    def require_room(self, person: str) -> None:
        """Raises `Rejected` (429) when too many listen for the person already."""
        ...

    def listen(self, person: str) -> AbstractContextManager[Listening]:
        """A listener for the person's alerts from now on."""
        ...
