"""Who acts, and in which capacity. The role names are those of grants."""

from dataclasses import dataclass
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
RESPONSIBLE: Final = "responsible_person"
"""Not a grant: it follows from a responsibility in force."""

GRANTED_AT: Final = {
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
"""What kind of organisation each role is granted at."""

OF_A_SCHOOL: Final = frozenset({SECRETARY, DEPUTY_SECRETARY, CADRE, CONTACT})
"""Roles whose holders belong to the school or branch they are granted at."""

OFFICERS: Final = frozenset({COUNTY_OFFICER, BUREAU_OFFICER})
"""Roles whose holders act for a body above the schools."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A person in one capacity: `role` at `organisation`; a deputy `acting_for` a secretary who is away."""

    person: str
    role: str
    organisation: str
    acting_for: str | None = None

    @property
    def named(self) -> frozenset[str]:
        """Everybody whose work this is: who did it, and in whose place."""
        return frozenset({self.person} | ({self.acting_for} if self.acting_for else set()))
