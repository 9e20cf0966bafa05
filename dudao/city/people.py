"""The people of the demonstration city: always the same ones, and none that could be taken for a real person."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts import roles
from contracts.registry import Branch, Division, Grant, Person, School
from dudao.city.files import City

BUREAU_OFFICERS: Final = 4
COUNTY_OFFICERS: Final = 2
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾"
_DIGITS: Final = "〇一二三四五六七八九"
_NO_OFFICERS: Final = frozenset({"city", "city_direct"})


@dataclass(frozen=True, slots=True)
class Part:
    """A part in the play: who somebody is, before a person is made for it."""

    role: str
    organisation: str
    post: str
    school: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody there is, with one grant each; the n-th grant is the n-th person's."""

    people: tuple[Person, ...]
    grants: tuple[Grant, ...]
    usernames: Mapping[str, str]

    def holding(self, role: str, organisation: str | None = None) -> tuple[Person, ...]:
        """The people granted a role, at one organisation or anywhere, in the order they were made."""
        pairs = zip(self.people, self.grants, strict=True)
        return tuple(p for p, g in pairs if g.role == role and organisation in {None, g.organisation})

    def role_of(self, person: str) -> Grant:
        """The grant that somebody was made for; raises `KeyError`."""
        for grant in self.grants:
            if grant.person == person:
                return grant
        raise KeyError(person)


def cast_people(city: City) -> Cast:
    """One person for every part: cadres, secretaries, deputies, contacts, officers, leaders, the administrator."""
    parts = [*_city_parts(city), *_county_parts(city), *_branch_parts(city), *_school_parts(city)]
    people = tuple(_person(number, part) for number, part in enumerate(parts, start=1))
    grants = tuple(
        Grant(id=f"G-{number:04}", person=person.id, role=part.role, organisation=part.organisation)
        for number, (person, part) in enumerate(zip(people, parts, strict=True), start=1)
    )
    seats = {division.id for division in city.divisions if division.kind == "city"}
    return Cast(people, grants, dict(_usernames(grants, seats)))


def _usernames(grants: Iterable[Grant], seats: Container[str]) -> Iterator[tuple[str, str]]:
    """Accounts are called after the part: `secretary-b001`, at the city `administrator`; later ones are numbered."""
    seen: Counter[str] = Counter()
    for grant in grants:
        at = "" if grant.organisation in seats else f"-{grant.organisation}"
        part = f"{grant.role}{at}".lower().replace("_", "-")
        seen[part] += 1
        yield grant.person, part if seen[part] == 1 else f"{part}-{seen[part]}"


def invented_name(number: int) -> str:
    """A surname, 某 and the number: what Chinese papers write where a person is not to be recognised."""
    digits = "".join(_DIGITS[int(digit)] for digit in f"{number:03}")
    return f"{_SURNAMES[number % len(_SURNAMES)]}某{digits}"


def _person(number: int, part: Part) -> Person:
    return Person(id=f"P-{number:04}", name=invented_name(number), post=part.post, school=part.school)


def _city_parts(city: City) -> Iterator[Part]:
    seat = next(division for division in city.divisions if division.kind == "city")
    yield Part(roles.ADMINISTRATOR, seat.id, "系统管理员", None)
    for _ in range(BUREAU_OFFICERS):
        yield Part(roles.BUREAU_OFFICER, seat.id, "市教育局机关党委干部", None)
    yield Part(roles.ORGANISATION_DEPARTMENT, seat.id, "市委组织部干部", None)
    yield Part(roles.INSPECTION_TOUR_READER, seat.id, "巡察机构干部", None)


def _county_parts(city: City) -> Iterator[Part]:
    for division in city.divisions:
        if division.kind not in _NO_OFFICERS:
            for _ in range(COUNTY_OFFICERS):
                yield Part(roles.COUNTY_OFFICER, division.id, f"{division.name}教育局干部", None)
        if division.kind != "city":
            yield _liaison(city, division)


def _liaison(city: City, division: Division) -> Part:
    """Each division's first branch is the contact point 联系点 of one leader."""
    home = {school.id: school.division for school in city.schools}
    branch = next(branch for branch in city.root_branches if home[branch.lead_school] == division.id)
    return Part(roles.LIAISON_LEADER, branch.id, f"{division.name}联系点领导", None)


def _branch_parts(city: City) -> Iterator[Part]:
    for branch in city.root_branches:
        yield Part(roles.SECRETARY, branch.id, "党组织书记", branch.lead_school)
        if _has_deputy(branch):
            yield Part(roles.DEPUTY_SECRETARY, branch.id, "党组织副书记", branch.lead_school)


def _has_deputy(branch: Branch) -> bool:
    return branch.kind != "branch"


def _school_parts(city: City) -> Iterator[Part]:
    for school in city.schools:
        yield Part(roles.CADRE, school.id, "党务干部", school.id)
        if _needs_contact(school):
            yield Part(roles.CONTACT, school.id, "教学点负责人", school.id)


def _needs_contact(school: School) -> bool:
    return school.organised != "own"
