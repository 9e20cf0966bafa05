"""减负: how often a school is visited and asked for material in a school term 学期, and how often it may be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.inspection.domain.rules_beside import BurdenCap, BurdenCapPlanned, NotATerm
from services.inspection.domain.rules_material import MaterialCap

_NAME: Final = re.compile(r"(\d{4})-(spring|autumn)")
_FEBRUARY: Final = 2
_AUGUST: Final = 8
_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class SchoolTerm:
    """春季 from 1 February to 31 July, 秋季 from 1 August to 31 January; both days are included."""

    name: str
    starts: str
    ends: str


def term_of(day: date) -> SchoolTerm:
    """The school term that a day lies in; January is of the autumn before."""
    if _FEBRUARY <= day.month < _AUGUST:
        return SchoolTerm(f"{day.year}-spring", f"{day.year}-02-01", f"{day.year}-07-31")
    year = day.year - (day.month < _FEBRUARY)
    return SchoolTerm(f"{year}-autumn", f"{year}-08-01", f"{year + 1}-01-31")


def term_named(name: str) -> SchoolTerm:
    """The school term of a name as `2026-autumn`; raises `NotATerm`."""
    found = _NAME.fullmatch(name)
    if found is None or not date.min.year < int(found[1]) < date.max.year:
        raise NotATerm(text=name[:20])
    return term_of(date(int(found[1]), _FEBRUARY if found[2] == "spring" else _AUGUST, 1))


def require_light(visits: int, cap: int, reason: str | None) -> None:
    """Raises `BurdenCap` where the school has had its visits of the term, and nobody says why there must be another."""
    if visits >= cap and reason is None:
        raise BurdenCap(visits=visits, cap=cap)


def require_light_plan(heavy: Sequence[tuple[str, str]], cap: int, reason: str | None) -> None:
    """Raises `BurdenCapPlanned` where a plan takes schools (id, name) beyond the cap, and nobody says why it must."""
    if heavy and reason is None:
        names = "、".join(name for _, name in heavy[:_NAMED]) + ("…" if len(heavy) > _NAMED else "")
        schools = [id for id, _ in heavy]
        raise BurdenCapPlanned(cap=cap, count=len(heavy), names=names, schools=schools)


def require_room(asked: int, cap: int, *, lifts: bool) -> None:
    """Raises `MaterialCap` where the school was asked for material as often as it may be, and nobody lifts the cap."""
    if asked >= cap and not lifts:
        raise MaterialCap(asked=asked, cap=cap)
