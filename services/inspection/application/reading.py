"""What the reading side offers people; every query carries the reader's reach."""

from collections.abc import Mapping
from typing import Any, Protocol

from services.inspection.application.offices import Office
from services.inspection.application.reach import Reach

Row = dict[str, Any]
Filters = Mapping[str, str | None]


class Reading(Protocol):
    """Entries as they are answered: the state and its version, at most `limit` beyond `after`, by id."""

    async def issues(self, reach: Reach, filters: Filters, after: str | None, limit: int) -> list[Row]:
        """Issues within reach."""
        ...

    async def visits(self, reach: Reach, filters: Filters, after: str | None, limit: int) -> list[Row]:
        """Visits within reach."""
        ...

    async def registry(
        self, kind: str, office: Office | None, match: Filters, after: str | None, limit: int
    ) -> list[Row]:
        """Registry entries of a kind; people and grants within an office, where one is given."""
        ...

    async def absences(
        self, readable: frozenset[str] | None, person: str | None, day: str | None, after: str | None, limit: int
    ) -> list[Row]:
        """Absences of the persons readable (none: of everybody), by id; with `day` those in force on it."""
        ...

    async def absence(self, readable: frozenset[str] | None, id: str) -> Row | None:
        """One absence, if it is readable."""
        ...

    async def commitments(self, reach: Reach, match: Mapping[str, Any], after: str | None, limit: int) -> list[Row]:
        """Letters and posts within reach that match: one's own, and those of the schools one has to do with."""
        ...

    async def matching_issues(self, reach: Reach, match: Mapping[str, Any], limit: int) -> list[Row]:
        """Issues within reach that match."""
        ...

    async def matching_visits(self, reach: Reach, match: Mapping[str, Any], limit: int) -> list[Row]:
        """Visits within reach that match."""
        ...

    async def timeline(self, aggregate: str) -> list[Row]:
        """Who did what when, from the ledger, oldest first."""
        ...
