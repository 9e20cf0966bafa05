"""Evidence as it is listed, and what a checker should look at twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from runtime.errors import Rejected
from services.inspection.application.ports import Ports
from services.inspection.application.reach import Reach
from services.inspection.application.standing import reach_for

Row = dict[str, Any]
MOST_ALIKE: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Evidence of a school, or on a subject (`issue/<id>`, `visit/<id>` …), beyond `after` (instant, id)."""

    school: str | None
    subject: str | None
    after: tuple[str, str] | None
    limit: int


async def list_evidence(ports: Ports, person: str, asked: Asked) -> list[Row]:
    """Newest first, within the person's reach; raises `NotFound` for a subject beyond it, `Rejected`."""
    reach = await reach_for(ports.registry, person)
    match: Row = {} if asked.school is None else {"entry.school": asked.school}
    if asked.subject is None:
        if asked.school is None:
            raise Rejected("evidence-of-what", "请指定学校或所属对象", "name a school or a subject")
        return await ports.evidence.listed(match, reach, asked.after, asked.limit)
    of, _, id = asked.subject.partition("/")
    ids = await _ON[of](ports, id, reach)
    match["$or"] = [{"_id": {"$in": sorted(ids)}}, {"entry.form.subject": asked.subject}]
    return await ports.evidence.listed(match, reach, asked.after, asked.limit)


async def _on_issue(ports: Ports, id: str, reach: Reach) -> set[str]:
    issue = (await ports.issues.within(id, reach)).value
    return {*issue.evidence, *(piece for task in issue.tasks for piece in task.evidence)}


async def _on_visit(ports: Ports, id: str, reach: Reach) -> set[str]:
    return {piece for answer in (await ports.visits.within(id, reach)).value.answers for piece in answer.evidence}


async def _on_material(ports: Ports, id: str, reach: Reach) -> set[str]:
    return {one for piece in (await ports.materials.within(id, reach)).value.pieces for one in piece.evidence}


async def _on_liaison(ports: Ports, id: str, reach: Reach) -> set[str]:
    return set((await ports.liaisons.within(id, reach)).value.evidence)


async def _on_request(ports: Ports, id: str, reach: Reach) -> set[str]:
    request = (await ports.requests.within(id, reach)).value
    return {*request.evidence, *request.reply_evidence}


_ON: Final = {
    "issue": _on_issue, "visit": _on_visit, "material": _on_material, "liaison": _on_liaison, "request": _on_request,
}  # fmt: skip


async def alike(ports: Ports, person: str, evidence: str) -> list[Row]:
    """Pieces within the person's reach that are the same file or photograph, with why each is told; `NotFound`."""
    reach = await reach_for(ports.registry, person)
    found = await ports.evidence.listed({"_id": evidence}, reach, None, 1)
    piece = (await ports.evidence.within(evidence, reach)).value
    here = _parts(row for one in found for row in one["on"])
    return [
        row | {"why": _why(piece.school, here, row)} for row in await ports.evidence.alike(piece, reach, MOST_ALIKE)
    ]


def _parts(on: Iterable[Mapping[str, str]]) -> dict[str, set[str]]:
    parts: dict[str, set[str]] = {}
    for row in on:
        parts.setdefault(row["subject"], set()).add(row["part"])
    return parts


def _why(school: str, here: Mapping[str, set[str]], other: Row) -> str:
    """`other_school`; `before_and_after`, for a finding and its own rectification; `again`, at the same school."""
    if other["school"] != school:
        return "other_school"
    there = _parts(other["on"])
    shared = [here[subject] | there[subject] for subject in here.keys() & there.keys()]
    return "before_and_after" if any({"finding", "task"} <= parts for parts in shared) else "again"
