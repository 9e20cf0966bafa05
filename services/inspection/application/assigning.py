"""交办: one issue, or many and their doubles in one act."""

from collections.abc import Mapping
from typing import Any

from runtime.commands import Call, Outcome
from services.inspection.application import commands as c
from services.inspection.application import issue_commands as ic
from services.inspection.application.act import Act
from services.inspection.application.issue_loading import At, change_of, changed, load, load_any, other_issue
from services.inspection.application.ports import Ports
from services.inspection.domain.issue import Issue, Step
from services.inspection.domain.issue_assigning import Order, assign, merge
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_decisions import NamedTwice

Wanted = c.AssignIssue | ic.OneAssigned


async def assign_issue(ports: Ports, act: Act, issue: str, command: c.AssignIssue) -> Outcome:
    """交办: the number is given here, once the step itself was found to be allowed."""
    at = await load(ports, act, issue)
    earlier = await other_issue(ports, act, command.recurs_of)
    _assigned(at, command, earlier, "0")
    number = await ports.issues.next_number(*await _series(ports, at.issue, at.moment))
    return changed(act, at, _assigned(at, command, earlier, number))


async def merge_issue(ports: Ports, act: Act, issue: str, command: ic.MergeIssue) -> Outcome:
    """合并 of a double."""
    at = await load(ports, act, issue)
    into = await load_any(ports, act, command.into)
    return changed(act, at, merge(at.issue, at.authority, at.moment, into.issue))


async def assign_issues(ports: Ports, act: Act, command: ic.AssignIssues) -> Outcome:
    """Many at once: all of them or none; whatever is refused names its issue."""
    rows: list[ic.OneAssigned | ic.OneMerged] = [*command.assigned, *command.merged]
    if len({row.issue for row in rows}) < len(rows):
        raise NamedTwice
    found = {row.issue: await _seen(ports, act, row.issue, row.version) for row in rows}
    earlier = {row.issue: await other_issue(ports, act, row.recurs_of) for row in command.assigned}
    planned = {row.issue: _named(found[row.issue], row, earlier[row.issue], "0").issue for row in command.assigned}
    merged = [(found[row.issue], await _merged(ports, act, found[row.issue], row, planned)) for row in command.merged]
    assigned = []
    for row in command.assigned:
        at = found[row.issue]
        number = await ports.issues.next_number(*await _series(ports, at.issue, at.moment))
        assigned.append((at, _named(at, row, earlier[row.issue], number)))
    changes = tuple(change_of(act, at, step) for at, step in (*assigned, *merged))
    items: list[dict[str, Any]] = [{**change.state, "version": change.expected + 1} for change in changes]
    return Outcome(changes=changes, body={"items": items})


async def _seen(ports: Ports, act: Act, issue: str, version: int) -> At:
    at = await load_any(ports, act, issue)
    Call(act.person, act.call.key, "", act.call.command, version).require_version(at.loaded.version)
    return at


def _assigned(at: At, command: Wanted, earlier: Issue | None, number: str) -> Step:
    order = Order(
        number=number, severity=command.severity, mode=command.mode, deadline=command.deadline, recurs_of=earlier
    )
    return assign(at.issue, at.authority, at.moment, order)


def _named(at: At, row: ic.OneAssigned, earlier: Issue | None, number: str) -> Step:
    try:
        return _assigned(at, row, earlier, number)
    except Broken as rule:
        rule.detail["issue"] = row.issue
        raise


async def _merged(ports: Ports, act: Act, at: At, row: ic.OneMerged, assigned: Mapping[str, Issue]) -> Step:
    into = assigned.get(row.into) or (await load_any(ports, act, row.into)).issue
    try:
        return merge(at.issue, at.authority, at.moment, into)
    except Broken as rule:
        rule.detail["issue"] = row.issue
        raise


async def _series(ports: Ports, issue: Issue, moment: Moment) -> tuple[int, int]:
    rounds = await ports.registry.loaded("round", [issue.round] if issue.round else [])
    for found in rounds.values():
        return found.value.year, found.value.ordinal
    return moment.day.year, 0
