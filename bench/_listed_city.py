"""Who reads the lists of the benchmark: the demonstration city's structure and people, as they are stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec
from pymongo.database import Database

from contracts import roles
from dudao.city import cast_people, read_city
from dudao.city.files import DATA, City
from dudao.city.people import Cast
from services.inspection.application.changes import COLLECTIONS
from services.inspection.domain.registry import Grant
from services.inspection.domain.round import Team
from services.inspection.domain.visit import Visit

ROUNDS: Final = tuple(f"R-{year}-{ordinal}" for year in range(2017, 2027) for ordinal in (1, 2))
TEAMS: Final = 24
LAST_ROUND: Final = ROUNDS[-1]

Document = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """The city, everybody in it, and who leads the last round's teams."""

    city: City
    cast: Cast

    @cached_property
    def schools(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(school.id for school in self.city.schools)

    def one(self, role: str, number: int = 0) -> str:
        """The n-th holder of a role, around and around."""
        held = self.cast.holding(role)
        return held[number % len(held)].id

    def at(self, role: str, organisation: str) -> str:
        """The first holder of a role at one organisation."""
        return self._first_holders[role, organisation]

    @cached_property
    def _first_holders(self) -> dict[tuple[str, str], str]:
        grants = reversed(self.cast.grants)
        return {(grant.role, grant.organisation): grant.person for grant in grants}

    def leader(self, number: int) -> str:
        """Who leads a team of the last round."""
        return self.one(roles.CADRE, 7 * (number % TEAMS))


def read_listed() -> Listed:
    """From `data/`."""
    city = read_city(DATA / "jiamusi")
    return Listed(city, cast_people(city))


def team_of(round_: str, number: int) -> str:
    """The id of a round's team."""
    return f"T-{round_}-{number % TEAMS:02d}"


def visit_of(round_: str, school: str) -> str:
    """The id of the round's visit to a school."""
    return f"V-{round_}-{school}"


def store_city(db: Database[Document], listed: Listed) -> None:
    """Everything but issues; what is there is left as it is."""
    for kind, value in _entries(listed):
        entry = msgspec.to_builtins(value)
        db[COLLECTIONS[kind]].update_one(
            {"_id": entry["id"]}, {"$setOnInsert": {"version": 1, "entry": entry}}, upsert=True
        )


def _entries(listed: Listed) -> Iterator[tuple[str, Any]]:
    plain: Mapping[str, tuple[Any, ...]] = {
        "division": listed.city.divisions, "school": listed.city.schools, "branch": listed.city.branches,
        "person": listed.cast.people, "grant": listed.cast.grants,
    }  # fmt: skip
    for kind, values in plain.items():
        yield from ((kind, value) for value in values)
    for number in range(TEAMS):
        leader, team = listed.leader(number), team_of(LAST_ROUND, number)
        yield "team", Team(id=team, round=LAST_ROUND, name=f"第{number + 1}组", leader=leader, members=(leader,))
        yield "grant", Grant(id=f"G-{team}", person=leader, role=roles.TEAM_LEADER, organisation=team)
    for number, school in enumerate(listed.schools):
        yield "visit", _visit(school, team_of(LAST_ROUND, number), 1 + number % 28)


def _visit(school: str, team: str, day: int) -> Visit:
    return Visit(
        id=visit_of(LAST_ROUND, school), school=school, round=LAST_ROUND, team=team, kind="regular",
        checklist="small@1", day=f"2026-12-{day:02d}", state="planned", answers=(), highlights=(), facts=None,
        feedback=None, score=None, issues=(), submitted_by=None, submitted_at=None,
    )  # fmt: skip
