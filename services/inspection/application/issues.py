"""The issue's life: each handler loads, makes one domain call and hands the change to the pipeline."""

from runtime.commands import Outcome
from services.inspection.application import commands as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.evidence import require_evidence
from services.inspection.application.issue_loading import changed, item_of, load, other_issue, take
from services.inspection.application.ports import Ports
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import issue_assigning, issue_checking, issue_drafting, issue_planning, issue_rectifying
from services.inspection.domain.issue import Issue
from services.inspection.domain.registry import officers_of, staff_of
from services.inspection.domain.visit import Visit


async def draft_issue(ports: Ports, act: Act, command: c.DraftIssue) -> Outcome:
    """登记."""
    visit: Visit | None = None
    if command.visit is not None:
        visit = (await ports.visits.within(command.visit, await reach_for(ports.registry, act.person))).value
    _, authority = await standing(ports, act, command.school)
    checklist = visit.checklist if visit else command.checklist
    await require_evidence(ports, act.person, command.evidence, command.school)
    finding = issue_drafting.Finding(
        id=act.new_id("issue"),
        source=command.source,
        description=command.description,
        evidence=command.evidence,
        area=command.area,
        item=await item_of(ports, checklist, command.item),
        checklist=checklist,
        visit=visit,
        severity=command.severity,
        mode=command.mode,
        recurs_of=await other_issue(ports, act, command.recurs_of),
    )
    step = issue_drafting.draft(finding, authority, act.moment)
    return act.created("/v1/issues", of_school("issue", step.issue, 0, step.events, act.cause(step.actor)))


async def amend_issue(ports: Ports, act: Act, issue: str, command: c.AmendIssue) -> Outcome:
    """修改, before 交办."""
    at = await load(ports, act, issue)
    if command.evidence is not None:
        await require_evidence(ports, act.person, command.evidence, at.issue.school)
    item = await item_of(ports, at.issue.checklist, at.issue.item)
    change = issue_drafting.Amendment(
        description=command.description, evidence=command.evidence, severity=command.severity, mode=command.mode
    )
    return changed(act, at, issue_drafting.amend(at.issue, at.authority, at.moment, change, item))


async def submit_issue(ports: Ports, act: Act, issue: str) -> Outcome:
    """提交: what no visit carries, and a draft that came in while its visit was being submitted."""
    at = await load(ports, act, issue)
    visit: Visit | None = None
    if at.issue.visit is not None:
        reach = await reach_for(ports.registry, act.person)
        visit = (await ports.visits.within(at.issue.visit, reach)).value
    return changed(act, at, issue_drafting.submit(at.issue, at.authority, at.moment, visit))


async def acknowledge_issue(ports: Ports, act: Act, issue: str) -> Outcome:
    """签收."""
    return await take(ports, act, issue, issue_assigning.acknowledge)


async def _plan(ports: Ports, act: Act, issue: Issue, command: c.PlanIssue) -> issue_planning.Plan:
    named = (command.lead, *command.others)
    site = await ports.registry.site(issue.school)
    tasks = (
        issue_planning.NewTask(
            id=act.new_id("task", str(n)), measure=task.measure, target=task.target, deadline=task.deadline
        )
        for n, task in enumerate(command.tasks)
    )
    people = [row.value for row in (await ports.registry.loaded("person", named)).values()]
    grants = [grant for person in people for grant in await ports.registry.grants_of(person.id)]
    staff = staff_of(site.place, people, grants)
    officers = officers_of(issue.helper, people, grants)
    return issue_planning.Plan(
        tasks=tuple(tasks), lead=command.lead, others=command.others, staff=staff, officers=officers
    )


async def plan_issue(ports: Ports, act: Act, issue: str, command: c.PlanIssue) -> Outcome:
    """制定整改方案."""
    at = await load(ports, act, issue)
    wanted = await _plan(ports, act, at.issue, command)
    return changed(act, at, issue_planning.plan(at.issue, at.authority, at.moment, wanted))


async def replan_issue(ports: Ports, act: Act, issue: str, command: c.ReplanIssue) -> Outcome:
    """Change the plan or the lead."""
    at = await load(ports, act, issue)
    wanted = await _plan(ports, act, at.issue, command)
    step = issue_planning.replan(at.issue, at.authority, at.moment, wanted, command.reason)
    return changed(act, at, step)


async def sign_responsibility(ports: Ports, act: Act, issue: str) -> Outcome:
    """签字, personally."""
    return await take(ports, act, issue, issue_planning.sign)


async def progress_task(ports: Ports, act: Act, issue: str, task: str, command: c.ProgressTask) -> Outcome:
    """推进."""
    at = await load(ports, act, issue)
    await require_evidence(ports, act.person, command.evidence, at.issue.school)
    made = issue_rectifying.Progress(task=task, percent=command.percent, note=command.note, evidence=command.evidence)
    return changed(act, at, issue_rectifying.progress(at.issue, at.authority, at.moment, made))


async def report_issue(ports: Ports, act: Act, issue: str, command: c.ReportIssue) -> Outcome:
    """申请销号."""
    return await take(ports, act, issue, lambda i, a, m: issue_rectifying.report(i, a, m, command.note))


async def check_issue(ports: Ports, act: Act, issue: str, command: c.CheckIssue) -> Outcome:
    """初核, 复核."""
    verdict = issue_checking.Verdict(
        passed=command.passed,
        method=command.method,
        reason=command.reason,
        opinion=command.opinion,
        deadline=command.deadline,
    )
    return await take(ports, act, issue, lambda i, a, m: issue_checking.check(i, a, m, verdict))


async def withdraw_issue(ports: Ports, act: Act, issue: str, command: c.WithdrawIssue) -> Outcome:
    """撤销."""
    return await take(ports, act, issue, lambda i, a, m: issue_drafting.withdraw(i, a, m, command.reason))


async def reopen_issue(ports: Ports, act: Act, issue: str, command: c.ReopenIssue) -> Outcome:
    """撤销销号."""
    wanted = issue_checking.Reopening(reason=command.reason, deadline=command.deadline)
    return await take(ports, act, issue, lambda i, a, m: issue_checking.reopen(i, a, m, wanted))
