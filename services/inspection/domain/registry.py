"""Who and what there is: divisions, schools, branches, people, grants, calendars. Ids never change."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from services.inspection.domain.actor import OF_A_SCHOOL, OFFICERS
from services.inspection.domain.authority import Place
from services.inspection.domain.facts import SchoolFacts
from services.inspection.domain.rules_registry import GrantRevoked


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """The city, a county or district, or the city-direct unit 市直 (which has no officer of its own)."""

    id: str
    name: str
    kind: Literal["city", "district", "county", "county_level_city", "city_direct"]
    parent: str | None
    principal_pilot: bool
    retired: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class School:
    """A school; `branch` is the Party branch it belongs to (its own, or the lead school's)."""

    id: str
    code: str
    name: str
    division: str
    level: Literal["high", "vocational", "junior", "primary"]
    locality: str
    organised: Literal["own", "joint", "affiliated"]
    branch: str
    party_members: int
    teachers: int
    retired: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """A Party organisation 党组织, a tree by `parent`; `schools` are those that a branch without parent covers."""

    id: str
    name: str
    kind: Literal["committee", "general_branch", "branch"]
    form: Literal["independent", "joint", "affiliated"]
    lead_school: str
    parent: str | None
    schools: tuple[str, ...]
    members: int
    retired: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """The least that works: a name and a post."""

    id: str
    name: str
    post: str
    school: str | None
    retired: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A role of a person at an organisation; revoked counts at once."""

    id: str
    person: str
    role: str
    organisation: str
    revoked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """A year's working days: days off on weekdays, and weekend days worked 调休."""

    id: str
    year: int
    days_off: tuple[str, ...]
    days_worked: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Venue:
    """A place for Party work 阵地; `school` none where it belongs to the division, `free` where entry costs nothing."""

    id: str
    name: str
    kind: Literal["red_site", "activity_room", "exhibit", "party_school", "studio"]
    division: str
    school: str | None
    free: bool
    retired: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Holiday:
    """A school holiday 假期 of a division, from its first to its last day: no working days for its schools."""

    id: str
    division: str
    name: str
    starts: str
    ends: str
    retired: bool = False


def revoked(grant: Grant) -> Grant:
    """The grant revoked; raises `GrantRevoked` when it is already."""
    if grant.revoked:
        raise GrantRevoked
    return replace(grant, revoked=True)


def facts_of(school: School, division: Division) -> SchoolFacts:
    """The facts of a school as it stands, for a visit; pilots of 校长负责制 are a fact of the division."""
    return SchoolFacts(
        school=school.id,
        division=school.division,
        level=school.level,
        locality=school.locality,
        organised=school.organised,
        branch=school.branch,
        party_members=school.party_members,
        teachers=school.teachers,
        principal_pilot=division.principal_pilot,
    )


def covering(schools: Iterable[School], branches: Iterable[Branch]) -> tuple[Branch, ...]:
    """The top branches whose `schools` are not what the schools themselves say, put right; sub-branches cover none."""
    members: dict[str, list[str]] = {}
    for school in schools:
        if not school.retired:
            members.setdefault(school.branch, []).append(school.id)
    found = []
    for branch in branches:
        if branch.parent is not None or branch.retired:
            continue
        now = members.get(branch.id, [])
        kept = tuple(id for id in branch.schools if id in now)
        covered = kept + tuple(sorted(set(now) - set(kept)))
        if covered != branch.schools:
            found.append(replace(branch, schools=covered))
    return tuple(found)


def place_of(school: School, branches: Iterable[Branch], division: Division, city: str) -> Place:
    """The school in today's structure; `branches` are at least its own and those below, others do no harm.

    Raises `ValueError` when the school's branch is not among them.
    """
    known = {branch.id: branch for branch in branches}
    if school.branch not in known:
        raise ValueError(f"branch {school.branch} of school {school.id} is unknown")
    covered = frozenset({school.id, *known[school.branch].schools})
    return Place(
        school=school.id,
        branch=school.branch,
        covered=covered,
        family=covered | _below(school.branch, known),
        division=division.id,
        city=city,
        city_direct=division.kind == "city_direct",
    )


def staff_of(place: Place, people: Iterable[Person], grants: Iterable[Grant]) -> frozenset[str]:
    """Those of the people who belong to the place's school or branch, by their school or by a grant in force."""
    granted = {
        grant.person
        for grant in grants
        if not grant.revoked and grant.role in OF_A_SCHOOL and grant.organisation in place.family
    }
    return frozenset(p.id for p in people if not p.retired and (p.school in place.family or p.id in granted))


def officers_of(body: str | None, people: Iterable[Person], grants: Iterable[Grant]) -> frozenset[str]:
    """Those of the people who are officers of that body, the county or the bureau, by a grant in force."""
    held = {g.person for g in grants if not g.revoked and g.role in OFFICERS and g.organisation == body}
    return frozenset(person.id for person in people if not person.retired and person.id in held)


def _below(top: str, known: dict[str, Branch]) -> set[str]:
    found = {top}
    while more := {b.id for b in known.values() if b.parent in found} - found:
        found |= more
    return found
