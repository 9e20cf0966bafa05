"""Who is told of material 材料报送: the school that is to give it, then whoever asked."""

import pytest

from contracts.ledgers import LISTS
from contracts.samples import sample_of
from dudao.verify.alerts import wanted_alerts
from dudao.verify.log import Log, Sealed
from runtime.canonical import encode
from services.notification.domain.materials import MATERIAL_VERBS, MaterialTold, material_notices
from services.notification.domain.surroundings import Holding
from tests.unit.test_notification_requests import registry_of
from tests.unit.test_notification_rules import around


def _told(verb: str, actor: str = "P-somebody", asker: tuple[str, str, str] | None = None) -> MaterialTold:
    asked_by, role, organisation = asker or ("P-county1", "county_officer", "230822")
    return MaterialTold(
        verb=verb, material="M-1", number="CL-2026-0001-001", school="S002", asked_by=asked_by, role=role,
        organisation=organisation, actor=actor, due="2026-10-20",
    )  # fmt: skip


def test_the_school_side_is_asked_and_must_acknowledge() -> None:
    found = material_notices(_told("asked"), around())
    assert [(n.rule, n.person, n.must_acknowledge) for n in found] == [
        ("material_asked", "P-contact", True),
        ("material_asked", "P-secretary", True),
    ]
    assert "2026-10-20" in found[0].text


def test_what_is_given_reaches_whoever_asked_while_they_are_in_office() -> None:
    assert [n.person for n in material_notices(_told("given"), around())] == ["P-county1"]
    gone = _told("given", asker=("P-left", "county_officer", "230822"))
    assert material_notices(gone, around()) == ()


def test_nobody_is_told_of_their_own_act() -> None:
    assert material_notices(_told("given", actor="P-county1"), around()) == ()


@pytest.mark.parametrize("verb", sorted(MATERIAL_VERBS))
@pytest.mark.parametrize("extra", [(), (Holding("230822", "county_officer", "P-asker"),)])
def test_verify_wants_the_same_alerts_by_code_of_its_own(verb: str, extra: tuple[Holding, ...]) -> None:
    type_ = f"inspection.material.{verb}.v1"
    data = sample_of(type_)
    data["entry"] |= {"id": "M-1", "school": "S002", "team": None}
    data["entry"]["asked_by"] |= {"person": "P-asker", "role": "county_officer", "organisation": "230822"}
    data["cause"]["actor"]["person"] = "P-contact"
    event = Sealed("lists", 1, 1, "r/0/0", type_, "material/M-1", "S002", 1, 999, 0, 0, b"", encode(data))
    log = Log(LISTS, "L", {1: [event]})
    wanted = {(rule, person) for _, rule, person in wanted_alerts(log, registry_of(*extra), {1: 1})}
    told = _told(verb, actor="P-contact", asker=("P-asker", "county_officer", "230822"))
    assert wanted == {(notice.rule, notice.person) for notice in material_notices(told, around(*extra))}
    assert bool(wanted) == (verb != "given" or bool(extra))
