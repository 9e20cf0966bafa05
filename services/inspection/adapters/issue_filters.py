"""What somebody looks for, as queries; and the indexes that answer them."""

from dataclasses import dataclass
from typing import Any, Final

from runtime.mongo import IndexModel
from services.inspection.adapters.mongo_aggregates import all_of
from services.inspection.adapters.mongo_lists import TOUR
from services.inspection.application.days import Days
from services.inspection.application.reach import Reach
from services.inspection.application.searching import Kind, Term, Wanted
from services.inspection.domain.issue_lights import Light

Filter = dict[str, Any]
DUE: Final = "sought.due"
OF_ASSIGNMENT: Final = "entry.assignment.id"
NEWEST: Final = (("entry.drafted_at", -1), ("_id", -1))
SOON: Final = ((DUE, 1), ("_id", 1))
PART: Final[Filter] = {OF_ASSIGNMENT: {"$exists": True}}
_RUNS: Final = {DUE: {"$exists": True}}
# Fewer would not do: each stands for a filter, or a reader, whose entries are few among a million.
SEARCH_INDEXES: Final = [
    IndexModel(list(NEWEST), name="newest"),
    *(
        IndexModel([(f"entry.{name}", 1), *NEWEST], name=name)
        for name in ("school", "team", "state", "round", "item", "source", "helper")
    ),
    IndexModel([("entry.drafted_by.person", 1), *NEWEST], name="drafter"),
    IndexModel([("entry.responsibilities.person", 1), *NEWEST], name="lead"),
    IndexModel([("entry.number", 1)], name="number", partialFilterExpression={"entry.number": {"$type": "string"}}),
    IndexModel(
        [("entry.cards.colour", 1), *NEWEST],
        name="card",
        partialFilterExpression={"entry.cards.colour": {"$exists": True}},
    ),
    IndexModel(
        [(OF_ASSIGNMENT, 1), *NEWEST], name="assignment", partialFilterExpression={OF_ASSIGNMENT: {"$exists": True}}
    ),
    IndexModel(list(SOON), name="due", partialFilterExpression=_RUNS),
    IndexModel([("entry.school", 1), *SOON], name="school_due", partialFilterExpression=_RUNS),
    IndexModel(
        [("sought.grams", 1), ("sought.day", -1)],
        name="grams",
        partialFilterExpression={"sought.grams": {"$exists": True}},
    ),
]
# Made in `mongo_lists.INDEXES`, under the name that the server gives.
_VISIT: Final = "entry.visit_1"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to entries: a filter, and the index that answers it; `ordered` if it gives them newest first."""

    index: str
    match: Filter
    ordered: bool = True


EVERYTHING: Final = Way("newest", {})


def doors(reach: Reach) -> list[Way]:
    """Ways that together lead to everything a person may read, and to more: the reach itself is asked besides."""
    if reach.schools is None:
        return [EVERYTHING]
    ways = [
        Way("drafter", {"entry.drafted_by.person": reach.person}),
        Way("lead", {"entry.responsibilities.person": reach.person}),
    ]
    schools = reach.schools | reach.own_schools
    if schools:
        ways.append(Way("school", {"entry.school": {"$in": sorted(schools)}}))
    if reach.teams:
        ways.append(Way("team", {"entry.team": {"$in": sorted(reach.teams)}}))
    if reach.offices:
        ways.append(Way("helper", {"entry.helper": {"$in": sorted(reach.offices)}}))
    if reach.tour_reader:
        ways.append(Way("source", {"entry.source": TOUR}))
    return ways


def kind_of(kind: Kind) -> Filter:
    """Issues, schools' parts of tasks from above, or both."""
    return {"issue": {"entry.assignment": None}, "assignment": PART}.get(kind, {})


def _near(days: Days) -> list[Filter]:
    by_school = [{"entry.school": {"$in": sorted(schools)}, DUE: {"$lte": soon}} for schools, soon in days.elsewhere]
    others = sorted({school for schools, _ in days.elsewhere for school in schools})
    return [*by_school, {"entry.school": {"$nin": others}, DUE: {"$lte": days.soon}}]


def light_of(light: Light, days: Days) -> Filter:
    """Entries under a light, as `issue_lights.light` has it."""
    if light == "red":
        return {DUE: {"$lt": days.today}}
    behind = {"entry.tasks": {"$elemMatch": {"done_at": None, "deadline.day": {"$lt": days.today}}}}
    pressing = [*_near(days), behind]
    return {DUE: {"$gte": days.today}, ("$or" if light == "yellow" else "$nor"): pressing}


def _due(wanted: Wanted) -> Filter:
    bounds = {"$gte": wanted.due_from, "$lte": wanted.due_to}
    given = {bound: day for bound, day in bounds.items() if day is not None}
    return {DUE: given} if given else {}


def due_bounds(wanted: Wanted) -> Filter:
    """What an index by due answers of a light and a range: where to begin, and where to end."""
    found = [_due(wanted)]
    days = wanted.days
    if wanted.light is not None and days is not None:
        # The nearest of the divisions' last near days: none is green up to it.
        near = min([days.soon, *(soon for _, soon in days.elsewhere)])
        bounds: dict[Light, Filter] = {
            "red": {"$lt": days.today},
            "yellow": {"$gte": days.today},
            "green": {"$gt": near},
        }
        found.append({DUE: bounds[wanted.light]})
    return all_of(*found)


def ways_of(wanted: Wanted) -> list[Way]:
    """The filters that an index answers, most telling first."""
    ways = [
        Way(index, {f"entry.{name}": wanted.equal[name]}, ordered)
        for name, index, ordered in (
            ("number", "number", False), ("visit", _VISIT, False), ("team", "team", True), ("item", "item", True),
            ("round", "round", True), ("assignment.id", "assignment", True),
        )
        if name in wanted.equal
    ]  # fmt: skip
    if wanted.kind == "assignment":
        ways.append(Way("assignment", PART, ordered=False))
    if wanted.lead is not None:
        ways.insert(0, Way("lead", {"entry.responsibilities.person": wanted.lead}))
    if wanted.card is not None:
        ways.insert(0, Way("card", {"entry.cards.colour": wanted.card}))
    if wanted.schools is not None:
        ways.append(Way("school", {"entry.school": {"$in": sorted(wanted.schools)}}))
    ways += [
        Way(name, {f"entry.{name}": {"$in": list(wanted.among[name])}})
        for name in ("source", "state")
        if name in wanted.among
    ]
    return ways


def term_of(term: Term) -> Filter:
    """A term as a query: its grams, or the schools called so."""
    written: Filter = {"sought.grams": {"$all": list(term.grams)}}
    if not term.schools:
        return written
    return {"$or": [written, {"entry.school": {"$in": list(term.schools)}}]}


def matches(wanted: Wanted) -> list[Filter]:
    """Everything that is asked for, as queries to be met together."""
    found: list[Filter] = [{f"entry.{name}": value} for name, value in wanted.equal.items()]
    found += [{f"entry.{name}": {"$in": list(values)}} for name, values in wanted.among.items()]
    if wanted.schools is not None:
        found.append({"entry.school": {"$in": sorted(wanted.schools)}})
    if wanted.lead is not None:
        lead = {"person": wanted.lead, "part": "lead", "superseded_at": None}
        found.append({"entry.responsibilities": {"$elemMatch": lead}})
    if wanted.card is not None:
        found.append({"entry.cards.colour": wanted.card})
    if wanted.light is not None and wanted.days is not None:
        found.append(light_of(wanted.light, wanted.days))
    found += [one for one in (kind_of(wanted.kind), _due(wanted)) if one]
    return found
