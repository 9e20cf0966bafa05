"""Who acts for whom: the city, its people and the teams of the round, looked up by school."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts import roles
from contracts.registry import Checklist, Team
from dudao.city import Cast, City
from dudao.demo.answers import Seen, seen_by_school


@dataclass(frozen=True, slots=True)
class SchoolPeople:
    """The people of one school; `contact` is there where the school has no secretary of its own."""

    secretary: str
    cadre: str
    contact: str | None

    @property
    def host(self) -> str:
        """Who receives a team on site and answers for the school's side of the feedback."""
        return self.contact or self.secretary


class World:
    """The city as the people in it know it."""

    def __init__(self, city: City, cast: Cast, checklist: Checklist) -> None:
        self.city = city
        self.cast = cast
        self.checklist = checklist
        self.seen: Mapping[str, Seen] = seen_by_school(city)
        self._held: dict[tuple[str, str], list[str]] = {}
        for grant in cast.grants:
            self._held.setdefault((grant.role, grant.organisation), []).append(grant.person)
        self.direct = {division.id for division in city.divisions if division.kind == "city_direct"}
        self.seat = next(division.id for division in city.divisions if division.kind == "city")

    def people_of(self, school: str) -> SchoolPeople:
        """Secretary, cadre and contact of a school."""
        contacts = self._held.get((roles.CONTACT, school), [None])
        (secretary,) = self._held[roles.SECRETARY, self.seen[school].branch.id]
        return SchoolPeople(secretary, self._held[roles.CADRE, school][0], contacts[0])

    @property
    def bureau(self) -> list[str]:
        """The bureau's officers."""
        return self._held[roles.BUREAU_OFFICER, self.seat]

    @property
    def administrator(self) -> str:
        """The one administrator."""
        return self._held[roles.ADMINISTRATOR, self.seat][0]

    def county_officers(self, school: str) -> list[str]:
        """Officers who act as the county: for city-direct schools 市直 the bureau's."""
        division = self.seen[school].school.division
        return self.bureau if division in self.direct else self._held[roles.COUNTY_OFFICER, division]


@dataclass(frozen=True, slots=True)
class Assignment:
    """One planned visit, with the team that makes it."""

    visit: str
    school: str
    team: Team
