"""Random walks: whatever people try in whatever order, the lists stay sound."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from contracts import lists
from services.inspection.domain.issue import BEFORE_ASSIGNMENT, Issue, Mode, Severity, Step
from services.inspection.domain.issue_checking import Reopening, Verdict
from services.inspection.domain.issue_drafting import Amendment
from services.inspection.domain.issue_planning import NewTask
from services.inspection.domain.issue_rectifying import Progress
from services.inspection.domain.rules import Broken
from tests.unit.inspection_city import DIRECT_STAFF, PEOPLE, STAFF, visit
from tests.unit.inspection_scene import ARGUMENTS as USUAL
from tests.unit.inspection_scene import COMMANDS, PASSED, Scene

Draw = Callable[[st.SearchStrategy[Any]], Any]
# Who gets somewhere, so that walks go far; and anybody at all.
LIKELY = ["secretary", "teacher", "leader", "county", "bureau", "bureau two", "direct secretary", "direct teacher"]
USUALLY = 7  # of ten
PERSONS = st.one_of(st.sampled_from(LIKELY), st.sampled_from(sorted(PEOPLE)))
DEADLINES = st.sampled_from([None, "2026-02-01", "2026-06-30", "2026-12-31"])
TEXTS = st.sampled_from(["理由", "", "机密★"])


def _tasks(draw: Draw, scene: Scene) -> tuple[NewTask, ...]:
    number = draw(st.integers(0, 3))
    done = len(scene.history)
    return tuple(NewTask(id=f"K{done}-{n}", measure=f"措施{n}", target="目标") for n in range(number))


def _plan(draw: Draw, scene: Scene) -> tuple[Any, ...]:
    people = st.sampled_from(sorted(DIRECT_STAFF if scene.place.city_direct else STAFF))
    others = tuple(draw(st.lists(people, max_size=2)))
    return (scene.plan(tasks=_tasks(draw, scene), lead=draw(people), others=others),)


def _progress(draw: Draw, scene: Scene) -> tuple[Any, ...]:
    ids = [task.id for task in scene.issue.tasks] or ["none"]
    percent = draw(st.sampled_from([100, 100, 100, 40, 101]))
    return (Progress(task=draw(st.sampled_from(ids)), percent=percent, evidence=("E1",)),)


def _verdict(draw: Draw, scene: Scene) -> tuple[Any, ...]:
    passed = draw(st.booleans())
    deadline = draw(DEADLINES) if not passed else None
    return (Verdict(passed=passed, method="on_site", reason=draw(TEXTS), deadline=deadline),)


ARGUMENTS: dict[str, Callable[[Draw, Scene], tuple[Any, ...]]] = {
    "amend": lambda draw, _: (Amendment(severity=draw(st.sampled_from(get_args(Severity)))),),
    "submit": lambda draw, s: (visit(draw(st.sampled_from(["submitted", "in_progress"])), at=s.place.school),),
    "assign": lambda draw, s: (s.order(deadline=draw(DEADLINES)),),
    "acknowledge": lambda *_: (),
    "plan": _plan,
    "replan": lambda draw, s: (*_plan(draw, s), draw(TEXTS)),
    "sign": lambda *_: (),
    "progress": _progress,
    "report": lambda draw, _: (draw(TEXTS),),
    "check": _verdict,
    "withdraw": lambda draw, _: (draw(TEXTS),),
    "reopen": lambda draw, _: (Reopening(reason=draw(TEXTS), deadline=draw(DEADLINES)),),
}
NEXT = {
    "drafted": "submit", "submitted": "assign", "assigned": "acknowledge", "acknowledged": "plan", "planned": "sign",
    "rectifying": "report", "reported": "check", "checked": "check", "returned": "progress", "closed": "reopen",
}  # fmt: skip


def _usual(draw: Draw, scene: Scene) -> tuple[str, str, tuple[Any, ...]]:
    """What should come next, by who should do it: so that walks go far."""
    lead = scene.issue.lead
    command = NEXT.get(scene.issue.state, "amend")
    if scene.issue.state == "planned" and lead is not None and lead.signed_at is not None:
        command = "progress"
    who = {
        "submit": "leader", "assign": scene.issuer, "acknowledge": scene.secretary, "plan": scene.secretary,
        "sign": lead.person if lead else "", "progress": lead.person if lead else "", "report": scene.secretary,
        "check": "bureau two" if scene.issue.state == "checked" else scene.first, "reopen": "bureau three",
    }.get(command, "member")  # fmt: skip
    if command in ("progress", "check"):
        return command, who, ARGUMENTS[command](draw, scene)
    return command, who, USUAL[command](scene)


def _anything(draw: Draw, scene: Scene) -> tuple[str, str, tuple[Any, ...]]:
    command = draw(st.sampled_from(sorted(COMMANDS)))
    return command, draw(PERSONS), ARGUMENTS[command](draw, scene)


def leads(issue: Issue) -> int:
    return sum(row.in_force and row.part == "lead" for row in issue.responsibilities)


def sound(issue: Issue) -> None:
    """What holds in every state."""
    assigned = issue.state not in BEFORE_ASSIGNMENT and issue.assigned_at is not None
    assert leads(issue) == (issue.planned_at is not None)
    assert bool(issue.tasks) == (issue.planned_at is not None)
    assert assigned == (issue.number is not None) == (issue.issuer is not None)
    if assigned:
        assert (issue.next_check if issue.mode == "standing" else issue.deadline) == issue.due
        assert (issue.deadline is None) == (issue.mode == "standing")
    persons = [row.person for row in issue.responsibilities if row.in_force]
    assert len(persons) == len(set(persons))
    owner = {"submitted": "issuer", "reported": "checker", "checked": "checker"}.get(issue.state, "school")
    if issue.state in ("drafted", "closed", "withdrawn"):
        owner = "none"
    assert issue.clock.owner == owner
    if owner == "school":
        assert issue.clock.due == issue.due
    school = {*STAFF, *DIRECT_STAFF}
    assert not any(made.by.person in school for made in issue.checks)
    assert len([made for made in issue.checks if made.passed]) <= 2 * (len(issue.reports))
    assert all(closing.false_closure for closing in issue.closings) or issue.state == "closed"


def grown(before: Issue, after: Issue) -> None:
    """What no command takes away."""
    assert after.reports[: len(before.reports)] == before.reports
    assert after.checks[: len(before.checks)] == before.checks
    assert len(after.closings) >= len(before.closings)
    for old, new in zip(before.responsibilities, after.responsibilities, strict=False):
        assert (old.id, old.person, old.part, old.since) == (new.id, new.person, new.part, new.since)
        assert old.in_force or old == new
        assert old.signed_at in (None, new.signed_at)
    assert len(after.responsibilities) >= len(before.responsibilities)
    for fixed in ("id", "school", "source", "item", "visit", "drafted_by", "drafted_at", "issuer", "number"):
        assert getattr(before, fixed) in (None, getattr(after, fixed))
    assert after.clock.since >= before.clock.since


def told(step: Step) -> None:
    """One step, one event of the catalogue, about something that is there; and the entry fits the contract."""
    ((name, focus),) = step.events
    assert name in lists.ISSUE_EVENTS
    kind = name.split(".")[1]
    ids: dict[str, set[str | None]] = {
        "issue": {None},
        "task": {task.id for task in step.issue.tasks},
        "responsibility": {row.id for row in step.issue.responsibilities},
    }
    assert focus in ids[kind]
    msgspec.convert(msgspec.to_builtins(step.issue), lists.Issue, strict=True)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_random_walk_never_breaks_the_lists(data: st.DataObject) -> None:
    scene = Scene(
        severity=data.draw(st.sampled_from(get_args(Severity))),
        mode=data.draw(st.sampled_from(get_args(Mode))),
        at=data.draw(st.sampled_from(["S1", "S3"])),
    ).until(data.draw(st.sampled_from(["drafted", "assigned", "planned", "rectifying", "reported"])))
    event(f"from {scene.issue.state}")
    for _ in range(data.draw(st.integers(5, 40))):
        before = scene.issue
        tried = _usual if data.draw(st.integers(0, 9)) < USUALLY else _anything
        command, who, arguments = tried(data.draw, scene)
        scene.wait(hours=data.draw(st.integers(0, 60)))
        try:
            scene.do(COMMANDS[command], who, *arguments)
        except Broken:
            assert scene.issue is before
            continue
        sound(scene.issue)
        grown(before, scene.issue)
        told(scene.history[-1])
    event(scene.issue.state)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(STAFF)), st.lists(st.sampled_from(sorted(STAFF)), max_size=3))))
def test_there_is_exactly_one_lead_through_any_changes(changes: list[tuple[str, list[str]]]) -> None:
    scene = Scene().until("planned")
    superseded = 0
    for lead, others in changes:
        try:
            scene.do(COMMANDS["replan"], "secretary", scene.plan(lead=lead, others=tuple(others)), "调整")
        except Broken:
            assert lead in others or len(set(others)) < len(others)
            continue
        assert scene.issue.lead is not None
        assert scene.issue.lead.person == lead
        assert leads(scene.issue) == 1
        rows = scene.issue.responsibilities
        assert [row.id for row in rows] == [f"I1-R{n}" for n in range(1, len(rows) + 1)]
        now_superseded = sum(not row.in_force for row in rows)
        assert now_superseded >= superseded
        superseded = now_superseded


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=4))
def test_worked_days_are_the_working_days_of_the_schools_runs(runs: list[tuple[int, int]]) -> None:
    scene = Scene().until("rectifying")
    expected = 0
    for at_school, at_checker in runs:
        start = scene.moment.text
        scene.wait(days=at_school).do(COMMANDS["report"], "secretary", "已整改")
        expected += scene.moment.worked(start, scene.moment.text)
        scene.wait(days=at_checker)
        scene.do(
            COMMANDS["check"], "county", Verdict(passed=False, method="on_site", reason="没做", deadline="2026-12-31")
        )
        scene.do(COMMANDS["progress"], "teacher", Progress(task="K1", percent=100))
    scene.do(COMMANDS["report"], "secretary", "已整改").do(COMMANDS["check"], "county", PASSED)
    assert scene.issue.closings[-1].worked_days == expected
