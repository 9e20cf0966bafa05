"""Whether a registry is whole: ids unique, references kept, roles at organisations of the right kind."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.inspection.domain.actor import ADMINISTRATOR, GRANTED_AT
from services.inspection.domain.registry import Branch, Calendar, Division, Grant, Holiday, Person, School, Venue
from services.inspection.domain.registry_places import holiday_problems, text_problems, venue_problems
from services.inspection.domain.round import Team
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_registry import (
    BadCalendar,
    BranchCoverage,
    BranchLoop,
    CityMissing,
    DuplicateId,
    ImportRefused,
    LastAdministrator,
    NegativeNumber,
    UnknownReference,
    UnknownRole,
    WrongOrganisation,
)

_SATURDAY: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """Everything there would be after a change: what was, with what is new or changed in its place."""

    divisions: tuple[Division, ...]
    schools: tuple[School, ...]
    branches: tuple[Branch, ...]
    people: tuple[Person, ...]
    grants: tuple[Grant, ...] = ()
    teams: tuple[Team, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    venues: tuple[Venue, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    kinds: Mapping[str, str] = field(init=False)
    """Kind of each organisation in use, by id: city, division, city_direct, branch, school, team."""

    def __post_init__(self) -> None:
        # 市直 has no officer of its own: nothing is granted there, so it is a kind of its own.
        apart = ("city", "city_direct")
        kinds = {d.id: d.kind if d.kind in apart else "division" for d in self.divisions if not d.retired}
        kinds |= {b.id: "branch" for b in self.branches if not b.retired}
        kinds |= {s.id: "school" for s in self.schools if not s.retired}
        kinds |= {t.id: "team" for t in self.teams}
        object.__setattr__(self, "kinds", kinds)


def whole(registry: Registry) -> Registry:
    """The registry, when nothing is wrong with it; raises `ImportRefused` with everything that is."""
    checks = (
        _ids,
        _divisions,
        _schools,
        _branches,
        _coverage,
        _people,
        _grants,
        _administrator,
        _calendars,
        _places,
        _texts,
    )
    problems = tuple(problem for check in checks for problem in check(registry))
    if problems:
        raise ImportRefused(problems)
    return registry


def check_grant(grant: Grant, person: Person | None, kind: str | None) -> None:
    """Raises the rule a single new grant breaks; `kind` is the organisation's (`Registry.kinds`), none if unknown."""
    for problem in _problems_of_grant(grant, person, kind):
        raise problem


def _ids(registry: Registry) -> Iterator[Broken]:
    groups: dict[str, Iterable[str]] = {
        "division": [d.id for d in registry.divisions],
        "school": [s.id for s in registry.schools],
        "branch": [b.id for b in registry.branches],
        "person": [p.id for p in registry.people],
        "grant": [g.id for g in registry.grants],
        "calendar": [c.id for c in registry.calendars],
        "venue": [v.id for v in registry.venues],
        "holiday": [h.id for h in registry.holidays],
    }
    for what, ids in groups.items():
        yield from (DuplicateId(what=what, id=id) for id, n in Counter(ids).items() if n > 1 or not id.strip())
    # Organisations share one name space: a grant names them by id alone.
    everywhere = Counter(id for what in ("division", "school", "branch") for id in set(groups[what]))
    yield from (DuplicateId(what="organisation", id=id) for id, n in everywhere.items() if n > 1)


def _divisions(registry: Registry) -> Iterator[Broken]:
    cities = [d for d in registry.divisions if d.kind == "city"]
    if len(cities) != 1 or any((d.parent is None) != (d.kind == "city") for d in registry.divisions):
        yield CityMissing()
    for d in registry.divisions:
        if d.parent is not None and d.parent not in registry.kinds:
            yield UnknownReference(what="division", id=d.id, field="parent", missing=d.parent)


def _schools(registry: Registry) -> Iterator[Broken]:
    top = {b.id: b for b in registry.branches if b.parent is None}
    for s in registry.schools:
        if min(s.party_members, s.teachers) < 0:
            yield NegativeNumber(what="school", id=s.id)
        if s.retired:
            continue
        if registry.kinds.get(s.division) not in ("division", "city_direct"):
            yield UnknownReference(what="school", id=s.id, field="division", missing=s.division)
        if registry.kinds.get(s.branch) != "branch":
            yield UnknownReference(what="school", id=s.id, field="branch", missing=s.branch)
        elif s.branch not in top or s.id not in top[s.branch].schools:
            yield BranchCoverage(school=s.id, branch=s.branch)


def _branches(registry: Registry) -> Iterator[Broken]:
    parent = {b.id: b.parent for b in registry.branches}
    for b in registry.branches:
        if b.members < 0:
            yield NegativeNumber(what="branch", id=b.id)
        if b.retired:
            continue
        if registry.kinds.get(b.lead_school) != "school":
            yield UnknownReference(what="branch", id=b.id, field="lead_school", missing=b.lead_school)
        if b.parent is not None and registry.kinds.get(b.parent) != "branch":
            yield UnknownReference(what="branch", id=b.id, field="parent", missing=b.parent)
        if _loops(b.id, parent) or (b.parent is not None and b.schools):
            yield BranchLoop(branch=b.id)


def _coverage(registry: Registry) -> Iterator[Broken]:
    branch_of = {s.id: s.branch for s in registry.schools}
    for b in registry.branches:
        covered = set(b.schools) if b.parent is not None or b.retired else {*b.schools, b.lead_school}
        yield from (
            BranchCoverage(school=school, branch=b.id)
            for school in sorted(covered)
            if school not in b.schools or branch_of.get(school) != b.id
        )


def _loops(start: str, parent: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    at: str | None = start
    while at is not None and at not in seen:
        seen.add(at)
        at = parent.get(at)
    return at is not None


def _people(registry: Registry) -> Iterator[Broken]:
    for p in registry.people:
        if p.school is not None and not p.retired and registry.kinds.get(p.school) != "school":
            yield UnknownReference(what="person", id=p.id, field="school", missing=p.school)


def _grants(registry: Registry) -> Iterator[Broken]:
    people = {p.id: p for p in registry.people}
    for grant in registry.grants:
        if not grant.revoked:
            yield from _problems_of_grant(grant, people.get(grant.person), registry.kinds.get(grant.organisation))


def _administrator(registry: Registry) -> Iterator[Broken]:
    here = {p.id for p in registry.people if not p.retired}
    if not any(g.role == ADMINISTRATOR and not g.revoked and g.person in here for g in registry.grants):
        yield LastAdministrator()


def _problems_of_grant(grant: Grant, person: Person | None, kind: str | None) -> Iterator[Broken]:
    if person is None or person.retired:
        yield UnknownReference(what="grant", id=grant.id, field="person", missing=grant.person)
    expected = GRANTED_AT.get(grant.role)
    if expected is None:
        yield UnknownRole(role=grant.role)
    elif kind is None:
        yield UnknownReference(what="grant", id=grant.id, field="organisation", missing=grant.organisation)
    elif kind != expected:
        yield WrongOrganisation(role=grant.role, expected=expected, organisation=grant.organisation)


def calendar_problems(calendar: Calendar) -> Iterator[Broken]:
    """Days that are not of the year, or not of the right half of the week."""
    for days, weekend in ((calendar.days_off, False), (calendar.days_worked, True)):
        yield from (BadCalendar(year=calendar.year, day=day) for day in days if not _fits(day, calendar, weekend))


def _calendars(registry: Registry) -> Iterator[Broken]:
    for calendar in registry.calendars:
        yield from calendar_problems(calendar)


def _places(registry: Registry) -> Iterator[Broken]:
    yield from venue_problems(registry.venues, registry.kinds)
    yield from holiday_problems(registry.holidays, registry.kinds)


def _texts(registry: Registry) -> Iterator[Broken]:
    named: dict[str, Iterable[Division | School | Branch | Person | Grant | Venue | Holiday]] = {
        "division": registry.divisions,
        "school": registry.schools,
        "branch": registry.branches,
        "person": registry.people,
        "grant": registry.grants,
        "venue": registry.venues,
        "holiday": registry.holidays,
    }
    for what, entries in named.items():
        for entry in entries:
            if entry.id.strip():
                yield from text_problems(what, entry)


def _fits(text: str, calendar: Calendar, weekend: bool) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.year == calendar.year and (day.weekday() >= _SATURDAY) == weekend
