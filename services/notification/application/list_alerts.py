"""Questions: a person's own inbox, and an officer's view of the alerts of schools within sight."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.notification.application.ports import (
    AlertFilter,
    AlertListing,
    Counts,
    LoadedAlert,
    Position,
    Structures,
)
from services.notification.domain.sight import Sight, sight_of


@dataclass(frozen=True, slots=True)
class Inbox:
    """Some of a person's own alerts, newest first, with the counts of all of them."""

    items: Sequence[LoadedAlert]
    counts: Counts


class ListAlerts:
    """Lists alerts; what may be seen is part of each query, never taken out afterwards."""

    def __init__(self, listing: AlertListing, structures: Structures) -> None:
        self._listing = listing
        self._structures = structures

    async def inbox(self, person: str, unread: bool, after: Position | None, limit: int) -> Inbox:
        """At most `limit` of the person's own alerts."""
        found = await self._listing.inbox(person, unread, after, limit)
        return Inbox(found, await self._listing.counts(person))

    async def seen_by(
        self, grants: Iterable[tuple[str, str]], asked: AlertFilter, after: Position | None, limit: int
    ) -> Sequence[LoadedAlert]:
        """At most `limit` alerts that (role, organisation) pairs and today's structure open."""
        sight = sight_of(grants)
        return await self._listing.seen_by(sight, await self._schools(sight), asked, after, limit)

    async def _schools(self, sight: Sight) -> Sequence[str] | None:
        return None if sight.city else await self._structures.schools_of(sight.divisions)
