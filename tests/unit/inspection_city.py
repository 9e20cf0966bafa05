"""A small city: places, people with their grants, a year's calendar, checklist items and visits."""

from datetime import UTC, datetime
from typing import Any, Final

from services.inspection.domain import actor as roles
from services.inspection.domain.authority import Authority, Place, authority_of
from services.inspection.domain.checklist import Item
from services.inspection.domain.registry import Branch, Division, School, place_of
from services.inspection.domain.visit import Feedback, Visit
from services.inspection.domain.workdays import Calendars

CITY: Final = "230800"
COUNTY: Final = "230822"
DIRECT: Final = "230890"
TEAM: Final = "T-1"

_OFF = (
    "01-01", "01-02", "02-16", "02-17", "02-18", "02-19", "02-20", "02-23", "04-06", "05-01", "05-04", "05-05", "06-19",
    "09-25", "10-01", "10-02", "10-05", "10-06", "10-07",
)  # fmt: skip
_WORKED = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
CALENDARS: Final = Calendars.of([(2026, [f"2026-{day}" for day in _OFF], [f"2026-{day}" for day in _WORKED])])
"""The published year 2026; no other is."""

MONDAY: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine o'clock in Asia/Shanghai on a working Monday."""

DIVISIONS: Final = {
    COUNTY: Division(id=COUNTY, name="桦南县", kind="county", parent=CITY, principal_pilot=True),
    DIRECT: Division(id=DIRECT, name="市直", kind="city_direct", parent=CITY, principal_pilot=False),
}


def school(id: str, branch: str, division: str = COUNTY, **other: Any) -> School:
    """A school, an independent primary school unless told otherwise."""
    plain: dict[str, Any] = {
        "code": f"code-{id}", "name": f"{id}学校", "level": "primary", "locality": "rural", "organised": "own",
        "party_members": 12, "teachers": 30,
    }  # fmt: skip
    return School(id=id, branch=branch, division=division, **plain | other)


def branch(id: str, *schools: str, parent: str | None = None) -> Branch:
    """A branch led by the first of the schools; a sub-branch, which covers none, if it has a parent."""
    return Branch(
        id=id, name=f"{id}党支部", kind="branch", form="independent", lead_school=schools[0], parent=parent,
        schools=() if parent else schools, members=20,
    )  # fmt: skip


SCHOOLS: Final = {
    "S1": school("S1", "B1"),
    "S2": school("S2", "B1", organised="affiliated", party_members=2),
    "S3": school("S3", "B3", DIRECT),
    "S9": school("S9", "B9"),
}
BRANCHES: Final = (branch("B1", "S1", "S2"), branch("B1-1", "S1", parent="B1"), branch("B3", "S3"), branch("B9", "S9"))

PEOPLE: Final[dict[str, tuple[str | None, tuple[tuple[str, str], ...]]]] = {
    "secretary": ("S1", ((roles.SECRETARY, "B1"),)),
    "deputy": ("S1", ((roles.DEPUTY_SECRETARY, "B1"),)),
    "cadre": ("S1", ((roles.CADRE, "S1"),)),
    "contact": ("S2", ((roles.CONTACT, "S2"),)),
    "teacher": ("S1", ()),
    "other teacher": ("S1", ()),
    "stranger": ("S9", ()),
    "other secretary": ("S9", ((roles.SECRETARY, "B9"),)),
    "other cadre": ("S9", ((roles.CADRE, "S9"),)),
    "direct secretary": ("S3", ((roles.SECRETARY, "B3"),)),
    "direct teacher": ("S3", ()),
    "leader": ("S9", ((roles.CADRE, "S9"), (roles.TEAM_LEADER, TEAM), (roles.TEAM_MEMBER, TEAM))),
    "member": ("S9", ((roles.TEAM_MEMBER, TEAM),)),
    "member two": ("S9", ((roles.TEAM_MEMBER, TEAM),)),
    "own member": ("S2", ((roles.TEAM_MEMBER, TEAM), (roles.TEAM_LEADER, TEAM))),
    "other leader": ("S9", ((roles.TEAM_LEADER, "T-2"),)),
    "liaison": (None, ((roles.LIAISON_LEADER, "B1"),)),
    "county": (None, ((roles.COUNTY_OFFICER, COUNTY),)),
    "county two": (None, ((roles.COUNTY_OFFICER, COUNTY),)),
    "other county": (None, ((roles.COUNTY_OFFICER, "230826"),)),
    "both": (None, ((roles.COUNTY_OFFICER, COUNTY), (roles.BUREAU_OFFICER, CITY))),
    "bureau": (None, ((roles.BUREAU_OFFICER, CITY),)),
    "bureau two": (None, ((roles.BUREAU_OFFICER, CITY),)),
    "bureau three": (None, ((roles.BUREAU_OFFICER, CITY),)),
    "organisation": (None, ((roles.ORGANISATION_DEPARTMENT, CITY),)),
    "tour": (None, ((roles.INSPECTION_TOUR_READER, CITY),)),
    "administrator": (None, ((roles.ADMINISTRATOR, CITY),)),
}
STAFF: Final = frozenset({"secretary", "deputy", "cadre", "contact", "teacher", "other teacher"})
DIRECT_STAFF: Final = frozenset({"direct secretary", "direct teacher"})


def place(id: str = "S1") -> Place:
    """A school of the city in its structure."""
    return place_of(SCHOOLS[id], BRANCHES, DIVISIONS[SCHOOLS[id].division], CITY)


def authority(who: str, at: Place | None = None, **other: Any) -> Authority:
    """Somebody's authority at a school, S1 unless told otherwise."""
    of, grants = PEOPLE[who]
    return authority_of(who, of, grants, at or place(), **other)


def item(code: str = "C1", **other: Any) -> Item:
    """A checklist item: yes or no about the school, major, to a deadline."""
    plain: dict[str, Any] = {
        "section": "“六有”阵地", "area": "“六有”阵地", "text": "有场所", "how": None, "costs": None, "type": "yes_no",
        "subject": "school", "weight": 3, "max": None, "pass_mark": None, "severity": "major", "mode": "deadline",
        "evidence": False, "indicator": None, "by": "person", "levels": (), "organised": (), "principal_pilot": None,
        "members_at_least": None, "had_previous_round": None, "records": "answer",
    }  # fmt: skip
    return Item(code=code, **plain | other)


def visit(state: str = "in_progress", at: str = "S1", **other: Any) -> Visit:
    """A visit of team T-1; a submitted one has its feedback."""
    feedback = Feedback(person="secretary", outcome="countersigned", remark=None, at="2026-03-02T01:00:00.000000Z")
    plain: dict[str, Any] = {
        "id": "V1", "school": at, "round": "R1", "team": TEAM, "kind": "regular", "checklist": "list@1",
        "day": "2026-03-02", "state": state, "answers": (), "highlights": (), "facts": None,
        "feedback": feedback if state == "submitted" else None, "score": None, "issues": (), "submitted_by": None,
        "submitted_at": None,
    }  # fmt: skip
    return Visit(**plain | other)
