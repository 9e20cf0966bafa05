"""Checklists: drafted and published by the bureau, retired, compared."""

from contracts import roles
from runtime.commands import Outcome
from runtime.errors import NotFound, Rejected
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry
from services.inspection.application.history import require_measurable
from services.inspection.application.ports import Ports
from services.inspection.application.registry import office, one
from services.inspection.domain.checklist import Checklist
from services.inspection.domain.checklist_life import (
    Difference,
    begun,
    difference,
    published_draft,
    redrafted,
    retired,
)


async def begin_checklist(ports: Ports, act: Act, draft: Checklist) -> Outcome:
    """A draft of the next version."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    versions = [one.version for one in await ports.registry.all("checklist") if one.name == draft.name]
    if draft.version in versions:
        raise Rejected("checklist-known", f"已有版本：{draft.id}", f"there is a version {draft.id} already", 409)
    made = begun(draft, tuple(versions))
    return act.created("/v1/checklists", of_registry("checklist", made, 0, "begun", act.cause(actor)))


async def rewrite_checklist(ports: Ports, act: Act, checklist: str, draft: Checklist) -> Outcome:
    """The draft written anew."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    loaded = await one(ports.registry, "checklist", checklist)
    act.require(loaded)
    made = redrafted(loaded.value, draft)
    return act.changed(of_registry("checklist", made, loaded.version, "changed", act.cause(actor)))


async def publish_draft(ports: Ports, act: Act, checklist: str) -> Outcome:
    """From now on it never changes."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    loaded = await one(ports.registry, "checklist", checklist)
    act.require(loaded)
    made = published_draft(loaded.value)
    require_measurable(made)
    return act.changed(of_registry("checklist", made, loaded.version, "published", act.cause(actor)))


async def retire_checklist(ports: Ports, act: Act, checklist: str) -> Outcome:
    """No visit starts with it any more."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    loaded = await one(ports.registry, "checklist", checklist)
    act.require(loaded)
    return act.changed(of_registry("checklist", retired(loaded.value), loaded.version, "retired", act.cause(actor)))


async def compare_checklists(ports: Ports, person: str, checklist: str, against: str) -> Difference:
    """From `against` to `checklist`; drafts are the bureau's alone."""
    found = await ports.registry.loaded("checklist", [checklist, against])
    drafts = any(row.value.state == "draft" for row in found.values())
    bureau = any(grant.role == roles.BUREAU_OFFICER for grant in await ports.registry.grants_of(person))
    if not {checklist, against} <= set(found) or (drafts and not bureau):
        raise NotFound(f"checklist/{checklist}")
    return difference(found[against].value, found[checklist].value)
