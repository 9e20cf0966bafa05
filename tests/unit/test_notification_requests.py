"""Who is told of a request: the bureau that must answer it, then the school and the leader who asked."""

from services.notification.domain.occurrence import Due
from services.notification.domain.requests import RequestTold, request_notices
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
