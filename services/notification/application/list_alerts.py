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
class AlertPage:
    """Alerts, newest first, and where the next page begins; None at the end."""

    items: Sequence[LoadedAlert]
    next: Position | None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of a person's own alerts with the counts of the whole inbox."""

    page: AlertPage
    counts: Counts


class ListAlerts:
    """Pages of alerts; what may be seen is part of each query, never taken out afterwards."""

    def __init__(self, listing: AlertListing, structures: Structures) -> None:
        self._listing = listing
        self._structures = structures

    async def inbox(self, person: str, unread: bool, after: Position | None, limit: int) -> InboxPage:
        """At most `limit` of the person's own alerts."""
        found = await self._listing.inbox(person, unread, after, limit + 1)
        return InboxPage(_page(found, limit), await self._listing.counts(person))

    async def seen_by(
        self, grants: Iterable[tuple[str, str]], asked: AlertFilter, after: Position | None, limit: int
    ) -> AlertPage:
        """At most `limit` alerts that (role, organisation) pairs and today's structure open."""
        sight = sight_of(grants)
        found = await self._listing.seen_by(sight, await self._schools(sight), asked, after, limit + 1)
        return _page(found, limit)

    async def _schools(self, sight: Sight) -> Sequence[str] | None:
        return None if sight.city else await self._structures.schools_of(sight.divisions)


def _page(found: Sequence[LoadedAlert], limit: int) -> AlertPage:
    items = found[:limit]
    if len(found) <= limit:
        return AlertPage(items, None)
    last = items[-1].alert
    return AlertPage(items, Position(last.raised_at, last.id))
