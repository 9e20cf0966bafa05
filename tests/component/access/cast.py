"""Who calls: one person a role at S25 and its branch, division and team, one elsewhere, and those who hold nothing."""

from typing import Any, Final

from contracts import roles
from tests import small_city

Entry = dict[str, Any]

# S25 is covered by the branch of S1, in county 230803; S3 has a branch of its own, in county 230805.
SCHOOL: Final = "S25"
BRANCH: Final = "B1"
DIVISION: Final = "230803"
OTHER_SCHOOL: Final = "S3"
OTHER_BRANCH: Final = "B3"
OTHER_DIVISION: Final = "230805"

SECRETARY: Final = "P-secretary-B1"
DEPUTY: Final = "P-own-deputy"
CADRE: Final = "P-own-cadre"
RESPONSIBLE: Final = "P-own-responsible"
CONTACT: Final = "P-contact-S25"
LIAISON: Final = "P-own-liaison"
LEADER: Final = "P-own-leader"
MEMBER: Final = "P-own-member"
COUNTY: Final = "P-county-230803-1"
BUREAU: Final = small_city.BUREAU[0]
SECOND_BUREAU: Final = small_city.BUREAU[1]
DEPARTMENT: Final = "P-organisation"
TOUR: Final = "P-tour"
ADMIN: Final = small_city.ADMIN
OTHER_SECRETARY: Final = "P-secretary-B3"
OTHER_CADRE: Final = "P-other-cadre"
OTHER_LEADER: Final = "P-other-leader"
OTHER_COUNTY: Final = "P-county-230805-1"
NOBODY: Final = "P-nobody"
REVOKED: Final = "P-revoked"
STRANGER: Final = "P-stranger"
SUB_SECRETARY: Final = "P-sub-secretary"
LOCAL_COUNTY: Final = "P-county-of-the-school"
SUB_BRANCH: Final = "B1-1"

# The columns of every table, in this order.
OWN: Final = (
    MEMBER, LEADER, SECRETARY, DEPUTY, CADRE, RESPONSIBLE, CONTACT, LIAISON, COUNTY, BUREAU, DEPARTMENT, TOUR, ADMIN,
)  # fmt: skip
OTHER: Final = (
    "P-other-member", OTHER_LEADER, OTHER_SECRETARY, "P-other-deputy", OTHER_CADRE, "P-other-responsible",
    "P-other-contact", "P-other-liaison", OTHER_COUNTY,
)  # fmt: skip
OUTSIDE: Final = (NOBODY, STRANGER, REVOKED)
EVERYBODY: Final = (*OWN, *OTHER, *OUTSIDE)


def _grants(team: str, other_team: str) -> list[tuple[str, str, str]]:
    """(person, role, organisation) beyond those of the small city: everybody but the leaders of teams has one role."""
    return [
        (MEMBER, roles.TEAM_MEMBER, team),
        (LEADER, roles.TEAM_LEADER, team),
        (DEPUTY, roles.DEPUTY_SECRETARY, BRANCH),
        (CADRE, roles.CADRE, SCHOOL),
        (LIAISON, roles.LIAISON_LEADER, BRANCH),
        ("P-other-member", roles.TEAM_MEMBER, other_team),
        (OTHER_LEADER, roles.TEAM_LEADER, other_team),
        ("P-other-deputy", roles.DEPUTY_SECRETARY, OTHER_BRANCH),
        (OTHER_CADRE, roles.CADRE, OTHER_SCHOOL),
        ("P-other-contact", roles.CONTACT, OTHER_SCHOOL),
        ("P-other-liaison", roles.LIAISON_LEADER, OTHER_BRANCH),
        (REVOKED, roles.SECRETARY, BRANCH),
        (SUB_SECRETARY, roles.SECRETARY, SUB_BRANCH),
        (LOCAL_COUNTY, roles.COUNTY_OFFICER, DIVISION),
    ]


def joining(team: str, other_team: str) -> dict[str, list[Entry]]:
    """An import: the people of this cast, who belong to no school but the responsible ones and the local officer."""
    granted = _grants(team, other_team)
    schools = {RESPONSIBLE: SCHOOL, "P-other-responsible": OTHER_SCHOOL, LOCAL_COUNTY: SCHOOL}
    named = (*dict.fromkeys(person for person, _, _ in granted), *list(schools)[:2], NOBODY)
    people = [{"id": p, "name": f"姓名{p}", "post": "职务", "school": schools.get(p)} for p in named]
    grants = [
        {"id": f"G-of-{person}", "person": person, "role": role, "organisation": organisation}
        for person, role, organisation in granted
    ]
    below = {
        "id": SUB_BRANCH, "name": "第一党小组", "kind": "branch", "form": "independent", "lead_school": "S1",
        "parent": BRANCH, "schools": [], "members": 5,
    }  # fmt: skip
    return {"branches": [below], "people": people, "grants": grants}
