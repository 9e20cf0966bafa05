"""What is asked and decided beside the straight way: objection, help, extension, doubles, corrections, cards."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_assigning import assign, merge
from services.inspection.domain.issue_checking import Verdict, check
from services.inspection.domain.issue_correcting import Correction, correct
from services.inspection.domain.issue_drafting import Amendment, Finding, amend, draft, withdraw
from services.inspection.domain.issue_extending import Decision, ask_extension, decide_extension
from services.inspection.domain.issue_helping import Answer, ask_help, decide_help, pass_up
from services.inspection.domain.issue_lights import light
from services.inspection.domain.issue_objecting import Ruling, decide_objection, object_to
from services.inspection.domain.issue_opinion import give_opinion
from services.inspection.domain.issue_planning import NewTask, plan, replan, sign
from services.inspection.domain.issue_pressing import (
    CardDecision,
    Reprimand,
    decide_card,
    issue_card,
    receive_card,
    urge,
)
from services.inspection.domain.issue_rectifying import Progress, progress, report
from services.inspection.domain.rules import Broken
from services.inspection.domain.workdays import add_working_days, working_days_between
from tests.unit.inspection_city import CALENDARS, visit
from tests.unit.inspection_scene import ACCEPTED, DECLINED, GRANTED, OVERRULED, PASSED, RED, STEPS, Scene


def refused(scene: Scene, command: Any, who: str, *arguments: Any) -> Broken:
    before = scene.issue
    with pytest.raises(Broken) as rule:
        scene.do(command, who, *arguments)
    assert scene.issue is before
    return rule.value


def days_later(day: str, n: int) -> str:
    return add_working_days(date.fromisoformat(day), n, CALENDARS).day


# Objection 异议


def test_an_objection_stops_the_schools_clock_and_starts_the_issuers() -> None:
    scene = Scene().until("objected")
    issue = scene.issue
    assert (issue.clock.owner, issue.clock.reason) == ("issuer", "objected")
    assert issue.clock.due == scene.moment.due(5, "decide_objection")
    assert [stop.until for stop in issue.stops] == [None]
    assert light(issue, scene.moment) is None


@pytest.mark.parametrize("state", ["assigned", "acknowledged"])
def test_overruled_it_goes_back_and_every_deadline_moves_by_the_stop(state: str) -> None:
    scene = Scene().until(state)
    before = scene.issue
    scene.do(object_to, "secretary", "与事实不符").wait(days=8).do(decide_objection, "county two", OVERRULED)
    issue = scene.issue
    stop = issue.stops[0]
    assert (issue.state, stop.days) == (state, 6)  # 2026-03-02 to 2026-03-10
    assert issue.deadline is not None
    assert before.deadline is not None
    assert issue.deadline.day == days_later(before.deadline.day, 6)
    assert issue.clock.due == issue.deadline
    assert issue.clock.owner == "school"
    assert issue.deadline.basis is not None
    assert issue.deadline.basis.stopped_days == 6
    new = state == "assigned"
    own, earlier = (i.acknowledge_by if new else i.plan_by for i in (issue, before))
    assert own is not None
    assert earlier is not None
    assert own.day == days_later(earlier.day, 6)
    if state == "acknowledged":
        assert issue.acknowledge_by == before.acknowledge_by


def test_upheld_it_is_withdrawn_with_the_reason() -> None:
    scene = Scene().until("objected").wait(days=1)
    scene.do(decide_objection, "bureau", Ruling(upheld=True, reason="查无此事"))
    issue = scene.issue
    assert (issue.state, issue.withdrawn_reason, issue.clock.owner) == ("withdrawn", "查无此事", "none")
    assert issue.stops[0].days == 1
    assert issue.objections[0].upheld
    assert scene.history[-1].note == "查无此事"


def test_a_school_objects_once() -> None:
    scene = Scene().until("objected").do(decide_objection, "county two", OVERRULED)
    assert refused(scene, object_to, "secretary", "还是不符").code == "objected-before"


def test_an_objection_comes_within_three_working_days_of_the_receipt() -> None:
    scene = Scene().until("acknowledged")  # Monday
    late = Scene().until("acknowledged").wait(days=4)  # Friday
    rule = refused(late, object_to, "secretary", "与事实不符")
    assert (rule.code, rule.detail["day"]) == ("too-late-to-object", "2026-03-05")
    assert scene.wait(days=3).do(object_to, "secretary", "与事实不符").issue.state == "objected"


def test_how_long_an_objection_may_take_is_configuration() -> None:
    scene = Scene(object_days=4).until("acknowledged").wait(days=4)
    assert scene.do(object_to, "secretary", "与事实不符").issue.state == "objected"


def test_before_the_receipt_an_objection_is_never_late() -> None:
    assert Scene().until("assigned").wait(days=40).do(object_to, "secretary", "不符").issue.state == "objected"


def test_the_assigner_does_not_decide_and_nobody_of_the_school() -> None:
    assert refused(Scene().until("objected"), decide_objection, "county", OVERRULED).code == "decides-own-assignment"
    assert refused(Scene().until("objected"), decide_objection, "secretary", OVERRULED).code == "not-allowed"


def test_a_decision_says_why() -> None:
    bare = Ruling(upheld=True, reason=" ")
    assert refused(Scene().until("objected"), decide_objection, "county two", bare).code == "text-missing"


def test_withdrawing_what_is_objected_to_ends_the_stop() -> None:
    scene = Scene().until("objected").wait(days=1).do(withdraw, "county", "误登")
    assert scene.issue.stops[0].until == scene.moment.text
    assert scene.issue.objections[0].upheld is None


def test_the_deputy_objects_only_while_the_secretary_is_away() -> None:
    scene = Scene().until("assigned")
    assert refused(scene, object_to, "deputy", "不符").code == "not-allowed"


# Help 提请上级协调


@pytest.mark.parametrize("state", ["acknowledged", "signed", "rectifying"])
def test_refused_help_leads_back_and_the_clock_resumes(state: str) -> None:
    scene = Scene().until(state)
    before = scene.issue
    scene.do(ask_help, "secretary", "缺用地").wait(days=3).do(decide_help, "county", DECLINED)
    issue = scene.issue
    assert (issue.state, issue.helper) == (before.state, None)
    assert before.deadline is not None
    assert issue.deadline is not None
    assert issue.deadline.day == days_later(before.deadline.day, 3)
    assert issue.clock == replace(issue.clock, owner="school", due=issue.deadline, reason="help_refused")
    for task, was in zip(issue.tasks, before.tasks, strict=True):
        assert task.deadline.day == (was.deadline.day if was.done_at else days_later(was.deadline.day, 3))


def test_accepted_help_makes_the_body_the_answerable_lead_with_a_deadline_of_its_own() -> None:
    scene = Scene().until("signed")
    teacher = scene.issue.lead
    scene.do(ask_help, "secretary", "缺用地").wait(days=2).do(decide_help, "county", ACCEPTED)
    issue = scene.issue
    assert (issue.state, issue.helper) == ("acknowledged", "230822")
    assert issue.deadline is not None
    assert issue.deadline.day == "2026-09-30"
    assert (issue.clock.owner, issue.clock.due) == ("body", issue.deadline)
    assert issue.lead is not None
    assert (issue.lead.person, issue.lead.signed_at) == ("county", None)
    assert teacher is not None
    kept = issue.responsibilities[0]
    assert (kept.person, kept.signed_at, kept.in_force) == ("teacher", teacher.signed_at, False)
    assert [help_.outcome for help_ in issue.helps] == ["accepted"]


def test_without_a_day_the_body_takes_the_suggested_deadline() -> None:
    scene = Scene().until("help_asked").do(decide_help, "county", Answer(accepted=True, reason="受理"))
    assert scene.issue.deadline == scene.moment.due(15, "deadline_major")


def helped(severity: Any = "major") -> Scene:
    """As far as the report of the body that leads."""
    scene = Scene(severity=severity).until("helped")
    scene.do(plan, "county", scene.plan()).do(sign, "county")
    return scene.do(progress, "county", Progress(task="K1", percent=100, evidence=("E1",)))


def test_the_body_plans_signs_and_reports_and_another_checks() -> None:
    scene = helped()
    assert scene.history[-1].actor.organisation == "230822"
    assert refused(scene, report, "secretary", "完毕").code == "not-allowed"
    scene.do(report, "county", "完毕")
    assert scene.issue.clock.owner == "checker"
    assert refused(scene, check, "county", PASSED).code == "judges-own-work"
    assert scene.do(check, "county two", PASSED).issue.state == "closed"


def test_what_is_returned_goes_back_to_the_body() -> None:
    scene = helped().do(report, "county", "完毕")
    scene.do(check, "bureau", Verdict(passed=False, method="on_site", reason="没做", deadline="2026-10-30"))
    assert (scene.issue.state, scene.issue.clock.owner) == ("returned", "body")


def test_the_team_leader_does_not_check_what_the_county_did() -> None:
    scene = helped("minor").do(report, "county", "完毕")
    assert refused(scene, check, "leader", PASSED).code == "not-allowed"


def test_what_the_bureau_did_is_checked_by_the_bureau() -> None:
    scene = Scene().until("help_asked").do(pass_up, "county", "需市里协调").do(decide_help, "bureau", ACCEPTED)
    scene.do(plan, "bureau", scene.plan()).do(sign, "bureau")
    scene.do(progress, "bureau", Progress(task="K1", percent=100, evidence=("E1",))).do(report, "bureau", "完毕")
    assert refused(scene, check, "county", PASSED).code == "not-allowed"
    assert refused(scene, check, "bureau", PASSED).code == "judges-own-work"
    assert scene.do(check, "bureau two", PASSED).issue.state == "closed"


def test_the_lead_is_of_the_body_and_people_of_the_school_may_stand_beside() -> None:
    scene = Scene().until("helped")
    assert refused(scene, plan, "county", replace(scene.plan(), lead="teacher")).code == "lead-of-body"
    scene.do(plan, "county", scene.plan(others=("teacher",)))
    assert scene.issue.lead is not None
    assert scene.issue.lead.person == "county"
    assert scene.issue.responsible("teacher") is not None


def test_the_lead_signs_after_the_bodys_plan_within_its_time() -> None:
    scene = Scene().until("helped").wait(days=4)
    scene.do(plan, "county", scene.plan())
    assert scene.issue.lead is not None
    assert scene.issue.lead.sign_by == scene.moment.due(3, "sign")


def test_the_body_may_change_its_lead() -> None:
    scene = helped()
    scene.do(replan, "county", replace(scene.plan(), lead="county two"), "分工调整")
    assert scene.issue.lead is not None
    assert scene.issue.lead.person == "county two"


def test_the_school_neither_objects_nor_asks_again_once_a_body_leads() -> None:
    for command in (object_to, ask_help):
        assert refused(Scene().until("helped"), command, "secretary", "再说").code == "help-leads"


def test_passed_up_the_bureau_decides_in_a_time_of_its_own() -> None:
    scene = Scene().until("help_asked").wait(days=3).do(pass_up, "county", "需市里协调")
    assert scene.issue.helps[-1].body == "230800"
    assert scene.issue.clock.due == scene.moment.due(5, "decide_help")
    assert refused(scene, decide_help, "county", DECLINED).code == "not-allowed"
    assert refused(scene, pass_up, "bureau", "再转").code == "nothing-above"
    assert scene.wait(days=1).do(decide_help, "bureau", DECLINED).issue.state == "planned"
    assert scene.issue.stops[0].days == 4  # both bodies' time


def test_a_city_direct_school_asks_the_bureau() -> None:
    scene = Scene(at="S3").until("help_asked")
    assert scene.issue.helps[-1].body == "230800"
    assert scene.do(decide_help, "bureau", ACCEPTED).issue.helper == "230800"


def test_help_that_is_refused_sets_no_deadline() -> None:
    answer = replace(DECLINED, deadline="2026-09-30")
    assert refused(Scene().until("help_asked"), decide_help, "county", answer).code == "deadline-needless"


def test_what_the_school_did_on_a_task_is_kept_when_the_body_plans_it_too() -> None:
    scene = Scene().until("signed").do(progress, "teacher", Progress(task="K1", percent=60, evidence=("E1",)))
    scene.do(ask_help, "secretary", "缺用地").do(decide_help, "county", ACCEPTED)
    scene.do(plan, "county", scene.plan(tasks=(NewTask(id="K9", measure="建室", target="有场所"),)))
    assert [(task.id, task.percent) for task in scene.issue.tasks] == [("K1", 60)]


def test_days_to_close_leave_out_every_stop() -> None:
    scene = Scene().until("assigned")  # 2026-03-02, Monday
    scene.do(object_to, "secretary", "不符").wait(days=3).do(decide_objection, "county two", OVERRULED)
    for step in ("acknowledge", "plan", "sign", "progress"):
        STEPS[step](scene)
    scene.wait(days=1).do(ask_help, "secretary", "缺用地").wait(days=4).do(decide_help, "county", DECLINED)
    scene.wait(days=1).do(report, "secretary", "完毕").do(check, "county", PASSED)
    whole = working_days_between(date(2026, 3, 2), scene.moment.day, CALENDARS)
    stopped = sum(stop.days or 0 for stop in scene.issue.stops)
    assert (whole, stopped) == (7, 5)
    assert scene.issue.closings[-1].worked_days == 2


# Extension 延期


def test_a_granted_extension_is_in_force_at_once() -> None:
    scene = Scene().until("rectifying").do(ask_extension, "secretary", "2026-04-30", "等待招标")
    asked = scene.issue
    assert asked.clock.owner == "school"
    scene.do(decide_extension, "county", GRANTED)
    issue = scene.issue
    assert issue.deadline is not None
    assert issue.deadline.day == "2026-04-30"
    assert issue.clock == replace(asked.clock, due=issue.deadline)
    extension = issue.extensions[0]
    assert (extension.outcome, extension.deadline, extension.granted) == ("granted", asked.deadline, issue.deadline)


def test_the_issuing_body_may_grant_another_day_but_none_before_the_one_in_force() -> None:
    scene = Scene().until("rectifying").do(ask_extension, "secretary", "2026-04-30", "等待招标")
    early = Decision(granted=True, reason="至多到期限", day="2026-03-10")
    assert refused(scene, decide_extension, "county", early).code == "not-later"
    scene.do(decide_extension, "county", Decision(granted=True, reason="准予", day="2026-04-10"))
    assert scene.issue.due.day == "2026-04-10"


def test_a_refused_extension_changes_no_deadline_and_was_the_one() -> None:
    scene = Scene().until("rectifying").do(ask_extension, "secretary", "2026-04-30", "等待招标")
    due = scene.issue.due
    scene.do(decide_extension, "county", Decision(granted=False, reason="理由不足"))
    assert (scene.issue.due, scene.issue.extensions[0].outcome) == (due, "refused")
    assert refused(scene, ask_extension, "secretary", "2026-04-30", "再请").code == "asked-before"


def test_how_often_is_configuration() -> None:
    scene = Scene(extensions=2).until("rectifying").do(ask_extension, "secretary", "2026-04-30", "等待招标")
    scene.do(decide_extension, "county", GRANTED).do(ask_extension, "secretary", "2026-05-29", "再请")
    assert len(scene.issue.extensions) == 2


def test_an_extension_is_asked_before_the_due_day() -> None:
    scene = Scene().until("rectifying")
    due = date.fromisoformat(scene.issue.due.day)
    scene.wait(days=(due - scene.moment.day).days - 1)
    eve = Scene().until("rectifying").wait(days=(due - date(2026, 3, 2)).days)
    rule = refused(eve, ask_extension, "secretary", "2026-04-30", "等待招标")
    assert (rule.code, rule.detail["day"]) == ("too-late-to-extend", due.isoformat())
    assert len(scene.do(ask_extension, "secretary", "2026-04-30", "等待招标").issue.extensions) == 1


def test_an_extension_goes_beyond_the_deadline_in_force() -> None:
    scene = Scene().until("rectifying")
    assert refused(scene, ask_extension, "secretary", scene.issue.due.day, "等待").code == "not-later"


def test_the_report_makes_an_undecided_extension_lapse() -> None:
    scene = Scene().until("rectifying").do(ask_extension, "secretary", "2026-04-30", "等待招标")
    scene.do(report, "secretary", "完毕")
    assert scene.issue.extensions[0].outcome == "lapsed"
    assert refused(scene, decide_extension, "county", GRANTED).code == "illegal-step"


def test_accepted_help_makes_an_undecided_extension_lapse() -> None:
    scene = Scene().until("planned").do(ask_extension, "secretary", "2026-04-30", "等待招标")
    scene.do(ask_help, "secretary", "缺用地").do(decide_help, "county", ACCEPTED)
    assert scene.issue.extensions[0].outcome == "lapsed"


def test_who_leads_does_not_grant_their_own_extension() -> None:
    scene = Scene().until("helped").do(ask_extension, "county", "2026-10-30", "等待招标")
    assert refused(scene, decide_extension, "county", GRANTED).code == "decides-own-request"
    assert scene.do(decide_extension, "county two", GRANTED).issue.due.day == "2026-10-30"


def test_a_standing_issues_check_date_is_what_is_extended() -> None:
    scene = Scene(mode="standing").until("rectifying").do(ask_extension, "secretary", "2026-06-30", "学期末")
    scene.do(decide_extension, "county", GRANTED)
    assert (scene.issue.deadline, scene.issue.due.day) == (None, "2026-06-30")


def test_a_task_with_a_date_of_its_own_keeps_it_when_the_issue_is_extended() -> None:
    first = NewTask(id="K1", measure="建室", target="有场所", deadline="2026-03-10")
    second = NewTask(id="K2", measure="挂牌", target="有标识")
    scene = Scene().until("acknowledged")
    scene.do(plan, "secretary", scene.plan(tasks=(first, second)))
    scene.do(ask_extension, "secretary", "2026-04-30", "等待招标").do(decide_extension, "county", GRANTED)
    assert [task.deadline.day for task in scene.issue.tasks] == ["2026-03-10", "2026-04-30"]


def test_who_may_assign_a_critical_finding_may_merge_it() -> None:
    scene = Scene().draft(severity="critical")
    STEPS["submit"](scene)
    assert refused(scene, merge, "county", scene.other).code == "not-allowed"
    assert scene.do(merge, "bureau", scene.other).issue.state == "merged"


# Doubles 合并, recurrences 反弹, corrections 更正


def test_a_double_is_merged_into_an_assigned_issue_and_runs_no_clock() -> None:
    scene = Scene().until("merged")
    assert (scene.issue.merged_into, scene.issue.clock.owner, scene.issue.number) == ("I2", "none", None)


def other(**changes: Any) -> Issue:
    return replace(Scene().draft().other, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"id": "I1"}, {"school": "S9"}, {"state": "submitted"}, {"state": "closed"}, {"source": "inspection_tour"}],
    ids=lambda changes: next(iter(changes)) if isinstance(changes, dict) else "",
)
def test_a_double_is_merged_only_into_another_open_assigned_issue_of_its_school(changes: dict[str, Any]) -> None:
    scene = Scene().until("submitted")
    assert refused(scene, merge, "county", other(**changes)).code == "bad-merge"


def closed(**changes: Any) -> Issue:
    return replace(Scene().until("closed").issue, id="I0", **changes)


def test_a_recurrence_is_a_new_issue_that_names_the_closed_one() -> None:
    scene = Scene().draft(recurs_of=closed())
    assert (scene.issue.recurs_of, scene.issue.state) == ("I0", "drafted")
    again = Scene().until("submitted").do(assign, "county", Scene().order(recurs_of=closed()))
    assert again.issue.recurs_of == "I0"


@pytest.mark.parametrize("changes", [{"school": "S9"}, {"state": "rectifying"}, {"source": "inspection_tour"}])
def test_only_a_closed_issue_of_the_school_recurs(changes: dict[str, Any]) -> None:
    scene = Scene()
    finding = Finding(id="I1", source="supervision", description="又坏了", area="其他", visit=visit())
    with pytest.raises(Broken) as rule:
        draft(replace(finding, recurs_of=closed(**changes)), scene.authority("member"), scene.moment)
    assert rule.value.code == "bad-recurrence"


def test_both_wordings_of_a_corrected_finding_stay_visible() -> None:
    scene = Scene().until("acknowledged")
    scene.do(correct, "county", Correction(reason="记错房间", description="没有党员活动室", area="其他"))
    issue = scene.issue
    assert (issue.description, issue.area) == ("没有党员活动室", "其他")
    before = issue.revisions[-1]
    assert (before.kind, before.description, before.area) == ("corrected", "没有党员活动场所", "“六有”阵地")
    assert (before.reason, before.by.person) == ("记错房间", "county")


def test_both_wordings_of_an_amended_finding_stay_visible() -> None:
    scene = Scene().until("drafted").do(amend, "member", Amendment(description="改", severity="minor"))
    assert [(r.kind, r.description, r.severity) for r in scene.issue.revisions] == [
        ("amended", "没有党员活动场所", None)
    ]


def test_a_correction_corrects_something_and_says_why() -> None:
    scene = Scene().until("assigned")
    same = Correction(reason="再看", description=scene.issue.description)
    assert refused(scene, correct, "county", same).code == "nothing-corrected"
    assert refused(scene, correct, "county", Correction(reason="", description="改")).code == "text-missing"


def test_revisions_are_bounded() -> None:
    scene = Scene(revisions=1).until("assigned").do(correct, "county", Correction(reason="一", description="改一"))
    assert refused(scene, correct, "county", Correction(reason="二", description="改二")).code == "too-many-revisions"


# The team's opinion 督导组意见


def test_the_teams_newest_opinion_goes_along_with_the_check() -> None:
    scene = Scene().until("reported").do(give_opinion, "member", "尚可").do(give_opinion, "leader", "已到位")
    scene.do(check, "county", PASSED)
    assert scene.issue.checks[-1].opinion == "已到位"


def test_an_opinion_on_earlier_work_does_not_go_along_with_the_next_check() -> None:
    scene = Scene().until("reported").do(give_opinion, "member", "没做").wait(hours=1)
    scene.do(check, "county", Verdict(passed=False, method="on_site", reason="没做", deadline="2026-06-30"))
    assert scene.issue.checks[-1].opinion == "没做"
    scene.wait(hours=1).do(progress, "teacher", Progress(task="K1", percent=100)).do(report, "secretary", "完毕")
    assert scene.do(check, "county", PASSED).issue.checks[-1].opinion is None


def test_what_the_checker_writes_stands_before_the_teams_opinion() -> None:
    scene = Scene().until("reported").do(give_opinion, "member", "尚可")
    scene.do(check, "county", replace(PASSED, opinion="督导组口头同意"))
    assert scene.issue.checks[-1].opinion == "督导组口头同意"


def test_a_member_of_the_schools_own_branch_gives_no_opinion() -> None:
    assert refused(Scene().until("reported"), give_opinion, "own member", "好").code == "own-school"


# Urging 催办, cards 督办单


def test_an_issue_is_urged_once_a_day() -> None:
    scene = Scene().until("planned").do(urge, "county", None)
    assert (scene.issue.state, scene.issue.urgings[0].note) == ("planned", None)
    assert refused(scene, urge, "bureau", None).code == "urged-today"
    assert len(scene.wait(days=1).do(urge, "bureau", "再催").issue.urgings) == 2


def test_the_day_of_an_urging_is_that_of_china() -> None:
    scene = Scene().until("planned").wait(hours=14).do(urge, "county", None)  # 23:00 in Asia/Shanghai
    assert len(scene.wait(hours=2).do(urge, "county", None).issue.urgings) == 2


def test_a_card_is_received_and_decided_once() -> None:
    scene = Scene().until("planned").do(issue_card, "bureau", RED)
    scene.do(receive_card, "deputy", "DB-1")
    assert refused(scene, receive_card, "secretary", "DB-1").code == "card-received"
    scene.do(decide_card, "bureau two", CardDecision(card="DB-1", met=False, reason="仍未整改"))
    again = CardDecision(card="DB-1", met=True, reason="补")
    assert refused(scene, decide_card, "bureau two", again).code == "card-decided"
    card = scene.issue.cards[0]
    assert (card.outcome, card.received_by is not None, card.proposes) == ("unmet", True, None)


def test_a_card_is_received_whatever_became_of_the_issue() -> None:
    scene = Scene().until("rectifying").do(issue_card, "bureau", RED).do(report, "secretary", "完毕")
    scene.do(check, "county", PASSED).do(receive_card, "secretary", "DB-1")
    assert scene.issue.cards[0].received_at is not None


@pytest.mark.parametrize(
    ("colour", "earlier", "proposed"),
    [("red", 0, None), ("red", 1, "talk"), ("red", 2, "notice"), ("red", 9, "notice"), ("yellow", 5, None)],
)
def test_repeated_red_cards_propose(colour: Any, earlier: int, proposed: str | None) -> None:
    card = Reprimand(number="DB-2", colour=colour, reason="逾期", deadline="2026-06-30", earlier_red=earlier)
    assert Scene().until("planned").do(issue_card, "bureau", card).issue.cards[0].proposes == proposed


def test_what_stands_still_is_not_pressed() -> None:
    for state in ("objected", "help_asked", "reported"):
        for command, argument in ((urge, None), (issue_card, RED)):
            assert refused(Scene().until(state), command, "bureau", argument).code == "illegal-step"


def test_the_body_that_leads_is_urged_and_gets_no_card() -> None:
    assert refused(Scene().until("helped"), issue_card, "bureau", RED).code == "help-leads"
    assert Scene().until("helped").do(urge, "bureau", None).issue.urgings


def test_a_cards_deadline_is_a_day_to_come() -> None:
    past = replace(RED, deadline="2026-02-27")
    assert refused(Scene().until("planned"), issue_card, "bureau", past).code == "deadline-in-past"


# Lights 绿黄红


@pytest.mark.parametrize(
    ("day", "colour"),
    [("2026-03-02", "green"), ("2026-03-17", "green"), ("2026-03-18", "yellow"), ("2026-03-23", "yellow"),
     ("2026-03-24", "red")],
)  # fmt: skip
def test_the_light_follows_the_calendar(day: str, colour: str) -> None:
    scene = Scene().until("planned")
    assert scene.issue.due.day == "2026-03-23"
    scene.wait(days=(date.fromisoformat(day) - scene.moment.day).days)
    assert light(scene.issue, scene.moment) == colour


def test_a_task_behind_its_own_date_turns_the_light_yellow() -> None:
    tasks = (NewTask(id="K1", measure="建室", target="有场所", deadline="2026-03-03"),)
    scene = Scene().until("acknowledged")
    scene.do(plan, "secretary", scene.plan(tasks=tasks))
    assert light(scene.wait(days=1).issue, scene.moment) == "green"
    assert light(scene.wait(days=1).issue, scene.moment) == "yellow"


def test_an_extension_turns_a_red_light_green_again() -> None:
    scene = (
        Scene().until("planned").wait(days=10).do(ask_extension, "secretary", "2026-06-30", "等待招标").wait(days=20)
    )
    assert light(scene.issue, scene.moment) == "red"
    scene.do(decide_extension, "county", GRANTED)
    assert light(scene.issue, scene.moment) == "green"
