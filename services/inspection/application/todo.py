"""What is mine to do now: over everything within reach, most urgent first, each with its clock."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Final, Protocol

import msgspec

from contracts import roles
from services.inspection.application.liaison import to_do
from services.inspection.application.material import to_do as material_to_do
from services.inspection.application.next_acts import Next, Spot, next_acts
from services.inspection.application.ports import Ports
from services.inspection.application.reach import Reach
from services.inspection.application.reading import Reading
from services.inspection.application.standing import SEATED
from services.inspection.application.todo_rows import commitment_row, issue_row, timed, visit_row
from services.inspection.application.waiting import NEVER, Kind
from services.inspection.domain.issue import Issue
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import Grant

MOST_OTHERS: Final = 500
Row = dict[str, Any]
Key = tuple[str, str]
_GIVERS: Final = frozenset({roles.SECRETARY, roles.CADRE, roles.CONTACT})
_VISIT_ACTS: Final = {roles.TEAM_LEADER: "submit_visit", roles.TEAM_MEMBER: "answer_visit"}


@dataclass(frozen=True, slots=True)
class Door:
    """Issues that wait for one kind of body: at these schools, of these teams, naming these; none: in the city."""

    kind: Kind
    among: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Issues in the order of (day, `issue/<id>`), each once by its soonest day; how far a bounded scan got, if so."""

    rows: list[tuple[Key, Row]]
    end: Key | None


class Waiting(Protocol):
    """Issues by whom they wait for."""

    async def part(self, reach: Reach, doors: Sequence[Door], after: Key | None, limit: int) -> Part:
        """At most `limit` rows beyond `after`, within reach, through any of these doors."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what is to do is read from."""

    ports: Ports
    others: Reading
    issues: Waiting


async def _spots(ports: Ports, schools: Iterable[str]) -> dict[str, tuple[Spot, str]]:
    """Where each school stands, and its division."""
    divisions = await ports.registry.divisions()
    found: dict[str, tuple[Spot, str]] = {}
    for school in (await ports.registry.schools(schools)).values():
        division = divisions[school.division]
        county = None if division.kind == "city_direct" else division.id
        found[school.id] = Spot(school.branch, county, division.parent or division.id), division.id
    return found


async def _family(ports: Ports, home: str | None) -> frozenset[str]:
    return frozenset() if home is None else (await ports.registry.site(home)).place.covered


async def _capacities(ports: Ports, grants: list[Grant], person: str, day: date) -> set[tuple[str, str]]:
    """What is held; the secretary's part where the person acts in it today, and not where another does."""
    held = {(grant.role, grant.organisation) for grant in grants}
    for branch in {at for role, at in held if role in SEATED}:
        acts = person in (await ports.registry.seat(branch, day)).acting
        (held.add if acts else held.discard)((roles.SECRETARY, branch))
    return held


def _mine(act: Next, person: str, held: set[tuple[str, str]]) -> bool:
    if person in act.barred:
        return False
    if act.person is not None:
        return act.person == person
    return (act.role or "", act.organisation or "") in held


async def _doors(ports: Ports, person: str, held: set[tuple[str, str]]) -> list[Door]:
    """What the person's capacities open; it may lead to more than is theirs to do."""
    at: dict[str, set[str]] = {}
    for role, organisation in held:
        at.setdefault(role, set()).add(organisation)
    bureau, counties = at.get(roles.BUREAU_OFFICER, set()), at.get(roles.COUNTY_OFFICER, set())
    doors = [Door("named", frozenset({person, *bureau, *counties}))]
    if roles.TEAM_LEADER in at:
        doors.append(Door("team", frozenset(at[roles.TEAM_LEADER])))
    if roles.SECRETARY in at:
        doors.append(Door("school", await _schools(ports, at[roles.SECRETARY])))
    if bureau:
        doors.append(Door("bureau"))
        # For schools without a county of their own the bureau is the office above.
        divisions = await ports.registry.divisions()
        counties = counties | {division.id for division in divisions.values() if division.kind == "city_direct"}
    if counties:
        doors.append(Door("office", await _schools(ports, counties)))
    return doors


async def _schools(ports: Ports, organisations: Iterable[str]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for organisation in organisations:
        found |= await ports.registry.schools_of(organisation)
    return found


async def _others(sources: Sources, reach: Reach, held: set[tuple[str, str]]) -> list[tuple[Key, Row]]:
    """Visits, letters and requests, which are few: all of them, each under its key."""
    unsigned = {"person": reach.person, "signed_at": {"$eq": None}, "retired": False}
    requests, visits, commitments, materials = await asyncio.gather(
        sources.ports.requests.open_within(reach, MOST_OTHERS),
        _visits(sources.others, reach, held),
        sources.others.commitments(reach, unsigned, None, MOST_OTHERS),
        _materials(sources.ports, reach, held),
    )
    found = [visit_row(row, what) for row, what in visits] + [commitment_row(row) for row in commitments]
    spots = await _spots(sources.ports, (row["school"] for row in (*requests, *materials)))
    found += [row for one in materials if (row := material_to_do(one, held, spots[one["school"]][0].branch))]
    own = reach.own_schools | await _family(sources.ports, reach.home)
    asked = (to_do(row, held, spots[row["school"]][0].city) for row in requests)
    found += [row for row in asked if row and (row["what"] == "rate_request" or row["school"] not in own)]
    return [((row["due"] or NEVER, row["subject"]), row) for row in found]


async def _materials(ports: Ports, reach: Reach, held: set[tuple[str, str]]) -> list[Row]:
    """What schools are to give for which the person may give it."""
    own = await _schools(ports, (at for role, at in held if role in _GIVERS))
    return await ports.materials.open_at(own, reach, MOST_OTHERS) if own else []


async def _visits(entries: Reading, reach: Reach, held: set[tuple[str, str]]) -> list[tuple[Row, str]]:
    if not reach.teams:
        return []
    still_open = {"entry.team": {"$in": sorted(reach.teams)}, "entry.state": {"$in": ["planned", "in_progress"]}}
    rows = await entries.matching_visits(reach, still_open, MOST_OTHERS)
    acts = [next((act for role, act in _VISIT_ACTS.items() if (role, row["team"]) in held), None) for row in rows]
    return [(row, what) for row, what in zip(rows, acts, strict=True) if what is not None]


async def todo_for(
    sources: Sources, reach: Reach, now: Moment, after: Key | None, limit: int
) -> tuple[list[Row], Key | None]:
    """What lies beyond `after`, of at most `limit` entries, and the key to go on after.

    Entries come in the order of their soonest act, each with all its acts together. Nobody is asked to judge their own
    school.
    """
    ports, person = sources.ports, reach.person
    held = await _capacities(ports, await ports.registry.grants_of(person), person, now.day)
    doors = await _doors(ports, person, held)
    part, others = await asyncio.gather(sources.issues.part(reach, doors, after, limit), _others(sources, reach, held))
    beyond = [(key, row) for key, row in others if after is None or key > after]
    entries, following = _cut([*part.rows, *beyond], part.end, limit)
    spots = await _spots(ports, (row["school"] for row in entries))
    own = reach.own_schools | await _family(ports, reach.home)
    rows = chain(*(_acts(row, spots[row["school"]][0], person, held, own) for row in entries))
    moments = {division: now.of_division(division) for _, division in spots.values()}
    return [timed(row, moments[spots[row["school"]][1]]) for row in rows], following


def _acts(row: Row, spot: Spot, person: str, held: set[tuple[str, str]], own: frozenset[str]) -> list[Row]:
    """What is the person's to do on an entry, soonest first; what is no issue is one act by itself."""
    if "what" in row:
        return [row]
    acts = [
        issue_row(row, act)
        for act in next_acts(msgspec.convert(row, Issue), spot)
        if _mine(act, person, held) and not (act.judging and row["school"] in own)
    ]
    return sorted(acts, key=lambda act: act["due"] or NEVER)


def _cut(keyed: list[tuple[Key, Row]], end: Key | None, limit: int) -> tuple[list[Row], Key | None]:
    keyed = sorted((pair for pair in keyed if end is None or pair[0] <= end), key=lambda pair: pair[0])
    following = keyed[limit - 1][0] if len(keyed) > limit else end
    return [row for _, row in keyed[:limit]], following
