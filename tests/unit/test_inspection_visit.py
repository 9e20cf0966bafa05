"""Filling a checklist during a visit, and highlights."""

import pytest

from services.inspection.domain import rules
from services.inspection.domain import rules_visit as wrong
from services.inspection.domain.round import PlannedVisit, Round
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_input import StateSecret, TextMissing, TextTooLong, TooMuchEvidence
from services.inspection.domain.visit import cancel, plan_visit, record_highlight
from services.inspection.domain.visit_answering import Given, answer
from services.inspection.domain.visit_submitting import (
    submit_visit,
)
from tests.unit.inspection_city import authority, place, visit
from tests.unit.inspection_visits import ALL, NOW, answered, sheet, submission


def test_a_planned_visit_keeps_the_rounds_checklist_version() -> None:
    row = PlannedVisit(visit="V7", school="S1", team="T-1", day="2026-03-09")
    of_round = Round(
        id="R1", year=2026, ordinal=1, title="第一轮", starts="2026-03-02", ends="2026-05-29", checklist="list@1",
        state="planned", teams=(), visits=(),
    )  # fmt: skip
    bureau = authority("bureau").bureau_officer()
    assert bureau is not None
    step = plan_visit(row, of_round, bureau)
    assert step.events == (("inspection.visit.planned.v1", None),)
    assert (step.visit.id, step.visit.checklist, step.visit.kind, step.visit.state) == (
        "V7",
        "list@1",
        "regular",
        "planned",
    )


def test_answers_are_kept_in_the_order_of_the_checklist_and_replaced() -> None:
    first = answered(Given(item="C1", value=False), Given(item="A1", value=9))
    assert first.events == (("inspection.visit.answered.v1", None),)
    assert first.visit.state == "in_progress"
    again = answered(Given(item="C1", value=True, note=" 已补 ", seen=1), who="leader", before=first.visit).visit
    assert [(a.item, a.value) for a in again.answers] == [("A1", 9), ("C1", True)]
    changed = again.answer("C1")
    assert changed is not None
    assert (changed.by, changed.note, changed.at) == ("leader", "已补", NOW.text)


def test_texts_are_kept_without_outer_space_and_fifty_pieces_of_evidence_are_enough() -> None:
    fifty = tuple(f"E{n}" for n in range(50))
    given_text = answered(Given(item="H1", value=" 微党课 ", evidence=fifty)).visit.answer("H1")
    assert given_text is not None
    assert (given_text.value, given_text.evidence) == ("微党课", fifty)


def test_not_applicable_and_shared_are_answers() -> None:
    step = answered(Given(item="C1", not_applicable=True), Given(item="C2", shared_with="S1"), at="S2")
    assert [(a.value, a.not_applicable, a.shared_with) for a in step.visit.answers] == [
        (None, True, None),
        (None, False, "S1"),
    ]


@pytest.mark.parametrize(
    ("given_answer", "rule"),
    [
        (Given(item="Z9", value=True), wrong.UnknownItem),
        (Given(item="G1", value=10), wrong.SystemItem),
        (Given(item="B2", value=True), wrong.ItemDoesNotApply),
        (Given(item="C1"), wrong.OneAnswer),
        (Given(item="C1", value=True, not_applicable=True), wrong.OneAnswer),
        (Given(item="C1", value=False, shared_with="S2"), wrong.OneAnswer),
        (Given(item="C1", value=1), wrong.WrongAnswerType),
        (Given(item="C1", value="是"), wrong.WrongAnswerType),
        (Given(item="A1", value=True), wrong.WrongAnswerType),
        (Given(item="A1", value=10), wrong.AnswerOutOfRange),
        (Given(item="A1", value=-1), wrong.AnswerOutOfRange),
        (Given(item="C8", value=-1), wrong.AnswerOutOfRange),
        (Given(item="C8", value=100_001), wrong.AnswerOutOfRange),
        (Given(item="C9", value=" "), TextMissing),
        (Given(item="H1", value="亮" * 2001), TextTooLong),
        (Given(item="H1", value="机密★"), StateSecret),
        (Given(item="C1", value=True, note="【机密】"), StateSecret),
        (Given(item="C1", value=True, evidence=tuple(map(str, range(51)))), TooMuchEvidence),
        (Given(item="C1", shared_with="S1"), wrong.SharedOutsideBranch),
        (Given(item="C1", shared_with="S9"), wrong.SharedOutsideBranch),
        (Given(item="C1", shared_with="B1"), wrong.SharedOutsideBranch),
        (Given(item="A1", shared_with="S2"), wrong.SharedOutsideBranch),
    ],
    ids=lambda v: v.__name__ if isinstance(v, type) else f"{v.item}={v.value}",
)
def test_an_answer_that_does_not_fit_its_item_is_refused(given_answer: Given, rule: type[Broken]) -> None:
    with pytest.raises(rule):
        answered(given_answer)


def test_one_bad_answer_refuses_them_all_and_an_item_is_answered_once() -> None:
    with pytest.raises(wrong.AnsweredTwice):
        answered(Given(item="C1", value=True), Given(item="C1", value=True))


@pytest.mark.parametrize(
    ("who", "rule"),
    [
        ("own member", rules.OwnSchool),
        ("other leader", rules.NotAllowed),
        ("secretary", rules.NotAllowed),
        ("bureau", rules.NotAllowed),
        ("administrator", rules.NotAllowed),
    ],
)
def test_only_the_visiting_team_answers_and_never_at_their_own_school(who: str, rule: type[Broken]) -> None:
    with pytest.raises(rule):
        answered(Given(item="C1", value=True), who=who)
    with pytest.raises(rule):
        record_highlight(visit(), authority(who), NOW, "H1", "好做法")


@pytest.mark.parametrize("state", ["submitted", "cancelled"])
def test_a_visit_that_is_over_takes_nothing_more(state: str) -> None:
    over = visit(state)
    for act in (
        lambda: answer(over, authority("member"), NOW, (), sheet()),
        lambda: record_highlight(over, authority("member"), NOW, "H1", "好做法"),
        lambda: submit_visit(over, authority("leader"), NOW, submission(), sheet()),
        lambda: cancel(over, authority("bureau"), NOW, "改期"),
    ):
        with pytest.raises(rules.VisitOver):
            act()


def test_the_sheet_is_of_the_visits_checklist_and_school() -> None:
    with pytest.raises(rules.OtherVisit):
        answer(visit(checklist="list@2"), authority("member"), NOW, ALL, sheet())
    with pytest.raises(wrong.FactsOfOtherSchool):
        answer(visit(), authority("member"), NOW, ALL, sheet("S2"))
    with pytest.raises(ValueError, match="S2"):
        answer(visit(), authority("member", place("S2")), NOW, ALL, sheet())


def test_highlights_are_recorded_with_who_and_when() -> None:
    step = record_highlight(visit("planned"), authority("member"), NOW, "L1", " 微党课进课堂 ")
    (noted,) = step.visit.highlights
    assert (noted.id, noted.text, noted.by, noted.at) == ("L1", "微党课进课堂", "member", NOW.text)
    assert step.visit.state == "in_progress"
