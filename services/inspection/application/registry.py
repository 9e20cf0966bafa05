"""The registry: imports in one transaction, people, grants, checklists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from contracts import roles
from runtime.commands import Outcome
from runtime.errors import NotFound, Rejected
from runtime.ledger.model import Change
from services.inspection.application import commands as c
from services.inspection.application.act import Act
from services.inspection.application.answering import require_answered
from services.inspection.application.changes import of_registry
from services.inspection.application.history import require_measurable
from services.inspection.application.ports import Loaded, Ports, Registry
from services.inspection.domain.actor import GRANTED_AT, Actor
from services.inspection.domain.checklist import Checklist, published
from services.inspection.domain.nominating import require_givable
from services.inspection.domain.registry import (
    Branch,
    Calendar,
    Division,
    Grant,
    Holiday,
    Person,
    School,
    Venue,
)
from services.inspection.domain.registry_checks import Registry as Whole
from services.inspection.domain.registry_checks import whole

IMPORTED: Final[dict[str, tuple[str, type[Any]]]] = {
    "divisions": ("division", Division),
    "branches": ("branch", Branch),
    "schools": ("school", School),
    "people": ("person", Person),
    "grants": ("grant", Grant),
    "calendars": ("calendar", Calendar),
    "venues": ("venue", Venue),
    "holidays": ("holiday", Holiday),
}
FIRST_VERB: Final = {"grant": "given", "checklist": "published", "calendar": "published", "round": "opened"}
MAX_ENTRIES: Final = 5000
Bundle = Mapping[str, Sequence[Mapping[str, Any]]]


def capacity(act: Act, grants: Iterable[Grant], *wanted: str) -> Actor:
    """The capacity in which an office acts: the first of the wanted roles that the person holds."""
    held = {grant.role: grant for grant in grants}
    for role in wanted:
        if role in held:
            return Actor(person=act.person, role=role, organisation=held[role].organisation)
    raise Rejected("not-allowed", "您没有执行此操作的权限", "you hold no role that may do this", status=403)


async def office(registry: Registry, act: Act, *wanted: str) -> Actor:
    """Like `capacity`, from the grants in force."""
    return capacity(act, await registry.grants_of(act.person), *wanted)


def _decoded(name: str, row: int, raw: Mapping[str, Any]) -> Any:
    _, shape = IMPORTED[name]
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise Rejected(
            "import-row", f"{name} 第 {row + 1} 行有误", f"row {row + 1} of {name}: {error}", row=row + 1, kind=name
        ) from error


def decode_bundle(bundle: Bundle) -> dict[str, dict[str, Any]]:
    """Entries by kind and id; raises `Rejected` naming the row that is wrong, doubled or one too many."""
    if sum(len(rows) for rows in bundle.values()) > MAX_ENTRIES:
        raise Rejected("import-too-large", f"一次最多导入 {MAX_ENTRIES} 行", f"at most {MAX_ENTRIES} rows at once", 413)
    found: dict[str, dict[str, Any]] = {}
    for name, rows in bundle.items():
        kind = found.setdefault(IMPORTED[name][0], {})
        for number, raw in enumerate(rows):
            value = _decoded(name, number, raw)
            if value.id in kind:
                raise Rejected("import-double", f"{name} 重复：{value.id}", f"twice in {name}: {value.id}", id=value.id)
            kind[value.id] = value
    return found


async def require_whole(registry: Registry, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises `ImportRefused` with everything that would be wrong with the registry after these changes."""
    after: dict[str, tuple[Any, ...]] = {}
    for kind in (*(kind for kind, _ in IMPORTED.values()), "team"):
        before = {value.id: value for value in await registry.all(kind)}
        after[kind] = tuple((before | dict(entries.get(kind, {}))).values())
    whole(
        Whole(
            divisions=after["division"],
            schools=after["school"],
            branches=after["branch"],
            people=after["person"],
            grants=after["grant"],
            teams=after["team"],
            calendars=after["calendar"],
            venues=after["venue"],
            holidays=after["holiday"],
        )
    )


async def changes_of(
    registry: Registry, act: Act, actor: Actor, entries: Mapping[str, Mapping[str, Any]]
) -> list[Change]:
    made: list[Change] = []
    for kind, values in entries.items():
        before = await registry.loaded(kind, values)
        for value in values.values():
            old = before.get(value.id)
            if old is None or old.value != value:
                verb = FIRST_VERB.get(kind, "registered") if old is None else _later_verb(kind, value)
                made.append(of_registry(kind, value, old.version if old else 0, verb, act.cause(actor)))
    return made


def _later_verb(kind: str, value: Any) -> str:
    if kind == "grant":
        return "revoked" if value.revoked else "given"
    if kind == "calendar":
        return "published"
    return "retired" if value.retired else "changed"


async def import_registry(ports: Ports, act: Act, bundle: Bundle) -> Outcome:
    """All of it or nothing; what is already so stays untouched."""
    actor = await office(ports.registry, act, roles.ADMINISTRATOR)
    entries = decode_bundle(bundle)
    await require_whole(ports.registry, entries)
    await require_second_person(ports.registry, act.person, entries.get("grant", {}).values())
    await require_answered(ports, entries)
    changes = await changes_of(ports.registry, act, actor, entries)
    counts = {kind: sum(change.aggregate.startswith(f"{kind}/") for change in changes) for kind in entries}
    return Outcome(changes=tuple(changes), body={"changed": counts, "rows": {k: len(v) for k, v in entries.items()}})


async def require_second_person(registry: Registry, giver: str, grants: Iterable[Grant]) -> None:
    """Raises the rule that a new grant of these breaks: to oneself, or of a role of the city that is held already."""
    wanted = [grant for grant in grants if not grant.revoked]
    known = await registry.loaded("grant", [grant.id for grant in wanted])
    new = [g for g in wanted if g.id not in known or known[g.id].value != g]
    cities = sorted({grant.organisation for grant in new if GRANTED_AT.get(grant.role) == "city"})
    held = frozenset((g.person, g.role, g.organisation) for g in await registry.granted_at(cities))
    for grant in new:
        require_givable(grant, giver, held)


async def register_person(ports: Ports, act: Act, command: c.RegisterPerson) -> Outcome:
    """A person of the registry."""
    actor = await office(ports.registry, act, roles.ADMINISTRATOR)
    person = Person(id=command.id, name=command.name, post=command.post, school=command.school)
    await require_whole(ports.registry, {"person": {person.id: person}})
    if await ports.registry.loaded("person", [person.id]):
        raise Rejected("person-known", f"人员已登记：{person.id}", f"there is a person {person.id} already", 409)
    return act.created("/v1/people", of_registry("person", person, 0, "registered", act.cause(actor)))


async def publish_checklist(ports: Ports, act: Act, checklist: Checklist) -> Outcome:
    """A published version never changes."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    require_measurable(published(checklist))
    if await ports.registry.loaded("checklist", [checklist.id]):
        raise Rejected(
            "checklist-published", "该版本已发布，不能更改", "this version is published and never changes", 409
        )
    return act.created("/v1/checklists", of_registry("checklist", checklist, 0, "published", act.cause(actor)))


async def one(registry: Registry, kind: str, id_: str) -> Loaded[Any]:
    """The aggregate of this kind and id; raises `NotFound`."""
    found = await registry.loaded(kind, [id_])
    if id_ not in found:
        raise NotFound(f"{kind}/{id_}")
    return found[id_]
