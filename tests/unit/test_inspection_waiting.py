"""What an issue is kept under leads to everybody for whom it waits, by their soonest day."""

from itertools import product
from typing import Any

import msgspec
import pytest

from contracts import roles
from services.inspection.application.next_acts import Next, Spot, next_acts
from services.inspection.application.sought import RULE, sought_by
from services.inspection.application.waiting import NEVER
from services.inspection.domain.issue import Issue
from tests.unit.inspection_city import CITY
from tests.unit.inspection_scene import STEPS, WAYS, Scene

MORE = {
    **{state: () for state in WAYS},
    "card on acknowledged": ("card",),
    "extension on planned": ("ask extension",),
}
BEGINS = {"card on acknowledged": "acknowledged", "extension on planned": "planned"}


def scenes() -> list[tuple[str, str, str, str]]:
    return [
        (way, severity, mode, at)
        for way, severity, mode, at in product(
            MORE, ("minor", "major", "critical"), ("deadline", "standing"), ("S1", "S3")
        )
        # A standing issue is never closed by the first check, nor is its deadline extended.
        if not (mode == "standing" and (way in ("closed", "finally closed", "checked") or way.startswith("extension")))
        and not (severity != "critical" and way in ("checked", "finally closed"))
        and not (severity == "critical" and way == "closed")
    ]


def played(way: str, severity: Any, mode: Any, at: str) -> Scene:
    scene = Scene(severity=severity, mode=mode, at=at).until(BEGINS.get(way, way))
    for step in MORE[way]:
        STEPS[step](scene)
    return scene


def spot_of(scene: Scene) -> Spot:
    place = scene.place
    return Spot(place.branch, None if place.city_direct else place.division, place.city)


def kinds(act: Next, spot: Spot) -> set[str]:
    """Every kind under which whoever must act looks."""
    if act.person is not None:
        return {"named"}
    mine = {roles.SECRETARY: {"school"}, roles.TEAM_LEADER: {"team"}, roles.BUREAU_OFFICER: {"bureau", "named"}}
    if act.role == roles.BUREAU_OFFICER and spot.county is None:
        return {"bureau", "named", "office"}
    return mine.get(act.role or "", {"named", "office"} if act.organisation == spot.county else {"named"})


def found_under(sought: dict[str, Any], act: Next, spot: Spot) -> list[str]:
    days = sought.get("waits", {})
    name = act.person or act.organisation
    return [days[k] for k in kinds(act, spot) if k in days and (k != "named" or name in sought["who"])]


@pytest.mark.parametrize(("way", "severity", "mode", "at"), scenes())
def test_every_act_is_found_by_who_must_do_it_not_later_than_it_is_due(
    way: str, severity: str, mode: str, at: str
) -> None:
    scene = played(way, severity, mode, at)
    sought, spot = kept(scene.issue), spot_of(scene)
    for act in next_acts(scene.issue, spot):
        days = found_under(sought, act, spot)
        assert days, (act.what, sought)
        assert min(days) <= (act.due.day if act.due else NEVER)


def kept(issue: Issue) -> dict[str, Any]:
    return sought_by("issue", issue, msgspec.to_builtins(issue))


@pytest.mark.parametrize("way", ["closed", "withdrawn", "merged"])
def test_what_has_ended_waits_for_nobody(way: str) -> None:
    sought = kept(played(way, "major", "deadline", "S1").issue)
    assert "waits" not in sought
    assert "who" not in sought
    assert sought["rule"] == RULE


def test_a_card_outlives_nothing_but_is_waited_for_by_school_and_bureau() -> None:
    sought = kept(played("card on acknowledged", "major", "deadline", "S1").issue)
    assert sought["waits"]["bureau"] == "2026-06-30"
    assert "school" in sought["waits"]


def test_nothing_of_todays_structure_is_kept_with_an_issue() -> None:
    sought = kept(played("reported", "major", "deadline", "S1").issue)
    assert sought["waits"].keys() == {"office"}
    assert CITY not in str({name: value for name, value in sought.items() if name != "grams"})
