"""The issue's life: each handler loads, makes one domain call and hands the change to the pipeline."""

from collections.abc import Callable

from runtime.commands import Outcome
from services.inspection.application import commands as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.evidence import require_evidence
from services.inspection.application.ports import Loaded, Ports
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import issue_assigning, issue_checking, issue_drafting, issue_planning, issue_rectifying
from services.inspection.domain.authority import Authority
from services.inspection.domain.checklist import Item
from services.inspection.domain.issue import Issue, Step
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import staff_of
from services.inspection.domain.rules_visit import UnknownItem
from services.inspection.domain.visit import Visit

Decide = Callable[[Issue, Authority, Moment], Step]


async def _load(ports: Ports, act: Act, issue: str) -> tuple[Loaded[Issue], Authority]:
    loaded = await ports.issues.within(issue, await reach_for(ports.registry, act.person))
    act.require(loaded)
    _, authority = await standing(ports, act.person, loaded.value.school)
    return loaded, authority


def _changed(act: Act, loaded: Loaded[Issue], step: Step) -> Outcome:
    change = of_school("issue", step.issue, loaded.version, step.events, act.cause(step.actor, step.note))
    return act.changed(change)


async def _take(ports: Ports, act: Act, issue: str, decide: Decide) -> Outcome:
    loaded, authority = await _load(ports, act, issue)
    return _changed(act, loaded, decide(loaded.value, authority, act.moment))


async def _item(ports: Ports, checklist: str | None, code: str | None) -> Item | None:
    if code is None:
        return None
    if checklist is None:
        raise UnknownItem(item=code)
    item = (await ports.registry.checklist(checklist)).item(code)
    if item is None:
        raise UnknownItem(item=code)
    return item


async def draft_issue(ports: Ports, act: Act, command: c.DraftIssue) -> Outcome:
    """登记."""
    visit: Visit | None = None
    if command.visit is not None:
        visit = (await ports.visits.within(command.visit, await reach_for(ports.registry, act.person))).value
    _, authority = await standing(ports, act.person, command.school)
    checklist = visit.checklist if visit else command.checklist
    await require_evidence(ports, act.person, command.evidence, command.school)
    finding = issue_drafting.Finding(
        id=act.new_id("issue"),
        source=command.source,
        description=command.description,
        evidence=command.evidence,
        area=command.area,
        item=await _item(ports, checklist, command.item),
        checklist=checklist,
        visit=visit,
        severity=command.severity,
        mode=command.mode,
    )
    step = issue_drafting.draft(finding, authority, act.moment)
    return act.created("/v1/issues", of_school("issue", step.issue, 0, step.events, act.cause(step.actor)))


async def amend_issue(ports: Ports, act: Act, issue: str, command: c.AmendIssue) -> Outcome:
    """修改, before 交办."""
    loaded, authority = await _load(ports, act, issue)
    if command.evidence is not None:
        await require_evidence(ports, act.person, command.evidence, loaded.value.school)
    item = await _item(ports, loaded.value.checklist, loaded.value.item)
    change = issue_drafting.Amendment(
        description=command.description, evidence=command.evidence, severity=command.severity, mode=command.mode
    )
    return _changed(act, loaded, issue_drafting.amend(loaded.value, authority, act.moment, change, item))


async def submit_issue(ports: Ports, act: Act, issue: str) -> Outcome:
    """提交: what no visit carries, and a draft that came in while its visit was being submitted."""
    loaded, authority = await _load(ports, act, issue)
    visit: Visit | None = None
    if loaded.value.visit is not None:
        reach = await reach_for(ports.registry, act.person)
        visit = (await ports.visits.within(loaded.value.visit, reach)).value
    return _changed(act, loaded, issue_drafting.submit(loaded.value, authority, act.moment, visit))


async def assign_issue(ports: Ports, act: Act, issue: str, command: c.AssignIssue) -> Outcome:
    """交办: the number is given here, once the step itself was found to be allowed."""
    loaded, authority = await _load(ports, act, issue)

    def order(number: str) -> issue_assigning.Order:
        return issue_assigning.Order(
            number=number, severity=command.severity, mode=command.mode, deadline=command.deadline
        )

    issue_assigning.assign(loaded.value, authority, act.moment, order("0"))
    number = await ports.issues.next_number(*await _series(ports, loaded.value, act.moment))
    return _changed(act, loaded, issue_assigning.assign(loaded.value, authority, act.moment, order(number)))


async def _series(ports: Ports, issue: Issue, moment: Moment) -> tuple[int, int]:
    rounds = await ports.registry.loaded("round", [issue.round] if issue.round else [])
    for found in rounds.values():
        return found.value.year, found.value.ordinal
    return moment.day.year, 0


async def acknowledge_issue(ports: Ports, act: Act, issue: str) -> Outcome:
    """签收."""
    return await _take(ports, act, issue, issue_assigning.acknowledge)


async def _plan(ports: Ports, act: Act, school: str, command: c.PlanIssue) -> issue_planning.Plan:
    named = (command.lead, *command.others)
    site = await ports.registry.site(school)
    tasks = (
        issue_planning.NewTask(
            id=act.new_id("task", str(n)), measure=task.measure, target=task.target, deadline=task.deadline
        )
        for n, task in enumerate(command.tasks)
    )
    people = [row.value for row in (await ports.registry.loaded("person", named)).values()]
    grants = [grant for person in people for grant in await ports.registry.grants_of(person.id)]
    staff = staff_of(site.place, people, grants)
    return issue_planning.Plan(tasks=tuple(tasks), lead=command.lead, others=command.others, staff=staff)


async def plan_issue(ports: Ports, act: Act, issue: str, command: c.PlanIssue) -> Outcome:
    """制定整改方案."""
    loaded, authority = await _load(ports, act, issue)
    wanted = await _plan(ports, act, loaded.value.school, command)
    return _changed(act, loaded, issue_planning.plan(loaded.value, authority, act.moment, wanted))


async def replan_issue(ports: Ports, act: Act, issue: str, command: c.ReplanIssue) -> Outcome:
    """Change the plan or the lead."""
    loaded, authority = await _load(ports, act, issue)
    wanted = await _plan(ports, act, loaded.value.school, command)
    step = issue_planning.replan(loaded.value, authority, act.moment, wanted, command.reason)
    return _changed(act, loaded, step)


async def sign_responsibility(ports: Ports, act: Act, issue: str) -> Outcome:
    """签字, personally."""
    return await _take(ports, act, issue, issue_planning.sign)


async def progress_task(ports: Ports, act: Act, issue: str, task: str, command: c.ProgressTask) -> Outcome:
    """推进."""
    loaded, authority = await _load(ports, act, issue)
    await require_evidence(ports, act.person, command.evidence, loaded.value.school)
    made = issue_rectifying.Progress(task=task, percent=command.percent, note=command.note, evidence=command.evidence)
    return _changed(act, loaded, issue_rectifying.progress(loaded.value, authority, act.moment, made))


async def report_issue(ports: Ports, act: Act, issue: str, command: c.ReportIssue) -> Outcome:
    """申请销号."""
    return await _take(ports, act, issue, lambda i, a, m: issue_rectifying.report(i, a, m, command.note))


async def check_issue(ports: Ports, act: Act, issue: str, command: c.CheckIssue) -> Outcome:
    """初核, 复核."""
    verdict = issue_checking.Verdict(
        passed=command.passed,
        method=command.method,
        reason=command.reason,
        opinion=command.opinion,
        deadline=command.deadline,
    )
    return await _take(ports, act, issue, lambda i, a, m: issue_checking.check(i, a, m, verdict))


async def withdraw_issue(ports: Ports, act: Act, issue: str, command: c.WithdrawIssue) -> Outcome:
    """撤销."""
    return await _take(ports, act, issue, lambda i, a, m: issue_drafting.withdraw(i, a, m, command.reason))


async def reopen_issue(ports: Ports, act: Act, issue: str, command: c.ReopenIssue) -> Outcome:
    """撤销销号."""
    wanted = issue_checking.Reopening(reason=command.reason, deadline=command.deadline)
    return await _take(ports, act, issue, lambda i, a, m: issue_checking.reopen(i, a, m, wanted))
