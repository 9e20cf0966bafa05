"""What a person's grants amount to at one school."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.rules import NotAllowed, OwnSchool
from services.inspection.domain.wording import COMMANDS_ZH


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A school within the structure of today.

    `covered` are the schools of its branch, itself included; `family` is the branch, its sub-branches and `covered`.
    """

    school: str
    branch: str
    covered: frozenset[str]
    family: frozenset[str]
    division: str
    city: str
    city_direct: bool

    @property
    def county(self) -> str:
        """The body that acts as the county: for city-direct schools 市直 the bureau."""
        return self.city if self.city_direct else self.division


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """The capacities of one person (grants in force, any organisation) seen from one place.

    `belongs`: the person belongs to the school or its branch. `secretary_away`: the deputy acts for the secretary.
    """

    person: str
    place: Place
    capacities: tuple[Actor, ...]
    belongs: bool
    secretary_away: bool = False

    def holding(self, role: str, *organisations: str | None) -> Actor | None:
        """The capacity of that role at the first of these organisations where it is held."""
        held = {c.organisation: c for c in self.capacities if c.role == role}
        return next((held[o] for o in organisations if o in held), None)

    def still(self, actor: Actor) -> Actor | None:
        """The capacity somebody acted in before, if it is this person's and not revoked."""
        return actor if actor in self.capacities else None

    def county_officer(self) -> Actor | None:
        """Officer of the school's county; nobody for city-direct schools."""
        return None if self.place.city_direct else self.holding(roles.COUNTY_OFFICER, self.place.division)

    def bureau_officer(self) -> Actor | None:
        """Officer of the city bureau."""
        return self.holding(roles.BUREAU_OFFICER, self.place.city)

    def secretary(self) -> Actor | None:
        """Secretary of the school's branch, or the deputy while the secretary is away."""
        return self.holding(roles.SECRETARY, self.place.branch) or (self.deputy() if self.secretary_away else None)

    def deputy(self) -> Actor | None:
        """Deputy secretary of the school's branch."""
        return self.holding(roles.DEPUTY_SECRETARY, self.place.branch)

    def cadre(self) -> Actor | None:
        """Party-affairs cadre of the school, or of another school of its branch."""
        return self.holding(roles.CADRE, self.place.school, *sorted(self.place.family))

    def liaison_leader(self) -> Actor | None:
        """Leader linked to the school's branch."""
        return self.holding(roles.LIAISON_LEADER, self.place.branch)

    def team_leader(self, team: str | None) -> Actor | None:
        """Leader of that team."""
        return self.holding(roles.TEAM_LEADER, team)

    def team_member(self, team: str | None) -> Actor | None:
        """Member of that team."""
        return self.holding(roles.TEAM_MEMBER, team)

    def within(self, command: str, who: tuple[str, str], *candidates: Actor | None) -> Actor:
        """The first capacity that is held, else the refusal: only `who` (Chinese, English) may."""
        for candidate in candidates:
            if candidate is not None:
                return candidate
        raise NotAllowed(who_zh=who[0], who_en=who[1], command_zh=COMMANDS_ZH[command], command_en=command)

    def above(self, command: str, who: tuple[str, str], *candidates: Actor | None) -> Actor:
        """Like `within`, for acts of supervision: who belongs to the school may not."""
        found = self.within(command, who, *candidates)
        if self.belongs:
            raise OwnSchool
        return found


def authority_of(
    person: str, school: str | None, grants: Iterable[tuple[str, str]], place: Place, secretary_away: bool = False
) -> Authority:
    """Authority of a person (of `school`, if of any) with these (role, organisation) grants in force."""
    capacities = tuple(Actor(person=person, role=role, organisation=at) for role, at in grants)
    of_the_school = any(c.role in roles.OF_A_SCHOOL and c.organisation in place.family for c in capacities)
    return Authority(
        person=person,
        place=place,
        capacities=capacities,
        belongs=of_the_school or school in place.family,
        secretary_away=secretary_away,
    )
