"""What each command does to the lists, the clocks and the deadlines."""

from typing import Any

import pytest

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.issue_assigning import acknowledge, assign
from services.inspection.domain.issue_checking import Reopening, Verdict, check, reopen
from services.inspection.domain.issue_drafting import Amendment, amend, submit, withdraw
from services.inspection.domain.issue_planning import plan, sign
from services.inspection.domain.issue_rectifying import Progress, progress, report
from services.inspection.domain.workdays import Deadline
from tests.unit.inspection_city import CITY, COUNTY, authority, item, visit
from tests.unit.inspection_scene import PASSED, REFUSED, REOPENED, Scene

AT_NINE = "2026-03-02T01:00:00.000000Z"


def test_a_finding_takes_area_severity_and_mode_from_its_item() -> None:
    scene = Scene().draft(item=item("C4", severity="minor", mode="immediate"), checklist="list@1", area=None)
    issue = scene.issue
    assert (issue.item, issue.checklist, issue.area) == ("C4", "list@1", "“六有”阵地")
    assert (issue.severity, issue.mode) == ("minor", "immediate")
    assert (issue.visit, issue.round, issue.team, issue.school) == ("V1", "R1", "T-1", "S1")
    assert issue.drafted_by == Actor(person="member", role=roles.TEAM_MEMBER, organisation="T-1")
    assert scene.history[-1].events == (("inspection.issue.drafted.v1", None),)
    assert (issue.clock.owner, issue.clock.since) == ("none", AT_NINE)


def test_a_named_severity_goes_before_the_items() -> None:
    seen = item(severity="minor", evidence=True)
    named: dict[str, Any] = {"severity": "critical", "mode": "standing", "evidence": ("E1",)}
    issue = Scene().draft(item=seen, checklist="list@1", area=None, **named).issue
    assert (issue.severity, issue.mode) == ("critical", "standing")


def test_without_an_item_there_is_no_checklist() -> None:
    assert Scene().draft(checklist="list@1").issue.checklist is None


def test_amending_keeps_what_is_not_named() -> None:
    scene = Scene().draft(severity="major", evidence=("E1",))
    scene.do(amend, "leader", Amendment(severity="critical", mode="deadline"))
    assert (scene.issue.severity, scene.issue.description) == ("critical", "没有党员活动场所")
    scene.do(amend, "member", Amendment(description="场所漏雨", evidence=("E2", "E2")))
    assert (scene.issue.description, scene.issue.evidence) == ("场所漏雨", ("E2",))
    scene.do(amend, "member", Amendment(evidence=()), item())
    assert (scene.issue.severity, scene.issue.mode, scene.issue.evidence) == ("critical", "deadline", ())


@pytest.mark.parametrize(
    ("severity", "mode", "deadline", "plan_by", "sign_by"),
    [
        ("minor", "immediate", "2026-03-05", "2026-03-02", "2026-03-02"),
        ("critical", "immediate", "2026-03-05", "2026-03-02", "2026-03-02"),
        ("minor", "deadline", "2026-04-14", "2026-03-09", "2026-03-05"),
        ("major", "deadline", "2026-03-23", "2026-03-09", "2026-03-05"),
        ("critical", "deadline", "2026-03-09", "2026-03-03", "2026-03-05"),
        ("major", "standing", "2026-03-23", "2026-03-09", "2026-03-05"),
    ],
)
def test_deadlines_are_suggested_by_mode_and_severity(
    severity: str, mode: str, deadline: str, plan_by: str, sign_by: str
) -> None:
    scene = Scene(severity=severity, mode=mode).until("planned")  # type: ignore[arg-type]
    issue = scene.issue
    standing = mode == "standing"
    assert (issue.deadline, issue.next_check) == (
        None if standing else Deadline(day=deadline),
        Deadline(day=deadline) if standing else None,
    )
    assert issue.due == Deadline(day=deadline)
    assert issue.acknowledge_by == Deadline(day="2026-03-04")
    assert issue.plan_by == Deadline(day=plan_by)
    assert issue.responsibilities[0].sign_by == Deadline(day=sign_by)
    assert issue.tasks[0].deadline == issue.due


def test_a_deadline_set_by_a_person_is_firm_and_one_suggested_past_the_calendar_is_provisional() -> None:
    scene = Scene().until("submitted")
    scene.do(assign, "county", scene.order(deadline="2027-01-15"))
    assert scene.issue.deadline == Deadline(day="2027-01-15")
    late = Scene().wait(days=290).until("assigned")
    assert late.issue.deadline == Deadline(day="2027-01-07", provisional=True)


def test_the_issuing_body_is_the_one_in_whose_name_it_is_assigned() -> None:
    def issuer(who: str, at: str = "S1", **changes: str) -> str | None:
        scene = Scene(severity="minor", mode="immediate", at=at).until("submitted")
        return scene.do(assign, who, scene.order(**changes)).issue.issuer

    assert issuer("leader") == COUNTY
    assert issuer("leader", at="S3") == CITY
    assert issuer("county") == COUNTY
    assert issuer("bureau") == CITY


def test_before_it_is_assigned_an_issue_has_no_date_in_force() -> None:
    with pytest.raises(ValueError, match="not assigned"):
        _ = Scene().until("submitted").issue.due


def test_assigning_starts_the_schools_clock_and_planning_does_not_restart_it() -> None:
    scene = Scene().until("submitted")
    assert (scene.issue.clock.owner, scene.issue.clock.reason) == ("issuer", "submitted")
    scene.wait(days=1).do(assign, "county", scene.order())
    clock = scene.issue.clock
    assert (clock.owner, clock.since, clock.due) == ("school", "2026-03-03T01:00:00.000000Z", scene.issue.deadline)
    scene.wait(days=1).do(acknowledge, "deputy").do(plan, "secretary", scene.plan()).do(sign, "teacher")
    assert scene.issue.clock == clock
    assert scene.issue.number == "2026-0001"


def test_a_report_stops_the_schools_clock_and_starts_the_checkers() -> None:
    scene = Scene().until("reported")
    assert (scene.issue.clock.owner, scene.issue.clock.due) == ("checker", Deadline(day="2026-03-09"))
    made = scene.issue.reports[0]
    assert (made.on_time, made.deadline, made.note) == (True, scene.issue.deadline, "已整改")


def test_a_report_on_the_last_day_is_on_time_to_its_end_in_china() -> None:
    scene = Scene().until("rectifying")
    # 2026-03-23, 23:30 in Asia/Shanghai is still the due day; half an hour later it is not.
    scene.wait(days=21, hours=14.5)
    assert scene.do(report, "secretary", "已整改").issue.reports[-1].on_time
    late = Scene().until("rectifying").wait(days=21, hours=15)
    assert not late.do(report, "secretary", "已整改").issue.reports[-1].on_time


def test_a_minor_or_major_issue_closes_with_the_first_check() -> None:
    scene = Scene().until("reported").wait(days=2)
    step = scene.do(check, "county", PASSED).history[-1]
    assert step.events == (("inspection.issue.closed.v1", None),)
    closing = step.issue.closings[-1]
    assert (closing.kind, closing.on_time, closing.worked_days) == ("closed", True, 0)
    assert (step.issue.clock.owner, step.issue.clock.due) == ("none", None)


def test_a_critical_issue_needs_county_and_then_bureau() -> None:
    scene = Scene(severity="critical").until("checked")
    assert scene.history[-1].events == (("inspection.issue.checked.v1", None),)
    assert (scene.issue.clock.owner, scene.issue.clock.reason) == ("checker", "checked")
    scene.do(check, "bureau", PASSED)
    assert [c.step for c in scene.issue.checks] == ["first", "final"]
    assert scene.issue.state == "closed"


@pytest.mark.parametrize(("state", "who"), [("reported", "county"), ("checked", "bureau")])
def test_either_check_may_return_with_reason_and_new_deadline(state: str, who: str) -> None:
    scene = Scene(severity="critical").until(state)
    step = scene.do(check, who, REFUSED).history[-1]
    assert (step.issue.state, step.note) == ("returned", "没有做到")
    assert step.issue.deadline == Deadline(day="2026-06-30")
    assert (step.issue.clock.owner, step.issue.clock.due) == ("school", Deadline(day="2026-06-30"))


def test_a_returned_issue_goes_round_again_and_the_checks_stay() -> None:
    scene = Scene(severity="critical").until("returned")
    scene.do(progress, "cadre", Progress(task="K1", percent=100, note="补做"))
    scene.do(report, "secretary", "已补做").do(check, "county", PASSED).do(check, "bureau", PASSED)
    assert [(c.step, c.passed) for c in scene.issue.checks] == [("first", False), ("first", True), ("final", True)]


def test_worked_days_leave_out_the_time_of_the_checkers_and_of_a_closed_issue() -> None:
    scene = Scene().until("rectifying").wait(days=3).do(report, "secretary", "已整改")  # Thursday: 3
    scene.wait(days=6).do(check, "county", REFUSED)  # Wednesday after: not counted
    scene.wait(days=2).do(progress, "teacher", Progress(task="K1", percent=100)).do(report, "secretary", "补")  # 2
    scene.wait(days=3).do(check, "county", PASSED)
    assert scene.issue.closings[-1].worked_days == 5
    scene.wait(days=14).do(reopen, "bureau", REOPENED)
    scene.wait(days=1).do(report, "secretary", "再补").do(check, "county", PASSED)  # 1
    assert [closing.worked_days for closing in scene.issue.closings] == [5, 6]


def test_the_final_check_too_stops_and_starts_the_schools_days() -> None:
    scene = Scene(severity="critical").until("rectifying").wait(days=1).do(report, "secretary", "已整改")  # 1
    scene.wait(days=1).do(check, "county", PASSED).wait(days=1).do(check, "bureau", REFUSED)
    scene.wait(days=1).do(progress, "teacher", Progress(task="K1", percent=100)).do(report, "secretary", "补")  # 1
    scene.wait(days=3).do(check, "county", REFUSED)
    scene.wait(days=1).do(progress, "teacher", Progress(task="K1", percent=100)).do(report, "secretary", "补")  # 1
    scene.do(check, "county", PASSED).wait(days=7).do(check, "bureau", PASSED)
    assert scene.issue.closings[-1].worked_days == 3


def test_a_finally_checked_issue_that_is_reopened_counts_on_from_its_reopening() -> None:
    scene = Scene(severity="critical").until("finally closed").wait(days=7).do(reopen, "bureau", REOPENED)
    scene.wait(days=2).do(report, "secretary", "再改").do(check, "county", PASSED).do(check, "bureau", PASSED)
    assert [closing.worked_days for closing in scene.issue.closings] == [0, 2]


def test_standing_issues_pass_two_stages() -> None:
    scene = Scene(mode="standing").until("reported")
    scene.do(check, "county", Verdict(passed=True, method="on_site", deadline="2026-05-29"))
    assert scene.history[-1].events == (("inspection.issue.stage_passed.v1", None),)
    assert (scene.issue.state, scene.issue.stages_passed) == ("rectifying", 1)
    assert scene.issue.due == Deadline(day="2026-05-29") == scene.issue.clock.due
    scene.wait(days=60).do(report, "secretary", "坚持").do(check, "county", PASSED)
    assert (scene.issue.state, scene.issue.closings[-1].kind) == ("closed", "stage_completed")


def test_the_next_check_date_is_suggested_when_none_is_set() -> None:
    scene = Scene(mode="standing").until("reported").do(check, "county", PASSED)
    assert scene.issue.next_check == Deadline(day="2026-03-23")


def test_a_critical_standing_issue_passes_each_stage_by_both_checks() -> None:
    scene = Scene(severity="critical", mode="standing").until("checked").do(check, "bureau", PASSED)
    assert (scene.issue.state, scene.issue.stages_passed) == ("rectifying", 1)
    assert scene.issue.next_check == Deadline(day="2026-03-09")


def test_a_false_closure_is_reopened_and_stays_visible() -> None:
    scene = Scene(mode="standing").until("reported").do(check, "county", PASSED)
    scene.do(report, "secretary", "坚持").do(check, "county", PASSED)
    step = scene.wait(days=30).do(reopen, "bureau", Reopening(reason="弄虚作假", deadline="2026-06-30")).history[-1]
    closing = step.issue.closings[-1]
    assert closing.false_closure
    assert (closing.reopened_reason, closing.reopened_by) == ("弄虚作假", step.actor)
    assert (step.issue.state, step.issue.stages_passed, step.issue.clock.reason) == ("rectifying", 0, "reopened")
    assert step.issue.due == Deadline(day="2026-06-30")


def test_self_found_issues_are_the_schools_own_until_submitted() -> None:
    scene = Scene().draft("cadre", source="self", visit=None).do(amend, "secretary", Amendment(severity="minor"))
    scene.do(submit, "secretary", None)
    assert (scene.issue.state, scene.issue.team) == ("submitted", None)
    scene.do(assign, "county", scene.order(severity="minor"))
    assert scene.issue.issuer == COUNTY


@pytest.mark.parametrize(("who", "source"), [("liaison", "liaison"), ("county", "survey"), ("bureau", "superior")])
def test_outside_visits_the_drafters_own_body_submits(who: str, source: str) -> None:
    scene = Scene().draft(who, source=source, visit=None).do(submit, who, None)
    assert (scene.issue.state, scene.issue.source) == ("submitted", source)


def test_a_colleague_of_the_drafter_submits_as_well() -> None:
    assert (
        Scene().draft("county", source="survey", visit=None).do(submit, "county two", None).issue.state == "submitted"
    )


def test_the_deputy_acts_only_while_the_secretary_is_away() -> None:
    assert authority("deputy").secretary() is None
    away = authority("deputy", secretary_away=True).secretary()
    assert away == Actor(person="deputy", role=roles.DEPUTY_SECRETARY, organisation="B1")


def test_withdrawing_says_why_and_stops_every_clock() -> None:
    step = Scene().until("rectifying").do(withdraw, "county", "重复登记").history[-1]
    assert (step.issue.withdrawn_reason, step.note, step.issue.clock.owner) == ("重复登记", "重复登记", "none")


def test_issues_of_a_visit_are_submitted_with_it() -> None:
    scene = Scene().draft().do(submit, "leader", visit("submitted"))
    assert scene.issue.submitted_at == AT_NINE
