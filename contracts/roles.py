"""Roles: a grant is (person, role, organisation). The names are those of the access tables and of the registry."""

from typing import Final

TEAM_MEMBER: Final = "team_member"
TEAM_LEADER: Final = "team_leader"
SECRETARY: Final = "secretary"
DEPUTY_SECRETARY: Final = "deputy_secretary"
CADRE: Final = "cadre"
CONTACT: Final = "contact"
LIAISON_LEADER: Final = "liaison_leader"
COUNTY_OFFICER: Final = "county_officer"
BUREAU_OFFICER: Final = "bureau_officer"
ORGANISATION_DEPARTMENT: Final = "organisation_department"
INSPECTION_TOUR_READER: Final = "inspection_tour_reader"
ADMINISTRATOR: Final = "administrator"

# What kind of organisation each role is granted at.
GRANTED_AT: Final[dict[str, str]] = {
    TEAM_MEMBER: "team",
    TEAM_LEADER: "team",
    SECRETARY: "branch",
    DEPUTY_SECRETARY: "branch",
    CADRE: "school",
    CONTACT: "school",
    LIAISON_LEADER: "branch",
    COUNTY_OFFICER: "division",
    BUREAU_OFFICER: "city",
    ORGANISATION_DEPARTMENT: "city",
    INSPECTION_TOUR_READER: "city",
    ADMINISTRATOR: "city",
}
ROLES: Final = tuple(GRANTED_AT)

# Whose holders belong to the school or branch that they are granted at, and so judge nothing there.
OF_A_SCHOOL: Final = frozenset({SECRETARY, DEPUTY_SECRETARY, CADRE, CONTACT})

CHINESE: Final[dict[str, str]] = {
    TEAM_MEMBER: "督导组成员",
    TEAM_LEADER: "督导组组长",
    SECRETARY: "书记",
    DEPUTY_SECRETARY: "副书记",
    CADRE: "党务干部",
    CONTACT: "教学点负责人",
    LIAISON_LEADER: "联系点领导",
    COUNTY_OFFICER: "县区教育局",
    BUREAU_OFFICER: "市教育局机关党委",
    ORGANISATION_DEPARTMENT: "组织部",
    INSPECTION_TOUR_READER: "巡察",
    ADMINISTRATOR: "管理员",
}
