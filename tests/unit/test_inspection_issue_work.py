"""Plans, their change, signatures and progress: what the school's own commands do to the lists."""

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.issue_assigning import acknowledge, assign
from services.inspection.domain.issue_drafting import submit
from services.inspection.domain.issue_planning import NewTask, plan, replan, sign
from services.inspection.domain.issue_rectifying import Progress, progress
from services.inspection.domain.workdays import Deadline
from tests.unit.inspection_city import visit
from tests.unit.inspection_scene import Scene

AT_NINE = "2026-03-02T01:00:00.000000Z"


def test_a_change_of_lead_keeps_the_old_responsibility_and_asks_the_new_lead_to_sign() -> None:
    scene = Scene().until("rectifying")
    scene.wait(days=1).do(replan, "secretary", scene.plan(lead="cadre", others=("other teacher",)), "工作调动")
    old, lead, other = scene.issue.responsibilities
    assert (old.person, old.superseded_reason, old.signed_at) == ("teacher", "工作调动", AT_NINE)
    assert (lead.person, lead.part, lead.signed_at) == ("cadre", "lead", None)
    assert (other.person, other.part) == ("other teacher", "other")
    assert scene.issue.lead == lead
    assert scene.history[-1].note == "工作调动"
    scene.do(sign, "cadre").do(progress, "cadre", Progress(task="K1", percent=100))
    assert len({row.id for row in scene.issue.responsibilities}) == 3


def test_a_change_of_part_supersedes_too() -> None:
    scene = Scene().until("signed")
    scene.do(replan, "secretary", scene.plan(lead="cadre", others=("teacher",)), "换牵头人")
    parts = [(row.person, row.part, row.in_force) for row in scene.issue.responsibilities]
    assert parts == [("teacher", "lead", False), ("cadre", "lead", True), ("teacher", "other", True)]
    scene.do(replan, "secretary", scene.plan(lead="other teacher", others=("teacher",)), "再换")
    assert scene.issue.lead is not None
    assert scene.issue.lead.person == "other teacher"


def test_who_becomes_responsible_again_signs_again_and_the_first_time_stays_as_it_was() -> None:
    scene = Scene().until("signed")
    scene.wait(days=1).do(replan, "secretary", scene.plan(lead="cadre"), "出差")
    first = scene.issue.responsibilities[0]
    scene.wait(days=1).do(replan, "secretary", scene.plan(), "归来")
    assert scene.issue.responsibilities[0] == first
    assert [(row.person, row.in_force) for row in scene.issue.responsibilities] == [
        ("teacher", False),
        ("cadre", False),
        ("teacher", True),
    ]
    assert scene.issue.lead is not None
    assert scene.issue.lead.signed_at is None


def test_a_task_on_the_last_day_of_a_provisional_deadline_is_provisional_too() -> None:
    scene = Scene().wait(days=290).until("acknowledged")
    days = ("2027-01-07", "2027-01-06", None)
    tasks = tuple(NewTask(id=f"K{n}", measure=f"措施{n}", target="目标", deadline=day) for n, day in enumerate(days))
    deadlines = [task.deadline for task in scene.do(plan, "secretary", scene.plan(tasks=tasks)).issue.tasks]
    last = Deadline(day="2027-01-07", provisional=True)
    assert deadlines == [last, Deadline(day="2027-01-06"), last]


def test_a_task_on_the_last_day_of_a_firm_deadline_is_firm() -> None:
    scene = Scene().until("acknowledged")
    tasks = (NewTask(id="K1", measure="建室", target="有场所", deadline="2026-03-23"),)
    assert scene.do(plan, "secretary", scene.plan(tasks=tasks)).issue.tasks[0].deadline == Deadline(day="2026-03-23")


def test_today_and_fifty_pieces_of_evidence_are_within_bounds() -> None:
    fifty = tuple(f"E{n}" for n in range(50))
    scene = Scene().draft(evidence=fifty).do(submit, "leader", visit("submitted"))
    scene.do(assign, "county", scene.order(deadline="2026-03-02")).do(acknowledge, "secretary")
    scene.do(plan, "secretary", scene.plan()).do(sign, "teacher")
    scene.do(progress, "teacher", Progress(task="K1", percent=0, evidence=fifty))
    assert scene.issue.tasks[0].evidence == fifty == scene.issue.evidence
    assert scene.issue.deadline == Deadline(day="2026-03-02")


def test_replanning_keeps_the_progress_of_an_unchanged_task_and_the_leads_signature() -> None:
    scene = Scene().until("rectifying")
    tasks = (NewTask(id="N1", measure="建室", target="有场所"), NewTask(id="N2", measure="挂牌", target="有标识"))
    scene.do(replan, "secretary", scene.plan(tasks=tasks), "增加任务")
    kept, new = scene.issue.tasks
    assert (kept.id, kept.percent, kept.evidence) == ("K1", 100, ("E1",))
    assert (new.id, new.percent) == ("N2", 0)
    assert scene.issue.lead is not None
    assert scene.issue.lead.signed_at == AT_NINE


def test_progress_adds_evidence_and_says_when_a_task_was_done() -> None:
    scene = Scene().until("signed")
    scene.do(progress, "teacher", Progress(task="K1", percent=60, note="动工", evidence=("E1",)))
    assert scene.history[-1].events == (("inspection.task.progressed.v1", "K1"),)
    scene.wait(days=1).do(progress, "cadre", Progress(task="K1", percent=100, evidence=("E1", "E2")))
    done = scene.issue.tasks[0]
    assert (done.evidence, done.done_at) == (("E1", "E2"), "2026-03-03T01:00:00.000000Z")
    scene.wait(days=1).do(progress, "teacher", Progress(task="K1", percent=100))
    assert scene.issue.tasks[0].done_at == done.done_at
    scene.do(progress, "teacher", Progress(task="K1", percent=90))
    assert scene.issue.tasks[0].done_at is None


def test_a_signature_names_the_responsibility_signed() -> None:
    scene = Scene().until("signed")
    assert scene.history[-1].events == (("inspection.responsibility.signed.v1", "I1-R1"),)
    assert scene.history[-1].actor == Actor(person="teacher", role=roles.RESPONSIBLE, organisation="S1")
