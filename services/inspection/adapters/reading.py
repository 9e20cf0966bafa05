"""Pages, timelines and "mine to do": the reading side, each query within the reader's reach."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from runtime.canonical import decode
from runtime.clock import from_micros, to_text
from runtime.ledger.read import LedgerReader
from runtime.mongo import Database, Document, mongo_errors
from services.inspection.adapters.mongo_aggregates import all_of
from services.inspection.adapters.mongo_lists import issues_within, visits_within
from services.inspection.application.changes import COLLECTIONS
from services.inspection.application.offices import Office
from services.inspection.application.reach import Reach

Row = dict[str, Any]
# A checklist that is still being written is for those who write it.
_DRAFTS: Final[dict[str, Any]] = {"checklist": {"$ne": "draft"}, "checklist draft": "draft"}
ISSUE_FILTERS: Final = frozenset({"school", "state", "severity", "mode", "round", "visit", "item", "area", "source"})
VISIT_FILTERS: Final = frozenset({"school", "state", "round", "team", "kind"})


def _answered(document: Document) -> Row:
    return {**document["entry"], "version": document["version"]}


def _wanted(filters: Mapping[str, str | None], known: Iterable[str]) -> Row:
    return {f"entry.{name}": filters[name] for name in known if filters.get(name) is not None}


def _within_office(kind: str, office: Office | None) -> Row:
    if kind in _DRAFTS:
        return {"entry.state": _DRAFTS[kind]}
    if office is None:
        return {}
    if kind == "grant":
        return {"entry.organisation": {"$in": sorted(office.organisations)}}
    if kind == "person":
        own = {"entry.school": {"$in": sorted(office.schools)}}
        return {"$or": [own, {"_id": {"$in": sorted(office.holders)}}]}
    return {}


def _of(persons: frozenset[str] | None) -> Row:
    return {} if persons is None else {"entry.person": {"$in": sorted(persons)}}


def _field(name: str) -> str:
    return "_id" if name == "id" else f"entry.{name}"


def _commitments_within(reach: Reach) -> Row:
    if reach.schools is None:
        return {}
    schools = reach.schools | reach.own_schools | ({reach.home} if reach.home else set())
    return {"$or": [{"entry.person": reach.person}, {"entry.school": {"$in": sorted(schools)}}]}


class Reading:
    """Reads state documents as they are answered: the entry and its version."""

    def __init__(self, db: Database, ledger: LedgerReader) -> None:
        self._db = db
        self._ledger = ledger

    async def _page(self, collection: str, query: Mapping[str, Any], after: str | None, limit: int) -> list[Row]:
        beyond = {"_id": {"$gt": after}} if after else {}
        cursor = self._db[collection].find(all_of(query, beyond)).sort("_id", 1).limit(limit)
        with mongo_errors():
            return [_answered(document) for document in await cursor.to_list(None)]

    async def issues(self, reach: Reach, filters: Mapping[str, str | None], after: str | None, limit: int) -> list[Row]:
        """Issues within reach, by id."""
        return await self._page("issues", all_of(issues_within(reach), _wanted(filters, ISSUE_FILTERS)), after, limit)

    async def visits(self, reach: Reach, filters: Mapping[str, str | None], after: str | None, limit: int) -> list[Row]:
        """Visits within reach, by id."""
        return await self._page("visits", all_of(visits_within(reach), _wanted(filters, VISIT_FILTERS)), after, limit)

    async def registry(
        self, kind: str, office: Office | None, match: Mapping[str, str | None], after: str | None, limit: int
    ) -> list[Row]:
        """Registry entries of a kind, by id; people and grants within an office, where one is given."""
        names = [name for name in match if name != "id"]
        by_id = {} if match.get("id") is None else {"_id": match["id"]}
        query = all_of(_within_office(kind, office), _wanted(match, names), by_id)
        return await self._page(COLLECTIONS[kind.removesuffix(" draft")], query, after, limit)

    async def absences(
        self, readable: frozenset[str] | None, person: str | None, day: str | None, after: str | None, limit: int
    ) -> list[Row]:
        """Absences of the persons readable (none: of everybody), by id; with `day` those in force on it."""
        on_day = {"entry.starts": {"$lte": day}, "entry.ends": {"$gte": day}, "entry.ended": False} if day else {}
        query = all_of(_of(readable), {"entry.person": person} if person else {}, on_day)
        return await self._page("absences", query, after, limit)

    async def absence(self, readable: frozenset[str] | None, id: str) -> Row | None:
        """One absence, if it is readable."""
        found = await self._page("absences", all_of(_of(readable), {"_id": id}), None, 1)
        return found[0] if found else None

    async def commitments(self, reach: Reach, match: Mapping[str, Any], after: str | None, limit: int) -> list[Row]:
        """Letters and posts within reach that match: one's own, and those of the schools one has to do with."""
        wanted = {_field(name): value for name, value in match.items() if value is not None}
        return await self._page("commitments", all_of(_commitments_within(reach), wanted), after, limit)

    async def matching_issues(self, reach: Reach, match: Mapping[str, Any], limit: int) -> list[Row]:
        """Issues within reach that match, by id."""
        return await self._page("issues", all_of(issues_within(reach), match), None, limit)

    async def matching_visits(self, reach: Reach, match: Mapping[str, Any], limit: int) -> list[Row]:
        """Visits within reach that match, by id."""
        return await self._page("visits", all_of(visits_within(reach), match), None, limit)

    async def timeline(self, aggregate: str) -> list[Row]:
        """Who did what when, from the ledger, oldest first: the committed events of one aggregate."""
        return [
            self._happened(commit.version, commit.at, event.type, decode(event.data))
            for commit in await self._ledger.history(aggregate)
            for event in commit.events
        ]

    def _happened(self, version: int, at: int, type_: str, data: Row) -> Row:
        cause = data["cause"]
        return {
            "at": to_text(from_micros(at)),
            "type": type_,
            "version": version,
            "actor": cause["actor"],
            "note": cause.get("note"),
            "focus": data.get("focus"),
            "state": data["entry"].get("state"),
        }
