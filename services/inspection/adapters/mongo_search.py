"""The issue list searched: each way to it by an index that is named, each scan bounded.

The database chooses an index by trying several at length, and remembers the choice for other values: that is how a
list takes a second now and then. Here the index is named. Where several would do, a bounded count tells which has the
fewest entries. A page that a bounded scan did not fill says where to go on.
"""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Final

from runtime.mongo import Database, Document, mongo_errors
from services.inspection.adapters.bounded_scan import Filter, Scan, looked_through
from services.inspection.adapters.issue_filters import (
    DUE,
    EVERYTHING,
    NEWEST,
    SOON,
    Way,
    doors,
    due_bounds,
    matches,
    term_of,
    ways_of,
)
from services.inspection.adapters.mongo_aggregates import all_of
from services.inspection.adapters.mongo_lists import issues_within
from services.inspection.adapters.way_counts import WayCounts
from services.inspection.application.reach import Reach
from services.inspection.application.searching import BRIEF, Found, Key, Order, Row, Term, Wanted

SCAN: Final = 4000
_PROBE: Final = 1000
_BY_DUE: Final = frozenset({"due", "school_due"})
_SORTS: Final = {"newest": dict(NEWEST), "due": dict(SOON)}
_BRIEF: Final[Filter] = {"version": 1} | {f"entry.{name}": 1 for name in BRIEF}


def _key(order: Order, document: Document) -> Key:
    return (document["entry"]["drafted_at"] if order == "newest" else document["sought"]["due"]), document["_id"]


def _beyond(order: Order, after: Key | None) -> Filter:
    field, up = (DUE, "$gt") if order == "due" else ("entry.drafted_at", "$lt")
    if after is None:
        return {DUE: {"$exists": True}} if order == "due" else {}
    return {field: {f"{up}e": after[0]}, "$or": [{field: {up: after[0]}}, {"_id": {up: after[1]}}]}


class MongoSearch:
    """Collection `issues`, read only."""

    def __init__(self, db: Database) -> None:
        self._issues = db["issues"]
        self._counts = WayCounts(self._issues)

    async def page(self, reach: Reach, wanted: Wanted, after: Key | None, limit: int) -> Found:
        """At most `limit` rows beyond `after` within reach."""
        return await self._page(reach, wanted, after, limit, None)

    async def newest(self, reach: Reach, wanted: Wanted, limit: int) -> list[Row]:
        """The newest within reach, at most so many, each with its `BRIEF` fields."""
        return (await self._page(reach, wanted, None, limit, _BRIEF)).rows

    async def rarest(self, grams: Sequence[str], least: int, most: int) -> list[str]:
        """At most `most` of these grams: those that the fewest entries have, but at least `least`."""
        with mongo_errors():
            counts = await self._counts.of_each([_gram(gram) for gram in grams], _PROBE)
        known = sorted((count, gram) for count, gram in zip(counts, grams, strict=True) if count >= least)
        return [gram for _, gram in known[:most]]

    async def candidates(self, reach: Reach, wanted: Wanted, most: int) -> tuple[list[Row], bool]:
        """Rows within reach that have every term, at most so many, in brief; and whether these are all."""
        asked = all_of(issues_within(reach), *matches(wanted), *(term_of(term) for term in wanted.terms))
        with mongo_errors():
            ways = await self._text_ways(reach, wanted)
            dense = reach.schools is None and len(wanted.terms) == 1 and not _filters(wanted)
            found = await asyncio.gather(*(self._fitting(way, asked, most, dense) for way in ways))
        rows = {document["_id"]: document for document in chain(*(documents for documents, _ in found))}
        return [_row(document) for document in rows.values()], all(whole for _, whole in found)

    async def whole(self, reach: Reach, ids: Sequence[str]) -> dict[str, Row]:
        """The rows of these ids that are within reach, by id."""
        with mongo_errors():
            match = all_of({"_id": {"$in": list(ids)}}, issues_within(reach))
            documents: list[Document] = await self._issues.find(match).to_list(None)
        return {document["_id"]: _row(document) for document in documents}

    async def _page(self, reach: Reach, wanted: Wanted, after: Key | None, limit: int, fields: Filter | None) -> Found:
        begun = [self._scanned(door, reach, wanted, after, limit, fields) for door in doors(reach)]
        with mongo_errors():
            scans = await asyncio.gather(*begun)
        return _merged(wanted.order, scans, limit)

    async def _scanned(
        self, door: Way, reach: Reach, wanted: Wanted, after: Key | None, limit: int, fields: Filter | None
    ) -> tuple[list[Document], Key | None]:
        """A door's rows, and how far it was looked through, if not to its end."""
        way, count = await self._way(door, wanted)
        by_due = way.index in _BY_DUE
        scan = Scan(
            index=way.index,
            first=all_of(way.match, _beyond(wanted.order, after), due_bounds(wanted) if by_due else {}),
            sort=_SORTS[wanted.order],
            rest=all_of(door.match, issues_within(reach), *matches(wanted)),
            ordered=by_due if wanted.order == "due" else way.ordered,
            dense=_filters(wanted) <= 1,
            count=count,
            fields=fields,
        )
        rows, last = await looked_through(self._issues, scan, SCAN, limit)
        return rows, _key(wanted.order, last) if last else None

    async def _way(self, door: Way, wanted: Wanted) -> tuple[Way, int | None]:
        """The way with the fewest entries, and how many; for an order by due, one that gives it, unless another is
        short.
        """
        ways = [*ways_of(wanted), *([door] if door.match else [])]
        if wanted.order == "due":
            last = _by_due(door, wanted)
        else:
            last = next((way for way in ways if way.ordered), EVERYTHING)
        # Where there is no choice nothing is counted.
        found = None if ways in ([], [last]) else await self._counts.shortest(ways, _PROBE)
        return found or (last, None)

    async def _text_ways(self, reach: Reach, wanted: Wanted) -> list[Way]:
        """By the term that says most; by the doors, or another filter, where these are fewer."""
        driving = next((term for term in wanted.terms if not term.schools), wanted.terms[0])
        ways = [await self._rarest(driving)]
        if driving.schools:
            ways.append(Way("school", {"entry.school": {"$in": list(driving.schools)}}))
        others = [[way] for way in ways_of(wanted)]
        own = doors(reach)
        if own != [EVERYTHING]:
            others.append(own)
        costs = await asyncio.gather(*(self._sum(group) for group in (ways, *others))) if others else [0]
        return min(zip(costs, range(len(costs)), (ways, *others), strict=True))[2]

    async def _rarest(self, term: Term) -> Way:
        ways = [_gram(gram) for gram in term.grams]
        if len(ways) == 1:
            return ways[0]
        counts = await self._counts.of_each(ways, SCAN)
        return ways[counts.index(min(counts))]

    async def _sum(self, ways: Sequence[Way]) -> int:
        return sum(await self._counts.of_each(ways, SCAN))

    async def _fitting(self, way: Way, asked: Filter, most: int, dense: bool) -> tuple[list[Document], bool]:
        sort = {"sought.day": -1} if way.index == "grams" else _SORTS["newest"]
        scan = Scan(
            index=way.index, first=way.match, sort=sort, rest=asked, ordered=way.ordered, dense=dense, fields=_BRIEF
        )
        rows, last = await looked_through(self._issues, scan, SCAN, most)
        return rows[:most], len(rows) <= most and last is None


def _filters(wanted: Wanted) -> int:
    others = (wanted.schools, wanted.lead, wanted.card)
    return len(wanted.equal) + len(wanted.among) + sum(other is not None for other in others)


def _gram(gram: str) -> Way:
    return Way("grams", {"sought.grams": gram})


def _by_due(door: Way, wanted: Wanted) -> Way:
    schools = wanted.schools
    if schools is not None:
        return Way("school_due", {"entry.school": {"$in": sorted(schools)}})
    if door.index == "school":
        return Way("school_due", door.match)
    return Way("due", {}) if door is EVERYTHING else door


def _row(document: Document) -> Row:
    return {**document["entry"], "version": document["version"]}


def _merged(order: Order, scans: Sequence[tuple[list[Document], Key | None]], limit: int) -> Found:
    """One page of several scans: what lies beyond the place where the first of them ended is left for the next."""
    falling = order == "newest"
    ends = [end for _, end in scans if end is not None]
    end = None if not ends else (max(ends) if falling else min(ends))
    rows = {document["_id"]: document for document in chain(*(documents for documents, _ in scans))}
    keyed = sorted(((_key(order, document), document) for document in rows.values()), key=lambda pair: pair[0])
    if falling:
        keyed.reverse()
    if end is not None:
        keyed = [(key, document) for key, document in keyed if (key >= end if falling else key <= end)]
    if len(keyed) > limit:
        return Found([_row(document) for _, document in keyed[:limit]], keyed[limit - 1][0])
    return Found([_row(document) for _, document in keyed], end)
