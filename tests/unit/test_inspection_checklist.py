"""Checklists: what may be published, and what is asked where."""

from dataclasses import replace
from typing import Any

import pytest

from services.inspection.domain.checklist import Checklist, Item, applies, published
from services.inspection.domain.registry import facts_of
from services.inspection.domain.rules_visit import BadChecklist
from tests.unit.inspection_city import DIVISIONS, SCHOOLS, item, school


def a_list(*items: Item, **other: Any) -> Checklist:
    plain: dict[str, Any] = {"id": "list@1", "name": "list", "version": 1, "title": "督导清单"}
    return Checklist(items=items, **plain | other)


def test_a_sound_checklist_is_published_as_it_is() -> None:
    sound = a_list(
        item("C1"),
        item("C2", type="score", max=9, pass_mark=6),
        item("C3", type="score", max=1, pass_mark=None),
        item("C8", type="count", weight=0, indicator="activity_room", severity=None, mode=None),
        item("G1", by="system", indicator="last_round_on_time"),
        item("H2", type="text", weight=0, records="finding"),
    )
    assert published(sound) is sound
    assert sound.item("C2") == sound.items[1]
    assert sound.item("X") is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (a_list(item("C1"), item("C1")), "C1"),
        (a_list(item("C1"), version=2), "name@version"),
        (a_list(item("C1"), id="list@0", version=0), "name@version"),
        (a_list(), "weight"),
        (a_list(item("C1", weight=0)), "weight"),
        (a_list(item("C1"), item("C2", weight=-1)), "C2"),
        (a_list(item("C1"), item("C8", type="count", weight=3)), "C8"),
        (a_list(item("C1"), item("C2", type="score", max=None)), "C2"),
        (a_list(item("C1"), item("C2", type="score", max=3, pass_mark=4)), "C2"),
        (a_list(item("C1"), item("C2", indicator="activity_room")), "C2"),
        (a_list(item("C1"), item("H1", records="highlight")), "H1"),
        (a_list(item("C1"), item("C2", severity=None)), "C2"),
        (a_list(item("C1"), item("C2", mode=None)), "C2"),
        (a_list(item("C1"), item("C2", type="score", max=3, pass_mark=-1)), "C2"),
        (a_list(item("C1"), item(" ")), "code"),
        (a_list(item("C1"), item("C2", text="")), "text"),
    ],
)
def test_a_checklist_that_cannot_be_used_is_refused_with_its_faults(wrong: Checklist, says: str) -> None:
    with pytest.raises(BadChecklist) as refused:
        published(wrong)
    assert says in refused.value.text_en


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(BadChecklist) as refused:
        published(a_list(item("C1", severity=None), item("C2", type="score", max=0)))
    assert "C1" in refused.value.text_zh
    assert "C2" in refused.value.text_zh


@pytest.mark.parametrize(
    ("where", "condition", "asked"),
    [
        ("S1", {}, True),
        ("S1", {"subject": "branch"}, True),
        ("S2", {"subject": "branch"}, False),  # asked once for the branch, at its lead school
        ("S1", {"levels": ("high", "primary")}, True),
        ("S1", {"levels": ("high",)}, False),
        ("S2", {"organised": ("joint", "affiliated")}, True),
        ("S1", {"organised": ("joint", "affiliated")}, False),
        ("S1", {"principal_pilot": True}, True),
        ("S3", {"principal_pilot": True}, False),
        ("S3", {"principal_pilot": False}, True),
        ("S1", {"members_at_least": 12}, True),
        ("S1", {"members_at_least": 13}, False),
        ("S1", {"had_previous_round": True}, False),
        ("S1", {"had_previous_round": False}, True),
    ],
)
def test_items_apply_by_the_facts_of_the_school(where: str, condition: dict[str, Any], asked: bool) -> None:
    facts = facts_of(SCHOOLS[where], DIVISIONS[SCHOOLS[where].division])
    assert applies(item(**condition), facts, had_previous_round=False) is asked


def test_facts_are_the_schools_of_today() -> None:
    moved = replace(school("S1", "B1"), division="230890", party_members=50)
    facts = facts_of(moved, DIVISIONS["230890"])
    assert (facts.division, facts.party_members, facts.principal_pilot) == ("230890", 50, False)
