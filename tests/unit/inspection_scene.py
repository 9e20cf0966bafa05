"""A driver of commands: tests build every state by past commands, never by hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Issue, Mode, Severity, Step
from services.inspection.domain.issue_assigning import Order, acknowledge, assign, merge
from services.inspection.domain.issue_checking import Reopening, Verdict, check, reopen
from services.inspection.domain.issue_correcting import Correction, correct
from services.inspection.domain.issue_drafting import Amendment, Finding, amend, draft, submit, withdraw
from services.inspection.domain.issue_extending import Decision, ask_extension, decide_extension
from services.inspection.domain.issue_helping import Answer, ask_help, decide_help, pass_up
from services.inspection.domain.issue_objecting import Ruling, decide_objection, object_to
from services.inspection.domain.issue_opinion import give_opinion
from services.inspection.domain.issue_planning import NewTask, Plan, plan, replan, sign
from services.inspection.domain.issue_pressing import (
    CardDecision,
    Reprimand,
    decide_card,
    issue_card,
    receive_card,
    urge,
)
from services.inspection.domain.issue_rectifying import Progress, progress, report
from services.inspection.domain.moment import Moment
from services.inspection.domain.terms import DEFAULT_TERMS
from tests.unit.inspection_city import CALENDARS, CITY, DIRECT_STAFF, MONDAY, STAFF, authority, place, visit

ONE_TASK: Final = (NewTask(id="K1", measure="建室", target="有场所"),)


def a_plan(*tasks: NewTask, lead: str = "teacher", others: tuple[str, ...] = (), **other: Any) -> Plan:
    """A plan of one task, led by the teacher, unless told otherwise."""
    return Plan(
        tasks=tasks or (NewTask(id="K1", measure="建室", target="有场所"),),
        lead=lead,
        others=others,
        staff=STAFF,
        **other,
    )


REFUSED: Final = Verdict(passed=False, method="on_site", reason="没有做到", deadline="2026-06-30")
PASSED: Final = Verdict(passed=True, method="evidence")
OVERRULED: Final = Ruling(upheld=False, reason="事实清楚")
ACCEPTED: Final = Answer(accepted=True, reason="由县局协调", deadline="2026-09-30")
DECLINED: Final = Answer(accepted=False, reason="学校可以自行解决")
GRANTED: Final = Decision(granted=True, reason="情况属实")
RED: Final = Reprimand(number="DB-1", colour="red", reason="逾期未改", deadline="2026-06-30")
REOPENED: Final = Reopening(reason="虚假销号", deadline="2026-06-30")


class Scene:
    """One issue and the commands given on it, at a clock that stands still unless moved."""

    def __init__(self, severity: Severity = "major", mode: Mode = "deadline", at: str = "S1", **terms: int) -> None:
        self.severity, self.mode = severity, mode
        self.place = place(at)
        self.now = MONDAY
        self.terms = replace(DEFAULT_TERMS, **terms)  # type: ignore[arg-type]  # only numbers are varied
        self.history: list[Step] = []
        direct = self.place.city_direct
        self.secretary = "direct secretary" if direct else "secretary"
        self.teacher = "direct teacher" if direct else "teacher"
        self.first = {"minor": "leader"}.get(severity, "bureau" if direct else "county")
        self.issuer = "bureau" if direct or severity == "critical" else "county"

    @property
    def issue(self) -> Issue:
        """The issue as it stands."""
        return self.history[-1].issue

    @property
    def moment(self) -> Moment:
        """Now."""
        return Moment(self.now, CALENDARS, self.terms)

    def authority(self, who: str) -> Authority:
        """Somebody's authority at the issue's school."""
        return authority(who, self.place)

    def wait(self, **by: float) -> "Scene":
        """Lets time pass."""
        self.now += timedelta(**by)
        return self

    def draft(self, who: str = "member", **finding: Any) -> "Scene":
        """登记, by a member of the visiting team unless told otherwise."""
        plain: dict[str, Any] = {
            "id": "I1", "source": "supervision", "description": "没有党员活动场所", "area": "“六有”阵地",
            "visit": visit(at=self.place.school),
        }  # fmt: skip
        self.history.append(draft(Finding(**plain | finding), self.authority(who), self.moment))
        return self

    def do(self, command: Callable[..., Step], who: str, *arguments: Any) -> "Scene":
        """One command by somebody."""
        self.history.append(command(self.issue, self.authority(who), self.moment, *arguments))
        return self

    def plan(self, **changes: Any) -> Plan:
        """A plan for this school, led by whoever answers: one of its people, or the officer of the body that leads."""
        staff = DIRECT_STAFF if self.place.city_direct else STAFF
        body = frozenset({"bureau", "bureau two", "both"} if self.issue.helper == CITY else {"county", "county two"})
        lead = self.teacher if self.issue.helper is None else self.answering
        return replace(a_plan(lead=lead), staff=staff, officers=body if self.issue.helper else frozenset(), **changes)

    @property
    def answering(self) -> str:
        """Who plans and reports: the secretary, or an officer of the body that leads."""
        if self.issue.helper is None:
            return self.secretary
        return "bureau" if self.issue.helper == CITY else "county"

    @property
    def other(self) -> "Issue":
        """Another issue of the same school, assigned: doubles are merged into it."""
        scene = Scene(at=self.place.school).draft(id="I2")
        STEPS["submit"](scene)
        STEPS["assign"](scene)
        return scene.issue

    def order(self, **changes: Any) -> Order:
        """An order of the issue's severity and mode."""
        return replace(Order(number="2026-0001", severity=self.severity, mode=self.mode), **changes)

    def until(self, state: str) -> "Scene":
        """From nothing to a state, by the shortest way the rules know."""
        for step in WAYS[state]:
            STEPS[step](self)
        return self


def _submit(scene: Scene) -> None:
    scene.do(submit, "leader", visit("submitted", at=scene.place.school))


def _progress(scene: Scene) -> None:
    scene.do(progress, scene.teacher, Progress(task="K1", percent=100, note="已建成", evidence=("E1",)))


STEPS: Final[Mapping[str, Callable[[Scene], object]]] = {
    "draft": lambda s: s.draft(),
    "submit": _submit,
    "assign": lambda s: s.do(assign, s.issuer, s.order()),
    "acknowledge": lambda s: s.do(acknowledge, s.secretary),
    "plan": lambda s: s.do(plan, s.secretary, s.plan()),
    "sign": lambda s: s.do(sign, s.teacher),
    "progress": _progress,
    "report": lambda s: s.do(report, s.secretary, "已整改"),
    "pass": lambda s: s.do(check, s.first, PASSED),
    "final pass": lambda s: s.do(check, "bureau two", PASSED),
    "refuse": lambda s: s.do(check, s.first, REFUSED),
    "withdraw": lambda s: s.do(withdraw, s.issuer, "误登"),
    "object": lambda s: s.do(object_to, s.secretary, "与事实不符"),
    "ask help": lambda s: s.do(ask_help, s.secretary, "需上级协调用地"),
    "accept help": lambda s: s.do(decide_help, "bureau" if s.place.city_direct else "county", ACCEPTED),
    "merge": lambda s: s.do(merge, s.issuer, s.other),
    "card": lambda s: s.do(issue_card, "bureau", RED),
    "ask extension": lambda s: s.do(ask_extension, s.answering, "2026-07-31", "等待招标"),
}
_TO_REPORT: Final = ("draft", "submit", "assign", "acknowledge", "plan", "sign", "progress", "report")
WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "drafted": _TO_REPORT[:1],
    "submitted": _TO_REPORT[:2],
    "assigned": _TO_REPORT[:3],
    "acknowledged": _TO_REPORT[:4],
    "planned": _TO_REPORT[:5],
    "signed": _TO_REPORT[:6],
    "rectifying": _TO_REPORT[:7],
    "reported": _TO_REPORT,
    "checked": (*_TO_REPORT, "pass"),
    "closed": (*_TO_REPORT, "pass"),
    "finally closed": (*_TO_REPORT, "pass", "final pass"),
    "returned": (*_TO_REPORT, "refuse"),
    "withdrawn": (*_TO_REPORT[:3], "withdraw"),
    "objected": (*_TO_REPORT[:4], "object"),
    "help_asked": (*_TO_REPORT[:5], "ask help"),
    "helped": (*_TO_REPORT[:5], "ask help", "accept help"),
    "merged": (*_TO_REPORT[:2], "merge"),
}
ASIDES: Final[Mapping[str, Callable[..., Step]]] = {
    "object": object_to, "decide_objection": decide_objection, "ask_help": ask_help, "pass_up": pass_up,
    "decide_help": decide_help, "ask_extension": ask_extension, "decide_extension": decide_extension, "merge": merge,
    "correct": correct, "give_opinion": give_opinion, "urge": urge, "issue_card": issue_card,
    "receive_card": receive_card, "decide_card": decide_card,
}  # fmt: skip
ASIDE_ARGUMENTS: Final[Mapping[str, Callable[[Scene], tuple[Any, ...]]]] = {
    "object": lambda _: ("与事实不符",),
    "decide_objection": lambda _: (OVERRULED,),
    "ask_help": lambda _: ("需上级协调用地",),
    "pass_up": lambda _: ("需市里协调",),
    "decide_help": lambda _: (ACCEPTED,),
    "ask_extension": lambda _: ("2026-12-31", "等待招标"),
    "decide_extension": lambda _: (GRANTED,),
    "merge": lambda s: (s.other,),
    "correct": lambda _: (Correction(reason="笔误", description="没有党员活动室"),),
    "give_opinion": lambda _: ("已见成效",),
    "urge": lambda _: ("请抓紧",),
    "issue_card": lambda _: (RED,),
    "receive_card": lambda _: ("DB-1",),
    "decide_card": lambda _: (CardDecision(card="DB-1", met=True, reason="已落实"),),
}
COMMANDS: Final[Mapping[str, Callable[..., Step]]] = {
    "amend": amend, "submit": submit, "assign": assign, "acknowledge": acknowledge, "plan": plan, "replan": replan,
    "sign": sign, "progress": progress, "report": report, "check": check, "withdraw": withdraw, "reopen": reopen,
}  # fmt: skip
ARGUMENTS: Final[Mapping[str, Callable[[Scene], tuple[Any, ...]]]] = {
    "amend": lambda _: (Amendment(description="没有党员活动室"),),
    "submit": lambda s: (visit("submitted", at=s.place.school),),
    "assign": lambda s: (s.order(),),
    "acknowledge": lambda _: (),
    "plan": lambda s: (s.plan(),),
    "replan": lambda s: (s.plan(), "调整"),
    "sign": lambda _: (),
    "progress": lambda _: (Progress(task="K1", percent=50),),
    "report": lambda _: ("已整改",),
    "check": lambda _: (PASSED,),
    "withdraw": lambda _: ("误登",),
    "reopen": lambda _: (REOPENED,),
}
