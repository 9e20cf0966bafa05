"""Cities to plan a round of: the demonstration's, with its distances, and one of any size that is laid out like it."""

from dataclasses import replace
from math import hypot
from random import Random
from typing import Final

import msgspec

from dudao.city import read_calendars, read_city
from dudao.city.files import DATA
from services.inspection.domain.planning_request import Cadre, PlanRequest
from services.inspection.domain.planning_terms import DEFAULT_PLANNING, Distance, PlanningTerms
from services.inspection.domain.registry import School
from services.inspection.domain.round import NewRound, opened
from services.inspection.domain.workdays import Calendars

ROUND: Final = opened(
    NewRound(
        id="2026-2", year=2026, ordinal=2, title="第二轮", starts="2026-03-02", ends="2026-06-30", checklist="small@1"
    )
)
DEMONSTRATION: Final = 231
_A_DIVISION: Final = 40
_WIDE_KM: Final = 320
_DETOUR: Final = 1.3
_LEVELS: Final = ("high", "junior", "primary", "primary", "primary", "vocational")


def city_of(schools: int) -> tuple[tuple[School, ...], PlanningTerms]:
    """Schools and distances; with 231 the demonstration's own."""
    return _demonstration() if schools == DEMONSTRATION else _invented(schools)


def request_for(schools: tuple[School, ...], team_size: int, seed: int = 1) -> PlanRequest:
    """Every school seconds one cadre; nobody was anywhere before."""
    years = read_calendars()
    return PlanRequest(
        round=ROUND,
        schools=schools,
        cadres=tuple(Cadre(person=f"P-cadre-{one.id}", school=one.id) for one in schools),
        team_size=team_size,
        seed=seed,
        previous=frozenset(),
        calendars=Calendars.of((year.year, year.days_off, year.days_worked) for year in years),
    )


def _demonstration() -> tuple[tuple[School, ...], PlanningTerms]:
    city = read_city(DATA / "jiamusi")
    schools = tuple(msgspec.convert(msgspec.to_builtins(one), School) for one in city.schools)
    known = tuple(Distance(start=row.start, end=row.end, km=row.km) for row in city.distances)
    return schools, replace(DEFAULT_PLANNING, distances=known)


def _invented(number: int) -> tuple[tuple[School, ...], PlanningTerms]:
    lot = Random(number)
    divisions = [f"D{n:03d}" for n in range(max(3, number // _A_DIVISION))]
    at = {one: (lot.random() * _WIDE_KM, lot.random() * _WIDE_KM) for one in divisions}
    known = tuple(
        Distance(start=a, end=b, km=5 + round(_DETOUR * hypot(at[a][0] - at[b][0], at[a][1] - at[b][1])))
        for n, a in enumerate(divisions)
        for b in divisions[n + 1 :]
    )
    schools = tuple(
        School(
            id=f"S{n:05d}", code=f"C{n:05d}", name=f"第{n}学校", division=divisions[n % len(divisions)],
            level=_LEVELS[n % len(_LEVELS)], locality="urban", organised="own", branch=f"B{n:05d}", party_members=20,
            teachers=60,
        )
        for n in range(number)
    )  # fmt: skip
    return schools, replace(DEFAULT_PLANNING, distances=known)
