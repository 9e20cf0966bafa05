"""督办单 as they stand in the issues within a reader's reach."""

from collections.abc import Mapping
from typing import Any, Final

from runtime.mongo import Database, aggregate, mongo_errors
from services.inspection.adapters.mongo_aggregates import all_of, older
from services.inspection.adapters.mongo_lists import issues_within
from services.inspection.application.cards import CardFilters, Key, Row, Standing
from services.inspection.application.reach import Reach

Filter = dict[str, Any]
# The index of the issue list's filter `card`: only the few issues that have one are in it.
_INDEX: Final = "card"
_HAS_ONE: Final[Filter] = {"entry.cards.colour": {"$exists": True}}
_ISSUE: Final = {
    "id": "$_id",
    "number": "$entry.number",
    "state": "$entry.state",
    "due": {"$ifNull": ["$entry.deadline", "$entry.next_check"]},
}


def _standing(standing: Standing, today: str) -> Filter:
    undecided: Filter = {"card.outcome": None}
    return {
        "awaiting_receipt": undecided | {"card.received_at": None},
        "received": undecided | {"card.received_at": {"$ne": None}},
        "overdue": undecided | {"card.deadline.day": {"$lt": today}},
        "met": {"card.outcome": "met"},
        "unmet": {"card.outcome": "unmet"},
    }[standing]


def _of_issues(asked: CardFilters) -> list[Filter]:
    found: list[Filter] = []
    if asked.schools is not None:
        found.append({"entry.school": {"$in": sorted(asked.schools)}})
    if asked.colour is not None:
        found.append({"entry.cards.colour": asked.colour})
    return found


def _of_cards(asked: CardFilters, today: str, after: Key | None) -> Filter:
    found: list[Filter] = []
    if asked.colour is not None:
        found.append({"card.colour": asked.colour})
    if asked.standing is not None:
        found.append(_standing(asked.standing, today))
    return all_of(*found, older("card.at", "card.number", after))


class MongoCards:
    """Collection `issues`, read only."""

    def __init__(self, db: Database) -> None:
        self._issues = db["issues"]

    async def page(self, reach: Reach, asked: CardFilters, today: str, after: Key | None, limit: int) -> list[Row]:
        """Newest first beyond `after` (issued at, number)."""
        steps: list[Mapping[str, Any]] = [
            {"$match": all_of(_HAS_ONE, issues_within(reach), *_of_issues(asked))},
            {"$project": {"card": "$entry.cards", "school": "$entry.school", "issue": _ISSUE}},
            {"$unwind": "$card"},
            {"$match": _of_cards(asked, today, after)},
            {"$sort": {"card.at": -1, "card.number": -1}},
            {"$limit": limit},
        ]
        with mongo_errors():
            return [_row(found, today) for found in await aggregate(self._issues, steps, hint=_INDEX)]


def _row(found: Mapping[str, Any], today: str) -> Row:
    card = found["card"]
    overdue = card["outcome"] is None and card["deadline"]["day"] < today
    return {**card, "overdue": overdue, "school": found["school"], "issue": found["issue"]}
