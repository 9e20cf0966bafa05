"""What a person's grants amount to at one school."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.rules import NotAllowed, OwnSchool
from services.inspection.domain.rules_persons import DeputyActs
from services.inspection.domain.seat import Seat
from services.inspection.domain.wording import COMMANDS_ZH

OF_THE_SECRETARY: Final = frozenset(
    {
        "draft", "submit", "acknowledge", "object", "plan", "replan", "report", "ask_help", "ask_extension",
        "receive_card",
    }
)  # fmt: skip
"""Commands that a secretary may give, or whoever acts in their place."""


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

    `belongs`: the person belongs to the school or its branch. `secretary_away`: the deputy acts, `in_place_of` the
    secretary where one is away. `rests`: this secretary is away, and somebody else acts meanwhile.
    """

    person: str
    place: Place
    capacities: tuple[Actor, ...]
    belongs: bool
    secretary_away: bool = False
    in_place_of: str | None = None
    rests: bool = False

    def holding(self, role: str, *organisations: str | None) -> Actor | None:
        """The capacity of that role at the first of these organisations where it is held."""
        held = {c.organisation: c for c in self.capacities if c.role == role}
        return next((held[o] for o in organisations if o in held), None)

    def still(self, actor: Actor) -> Actor | None:
        """The capacity somebody acted in before, if it is this person's and not revoked."""
        return actor if replace(actor, acting_for=None) in self.capacities else None

    def county_officer(self) -> Actor | None:
        """Officer of the school's county; nobody for city-direct schools."""
        return None if self.place.city_direct else self.holding(roles.COUNTY_OFFICER, self.place.division)

    def bureau_officer(self) -> Actor | None:
        """Officer of the city bureau."""
        return self.holding(roles.BUREAU_OFFICER, self.place.city)

    def secretary(self) -> Actor | None:
        """Secretary of the school's branch, or the deputy while the secretary is away: never both."""
        own = self.holding(roles.SECRETARY, self.place.branch)
        if own is not None:
            return None if self.rests else own
        return self.deputy() if self.secretary_away else None

    def deputy(self) -> Actor | None:
        """Deputy secretary of the school's branch; acting, in the place of whoever is away."""
        held = self.holding(roles.DEPUTY_SECRETARY, self.place.branch)
        return replace(held, acting_for=self.in_place_of) if held and self.secretary_away else held

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
        if self.rests and command in OF_THE_SECRETARY:
            raise DeputyActs
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


def seated(authority: Authority, seat: Seat) -> Authority:
    """The same authority, knowing who acts as secretary of the place's branch now."""
    acts = authority.person in seat.acting
    return replace(
        authority,
        secretary_away=seat.by_deputy and acts,
        in_place_of=seat.in_place_of,
        rests=not acts and authority.holding(roles.SECRETARY, authority.place.branch) is not None,
    )
