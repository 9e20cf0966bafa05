"""Who answers for an issue now, and changes of the registry that would leave nobody who does."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from services.inspection.application.ports import Ports, Registry
from services.inspection.application.reach import OFFICER_ROLES
from services.inspection.application.standing import SEATED
from services.inspection.domain.answering import Answerable, Here, answerable
from services.inspection.domain.issue import Issue
from services.inspection.domain.registry import Grant, staff_of
from services.inspection.domain.rules_persons import NobodyAnswers, SchoolHasOpenIssues

Entries = Mapping[str, Mapping[str, Any]]


async def who_answers(registry: Registry, issue: Issue, day: date) -> Answerable | None:
    """By today's people and structure."""
    if issue.lead is None:
        return None
    site = await registry.site(issue.school)
    people = [row.value for row in (await registry.loaded("person", [issue.lead.person])).values()]
    staff = staff_of(site.place, people, await registry.grants_of(issue.lead.person))
    seat = await registry.seat(site.place.branch, day)
    held = await registry.granted_at([issue.helper]) if issue.helper else []
    officers = frozenset(grant.person for grant in held if grant.role in OFFICER_ROLES)
    return answerable(issue, Here(staff=staff, seat=seat, officers=officers))


async def require_answered(ports: Ports, entries: Entries) -> None:
    """Raises `NobodyAnswers` or `SchoolHasOpenIssues` where these changes would leave open issues without anybody.

    A branch's last secretary or deputy, a leading body's last officer go once there is a successor; a school joins only
    a branch where somebody sits, and is retired once nothing is open.
    """
    grants = entries.get("grant", {})
    before = await ports.registry.loaded("grant", grants)
    for id_, row in before.items():
        if not row.value.revoked and grants[id_].revoked:
            await _require_successor(ports, row.value, grants)
    schools = entries.get("school", {})
    for id_, row in (await ports.registry.loaded("school", schools)).items():
        after = schools[id_]
        if after.retired and not row.value.retired and await ports.issues.open_at([id_]):
            raise SchoolHasOpenIssues(school=id_)
        moved = after.branch != row.value.branch
        if moved and not await _left(ports.registry, after.branch, SEATED, grants) and await ports.issues.led_at([id_]):
            raise NobodyAnswers(organisation=after.branch)


async def _require_successor(ports: Ports, gone: Grant, grants: Mapping[str, Grant]) -> None:
    alike = SEATED if gone.role in SEATED else frozenset({gone.role}) & OFFICER_ROLES
    if not alike or await _left(ports.registry, gone.organisation, alike, grants):
        return
    schools = await ports.registry.schools_of(gone.organisation)
    led = ports.issues.led_at(schools) if alike == SEATED else ports.issues.led_by(gone.organisation)
    if await led:
        raise NobodyAnswers(organisation=gone.organisation)


async def _left(registry: Registry, at: str, wanted: AbstractSet[str], grants: Mapping[str, Grant]) -> bool:
    """Whether anybody holds one of these roles there after the changes."""
    there = {grant.id: grant for grant in await registry.granted_at([at])} | dict(grants)
    return any(g.role in wanted and g.organisation == at and not g.revoked for g in there.values())
