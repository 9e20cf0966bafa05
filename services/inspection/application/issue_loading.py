"""What every command on an issue does first and last: load it within reach, hand the change to the pipeline."""

from collections.abc import Callable
from dataclasses import dataclass

from runtime.commands import Outcome
from runtime.ledger.model import Change
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.ports import Loaded, Ports
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain.authority import Authority
from services.inspection.domain.checklist import Item
from services.inspection.domain.issue import Issue, Step
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_visit import UnknownItem

Decide = Callable[[Issue, Authority, Moment], Step]


@dataclass(frozen=True, slots=True)
class At:
    """An issue as it was loaded, what its caller may do there, and the moment as that school's calendar has it."""

    loaded: Loaded[Issue]
    authority: Authority
    moment: Moment

    @property
    def issue(self) -> Issue:
        """The issue."""
        return self.loaded.value


async def load(ports: Ports, act: Act, issue: str) -> At:
    """The issue within the caller's reach, at the version they saw; raises `NotFound`, `Rejected`."""
    at = await load_any(ports, act, issue)
    act.require(at.loaded)
    return at


async def load_any(ports: Ports, act: Act, issue: str) -> At:
    """The same, whatever version the caller saw."""
    loaded = await ports.issues.within(issue, await reach_for(ports.registry, act.person))
    site, authority = await standing(ports, act, loaded.value.school)
    return At(loaded, authority, act.moment.of_division(site.division.id))


async def other_issue(ports: Ports, act: Act, issue: str | None) -> Issue | None:
    """Another issue that a command names, within the caller's reach; raises `NotFound`."""
    if issue is None:
        return None
    return (await ports.issues.within(issue, await reach_for(ports.registry, act.person))).value


def change_of(act: Act, at: At, step: Step) -> Change:
    """The ledger's change that a step makes."""
    return of_school("issue", step.issue, at.loaded.version, step.events, act.cause(step.actor, step.note))


def changed(act: Act, at: At, step: Step) -> Outcome:
    """The outcome of one step on one issue."""
    return act.changed(change_of(act, at, step))


async def take(ports: Ports, act: Act, issue: str, decide: Decide) -> Outcome:
    """Load, one domain call, save."""
    at = await load(ports, act, issue)
    return changed(act, at, decide(at.issue, at.authority, at.moment))


async def item_of(ports: Ports, checklist: str | None, code: str | None) -> Item | None:
    """The checklist's item, none where none is named; raises `UnknownItem`."""
    if code is None:
        return None
    if checklist is None:
        raise UnknownItem(item=code)
    item = (await ports.registry.checklist(checklist)).item(code)
    if item is None:
        raise UnknownItem(item=code)
    return item
