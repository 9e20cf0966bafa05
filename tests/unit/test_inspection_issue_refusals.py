"""Refused: for what is written, not for the state or the person alone."""

from collections.abc import Callable
from typing import Any

import pytest

from services.inspection.domain import actor as roles
from services.inspection.domain import rules
from services.inspection.domain import rules_input as wrong
from services.inspection.domain.authority import authority_of
from services.inspection.domain.issue_assigning import assign
from services.inspection.domain.issue_checking import Reopening, Verdict, check, reopen
from services.inspection.domain.issue_drafting import Amendment, amend, submit, withdraw
from services.inspection.domain.issue_planning import NewTask, plan, replan, sign
from services.inspection.domain.issue_rectifying import Progress, progress, report
from services.inspection.domain.rules import Broken
from tests.unit.inspection_city import COUNTY, authority, item, visit
from tests.unit.inspection_scene import PASSED, Scene

LONG = "长" * 2001
ASKS = item(evidence=True)


def planned_with(**changes: Any) -> Callable[[Scene], object]:
    return lambda s: s.do(plan, "secretary", s.plan(**changes))


def drafted(who: str = "member", **finding: Any) -> Callable[[Scene], object]:
    return lambda s: s.draft(who, **finding)


def checked(verdict: Verdict, who: str = "county") -> Callable[[Scene], object]:
    return lambda s: s.do(check, who, verdict)


def assigned(**changes: Any) -> Callable[[Scene], object]:
    return lambda s: s.do(assign, "county", s.order(**changes))


def submitted(*with_visit: Any) -> Callable[[Scene], object]:
    return lambda s: s.do(submit, "leader", *with_visit)


def progressed(who: str, **made: Any) -> Callable[[Scene], object]:
    plain: dict[str, Any] = {"task": "K1", "percent": 1}
    return lambda s: s.do(progress, who, Progress(**plain | made))


def task(**changes: Any) -> tuple[NewTask, ...]:
    plain: dict[str, Any] = {"id": "K1", "measure": "建室", "target": "有场所"}
    return (NewTask(**plain | changes),)


REFUSALS: list[tuple[str, str | None, Callable[[Scene], object], type[Broken]]] = [
    # 登记
    ("a description of blanks", None, drafted(description=" "), wrong.TextMissing),
    ("too long", None, drafted(description=LONG), wrong.TextTooLong),
    ("ten megabytes", None, drafted(description="x" * 10_000_000), wrong.TextTooLong),
    ("classified", None, drafted(description="机密★ 某事"), wrong.StateSecret),
    ("neither item nor area", None, drafted(area=None), wrong.ItemOrArea),
    ("another area", None, drafted(item=item(), checklist="list@1", area="其他"), wrong.AreaMismatch),
    ("no evidence", None, drafted(item=ASKS, checklist="list@1"), wrong.EvidenceMissing),
    ("much evidence", None, drafted(evidence=tuple(map(str, range(51)))), wrong.TooMuchEvidence),
    ("school not visited", None, drafted(visit=visit(at="S2")), rules.OtherVisit),
    ("another checklist", None, drafted(item=item(), checklist="list@2"), rules.OtherVisit),
    ("another source", None, drafted("county", source="survey"), rules.OtherVisit),
    ("visit submitted", None, drafted(visit=visit("submitted")), rules.VisitOver),
    ("visit cancelled", None, drafted(visit=visit("cancelled")), rules.VisitOver),
    ("own school", None, drafted("own member"), rules.OwnSchool),
    ("another team", None, drafted("other leader"), rules.NotAllowed),
    ("self by the team", None, drafted(source="self", visit=None), rules.NotAllowed),
    ("self by another school", None, drafted("other cadre", source="self", visit=None), rules.NotAllowed),
    ("without a visit", None, drafted(visit=None), rules.NotAllowed),
    ("survey by liaison", None, drafted("liaison", source="survey", visit=None), rules.NotAllowed),
    # 修改, 提交
    ("amended long", "drafted", lambda s: s.do(amend, "member", Amendment(description=LONG)), wrong.TextTooLong),
    (
        "amended bare",
        "drafted",
        lambda s: s.do(amend, "member", Amendment(evidence=()), ASKS),
        wrong.EvidenceMissing,
    ),
    ("no feedback", "drafted", submitted(visit("submitted", feedback=None)), rules.FeedbackMissing),
    ("visit going on", "drafted", submitted(visit(feedback=visit("submitted").feedback)), rules.FeedbackMissing),
    ("alone", "drafted", submitted(None), rules.FeedbackMissing),
    ("other visit", "drafted", submitted(visit("submitted", id="V2")), rules.FeedbackMissing),
    # 交办
    ("yesterday", "submitted", assigned(deadline="2026-03-01"), wrong.DeadlineInPast),
    ("no day", "submitted", assigned(deadline="2026-02-30"), wrong.NotADay),
    ("short day", "submitted", assigned(deadline="20260401"), wrong.NotADay),
    ("no number", "submitted", assigned(number=" "), wrong.TextMissing),
    # 方案
    ("no task", "acknowledged", planned_with(tasks=()), wrong.TaskMissing),
    ("same ids", "acknowledged", planned_with(tasks=task() + task(measure="挂牌")), wrong.TaskMissing),
    ("no measure", "acknowledged", planned_with(tasks=task(measure="")), wrong.TextMissing),
    ("no target", "acknowledged", planned_with(tasks=task(target=" ")), wrong.TextMissing),
    ("secret task", "acknowledged", planned_with(tasks=task(target="【机密】")), wrong.StateSecret),
    ("task too late", "acknowledged", planned_with(tasks=task(deadline="2026-03-24")), wrong.TaskBeyondIssue),
    ("task too early", "acknowledged", planned_with(tasks=task(deadline="2026-03-01")), wrong.TaskBeyondIssue),
    ("task no day", "acknowledged", planned_with(tasks=task(deadline="soon")), wrong.NotADay),
    ("lead twice", "acknowledged", planned_with(others=("teacher",)), wrong.ResponsibleTwice),
    ("other twice", "acknowledged", planned_with(others=("cadre", "cadre")), wrong.ResponsibleTwice),
    ("an outsider leads", "acknowledged", planned_with(lead="county"), wrong.OutsiderResponsible),
    ("an outsider helps", "acknowledged", planned_with(others=("stranger",)), wrong.OutsiderResponsible),
    ("no reason", "planned", lambda s: s.do(replan, "secretary", s.plan(), ""), wrong.TextMissing),
    # 签字, 推进
    ("signed for another", "planned", lambda s: s.do(sign, "secretary"), rules.NotResponsible),
    ("signed twice", "signed", lambda s: s.do(sign, "teacher"), rules.AlreadySigned),
    ("unsigned", "planned", progressed("cadre", percent=1), rules.SignBeforeProgress),
    ("no such task", "signed", progressed("teacher", task="K2", percent=1), wrong.UnknownTask),
    ("101", "signed", progressed("cadre", percent=101), wrong.PercentOutOfRange),
    ("-1", "signed", progressed("cadre", percent=-1), wrong.PercentOutOfRange),
    (
        "much evidence of a task",
        "signed",
        progressed("cadre", percent=1, evidence=tuple(map(str, range(51)))),
        wrong.TooMuchEvidence,
    ),
    # 申请销号
    ("no note", "rectifying", lambda s: s.do(report, "secretary", " "), wrong.TextMissing),
    # 核查
    ("returned bare", "reported", checked(Verdict(passed=False, method="on_site")), wrong.TextMissing),
    (
        "returned without deadline",
        "reported",
        checked(Verdict(passed=False, method="on_site", reason="没做")),
        wrong.DeadlineMissing,
    ),
    (
        "returned into the past",
        "reported",
        checked(Verdict(passed=False, method="on_site", reason="没做", deadline="2026-03-01")),
        wrong.DeadlineInPast,
    ),
    (
        "passed with a deadline",
        "reported",
        checked(Verdict(passed=True, method="on_site", deadline="2026-05-01")),
        wrong.DeadlineNeedless,
    ),
    ("by the secretary", "reported", checked(PASSED, "secretary"), rules.NotAllowed),
    # 撤销, 撤销销号
    ("withdrawn bare", "assigned", lambda s: s.do(withdraw, "county", ""), wrong.TextMissing),
    (
        "reopened bare",
        "closed",
        lambda s: s.do(reopen, "bureau", Reopening(reason="", deadline="2026-05-06")),
        wrong.TextMissing,
    ),
    (
        "reopened for ever",
        "closed",
        lambda s: s.do(reopen, "bureau", Reopening(reason="假", deadline=None)),
        wrong.DeadlineMissing,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "state", "act", "rule"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_refused_by_the_rule(what: str, state: str | None, act: Callable[[Scene], object], rule: type[Broken]) -> None:
    scene = Scene() if state is None else Scene().until(state)
    steps = len(scene.history)
    with pytest.raises(rule) as refused:
        act(scene)
    assert type(refused.value) is rule
    assert len(scene.history) == steps


def test_the_new_lead_signs_before_progress_and_before_the_report() -> None:
    scene = Scene().until("rectifying")
    scene.do(replan, "secretary", scene.plan(lead="cadre"), "换人")
    with pytest.raises(rules.SignBeforeProgress):
        scene.do(progress, "cadre", Progress(task="K1", percent=100))
    with pytest.raises(rules.LeadUnsigned):
        scene.do(report, "secretary", "已整改")
    with pytest.raises(rules.NotResponsible):
        scene.do(sign, "teacher")


def test_who_is_responsible_beside_the_lead_signs_before_own_progress() -> None:
    scene = Scene().until("acknowledged")
    scene.do(plan, "secretary", scene.plan(others=("other teacher",))).do(sign, "teacher")
    with pytest.raises(rules.SignBeforeProgress):
        scene.do(progress, "other teacher", Progress(task="K1", percent=5))
    scene.do(sign, "other teacher").do(progress, "other teacher", Progress(task="K1", percent=5))
    assert scene.issue.state == "rectifying"


def test_a_report_names_what_is_not_done_and_what_has_no_evidence() -> None:
    scene = Scene().until("acknowledged")
    scene.do(plan, "secretary", scene.plan(tasks=task() + task(id="K2", measure="挂牌"))).do(sign, "teacher")
    scene.do(progress, "teacher", Progress(task="K1", percent=100, evidence=("E1",)))
    with pytest.raises(rules.TasksUnfinished) as unfinished:
        scene.do(report, "secretary", "已整改")
    assert "挂牌" in unfinished.value.text_zh
    assert "建室" not in unfinished.value.text_zh
    scene.do(progress, "teacher", Progress(task="K2", percent=100))
    with pytest.raises(rules.TaskWithoutEvidence):
        scene.do(report, "secretary", "已整改")


def test_the_first_checker_does_not_check_again() -> None:
    scene = Scene(severity="critical").until("reported").do(check, "both", PASSED)
    with pytest.raises(rules.TwoOfficers):
        scene.do(check, "both", PASSED)
    direct = Scene(severity="critical", at="S3").until("checked")
    with pytest.raises(rules.TwoOfficers):
        direct.do(check, "bureau", PASSED)
    assert direct.do(check, "bureau two", PASSED).issue.state == "closed"


def test_a_first_check_that_passes_sets_no_deadline() -> None:
    scene = Scene(severity="critical").until("reported")
    with pytest.raises(wrong.DeadlineNeedless):
        scene.do(check, "county", Verdict(passed=True, method="on_site", deadline="2026-05-01"))


def test_nobody_checks_at_a_school_of_their_own_branch() -> None:
    scene = Scene(severity="minor").until("reported")
    with pytest.raises(rules.JudgesOwnWork):
        scene.do(check, "own member", PASSED)


@pytest.mark.parametrize("person", ["secretary", "teacher", "deputy"])
def test_who_planned_led_or_reported_does_not_check_even_as_an_officer_later(person: str) -> None:
    scene = Scene().until("rectifying")
    reporter = authority("deputy", secretary_away=True)
    reported = report(scene.issue, reporter, scene.moment, "已整改").issue
    promoted = authority_of(person, None, [(roles.COUNTY_OFFICER, COUNTY)], scene.place)
    with pytest.raises(rules.JudgesOwnWork):
        check(reported, promoted, scene.moment, PASSED)


def test_a_revoked_grant_no_longer_amends_nor_withdraws_the_own_draft() -> None:
    scene = Scene().draft()
    revoked = authority_of("member", "S9", [], scene.place)
    with pytest.raises(rules.NotAllowed):
        amend(scene.issue, revoked, scene.moment, Amendment(severity="minor"))
    with pytest.raises(rules.NotAllowed):
        withdraw(scene.issue, revoked, scene.moment, "误登")


def test_the_team_leader_assigns_on_the_spot_only_what_is_minor_and_immediate() -> None:
    for severity, mode in (("minor", "deadline"), ("major", "immediate"), ("critical", "immediate")):
        scene = Scene(severity=severity, mode=mode).until("submitted")  # type: ignore[arg-type]
        with pytest.raises(rules.NotAllowed):
            scene.do(assign, "leader", scene.order())
    scene = Scene(severity="minor", mode="immediate").until("submitted")
    with pytest.raises(rules.OwnSchool):
        scene.do(assign, "own member", scene.order())
