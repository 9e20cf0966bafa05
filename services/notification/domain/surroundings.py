"""The structure around one school at one moment: its branch, division and team, and who held which role there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

TEAM_LEADER: Final = "team_leader"
SECRETARY: Final = "secretary"
DEPUTY_SECRETARY: Final = "deputy_secretary"
CONTACT: Final = "contact"
COUNTY_OFFICER: Final = "county_officer"
BUREAU_OFFICER: Final = "bureau_officer"
LIAISON_LEADER: Final = "liaison_leader"

CADRE: Final = "cadre"
OF_A_SCHOOL: Final = frozenset({SECRETARY, DEPUTY_SECRETARY, CADRE, CONTACT})
"""Roles whose holders belong to the school or branch they are granted at; a linked leader does not."""
SEATED: Final = frozenset({SECRETARY, DEPUTY_SECRETARY})
"""Roles whose holders' absences count."""


@dataclass(frozen=True, slots=True, order=True)
class Holding:
    """A person held a role at an organisation."""

    organisation: str
    role: str
    person: str


@dataclass(frozen=True, slots=True, order=True)
class Away:
    """A person is away 外出 from one day to another, both included (`YYYY-MM-DD`, Asia/Shanghai)."""

    person: str
    starts: str
    ends: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One school's structure as of one registry sequence number.

    `branches` are the school's branch and the branches above it, nearest first; `covered` whether the branch is led by
    another school; `team` the visiting team, where one is concerned; `members` whoever belongs to a school that the
    branch covers, or to a group below it; `absences` those of its holders that were not ended, and `day` the one on
    which they are asked for: without one nobody is away.
    """

    school: str
    school_name: str
    covered: bool
    branches: tuple[str, ...]
    division: str
    city: str
    city_direct: bool
    team: str | None
    holdings: frozenset[Holding]
    members: frozenset[str] = frozenset()
    absences: frozenset[Away] = frozenset()
    day: str = ""

    def on(self, day: str) -> "Surroundings":
        """The same on that day."""
        return replace(self, day=day) if self.absences else self

    @property
    def away(self) -> frozenset[str]:
        """Who is away on the day."""
        return frozenset(one.person for one in self.absences if one.starts <= self.day <= one.ends)

    def holders(self, role: str, organisation: str) -> tuple[str, ...]:
        """Persons who held the role at the organisation, sorted."""
        found = {h.person for h in self.holdings if h.role == role and h.organisation == organisation}
        return tuple(sorted(found))

    def secretaries(self) -> tuple[str, ...]:
        """Who answers for the school: the secretary of the nearest branch that has one, or where none has, a deputy.

        While no secretary there is at work, the deputies who are, too: they act meanwhile.
        """
        seated = self._nearest(SECRETARY)
        if set(seated) - self.away:
            return seated
        deputies = self._nearest(DEPUTY_SECRETARY)
        present = tuple(person for person in deputies if person not in self.away)
        return tuple(sorted({*seated, *present})) or deputies

    def contacts(self) -> tuple[str, ...]:
        """The contact 教学点负责人 of a school covered by another school's branch."""
        return self.holders(CONTACT, self.school) if self.covered else ()

    def leaders(self) -> tuple[str, ...]:
        """Whoever leads the team, if one is concerned."""
        return self.holders(TEAM_LEADER, self.team) if self.team else ()

    def county_officers(self) -> tuple[str, ...]:
        """The division's officers; the bureau's act where the division has none, as 市直 never has."""
        county = () if self.city_direct else self.holders(COUNTY_OFFICER, self.division)
        return county or self.bureau_officers()

    def bureau_officers(self) -> tuple[str, ...]:
        """The officers of the city's bureau."""
        return self.holders(BUREAU_OFFICER, self.city)

    def officers(self, body: str | None) -> tuple[str, ...]:
        """The officers of a body: the bureau's, or a county's own; of none those who act as the county here."""
        if body is None:
            return self.county_officers()
        if body == self.city:
            return self.bureau_officers()
        return self.holders(COUNTY_OFFICER, body)

    def knowing(self, others: Iterable[Holding]) -> "Surroundings":
        """The same, knowing besides who held what elsewhere."""
        return replace(self, holdings=self.holdings | frozenset(others))

    def insiders(self) -> frozenset[str]:
        """Who belongs to the school or its branch, by home or by a role there: nobody judges own work."""
        own = {self.school, *self.branches}
        return self.members | {h.person for h in self.holdings if h.organisation in own and h.role in OF_A_SCHOOL}

    def _nearest(self, role: str) -> tuple[str, ...]:
        return _first(self.holders(role, branch) for branch in self.branches)


def _first(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return next((group for group in groups if group), ())
