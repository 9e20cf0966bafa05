"""整改方案: tasks and responsibilities, their change, and the personal signature 签字."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import AT_WORK, Issue, Responsibility, State, Step, Task, expect, step
from services.inspection.domain.issue_bodies import answering, responsible
from services.inspection.domain.issue_deadlines import sign_by, task_deadline
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import AlreadySigned, NotResponsible
from services.inspection.domain.rules_decisions import LeadOfBody
from services.inspection.domain.rules_input import OutsiderResponsible, ResponsibleTwice, TaskMissing
from services.inspection.domain.terms import Terms
from services.inspection.domain.wording import required

_SECRETARY: Final = ("书记", "the secretary")
_NEW_PLAN: Final = "制定整改方案"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTask:
    """A task to be done; `id` is new within the issue; `deadline` none takes the issue's."""

    id: str
    measure: str
    target: str
    deadline: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is approved. `staff` are those of the named people who belong to the school or its branch, `officers` those
    who are of the body that leads, if one does.
    """

    tasks: tuple[NewTask, ...]
    lead: str
    others: tuple[str, ...] = ()
    staff: frozenset[str]
    officers: frozenset[str] = frozenset()


def plan(issue: Issue, authority: Authority, moment: Moment, wanted: Plan) -> Step:
    """制定整改方案: acknowledged → planned, at least one task, one lead, others beside."""
    expect(issue, authority, "plan", "acknowledged")
    actor = answering(issue, authority, "plan", _SECRETARY, authority.secretary())
    return step(_planned(issue, actor, moment, wanted, None, "planned"), "issue.planned", actor)


def replan(issue: Issue, authority: Authority, moment: Moment, wanted: Plan, reason: str) -> Step:
    """Change plan or lead, with a reason: an unchanged task keeps id and progress, a superseded responsibility stays.

    Whoever is newly responsible signs anew; who stays keeps the signature.
    """
    expect(issue, authority, "replan", *AT_WORK)
    actor = answering(issue, authority, "replan", _SECRETARY, authority.secretary())
    why = required(reason, moment.terms.note_length, "理由", "reason")
    return step(_planned(issue, actor, moment, wanted, why, issue.state), "issue.replanned", actor, why)


def sign(issue: Issue, authority: Authority, moment: Moment) -> Step:
    """签字: a responsible person signs their own responsibility, personally."""
    expect(issue, authority, "sign", *AT_WORK)
    own = issue.responsible(authority.person)
    if own is None:
        raise NotResponsible
    if own.signed_at is not None:
        raise AlreadySigned
    signed = replace(own, signed_at=moment.text)
    rows = tuple(signed if row is own else row for row in issue.responsibilities)
    actor = responsible(issue, authority)
    return step(replace(issue, responsibilities=rows), "responsibility.signed", actor, focus=own.id)


def _planned(issue: Issue, actor: Actor, moment: Moment, wanted: Plan, why: str | None, state: State) -> Issue:
    _named_well(issue, wanted)
    tasks = _tasks(issue, moment, wanted.tasks)
    return replace(
        issue,
        state=state,
        planned_by=actor,
        planned_at=moment.text,
        planners=tuple(dict.fromkeys((*issue.planners, *sorted(actor.named)))),
        tasks=tasks,
        responsibilities=_responsibilities(issue, moment, wanted, why),
    )


def _named_well(issue: Issue, wanted: Plan) -> None:
    named = (wanted.lead, *wanted.others)
    if len(set(named)) < len(named):
        raise ResponsibleTwice
    if issue.helper is not None and wanted.lead not in wanted.officers:
        raise LeadOfBody
    known = wanted.staff if issue.helper is None else wanted.staff | wanted.officers
    outsiders = [person for person in named if person not in known]
    if outsiders:
        raise OutsiderResponsible(people=", ".join(outsiders))


def _tasks(issue: Issue, moment: Moment, wanted: Sequence[NewTask]) -> tuple[Task, ...]:
    kept = {(task.measure, task.target): task for task in issue.tasks}
    tasks = tuple(_task(issue, moment, new, kept) for new in wanted)
    limit = moment.terms.tasks
    if not 1 <= len(tasks) <= limit or len({task.id for task in tasks}) < len(tasks):
        raise TaskMissing(limit=limit)
    return tasks


def _task(issue: Issue, moment: Moment, new: NewTask, kept: dict[tuple[str, str], Task]) -> Task:
    terms: Terms = moment.terms
    measure = required(new.measure, terms.task_length, "整改措施", "measure")
    target = required(new.target, terms.task_length, "整改目标", "target")
    deadline = task_deadline(new.deadline, issue, moment)
    before = kept.pop((measure, target), None)
    if before is not None:
        return replace(before, deadline=deadline)
    return Task(
        id=new.id, measure=measure, target=target, deadline=deadline, percent=0, note=None, evidence=(), done_at=None
    )


def _responsibilities(issue: Issue, moment: Moment, wanted: Plan, why: str | None) -> tuple[Responsibility, ...]:
    parts = {wanted.lead: "lead", **dict.fromkeys(wanted.others, "other")}
    stays = {row.person for row in issue.responsibilities if row.in_force and parts.get(row.person) == row.part}
    rows = [_kept(row, row.person in stays, issue, moment, why) for row in issue.responsibilities]
    for person, part in parts.items():
        if person not in stays:
            rows.append(
                Responsibility(
                    id=f"{issue.id}-R{len(rows) + 1}",
                    person=person,
                    part="lead" if part == "lead" else "other",
                    since=moment.text,
                    sign_by=sign_by(issue, moment),
                    signed_at=None,
                    superseded_at=None,
                    superseded_reason=None,
                )
            )
    return tuple(rows)


def _kept(row: Responsibility, stays: bool, issue: Issue, moment: Moment, why: str | None) -> Responsibility:
    if not row.in_force:
        return row
    if not stays:
        return replace(row, superseded_at=moment.text, superseded_reason=why or _NEW_PLAN)
    # Whoever answers since a higher body took over signs its plan, once there is one.
    return replace(row, sign_by=sign_by(issue, moment)) if why is None else row
