"""Visits, issues and evidence, and the filters that keep every reader within reach."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from runtime.mongo import Database, aggregate, mongo_errors
from services.inspection.adapters.mongo_aggregates import MongoAggregates
from services.inspection.adapters.mongo_numbers import next_in
from services.inspection.application.ports import Loaded
from services.inspection.application.reach import Reach
from services.inspection.domain.issue import ENDED, Issue
from services.inspection.domain.visit import Visit

Filter = dict[str, Any]
TOUR: Final = "inspection_tour"


class MongoIssues(MongoAggregates[Issue]):
    """Collection `issues`."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "issues", Issue)
        self._numbers = db["numbers"]

    async def within(self, issue: str, reach: Reach) -> Loaded[Issue]:
        """The issue, if the reach covers it; raises `NotFound`."""
        return await self.get(issue, issues_within(reach))

    async def drafted_in(self, visit: str) -> list[Loaded[Issue]]:
        """Drafts of a visit that were not submitted yet."""
        return await self.matching({"entry.visit": visit, "entry.state": "drafted"})

    async def of_round(self, school: str, round_: str) -> list[Issue]:
        """A school's issues of one round."""
        return [row.value for row in await self.matching({"entry.school": school, "entry.round": round_})]

    async def open_at(self, schools: Iterable[str]) -> bool:
        """Whether anything of these schools is open."""
        return await self._any_open({"entry.school": {"$in": sorted(schools)}})

    async def led_at(self, schools: Iterable[str]) -> bool:
        """Whether one of these schools leads in something open, from its plan on."""
        led = {"entry.responsibilities": {"$elemMatch": {"superseded_at": None}}, "entry.helper": None}
        return await self._any_open({"entry.school": {"$in": sorted(schools)}, **led})

    async def led_by(self, body: str) -> bool:
        """Whether a higher body leads in something open."""
        return await self._any_open({"entry.helper": body})

    async def _any_open(self, match: Filter) -> bool:
        return bool(await self.matching({**match, "entry.state": {"$nin": sorted(ENDED)}}, limit=1))

    async def red_cards(self, school: str, since: str, *, tours: bool) -> int:
        """How many red cards a school was given from that instant on; with `tours` those of inspection tours, too."""
        red: Filter = {"entry.school": school, "entry.cards": {"$elemMatch": {"colour": "red", "at": {"$gte": since}}}}
        carded = await self.matching(red if tours else {**red, "entry.source": {"$ne": TOUR}})
        return sum(card.colour == "red" and card.at >= since for row in carded for card in row.value.cards)

    async def next_card(self, year: int) -> str:
        """督办, year and serial."""
        return await self._next(f"DB-{year}")

    async def next_assignment(self, year: int) -> str:
        """任务, year and serial."""
        return await self._next(f"RW-{year}")

    async def next_number(self, year: int, ordinal: int) -> str:
        """Year, round (0 outside rounds) and serial; gaps are allowed, repeats are not."""
        return await self._next(f"{year}-{ordinal}")

    async def _next(self, series: str) -> str:
        return await next_in(self._numbers, series)


class MongoVisits(MongoAggregates[Visit]):
    """Collection `visits`."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "visits", Visit)

    async def within(self, visit: str, reach: Reach) -> Loaded[Visit]:
        """The visit, if the reach covers it; raises `NotFound`."""
        return await self.get(visit, visits_within(reach))

    async def submitted_before(self, visit: Visit) -> list[Visit]:
        """Submitted visits to the same school in other rounds."""
        match = {"entry.school": visit.school, "entry.state": "submitted", "entry.round": {"$ne": visit.round}}
        return [row.value for row in await self.matching(match)]

    async def in_round(self, round_: str) -> list[Visit]:
        """Every visit of a round."""
        return [row.value for row in await self.matching({"entry.round": round_})]

    async def between(self, schools: Collection[str], first: str, last: str) -> dict[str, int]:
        """How many visits to each school, but for cancelled ones, lie between two days, both included."""
        days = {"entry.day": {"$gte": first, "$lte": last}, "entry.state": {"$ne": "cancelled"}}
        steps: list[Filter] = [
            {"$match": {"entry.school": {"$in": list(schools)}, **days}},
            {"$group": {"_id": "$entry.school", "n": {"$sum": 1}}},
        ]
        with mongo_errors():
            return {row["_id"]: row["n"] for row in await aggregate(self.collection, steps)}

    async def visiting(self, school: str, teams: Iterable[str]) -> tuple[str, ...]:
        """Those of the teams that have a visit to this school."""
        rows = await self.matching({"entry.school": school, "entry.team": {"$in": sorted(teams)}})
        return tuple(sorted({row.value.team for row in rows}))


def _among(field: str, schools: frozenset[str] | None) -> list[Filter]:
    if schools is None:
        return [{}]
    return [{field: {"$in": sorted(schools)}}] if schools else []


def _drafted_by(reach: Reach) -> list[Filter]:
    """Own drafts, for as long as the capacity lasts in which they were made."""
    made_as = [
        {"entry.drafted_by.role": role, "entry.drafted_by.organisation": organisation}
        for role, organisation in sorted(reach.capacities)
    ]
    return [{"entry.drafted_by.person": reach.person, "$or": made_as}] if made_as else []


def _responsible(reach: Reach) -> list[Filter]:
    """Entries that name the person, for as long as they belong to the school or to the body that leads."""
    named = {"entry.responsibilities": {"$elemMatch": {"person": reach.person, "superseded_at": None}}}
    there = [*_among("entry.school", reach.staff_at), *_among("entry.helper", reach.offices)]
    return [{**named, "$or": there}] if there else []


def issues_within(reach: Reach) -> Filter:
    """Issues a person may read: own and named entries, the team's, the school's (no drafts of others), the office's."""
    own = [*_drafted_by(reach), *_responsible(reach)]
    doors: list[Filter] = [
        *own,
        *_among("entry.school", reach.schools),
        *(
            {"$and": [door, {"$or": [{"entry.submitted_at": {"$ne": None}}, {"entry.source": "self"}]}]}
            for door in _among("entry.school", reach.own_schools)
        ),
    ]
    if reach.teams:
        doors.append({"entry.team": {"$in": sorted(reach.teams)}})
    # The body that leads goes on reading what it leads, wherever the school has been moved.
    led = [{"entry.helper": {"$in": sorted(reach.offices)}}] if reach.offices else []
    doors += led
    if reach.tour_reader:
        doors.append({"entry.source": TOUR})
    tour_doors: list[Filter] = [
        {"entry.source": {"$ne": TOUR}},
        *own,
        *led,
        *_among("entry.school", reach.tour_schools),
    ]
    if not doors:
        return {"_id": {"$in": []}}
    return {"$and": [{"$or": doors}, {"$or": tour_doors}]}


def visits_within(reach: Reach) -> Filter:
    """Visits a person may read: the team's, the school's own once submitted, the office's."""
    doors: list[Filter] = [
        *_among("entry.school", reach.schools),
        *({"$and": [door, {"entry.state": "submitted"}]} for door in _among("entry.school", reach.own_schools)),
    ]
    if reach.teams:
        doors.append({"entry.team": {"$in": sorted(reach.teams)}})
    return {"$or": doors} if doors else {"_id": {"$in": []}}


INDEXES: Final[dict[str, list[list[tuple[str, int]]]]] = {
    "issues": [
        [("entry.visit", 1)],
        [("entry.cards.outcome", 1)],
        [("entry.evidence", 1)],
        [("entry.tasks.evidence", 1)],
    ],
    "visits": [
        [("entry.answers.evidence", 1)],
        [("entry.school", 1)],
        [("entry.team", 1)],
        [("entry.round", 1), ("_id", 1)],
    ],
    "evidence": [
        [("entry.school", 1), ("entry.at", -1), ("_id", -1)],
        [("entry.sha256", 1)],
        [("entry.form.subject", 1)],
        [("sought.bands", 1)],
    ],
    "schools": [[("entry.division", 1)], [("entry.branch", 1)]],
    "grants": [[("entry.person", 1)], [("entry.organisation", 1)]],
    "absences": [[("entry.person", 1)]],
    "commitments": [[("entry.school", 1)], [("entry.person", 1)]],
}
