"""整改: progress 推进 on tasks, and the report 申请销号 that stops the school's clock."""

from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import AT_WORK, Clock, Issue, Report, Step, Task, expect, step
from services.inspection.domain.issue_bodies import answering, responsible
from services.inspection.domain.issue_extending import lapsed
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import LeadUnsigned, SignBeforeProgress, TasksUnfinished, TaskWithoutEvidence
from services.inspection.domain.rules_input import PercentOutOfRange, TooMuchEvidence, UnknownTask
from services.inspection.domain.wording import bounded, required

DONE: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Progress on a task: the per cent now (0…100), and evidence added to what is there."""

    task: str
    percent: int
    note: str | None = None
    evidence: tuple[str, ...] = ()


def progress(issue: Issue, authority: Authority, moment: Moment, made: Progress) -> Step:
    """推进: planned, returned → rectifying. By a responsible person or a cadre, after the signatures."""
    expect(issue, authority, "progress", *AT_WORK)
    own = issue.responsible(authority.person)
    who = ("责任人或党务干部", "a responsible person or a cadre")
    cadre = authority.cadre() if issue.helper is None else None
    actor = authority.within("progress", who, responsible(issue, authority) if own else None, cadre)
    if not _lead_signed(issue) or (own is not None and own.signed_at is None):
        raise SignBeforeProgress
    before = next((task for task in issue.tasks if task.id == made.task), None)
    if before is None:
        raise UnknownTask
    after = _moved_on(before, moment, made)
    tasks = tuple(after if task is before else task for task in issue.tasks)
    return step(replace(issue, state="rectifying", tasks=tasks), "task.progressed", actor, after.note, before.id)


def report(issue: Issue, authority: Authority, moment: Moment, note: str) -> Step:
    """申请销号: rectifying → reported; the school's clock stops, the checker's starts."""
    expect(issue, authority, "report", "rectifying")
    actor = answering(issue, authority, "report", ("书记", "the secretary"), authority.secretary())
    text = required(note, moment.terms.note_length, "整改情况说明", "note")
    _all_done(issue)
    made = Report(
        at=moment.text, by=actor, note=text, deadline=issue.due, on_time=moment.day.isoformat() <= issue.due.day
    )
    clock = Clock(
        owner="checker", since=moment.text, due=moment.due(moment.terms.check_days, "check"), reason="reported"
    )
    reported = replace(lapsed(issue, moment), state="reported", reports=(*issue.reports, made), clock=clock)
    return step(reported, "issue.reported", actor, text)


def _lead_signed(issue: Issue) -> bool:
    return issue.lead is not None and issue.lead.signed_at is not None


def _all_done(issue: Issue) -> None:
    if not _lead_signed(issue):
        raise LeadUnsigned
    unfinished = [task.measure for task in issue.tasks if task.percent < DONE]
    if unfinished:
        raise TasksUnfinished(tasks="; ".join(unfinished))
    bare = [task.measure for task in issue.tasks if not task.evidence]
    if bare:
        raise TaskWithoutEvidence(tasks="; ".join(bare))


def _moved_on(task: Task, moment: Moment, made: Progress) -> Task:
    if not 0 <= made.percent <= DONE:
        raise PercentOutOfRange
    evidence = tuple(dict.fromkeys((*task.evidence, *made.evidence)))
    if len(evidence) > moment.terms.evidence_pieces:
        raise TooMuchEvidence(limit=moment.terms.evidence_pieces)
    note = bounded(made.note, moment.terms.note_length, "进展说明", "note")
    done_at = (task.done_at or moment.text) if made.percent == DONE else None
    return replace(task, percent=made.percent, note=note, evidence=evidence, done_at=done_at)
