"""What is mine to do now: over everything within reach, most urgent first."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import msgspec

from contracts import roles
from services.inspection.application.liaison import to_do
from services.inspection.application.next_acts import Next, Spot, next_acts
from services.inspection.application.ports import Ports
from services.inspection.application.reach import Reach
from services.inspection.application.reading import Reading
from services.inspection.application.standing import SEATED
from services.inspection.domain.issue import ENDED, Issue
from services.inspection.domain.registry import Grant

MOST: Final = 500
Row = dict[str, Any]
_VISIT_ACTS: Final = {roles.TEAM_LEADER: "submit_visit", roles.TEAM_MEMBER: "answer_visit"}
_FAR: Final = "9999-12-31"
_UNDONE: Final = {"$or": [{"entry.state": {"$nin": sorted(ENDED)}}, {"entry.cards": {"$elemMatch": {"outcome": None}}}]}


async def _spots(ports: Ports, schools: Iterable[str]) -> dict[str, Spot]:
    divisions = {division.id: division for division in await ports.registry.all("division")}
    found: dict[str, Spot] = {}
    for row in (await ports.registry.loaded("school", set(schools))).values():
        division = divisions[row.value.division]
        direct = division.kind == "city_direct"
        found[row.value.id] = Spot(row.value.branch, None if direct else division.id, division.parent or division.id)
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


def _issue_row(row: Row, act: Next) -> Row:
    return {
        "what": act.what,
        "subject": f"issue/{row['id']}",
        "focus": act.focus,
        "school": row["school"],
        "number": row["number"],
        "title": row["description"],
        "severity": row["severity"],
        "since": row["clock"]["since"],
        "due": act.due.day if act.due else None,
        "provisional": act.due.provisional if act.due else False,
        "version": row["version"],
    }


def _visit_row(row: Row, what: str) -> Row:
    return {
        "what": what,
        "subject": f"visit/{row['id']}",
        "focus": None,
        "school": row["school"],
        "number": None,
        "title": row["kind"],
        "severity": None,
        "since": None,
        "due": row["day"],
        "provisional": False,
        "version": row["version"],
    }


def _commitment_row(row: Row) -> Row:
    return {
        "what": "sign_commitment",
        "subject": f"commitment/{row['id']}",
        "focus": None,
        "school": row["school"],
        "number": None,
        "title": row["title"],
        "severity": None,
        "since": None,
        "due": None,
        "provisional": False,
        "version": row["version"],
    }


async def todo_for(ports: Ports, entries: Reading, reach: Reach, person: str, day: date) -> list[Row]:
    """At most `MOST` of each kind, most urgent first; nobody is asked to judge their own school."""
    grants = await ports.registry.grants_of(person)
    held = await _capacities(ports, grants, person, day)
    rows = await entries.matching_issues(reach, _UNDONE, MOST)
    spots = await _spots(ports, {row["school"] for row in rows})
    own = reach.own_schools | await _family(ports, reach.home)
    found = [
        _issue_row(row, act)
        for row in rows
        for act in next_acts(msgspec.convert(row, Issue), spots[row["school"]])
        if _mine(act, person, held) and not (act.judging and row["school"] in own)
    ]
    open_visits = {"entry.team": {"$in": sorted(reach.teams)}, "entry.state": {"$in": ["planned", "in_progress"]}}
    for row in await entries.matching_visits(reach, open_visits, MOST) if reach.teams else ():
        what = next((act for role, act in _VISIT_ACTS.items() if (role, row["team"]) in held), None)
        if what is not None:
            found.append(_visit_row(row, what))
    unsigned = {"person": person, "signed_at": {"$eq": None}, "retired": False}
    found += [_commitment_row(row) for row in await entries.commitments(reach, unsigned, None, MOST)]
    for row in await ports.requests.open_within(reach, MOST):
        city = spots.get(row["school"]) or (await _spots(ports, [row["school"]]))[row["school"]]
        asked = to_do(row, held, city.city)
        if asked is not None and not (asked["what"] != "rate_request" and row["school"] in own):
            found.append(asked)
    return sorted(found, key=lambda row: (row["due"] or _FAR, row["subject"]))
