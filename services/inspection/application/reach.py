"""What a caller may see: derived from grants and today's structure, and put into every query."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from contracts import roles
from services.inspection.domain.registry import Grant

SCHOOL_ROLES = frozenset({roles.SECRETARY, roles.DEPUTY_SECRETARY, roles.CADRE, roles.CONTACT, roles.LIAISON_LEADER})
OFFICER_ROLES = frozenset({roles.COUNTY_OFFICER, roles.BUREAU_OFFICER})
CITY_READERS = frozenset({roles.BUREAU_OFFICER, roles.ORGANISATION_DEPARTMENT})
# Who must act on an entry of an inspection tour, beside those named in it.
TOUR_ROLES = frozenset(
    {
        roles.SECRETARY,
        roles.DEPUTY_SECRETARY,
        roles.COUNTY_OFFICER,
        roles.BUREAU_OFFICER,
        roles.INSPECTION_TOUR_READER,
    }
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Schools, teams and own entries that a person may read.

    `schools` are read as an officer or reader, `own_schools` as a member of the school (what was submitted, and what it
    listed itself); `capacities` are the (role, organisation) in which own drafts are still own; `home` is the person's
    school, if any; `staff_at` are the schools that they belong to, by home or by role: there they may be responsible;
    `tour_schools` are those whose inspection-tour entries exist for this person; `None` means every school.
    """

    person: str
    home: str | None
    staff_at: frozenset[str]
    capacities: frozenset[tuple[str, str]]
    schools: frozenset[str] | None
    own_schools: frozenset[str]
    teams: frozenset[str]
    tour_schools: frozenset[str] | None
    tour_reader: bool

    @property
    def offices(self) -> frozenset[str]:
        """Bodies that the person is an officer of."""
        return frozenset(organisation for role, organisation in self.capacities if role in OFFICER_ROLES)

    def covers(self, school: str) -> bool:
        """Whether the person has to do with this school, other than through a team."""
        return self.schools is None or school == self.home or school in self.schools | self.own_schools

    def on_one_side(self, other: "Reach", school: str) -> bool:
        """Whether both work for the same side at this school: its own people, one team, or the offices above it."""
        own = school in self._worked_at() and school in other._worked_at()
        above = all(one.schools is None or school in one.schools for one in (self, other))
        return own or above or bool(self.teams & other.teams)

    def _worked_at(self) -> frozenset[str]:
        # What a linked leader brings along is not the school's before it is submitted.
        linked = any(role == roles.LIAISON_LEADER for role, _ in self.capacities)
        return frozenset() if linked else self.own_schools | ({self.home} if self.home else set())


class Structure(Protocol):
    """Which schools an organisation covers today."""

    async def schools_of(self, organisation: str) -> frozenset[str]:
        """Schools of a division, those that a branch covers, or a school itself; empty for a team."""
        ...


async def _schools(structure: Structure, grants: Iterable[Grant]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for organisation in {grant.organisation for grant in grants}:
        found |= await structure.schools_of(organisation)
    return found


async def reach_of(
    person: str, home: str | None, grants: list[Grant], structure: Structure, staff_at: frozenset[str] = frozenset()
) -> Reach:
    """Deny by default: what no grant opens stays shut."""
    held = {grant.role for grant in grants}
    city = bool(held & CITY_READERS)
    tour_city = bool(held & {roles.BUREAU_OFFICER, roles.INSPECTION_TOUR_READER})
    officer = [grant for grant in grants if grant.role == roles.COUNTY_OFFICER]
    school = [grant for grant in grants if grant.role in SCHOOL_ROLES]
    tour = [grant for grant in grants if grant.role in TOUR_ROLES]
    own = await _schools(structure, school)
    return Reach(
        person=person,
        home=home,
        staff_at=staff_at | own,
        capacities=frozenset((grant.role, grant.organisation) for grant in grants),
        schools=None if city else await _schools(structure, officer),
        own_schools=own,
        teams=frozenset(g.organisation for g in grants if g.role in {roles.TEAM_LEADER, roles.TEAM_MEMBER}),
        tour_schools=None if tour_city else await _schools(structure, tour),
        tour_reader=roles.INSPECTION_TOUR_READER in held,
    )
