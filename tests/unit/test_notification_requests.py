"""Who is told of a request: the bureau that must answer it, then the school and the leader who asked."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.ledgers import LISTS
from contracts.samples import sample_of
from dudao.verify.alerts import wanted_alerts
from dudao.verify.log import Log, Sealed
from dudao.verify.structure import Structure
from runtime.canonical import encode
from services.notification.domain.occurrence import Due
from services.notification.domain.requests import REQUEST_VERBS, RequestTold, request_notices
from services.notification.domain.surroundings import Holding
from tests.unit.test_notification_rules import around


def _told(verb: str, asked_by: str = "P-leader", actor: str = "P-somebody") -> RequestTold:
    return RequestTold(
        verb=verb, request="R-1", number="SQ-2026-0001", school="S002", asked_by=asked_by, actor=actor,
        reply_by=Due("2027-01-08", provisional=True),
    )  # fmt: skip


def test_a_new_request_reaches_the_bureau_with_its_day() -> None:
    found = request_notices(_told("asked"), around())
    assert [(n.rule, n.person, n.must_acknowledge) for n in found] == [
        ("request_asked", "P-bureau1", False),
        ("request_asked", "P-bureau2", False),
    ]
    assert "2027-01-08（暂定）" in found[0].text


def test_an_officer_of_the_school_itself_is_not_asked_to_answer() -> None:
    own = around(Holding("S002", "cadre", "P-bureau1"))
    assert [n.person for n in request_notices(_told("asked"), own)] == ["P-bureau2"]


def test_a_reply_reaches_the_secretary_and_the_leader_who_asked_while_linked() -> None:
    branch = around().branches[0]
    linked = around(Holding(branch, "liaison_leader", "P-leader"), Holding(branch, "liaison_leader", "P-other"))
    assert [n.person for n in request_notices(_told("replied"), linked)] == ["P-leader", "P-secretary"]
    assert [n.person for n in request_notices(_told("replied"), around())] == ["P-secretary"]


def test_nobody_is_told_of_their_own_act() -> None:
    assert [n.person for n in request_notices(_told("asked", actor="P-bureau2"), around())] == ["P-bureau1"]


def test_a_moved_day_to_reply_reaches_the_bureau_and_an_unmoved_one_nobody() -> None:
    assert request_notices(_told("recounted"), around()) == ()
    found = request_notices(replace(_told("recounted"), moved=True), around())
    assert [(n.rule, n.person) for n in found] == [
        ("request_recounted", "P-bureau1"),
        ("request_recounted", "P-bureau2"),
    ]


def registry_of(*extra: Holding) -> Structure:
    """What `around` says, as registry entries."""
    entries: dict[str, dict[str, Any]] = {
        "division/230822": {"id": "230822", "kind": "county", "parent": "230800"},
        "school/S002": {"id": "S002", "division": "230822", "branch": "B001"},
        "branch/B001": {"id": "B001", "lead_school": "S001", "parent": None, "schools": ["S001", "S002"]},
    }
    for n, held in enumerate(around(*extra).holdings):
        grant = {"person": held.person, "role": held.role, "organisation": held.organisation, "revoked": False}
        entries[f"grant/{n}"] = grant
    found = Structure()
    for seq, (subject, entry) in enumerate(entries.items(), 1):
        data = encode({"entry": entry})
        found.take(Sealed("registry", 0, seq, f"r{seq}/0/0", "t", subject, "registry", 1, 0, 0, 0, b"", data))
    return found


@pytest.mark.parametrize("verb", ["asked", "accepted", "replied", "rated", "recounted"])
@pytest.mark.parametrize(
    "extra",
    [(), (Holding("B001", "liaison_leader", "P-leader"),), (Holding("S002", "cadre", "P-bureau1"),)],
)
def test_verify_wants_the_same_alerts_by_code_of_its_own(verb: str, extra: tuple[Holding, ...]) -> None:
    type_ = f"inspection.request.{verb}.v1"
    data = sample_of(type_)
    data["entry"] |= {"id": "R-1", "school": "S002", "branch": "B001"}
    data["entry"]["asked_by"]["person"] = "P-leader"
    data["cause"]["actor"]["person"] = "P-bureau2"
    if verb == "recounted":
        (moved,) = data["entry"]["recounts"]
        moved |= {"at": data["cause"]["at"], "after": {**moved["after"], "day": "2027-01-08"}}
    event = Sealed("lists", 1, 1, "r/0/0", type_, "request/R-1", "S002", 1, 999, 0, 0, b"", encode(data))
    log = Log(LISTS, "L", {1: [event]})
    wanted = {(rule, person) for _, rule, person in wanted_alerts(log, registry_of(*extra), {1: 1})}
    told = RequestTold(
        verb=verb, request="R-1", number="SQ-2026-0001", school="S002", asked_by="P-leader", actor="P-bureau2",
        reply_by=Due("2027-01-08"), moved=verb == "recounted",
    )  # fmt: skip
    raised = request_notices(told, around(*extra)) if verb in REQUEST_VERBS else ()
    assert wanted == {(notice.rule, notice.person) for notice in raised}
