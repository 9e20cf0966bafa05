"""Submitting a visit: feedback, score, and the findings that failed items propose."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inspection.domain import actor as roles
from services.inspection.domain import rules
from services.inspection.domain import rules_visit as wrong
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_input import StateSecret, TextMissing
from services.inspection.domain.visit import Answer, cancel
from services.inspection.domain.visit_answering import Given
from services.inspection.domain.visit_submitting import (
    Proposal,
    failed,
    proposals,
    receivers_of,
    score,
    submit_visit,
    unanswered,
)
from tests.unit.inspection_city import CITY, authority, item, place, visit
from tests.unit.inspection_visits import ALL, LIST, NOW, answered, sheet, submission, submitted


def test_the_leader_submits_with_feedback_facts_and_score() -> None:
    step = submitted(issues=("I1", "I2", "I1"))
    done = step.visit
    assert step.events == (("inspection.visit.submitted.v1", None),)
    assert (done.state, done.issues, done.submitted_at) == ("submitted", ("I1", "I2"), NOW.text)
    assert done.facts == sheet().facts
    assert done.feedback is not None
    assert (done.feedback.person, done.feedback.outcome) == ("secretary", "countersigned")
    # (5 × 6/9 + 3 × 1 + 2 × 0) / (5 + 3 + 2) = 63.33 %
    assert done.score == 6333


def test_a_visit_with_items_open_names_them() -> None:
    with pytest.raises(wrong.ItemsUnanswered) as refused:
        submitted(given=ALL[1:3])
    assert refused.value.detail["items"] == "A1、C8、C9"
    assert unanswered(answered(*ALL).visit, sheet()) == ()


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"person": "cadre"}, wrong.FeedbackFromSchool),
        ({"person": "leader"}, wrong.FeedbackFromSchool),
        ({"outcome": "refused"}, wrong.RemarkMissing),
        ({"outcome": "remarked", "remark": " "}, wrong.RemarkMissing),
        ({"outcome": "remarked", "remark": "密级：机密"}, StateSecret),
        ({"system": (Given(item="C1", value=True),)}, wrong.SystemItem),
    ],
)
def test_a_submission_that_is_not_whole_is_refused(other: dict[str, Any], rule: type[Broken]) -> None:
    with pytest.raises(rule):
        submitted(**other)


@pytest.mark.parametrize("who", ["member", "bureau", "secretary", "other leader"])
def test_only_the_leader_submits(who: str) -> None:
    with pytest.raises(rules.NotAllowed):
        submitted(who)


def test_a_refusal_to_sign_is_recorded_with_its_words() -> None:
    step = submitted(outcome="refused", remark=" 不认同 ")
    feedback = step.visit.feedback
    assert step.note == "不认同"
    assert feedback is not None
    assert (feedback.outcome, feedback.remark) == ("refused", "不认同")


def test_the_systems_own_answers_count_too() -> None:
    later = sheet(had_previous_round=True)
    before = answered(*ALL).visit
    done = submit_visit(before, authority("leader"), NOW, submission(system=(Given(item="G1", value=10),)), later).visit
    # (5 × 6/9 + 3 + 0 + 6) / 16
    assert done.score == 7708
    last = done.answer("G1")
    assert last is not None
    assert last.by == "system"


def test_who_receives_the_feedback() -> None:
    grants = [
        ("secretary", roles.SECRETARY, "B1"),
        ("deputy", roles.DEPUTY_SECRETARY, "B1"),
        ("contact", roles.CONTACT, "S2"),
        ("cadre", roles.CADRE, "S1"),
        ("cadre", roles.CADRE, "S2"),
        ("liaison", roles.LIAISON_LEADER, "B1"),
        ("other contact", roles.CONTACT, "S9"),
        ("other secretary", roles.SECRETARY, "B9"),
    ]
    assert receivers_of(place("S1"), "own", [*grants, ("contact", roles.CONTACT, "S1")]) == {"secretary", "deputy"}
    assert receivers_of(place("S2"), "affiliated", grants) == {"secretary", "deputy", "contact"}


def test_failed_items_propose_findings() -> None:
    given = (Given(item="A1", value=5, note="缺总结"), *ALL[1:])
    assert proposals(answered(*given).visit, LIST) == (
        Proposal(item="A1", area="“六有”阵地", severity="major", mode="deadline", note="缺总结", evidence=()),
        Proposal(item="C2", area="“六有”阵地", severity="minor", mode="deadline", note="设施不全", evidence=("E1",)),
    )
    assert proposals(answered(Given(item="C1", not_applicable=True), Given(item="A1", value=6)).visit, LIST) == ()


def test_only_yes_no_and_score_items_fail_and_without_a_pass_mark_none_does() -> None:
    def fails(value: bool | int | str, **kind: Any) -> bool:
        answer_to = Answer(item="X", value=value, by="member", at=NOW.text)
        return failed(item("X", **kind), answer_to)

    assert not fails(0, type="score", max=3, pass_mark=None)
    assert fails(0, type="score", max=3, pass_mark=1)
    assert not fails(0, type="count", pass_mark=1)
    assert not fails("无", type="choice")
    shared = Answer(item="X", value=None, shared_with="S1", by="member", at=NOW.text)
    assert not failed(item("X", type="score", max=3, pass_mark=1), shared)


def test_what_is_shared_or_not_applicable_gives_and_costs_no_points() -> None:
    only = answered(Given(item="C1", shared_with="S1"), Given(item="C2", value=True), at="S2").visit
    assert score(only, sheet("S2")) == 10_000
    none = answered(Given(item="C1", not_applicable=True), Given(item="C2", not_applicable=True), at="S2").visit
    assert score(none, sheet("S2")) is None


@given(st.integers(0, 9), st.booleans(), st.booleans())
def test_a_score_lies_between_0_and_100_per_cent_and_rises_with_each_point(a1: int, c1: bool, c2: bool) -> None:
    def of(points: int) -> int:
        given = (Given(item="A1", value=points), Given(item="C1", value=c1), Given(item="C2", value=c2))
        found = score(answered(*given).visit, sheet())
        assert found is not None
        return found

    assert 0 <= of(a1) <= 10_000
    assert (of(a1) == 10_000) == (a1 == 9 and c1 and c2)
    assert a1 == 0 or of(a1) > of(a1 - 1)


def test_a_visit_is_cancelled_by_the_bureau_with_a_reason() -> None:
    step = cancel(visit("planned"), authority("bureau"), NOW, "学校停课")
    assert (step.visit.state, step.note, step.actor.organisation) == ("cancelled", "学校停课", CITY)
    assert step.events == (("inspection.visit.cancelled.v1", None),)
    with pytest.raises(rules.NotAllowed):
        cancel(visit("planned"), authority("county"), NOW, "学校停课")
    with pytest.raises(TextMissing):
        cancel(visit("planned"), authority("bureau"), NOW, " ")


def test_answers_outlive_a_change_of_the_schools_facts() -> None:
    before = answered(*ALL).visit
    grown = replace(sheet().facts, party_members=60)
    done = submit_visit(before, authority("leader"), NOW, submission(), sheet(facts=grown)).visit
    assert done.facts == grown
