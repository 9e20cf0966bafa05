"""Registry entries one at a time: registered, changed, retired, never deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from contracts import roles
from runtime.commands import Outcome
from runtime.errors import Rejected
from runtime.ledger.model import Change
from services.inspection.application.act import Act
from services.inspection.application.answering import require_answered
from services.inspection.application.changes import of_registry
from services.inspection.application.ports import Loaded, Ports, Registry
from services.inspection.application.registry import office, one, require_whole
from services.inspection.domain.actor import Actor
from services.inspection.domain.registry import Branch, Division, Holiday, Person, School, Venue, covering, revoked
from services.inspection.domain.rules_registry import AlreadyRegistered, AlreadyRetired, NotOwnBranch

SHAPES: Final[dict[str, type[Any]]] = {
    "division": Division,
    "school": School,
    "branch": Branch,
    "person": Person,
    "venue": Venue,
    "holiday": Holiday,
}
BUSINESS: Final = frozenset({"venue", "holiday"})
"""What the bureau keeps itself; the rest is the administrator's."""
Entries = dict[str, dict[str, Any]]


def keepers(kind: str) -> tuple[str, ...]:
    """The roles that may change entries of a kind."""
    return (roles.ADMINISTRATOR, roles.BUREAU_OFFICER) if kind in BUSINESS else (roles.ADMINISTRATOR,)


def _decoded(kind: str, raw: Mapping[str, Any]) -> Any:
    try:
        return msgspec.convert({**raw, "retired": False}, SHAPES[kind])
    except msgspec.ValidationError as error:
        raise Rejected("registry-entry", f"内容有误：{error}", f"the entry is malformed: {error}") from error


async def with_coverage(registry: Registry, entries: Entries) -> Entries:
    """The entries, and the branches whose schools follow from them: who covers whom is told once, by the school."""
    if not entries.get("school") and not entries.get("branch"):
        return entries
    schools = {s.id: s for s in await registry.all("school")} | entries.get("school", {})
    branches = {b.id: b for b in await registry.all("branch")} | entries.get("branch", {})
    moved = {branch.id: branch for branch in covering(schools.values(), branches.values())}
    return {**entries, "branch": entries.get("branch", {}) | moved}


async def _written(
    ports: Ports, act: Act, actor: Actor, entries: Entries, verb: tuple[str, str], note: str | None = None
) -> tuple[Change, ...]:
    """The entry of (kind, verb) first, then whatever follows from it; refused as a whole if anything is wrong."""
    kind, name = verb
    registry = ports.registry
    entries = await with_coverage(registry, entries)
    await require_whole(registry, entries)
    await require_answered(ports, entries)
    changes: list[Change] = []
    for other, values in sorted(entries.items(), key=lambda pair: pair[0] != kind):
        before = await registry.loaded(other, values)
        for value in values.values():
            old = before.get(value.id)
            if old is None or old.value != value:
                said = name if other == kind and not changes else _following(other, new=old is None)
                changes.append(of_registry(other, value, old.version if old else 0, said, act.cause(actor, note)))
    return tuple(changes)


def _following(kind: str, *, new: bool) -> str:
    """What becomes of an entry that another one brings along."""
    return "revoked" if kind == "grant" else "registered" if new else "changed"


async def register_with_branch(ports: Ports, act: Act, school: Mapping[str, Any], branch: Mapping[str, Any]) -> Outcome:
    """A new school and its own first branch, each of which names the other: both or none."""
    actor = await office(ports.registry, act, *keepers("school"))
    new: Entries = {"school": {}, "branch": {}}
    for kind, raw in (("school", school), ("branch", branch)):
        value = _decoded(kind, raw)
        if await ports.registry.loaded(kind, [value.id]):
            raise AlreadyRegistered(id=value.id)
        new[kind][value.id] = value
    ((id_, made),), ((own, led),) = new["school"].items(), new["branch"].items()
    if made.branch != own or led.lead_school != id_:
        raise NotOwnBranch
    changes = await _written(ports, act, actor, new, ("school", "registered"))
    return act.created("/v1/schools", *changes)


async def register(ports: Ports, act: Act, kind: str, path: str, raw: Mapping[str, Any]) -> Outcome:
    """A new entry; its id is for ever."""
    actor = await office(ports.registry, act, *keepers(kind))
    value = _decoded(kind, raw)
    if await ports.registry.loaded(kind, [value.id]):
        raise AlreadyRegistered(id=value.id)
    changes = await _written(ports, act, actor, {kind: {value.id: value}}, (kind, "registered"))
    return act.created(f"/v1/{path}", *changes)


async def change(ports: Ports, act: Act, kind: str, id_: str, raw: Mapping[str, Any]) -> Outcome:
    """Everything but the id; a retired entry comes back by it. What was before stays in the ledger."""
    actor = await office(ports.registry, act, *keepers(kind))
    loaded = await one(ports.registry, kind, id_)
    act.require(loaded)
    value = _decoded(kind, {**raw, "id": id_})
    if value == loaded.value:
        return act.unchanged(loaded)
    changes = await _written(ports, act, actor, {kind: {id_: value}}, (kind, "changed"))
    return act.changed(*changes)


async def retire(ports: Ports, act: Act, kind: str, id_: str, reason: str) -> Outcome:
    """No longer in use; refused while something in use names it. Who leaves holds no role any more."""
    actor = await office(ports.registry, act, *keepers(kind))
    loaded: Loaded[Any] = await one(ports.registry, kind, id_)
    act.require(loaded)
    if loaded.value.retired:
        raise AlreadyRetired(id=id_)
    entries: Entries = {kind: {id_: replace(loaded.value, retired=True)}}
    if kind == "person":
        entries["grant"] = {grant.id: revoked(grant) for grant in await ports.registry.grants_of(id_)}
    changes = await _written(ports, act, actor, entries, (kind, "retired"), reason)
    return act.changed(*changes)
