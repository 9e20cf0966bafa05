"""Existing tables of issues (整改台账, 巡察反馈): each row becomes an ordinary issue, by the same rules, in one act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, get_args

from runtime.canonical import encode
from runtime.commands import Outcome
from runtime.errors import NotFound, Rejected
from runtime.ids import derive_id, digest_of
from runtime.ledger.model import Change
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.ports import Ports, Registry
from services.inspection.application.registry_tables import refusal
from services.inspection.application.staging import Inbox, Staging
from services.inspection.application.standing import reach_for, standing
from services.inspection.application.tables import MOST_ERRORS, Column, Fault, Row, Sheet, headers, rows_of
from services.inspection.domain import issue_assigning, issue_drafting
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Area, Issue, Provenance, Step
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import School
from services.inspection.domain.rules import Broken

MAX_ROWS: Final = 1000
SEVERITIES: Final = {"一般": "minor", "较重": "major", "重大": "critical", "严重": "critical"}
MODES: Final = {"立行立改": "immediate", "限期整改": "deadline", "长期坚持": "standing"}
AREAS: Final = {area: area for area in get_args(Area)}
COLUMNS: Final = (
    Column("学校", "school", also=("学校名称", "单位", "单位名称", "责任单位", "被检查单位", "被督导学校")),
    Column("问题描述", "description", also=("问题", "存在问题", "具体问题", "反馈问题", "巡察反馈问题", "问题内容")),
    Column("所属方面", "area", optional=True, empty="其他", choices=AREAS, also=("方面", "类别", "问题类别")),
    Column("严重程度", "severity", optional=True, choices=SEVERITIES, also=("程度", "等级")),
    Column("整改方式", "mode", optional=True, choices=MODES, also=("方式", "整改类型")),
    Column("整改期限", "deadline", "day", optional=True, also=("期限", "整改时限", "完成时限", "完成日期")),
)
FIELDS: Final = frozenset(column.field for column in COLUMNS)
_CELL_OF: Final = {
    "deadline-in-past": "deadline",
    "not-a-day": "deadline",
    "not-allowed": "school",
    "own-school": "school",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Original:
    """A row as it stood in the table; kept beside the ledger, since it may hold what no ledger may."""

    id: str
    file: str
    sheet: str
    row: int
    cells: Mapping[str, str]


class Originals(Protocol):
    """Rows that became issues, and how an office's tables are to be read."""

    async def known(self, issues: Sequence[str]) -> set[str]:
        """Those of the ids that are issues already."""
        ...

    async def keep(self, rows: Sequence[Original]) -> None:
        """Store, once each."""
        ...

    async def of(self, issue: str) -> Original:
        """Raises `NotFound`."""
        ...

    async def mapping(self, person: str, signature: str) -> dict[str, str]:
        """Field → header, as this person last read tables of these headers; empty where never."""
        ...

    async def remember(self, person: str, signature: str, mapping: Mapping[str, str]) -> None:
        """For the next table of these headers."""
        ...


@dataclass(slots=True)
class Drafts:
    """What the rows come to: new issues with their steps and originals, what was there before, what is wrong."""

    steps: list[tuple[Step, Authority, Moment, Row]] = field(default_factory=list)
    originals: list[Original] = field(default_factory=list)
    known: int = 0
    faults: list[Fault] = field(default_factory=list)


def columns_by(mapping: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns, called as the mapping says."""
    return tuple(
        replace(column, header=mapping[column.field]) if column.field in mapping else column for column in COLUMNS
    )


def signature_of(sheets: Sequence[Sheet]) -> str:
    """The same headers, the same signature."""
    return derive_id("headers", *sorted({name for sheet in sheets for name in headers(sheet)}))


def require_mapping(mapping: Mapping[str, str], sheets: Sequence[Sheet]) -> None:
    """Raises `Rejected` for a field or a header that there is not."""
    there = {name for sheet in sheets for name in headers(sheet)}
    wrong = sorted((set(mapping) - FIELDS) | (set(mapping.values()) - there))
    if wrong:
        raise Rejected("mapping-unknown", f"没有这些列：{'、'.join(wrong)}", f"no such columns: {', '.join(wrong)}")


async def drafts_of(ports: Ports, inbox: Originals, act: Act, staged: Staging, sheets: Sequence[Sheet]) -> Drafts:
    """Every row through the same steps as an issue that is listed by hand: 登记, 提交 and, where it says how, 交办."""
    found = Drafts()
    find = await _schools(ports.registry)
    places: dict[str, tuple[Authority, Moment]] = {}
    rows: list[Row] = []
    for sheet in sheets:
        read, faults = rows_of(sheet, columns_by(staged.options.get("mapping", {})))
        rows += read
        found.faults += faults
    if len(rows) > MAX_ROWS:
        raise Rejected("import-too-large", f"一次最多导入 {MAX_ROWS} 行", f"at most {MAX_ROWS} rows at once", 413)
    seen: set[str] = set()
    for row in rows:
        school = find(str(row.values["school"]))
        if isinstance(school, Fault):
            found.faults.append(replace(school, cell=row.address("school")))
            continue
        if school not in places:
            site, authority = await standing(ports, act, school)
            places[school] = authority, act.moment.of_division(site.division.id)
        _draft(found, seen, staged, row, *places[school])
    known = await inbox.known([step.issue.id for step, *_ in found.steps])
    found.known = len(known)
    found.steps = [one for one in found.steps if one[0].issue.id not in known]
    found.originals = [one for one in found.originals if one.id not in known]
    return found


async def _schools(registry: Registry) -> Callable[[str], str | Fault]:
    schools: list[School] = await registry.all("school")
    by_id = {school.id: school.id for school in schools} | {school.code: school.id for school in schools}
    names: dict[str, list[str]] = {}
    for school in schools:
        names.setdefault(school.name, []).append(school.id)

    def find(text: str) -> str | Fault:
        ids = [by_id[text]] if text in by_id else names.get(text, [])
        if len(ids) == 1:
            return ids[0]
        if ids:
            return Fault(
                "", "school-ambiguous", f"有{len(ids)}所学校叫“{text}”，请填编号", f"{text!r} names several schools"
            )
        return Fault("", "school-unknown", f"没有学校“{text[:40]}”", f"there is no school {text[:40]!r}")

    return find


def _draft(found: Drafts, seen: set[str], staged: Staging, row: Row, authority: Authority, moment: Moment) -> None:
    original = _original(staged, row, authority.place.school)
    if original.id in seen:
        found.faults.append(Fault(row.address(), "import-double", "与前面的行完全相同", "the same row stands above"))
        return
    seen.add(original.id)
    try:
        step = _steps(original, row, staged.options["source"], authority, moment, "0")
    except Broken as broken:
        where = row.address(_CELL_OF.get(broken.code, "description"))
        found.faults.append(Fault(where, broken.code, broken.text_zh, broken.text_en))
        return
    found.steps.append((step, authority, moment, row))
    found.originals.append(original)


def _original(staged: Staging, row: Row, school: str) -> Original:
    cells = row.sheet.rows[row.number]
    told = {
        header: cell.text.strip()
        for header, place in headers(row.sheet).items()
        if place < len(cells) and (cell := cells[place]) is not None and cell.text.strip()
    }
    digest = digest_of(encode(told))
    id_ = derive_id("imported-issue", school, staged.options["source"], digest)
    return Original(id=id_, file=staged.files[0][1], sheet=row.sheet.name, row=row.number + 1, cells=told)


def _steps(original: Original, row: Row, source: Any, authority: Authority, moment: Moment, number: str) -> Step:
    values = row.values
    finding = issue_drafting.Finding(
        id=original.id, source=source, description=values["description"], area=values["area"],
        severity=values["severity"], mode=values["mode"],
    )  # fmt: skip
    drafted = issue_drafting.draft(finding, authority, moment)
    came_from = Provenance(
        file=original.file, sheet=original.sheet[:60], row=original.row, digest=digest_of(encode(original.cells))
    )
    issue: Issue = replace(drafted.issue, provenance=came_from)
    last = issue_drafting.submit(issue, authority, moment)
    if values["severity"] and values["mode"]:
        order = issue_assigning.Order(
            number=number, severity=values["severity"], mode=values["mode"], deadline=values["deadline"]
        )
        last = issue_assigning.assign(last.issue, authority, moment, order)
    return Step(last.issue, (*drafted.events, *last.events), last.actor, last.note)


def told(staging: str, staged: Staging, sheets: Sequence[Sheet], found: Drafts) -> dict[str, Any]:
    """The preview as it is answered, with the columns as they were understood."""
    wanted = columns_by(staged.options.get("mapping", {}))
    there = [name for sheet in sheets for name in headers(sheet)]
    names = dict.fromkeys(there, 0)
    understood = {
        column.field: there[place] for column in wanted if (place := _place(column, names, there)) is not None
    }
    return {
        "id": staging,
        "ready": not found.faults,
        "mapping": understood,
        "headers": list(names),
        "new": len(found.steps),
        "known": found.known,
        "assigned": sum(step.issue.state == "assigned" for step, *_ in found.steps),
        "errors": [fault.as_plain() for fault in found.faults[:MOST_ERRORS]],
        "error_count": len(found.faults),
    }


def _place(column: Column, names: Mapping[str, int], there: Sequence[str]) -> int | None:
    return column.find({name: there.index(name) for name in names})


async def activate(ports: Ports, inbox: Inbox, originals: Originals, act: Act, staging: str) -> Outcome:
    """All rows in one act, or none; rows that are issues already stay as they are."""
    staged = await inbox.stagings.of(staging, act.person, "issues")
    found = await drafts_of(ports, originals, act, staged, await inbox.sheets(staged))
    if found.faults:
        raise refusal(found.faults)
    await originals.keep(found.originals)
    changes: list[Change] = []
    for (step, authority, moment, row), original in zip(found.steps, found.originals, strict=True):
        made = step
        if step.issue.state == "assigned":
            number = await ports.issues.next_number(moment.day.year, 0)
            made = _steps(original, row, staged.options["source"], authority, moment, number)
        changes.append(of_school("issue", made.issue, 0, made.events, act.cause(made.actor, made.note)))
    body = {"new": len(changes), "known": found.known, "issues": [change.id for change in changes]}
    return Outcome(changes=tuple(changes), body=body)


async def provenance(ports: Ports, originals: Originals, person: str, issue: str) -> dict[str, Any]:
    """Where an issue was imported from, with the row as it stood; raises `NotFound`."""
    loaded = await ports.issues.within(issue, await reach_for(ports.registry, person))
    came_from = loaded.value.provenance
    if came_from is None:
        raise NotFound(f"issue/{issue}/provenance")
    original = await originals.of(issue)
    return {
        "file": came_from.file, "sheet": came_from.sheet, "row": came_from.row, "digest": came_from.digest,
        "cells": dict(original.cells),
    }  # fmt: skip
