"""Registry tables: read, looked at against the registry of now, and activated as a whole or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from contracts import roles
from runtime.commands import Outcome
from runtime.errors import Rejected
from runtime.ids import derive_id
from services.inspection.application.act import Act
from services.inspection.application.answering import require_answered
from services.inspection.application.ports import Ports, Registry
from services.inspection.application.registry import (
    IMPORTED,
    MAX_ENTRIES,
    changes_of,
    office,
    require_second_person,
    require_whole,
)
from services.inspection.application.registry_columns import SheetOf, sheet_of
from services.inspection.application.staging import Inbox
from services.inspection.application.structure import with_coverage
from services.inspection.application.tables import MOST_ERRORS, Fault, Row, Sheet, rows_of
from services.inspection.domain.registry import Branch, Grant
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_registry import ImportRefused

_SHAPES: Final = dict(IMPORTED.values())
Entries = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Taken:
    """What the sheets hold: entries by kind and id, where each stands, what is wrong, which sheets mean nothing."""

    entries: Entries = field(default_factory=dict)
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


async def taken(registry: Registry, sheets: Iterable[Sheet]) -> Taken:
    """The sheets' entries; each row is read on its own, so that everything wrong is told at once."""
    found = Taken()
    held = {(g.person, g.role, g.organisation): g for g in await registry.all("grant")}
    covered = {branch.id: branch for branch in await registry.all("branch")}
    for sheet in sheets:
        wanted = sheet_of(sheet.name)
        if wanted is None:
            found.ignored.append(sheet.name)
            continue
        rows, faults = rows_of(sheet, wanted.columns)
        found.faults += faults
        found.counts[wanted.kind] = found.counts.get(wanted.kind, 0) + len(rows)
        for row in rows:
            _take(found, wanted, row, held, covered)
    if sum(found.counts.values()) > MAX_ENTRIES:
        raise Rejected("import-too-large", f"一次最多导入 {MAX_ENTRIES} 行", f"at most {MAX_ENTRIES} rows at once", 413)
    return found


def _take(
    found: Taken, wanted: SheetOf, row: Row, held: Mapping[tuple[str, str, str], Grant], covered: Mapping[str, Branch]
) -> None:
    values = dict(row.values)
    if wanted.kind == "grant":
        key = (values["person"], values["role"], values["organisation"])
        if key in held:
            values["id"] = held[key].id
        values["id"] = values["id"] or f"G-{derive_id(*key)[:16]}"
    if wanted.kind == "branch":
        # Who is covered follows from the schools; until it is worked out it is what it was.
        before = covered.get(values["id"])
        values["schools"] = () if values["parent"] or before is None else before.schools
    kind = found.entries.setdefault(wanted.kind, {})
    if values["id"] in kind:
        zh, en = f"“{values['id']}”在表中重复", f"{values['id']} stands twice in the table"
        found.faults.append(Fault(row.address("id"), "import-double", zh, en))
        return
    kind[values["id"]] = msgspec.convert(values, _SHAPES[wanted.kind])
    found.rows[wanted.kind, values["id"]] = row


async def checked(ports: Ports, person: str, found: Taken) -> Entries:
    """The entries with what follows from them; whatever rule the registry would break is told at its cell."""
    registry = ports.registry
    entries = await with_coverage(registry, found.entries)
    try:
        await require_whole(registry, entries)
        await require_second_person(registry, person, entries.get("grant", {}).values())
        await require_answered(ports, entries)
    except ImportRefused as refused:
        found.faults += [located(problem, found.rows) for problem in refused.problems]
    except Broken as broken:
        found.faults.append(located(broken, found.rows))
    return entries


def located(problem: Broken, rows: Mapping[tuple[str, str], Row]) -> Fault:
    """The rule that is broken, at the cell that breaks it, as far as the table has one."""
    detail = problem.detail
    what, field = str(detail.get("what", "")), str(detail.get("field", "id"))
    candidates = [(what, str(detail.get("id", "")), field), *_by_name(detail)]
    for kind, id_, column in candidates:
        if row := rows.get((kind, id_)):
            return Fault(row.address(column), problem.code, problem.text_zh, problem.text_en)
    return Fault("", problem.code, problem.text_zh, problem.text_en)


def _by_name(detail: Mapping[str, object]) -> Iterable[tuple[str, str, str]]:
    school, branch = str(detail.get("school", "")), str(detail.get("branch", ""))
    return (("school", school, "branch"), ("branch", branch, "id"), ("holiday", str(detail.get("id", "")), "starts"))


def told(staging: str, found: Taken, changes: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The preview as it is answered."""
    return {
        "id": staging,
        "ready": not found.faults,
        "changes": changes,
        "ignored": found.ignored,
        "errors": [fault.as_plain() for fault in found.faults[:MOST_ERRORS]],
        "error_count": len(found.faults),
    }


async def preview(ports: Ports, person: str, staging: str, sheets: Sequence[Sheet]) -> dict[str, Any]:
    """What activating would change now, and everything that is in the way."""
    found = await taken(ports.registry, sheets)
    entries = await checked(ports, person, found)
    return told(staging, found, await _changes(ports.registry, entries))


async def _changes(registry: Registry, entries: Entries) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for kind, values in entries.items():
        before = await registry.loaded(kind, values)
        new = sum(id_ not in before for id_ in values)
        changed = sum(id_ in before and before[id_].value != value for id_, value in values.items())
        counts[kind] = {"new": new, "changed": changed, "unchanged": len(values) - new - changed}
    return counts


async def activate(ports: Ports, inbox: Inbox, act: Act, staging: str) -> Outcome:
    """All of it in one transaction, or nothing; what is so already stays untouched."""
    actor = await office(ports.registry, act, roles.ADMINISTRATOR)
    staged = await inbox.stagings.of(staging, act.person, "registry")
    found = await taken(ports.registry, await inbox.sheets(staged))
    entries = await checked(ports, act.person, found)
    if found.faults:
        raise refusal(found.faults)
    changes = await changes_of(ports.registry, act, actor, entries)
    counts = {kind: sum(change.aggregate.startswith(f"{kind}/") for change in changes) for kind in entries}
    return Outcome(changes=tuple(changes), body={"changed": counts, "rows": found.counts})


def refusal(faults: Sequence[Fault]) -> Rejected:
    """Nothing was taken in, and why."""
    first = faults[0]
    return Rejected(
        "import-refused",
        f"导入被拒绝，共{len(faults)}处问题：{first.cell} {first.zh}",
        f"the import was refused, {len(faults)} problems: {first.cell} {first.en}",
        problems=[fault.as_plain() for fault in faults[:MOST_ERRORS]],
        count=len(faults),
    )
