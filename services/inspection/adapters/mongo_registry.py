"""The registry's state: structure, people, grants, checklists, calendars."""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from runtime.errors import NotFound
from runtime.mongo import Database, Together
from services.inspection.adapters.mongo_aggregates import MongoAggregates
from services.inspection.application.changes import COLLECTIONS
from services.inspection.application.ports import Loaded, Site
from services.inspection.domain.absence import away_on
from services.inspection.domain.actor import DEPUTY_SECRETARY, SECRETARY
from services.inspection.domain.checklist import Checklist
from services.inspection.domain.draw import Draw
from services.inspection.domain.persons import Absence, Commitment, Nomination
from services.inspection.domain.planning_terms import PlanningTerms
from services.inspection.domain.registry import (
    Branch,
    Calendar,
    Division,
    Grant,
    Holiday,
    Person,
    School,
    Venue,
    place_of,
)
from services.inspection.domain.round import Round, Team
from services.inspection.domain.seat import Seat, seat_of
from services.inspection.domain.terms import DEFAULT_TERMS, Terms
from services.inspection.domain.workdays import Calendars

SHAPES: Final[dict[str, type[Any]]] = {
    "division": Division,
    "school": School,
    "branch": Branch,
    "person": Person,
    "grant": Grant,
    "checklist": Checklist,
    "team": Team,
    "round": Round,
    "calendar": Calendar,
    "terms": Terms,
    "planning": PlanningTerms,
    "draw": Draw,
    "venue": Venue,
    "holiday": Holiday,
    "absence": Absence,
    "commitment": Commitment,
    "nomination": Nomination,
}
_ASKED_FOR: Final = ("person", "school", "branch", "division")
_GONE: Final = {"grant": "entry.revoked", "absence": "entry.ended"}


class MongoRegistry:
    """Today's registry, read by id and by relation."""

    def __init__(self, db: Database) -> None:
        self._kinds: dict[str, MongoAggregates[Any]] = {
            kind: MongoAggregates(db, COLLECTIONS[kind], shape) for kind, shape in SHAPES.items()
        }
        # Every request asks for these, so that many at once ask together.
        self._by_id = {kind: Together[Loaded[Any]](self._kinds[kind].some) for kind in _ASKED_FOR}
        self._grants = Together[list[Grant]](self._grants_by_person)
        self._groups = Together[list[Branch]](self._groups_by_branch)

    def kind(self, kind: str) -> MongoAggregates[Any]:
        """The aggregates of one kind."""
        return self._kinds[kind]

    async def site(self, school: str) -> Site:
        """The school with its branch, division and place; raises `NotFound`."""
        found: School = await self._one("school", school)
        branch: Branch = await self._one("branch", found.branch)
        division: Division = await self._one("division", found.division)
        below = await self._below(branch.id)
        place = place_of(found, (branch, *below), division, division.parent or division.id)
        return Site(school=found, branch=branch, division=division, place=place)

    async def _one(self, kind: str, id: str) -> Any:
        found = await self._by_id[kind].of(id)
        if found is None:
            raise NotFound(id)
        return found.value

    async def _below(self, top: str) -> list[Branch]:
        """Every group below a branch, at any depth; each is met once, since branches are trees."""
        found: dict[str, Branch] = {}
        level = [top]
        while level:
            told = await asyncio.gather(*(self._groups.of(parent) for parent in level))
            new = {group.id: group for groups in told for group in groups or () if group.id not in found}
            found |= new
            level = sorted(new)
        return list(found.values())

    async def _groups_by_branch(self, branches: list[str]) -> dict[str, list[Branch]]:
        found: dict[str, list[Branch]] = {}
        for row in await self._kinds["branch"].matching({"entry.parent": {"$in": branches}}):
            found.setdefault(row.value.parent, []).append(row.value)
        return found

    async def schools_of(self, organisation: str) -> frozenset[str]:
        """Schools of a division, those that a branch covers, or a school itself; empty for anything else."""
        branch = await self._kinds["branch"].some([organisation])
        if branch:
            return frozenset(branch[organisation].value.schools)
        match = {"$or": [{"entry.division": organisation}, {"_id": organisation}]}
        return frozenset(s.value.id for s in await self._kinds["school"].matching(match))

    async def branches_of(self, schools: Iterable[str]) -> frozenset[str]:
        """Branches and groups below them that one of these schools leads."""
        rows = await self._kinds["branch"].matching({"entry.lead_school": {"$in": sorted(schools)}})
        return frozenset(row.value.id for row in rows)

    async def person(self, person: str) -> Person | None:
        """None for a stranger."""
        found = await self._by_id["person"].of(person)
        return found.value if found else None

    async def grants_of(self, person: str) -> list[Grant]:
        """Grants in force; empty for a stranger."""
        return list(await self._grants.of(person) or ())

    async def _grants_by_person(self, people: list[str]) -> dict[str, list[Grant]]:
        found: dict[str, list[Grant]] = {}
        for row in await self._kinds["grant"].matching({"entry.person": {"$in": people}, "entry.revoked": False}):
            found.setdefault(row.value.person, []).append(row.value)
        return found

    async def granted_at(self, organisations: Iterable[str]) -> list[Grant]:
        """Grants in force at any of these organisations."""
        match = {"entry.organisation": {"$in": sorted(organisations)}, "entry.revoked": False}
        return [row.value for row in await self._kinds["grant"].matching(match)]

    async def seat(self, branch: str, day: date) -> Seat:
        """Who acts as secretary of a branch on that day."""
        held = await self.granted_at([branch])
        secretaries = {grant.person for grant in held if grant.role == SECRETARY}
        deputies = {grant.person for grant in held if grant.role == DEPUTY_SECRETARY}
        away = away_on(await self.absences_of(secretaries | deputies), day)
        return seat_of(secretaries, deputies, away)

    async def absences_of(self, persons: Iterable[str]) -> list[Absence]:
        """Absences of these persons that were not ended."""
        match = {"entry.person": {"$in": sorted(persons)}, "entry.ended": False}
        return [row.value for row in await self._kinds["absence"].matching(match)]

    async def checklist(self, checklist: str) -> Checklist:
        """Raises `NotFound`."""
        found: Checklist = (await self._kinds["checklist"].get(checklist)).value
        return found

    async def calendars(self) -> Calendars:
        """Every published working-day calendar, and the divisions' school holidays."""
        rows, holidays = await asyncio.gather(self._kinds["calendar"].matching({}), self.all("holiday"))
        years = [row.value for row in rows]
        return Calendars.of(
            ((year.year, year.days_off, year.days_worked) for year in years),
            ((holiday.division, holiday.starts, holiday.ends) for holiday in holidays),
        )

    async def terms(self) -> Terms:
        """The newest version published, or those that the software brings along."""
        published = [row.value for row in await self._kinds["terms"].matching({})]
        return max(published, key=lambda one: int(one.version), default=DEFAULT_TERMS)

    async def loaded(self, kind: str, ids: Iterable[str]) -> dict[str, Loaded[Any]]:
        """Those of the ids that exist, by id."""
        return await self._kinds[kind].some(ids)

    async def schools(self, ids: Iterable[str]) -> dict[str, School]:
        """Those of these schools that exist, retired or not, by id."""
        return {id: row.value for id, row in (await self.loaded("school", ids)).items()}

    async def divisions(self) -> dict[str, Division]:
        """Every division that is not retired, by id."""
        return {division.id: division for division in await self.all("division")}

    async def city_schools(self) -> list[School]:
        """Every school that is not retired."""
        return await self.all("school")

    async def all(self, kind: str) -> list[Any]:
        """Every aggregate of a kind that is not retired or revoked, by id."""
        return [
            row.value for row in await self._kinds[kind].matching({_GONE.get(kind, "entry.retired"): {"$ne": True}})
        ]
