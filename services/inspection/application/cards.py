"""督办单 across issues: which cards somebody may read, and how each stands."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from services.inspection.application.reach import Reach

Row = dict[str, Any]
Key = tuple[str, str]
Standing = Literal["awaiting_receipt", "received", "overdue", "met", "unmet"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CardFilters:
    """Which cards: of these schools (none: of any), of a colour, and how they stand today.

    `awaiting_receipt` and `received` are not decided yet, whatever their day; `overdue` has passed it undecided.
    """

    schools: frozenset[str] | None = None
    colour: Literal["yellow", "red"] | None = None
    standing: Standing | None = None


class CardReading(Protocol):
    """Cards within a reader's reach."""

    async def page(self, reach: Reach, asked: CardFilters, today: str, after: Key | None, limit: int) -> list[Row]:
        """Newest first beyond `after` (issued at, number), each with the issue that it is about."""
        ...
