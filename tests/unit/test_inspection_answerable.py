"""From the plan on exactly one answers for each open issue, who is there and may act; and nobody judges own work.

Whatever moves: people, seats, absences, officers, help of higher bodies, counties and branches of schools.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.inspection.domain import actor as roles
from services.inspection.domain import issue_helping, registry
from services.inspection.domain import issue_planning as planning
from services.inspection.domain.answering import Answerable, Here
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Issue, Step
from services.inspection.domain.issue_assigning import Order, acknowledge, assign
from services.inspection.domain.issue_checking import Reopening, Verdict, check, reopen
from services.inspection.domain.issue_drafting import Finding, draft, submit, withdraw
from services.inspection.domain.issue_helping import Answer, ask_help, decide_help, pass_up
from services.inspection.domain.issue_objecting import Ruling, decide_objection, object_to
from services.inspection.domain.issue_planning import NewTask, Plan
from services.inspection.domain.issue_rectifying import Progress, progress, report
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import Broken
from tests.unit import answering_world
from tests.unit.answering_world import DIVISIONS, EVERYBODY, OFFICERS, SCHOOLS, SEATS, STAFF, World
from tests.unit.inspection_city import CITY

ISSUES: Final = ("I1", "I2")
DAY: Final = "2026-12-25"
Try = Callable[[Issue, Authority, Moment], Step]
schools, issues, people = st.sampled_from(SCHOOLS), st.sampled_from(ISSUES), st.sampled_from(EVERYBODY)


def from_(first: str) -> list[str]:
    """Everybody, beginning with one."""
    at = EVERYBODY.index(first)
    return [*EVERYBODY[at:], *EVERYBODY[:at]]


def _planned(wanted: Plan, issue: Issue, authority: Authority, moment: Moment) -> Step:
    return planning.plan(issue, authority, moment, wanted)


def _replanned(wanted: Plan, issue: Issue, authority: Authority, moment: Moment) -> Step:
    return planning.replan(issue, authority, moment, wanted, "调整")


class Moving(RuleBasedStateMachine):
    """Two issues of two schools in a city that does not stand still."""

    world: World
    on_their_way: bool = False

    @initialize(at=st.lists(schools, min_size=2, max_size=2), severity=st.sampled_from(["minor", "major", "critical"]))
    def two_issues(self, at: list[str], severity: Any) -> None:
        """Assigned by their county."""
        self.world = World()
        for id_, school in zip(ISSUES, at, strict=True):
            finding = Finding(id=id_, source="survey", description="没有场所", area="其他", severity=severity)
            where = self.world.authority("bureau one", school)
            issue = draft(finding, where, self.world.moment).issue
            issue = submit(issue, where, self.world.moment, None).issue
            order = Order(number=id_, severity=severity, mode="deadline")
            self.world.took(issue, assign(issue, where, self.world.moment, order))

        self.on_their_way = True

    @precondition(lambda self: self.on_their_way)
    @rule(leads=st.lists(st.sampled_from(STAFF), min_size=2, max_size=2), reported=st.booleans())
    def are_planned(self, leads: list[str], reported: bool) -> None:
        """Both, and reported or not: most moves come after that."""
        self.on_their_way = False
        for id_, lead in zip(ISSUES, leads, strict=True):
            self.is_planned(id_, lead, lead)
            if reported:
                self.is_rectified(id_, lead)

    # Time, people, structure

    @rule(hours=st.sampled_from([1, 9, 24, 72]))
    def time_passes(self, hours: int) -> None:
        """A while later."""
        self.world.now += timedelta(hours=hours)

    @rule(who=st.sampled_from(STAFF), to=st.sampled_from([*SCHOOLS, None]))
    def moves(self, who: str, to: str | None) -> None:
        """To another school, or to none."""
        self.world.changed(homes={**self.world.homes, who: to})

    @rule(who=people, seat=st.sampled_from(sorted(SEATS)), at=st.sampled_from(["B1", "B2", "B3", "B1-1"]))
    def sits(self, who: str, seat: str, at: str) -> None:
        """Is made secretary or deputy."""
        if who not in self.world.gone:
            self.world.held[who] = self.world.held[who] | {(SEATS[seat], at)}

    @rule(who=people, body=st.sampled_from(sorted(OFFICERS)))
    def is_promoted(self, who: str, body: str) -> None:
        """Is made an officer."""
        role = roles.BUREAU_OFFICER if body == CITY else roles.COUNTY_OFFICER
        if who not in self.world.gone:
            self.world.held[who] = self.world.held[who] | {(role, body)}

    @rule(who=people, n=st.integers(0, 2))
    def is_relieved(self, who: str, n: int) -> None:
        """A grant is revoked, where somebody is left."""
        held = sorted(self.world.held[who])
        if held:
            rest = frozenset(held) - {held[n % len(held)]}
            self.world.changed(held={**self.world.held, who: set(rest)})

    @rule(who=people)
    def retires(self, who: str) -> None:
        """Leaves for good, and every grant with it."""
        self.world.changed(held={**self.world.held, who: set()}, gone={*self.world.gone, who})

    @rule(at=schools, to=st.sampled_from(sorted(DIVISIONS)))
    def a_school_moves_division(self, at: str, to: str) -> None:
        """Re-organisation."""
        self.world.changed(division={**self.world.division, at: to})

    @rule(at=schools, to=st.sampled_from(["B1", "B2", "B3"]))
    def a_school_joins_a_branch(self, at: str, to: str) -> None:
        """The branch becomes joint, or stops being so."""
        self.world.changed(of_branch={**self.world.of_branch, at: to})

    @rule(who=st.sampled_from(STAFF), start=st.integers(0, 2), length=st.integers(0, 4))
    def is_away(self, who: str, start: int, length: int) -> None:
        """外出."""
        self.world.away(who, (start, length))

    @rule(who=st.sampled_from(STAFF))
    def is_back(self, who: str) -> None:
        """Early, or as planned."""
        self.world.back(who)

    # The issues' life

    def _tried(self, id_: str, first: str, *tries: Try, judging: bool = False) -> None:
        """By the first who may, beginning with one; where nobody may, nothing happens."""
        issue = self.world.issues[id_]
        for who in from_(first):
            for one in tries:
                try:
                    step = one(issue, self.world.authority(who, issue.school), self.world.moment)
                except Broken:
                    continue
                if judging:
                    self.world.check_judge(issue, who)
                self.world.took(issue, step)
                return

    def _plans(self, id_: str, first: str) -> Iterator[Plan]:
        issue = self.world.issues[id_]
        task = NewTask(id="K1", measure="建室", target="有场所")
        staff, officers = self.world.staff(issue.school), self.world.officers(issue.helper)
        for lead in from_(first):
            if lead in (staff if issue.helper is None else officers):
                yield Plan(tasks=(task,), lead=lead, staff=staff, officers=officers)

    @rule(id_=issues, who=people, lead=people)
    def is_planned(self, id_: str, who: str, lead: str) -> None:
        """签收 and 方案, or a new plan."""
        self._tried(id_, who, acknowledge)
        self._tried(id_, who, *(partial(_planned, wanted) for wanted in self._plans(id_, lead)))

    @rule(id_=issues, who=people, lead=people)
    def is_planned_anew(self, id_: str, who: str, lead: str) -> None:
        """Another lead."""
        self._tried(id_, who, *(partial(_replanned, wanted) for wanted in self._plans(id_, lead)))

    @rule(id_=issues, who=people)
    def is_rectified(self, id_: str, who: str) -> None:
        """Signed, done, reported."""
        done = Progress(task="K1", percent=100, evidence=("E1",))
        self._tried(id_, who, planning.sign)
        self._tried(id_, who, lambda i, a, m: progress(i, a, m, done))
        self._tried(id_, who, lambda i, a, m: report(i, a, m, "已整改"))

    @rule(id_=issues, who=people, passed=st.booleans())
    def is_checked(self, id_: str, who: str, passed: bool) -> None:
        """By whoever may: nobody their own work."""
        refused = {} if passed else {"reason": "未到位", "deadline": DAY}
        verdict = Verdict(passed=passed, method="on_site", **refused)
        self._tried(id_, who, lambda i, a, m: check(i, a, m, verdict), judging=True)

    @rule(id_=issues, who=st.sampled_from(STAFF), passed=st.booleans(), before=st.sampled_from(["", "left", "joined"]))
    def is_checked_by_who_was_promoted(self, id_: str, who: str, passed: bool, before: str) -> None:
        """Somebody becomes an officer of the county or the bureau and tries at once: of the school still, gone from it,
        or of a school that its branch has been joined by.
        """
        at = self.world.issues[id_].school
        division = self.world.division[at]
        if before == "left":
            self.moves(who, None)
            self.world.changed(held={**self.world.held, who: set()})
        elif before == "joined":
            self.a_school_joins_a_branch(f"S{who[-1]}", self.world.of_branch[at])
            self.world.changed(held={**self.world.held, who: set()})
        self.is_promoted(who, division if division in OFFICERS else CITY)
        self.is_checked(id_, who, passed)

    @rule(id_=issues, n=st.integers(0, 3))
    def is_checked_by_who_did_the_work(self, id_: str, n: int) -> None:
        """And has left the school since."""
        did = sorted(self.world.work.get(id_, set()) & set(STAFF))
        if did:
            self.is_checked_by_who_was_promoted(id_, did[n % len(did)], True, "left")

    @rule(id_=issues, who=people)
    def is_reopened(self, id_: str, who: str) -> None:
        """撤销销号."""
        wanted = Reopening(reason="虚假", deadline=DAY)
        self._tried(id_, who, lambda i, a, m: reopen(i, a, m, wanted))

    @rule(id_=issues, who=people)
    def help_is_asked(self, id_: str, who: str) -> None:
        """提请上级协调."""
        self._tried(id_, who, lambda i, a, m: ask_help(i, a, m, "学校无力解决"))

    @rule(id_=issues, who=people)
    def help_is_passed_up(self, id_: str, who: str) -> None:
        """To the bureau."""
        self._tried(id_, who, lambda i, a, m: pass_up(i, a, m, "县里无力解决"))

    @rule(id_=issues, who=people, accepted=st.booleans())
    def help_is_decided(self, id_: str, who: str, accepted: bool) -> None:
        """The body leads, or the school goes on."""
        answer = Answer(accepted=accepted, reason="经研究", deadline=DAY if accepted else None)
        self._tried(id_, who, lambda i, a, m: decide_help(i, a, m, answer))

    @rule(id_=issues, who=people)
    def is_objected_to(self, id_: str, who: str) -> None:
        """异议, overruled."""
        self._tried(id_, who, lambda i, a, m: object_to(i, a, m, "不属实"))
        overruled = Ruling(upheld=False, reason="属实")
        self._tried(id_, who, lambda i, a, m: decide_objection(i, a, m, overruled))

    @rule(id_=issues, who=people)
    def is_withdrawn(self, id_: str, who: str) -> None:
        """Rarely: by an officer alone."""
        if who in OFFICERS[CITY]:
            self._tried(id_, who, lambda i, a, m: withdraw(i, a, m, "误登"))

    @invariant()
    def one_answers(self) -> None:
        """At every moment."""
        if hasattr(self, "world"):
            self.world.check()


SETTINGS: Final = settings(
    max_examples=100, stateful_step_count=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_exactly_one_answers_whatever_moves_and_nobody_judges_own_work() -> None:
    run_state_machine_as_test(Moving, settings=SETTINGS)


# Mistakes, as (module, name, what stands there instead): each must be found.


def _whoever_was_named(issue: Issue, _: Here) -> Answerable | None:
    return Answerable(person=issue.lead.person, why="lead") if issue.lead and issue.state != "closed" else None


_taken_over = issue_helping._taken_over


def _both_lead(issue: Issue, *given: Any) -> Any:
    *_, body = _taken_over(issue, *given)
    return (*issue.responsibilities, body)


def _alone(*given: Any) -> Any:
    place = _place_of(*given)
    return replace(place, covered=frozenset({place.school}), family=frozenset({place.school, place.branch}))


_place_of = registry.place_of

MISTAKES: Final = {
    "whoever was named answers, though gone": (answering_world, "answerable", _whoever_was_named),
    "the school's lead stays beside the body's": (issue_helping, "_taken_over", _both_lead),
    "a joint branch is taken for the school alone": (answering_world, "place_of", _alone),
    "who did the work may judge it": (Issue, "took_part", frozenset()),
    "the registry lets the last one go": (World, "would_leave_nobody", lambda _: False),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_that_was_planted_is_found(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, instead = MISTAKES[mistake]
    monkeypatch.setattr(where, name, instead)
    # It stops at the first that it finds; how soon depends on what else was imported, whose constants are drawn, too.
    found = settings(SETTINGS, max_examples=4000, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Moving, settings=found)
