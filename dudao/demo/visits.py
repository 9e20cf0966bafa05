"""What a team does at a school: answer the checklist, photograph, draft findings, hear the school, submit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dudao.client.api import Act, Answered, Api, Upload
from dudao.demo.answers import Finding, Given, Sheet, fill_sheet
from dudao.demo.draw import Draw, picture
from dudao.demo.world import Assignment, World

_OUTCOMES: Final = {"countersigned": 0.86, "remarked": 0.12, "refused": 0.02}
_REMARKS: Final[Mapping[str, str | None]] = {
    "countersigned": None,
    "remarked": "情况属实，部分材料存放在中心校，随后补交",
    "refused": "对检查结论有不同意见，暂不签字",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One submitted finding, from where the school and its supervisors take it up."""

    issue: str
    school: str
    leader: str
    finding: Finding

    @property
    def name(self) -> str:
        """What its draws are named after: stable from run to run, as ids are not."""
        return f"{self.school}/{self.finding.item}"


class Visits:
    """Plays visits."""

    def __init__(self, api: Api, world: World, draw: Draw) -> None:
        self._api = api
        self._world = world
        self._draw = draw

    async def play(self, assignment: Assignment) -> list[Case]:
        """One visit from arrival to submission; returns the findings that were submitted with it."""
        sheet = fill_sheet(self._world.checklist, self._world.seen[assignment.school], self._draw)
        member = self._member(assignment)
        photographs = {
            finding.item: await self._photograph(member, assignment, finding)
            for finding in sheet.findings
            if finding.evidence
        }
        await self._answer(member, assignment, sheet, photographs)
        cases = [await self._draft(member, assignment, finding, photographs) for finding in sheet.findings]
        await self._submit(assignment)
        return cases

    def _member(self, assignment: Assignment) -> str:
        """The team shares its schools out: one member fills in the whole sheet of a school."""
        others = [member for member in assignment.team.members if member != assignment.team.leader]
        number = self._draw.between(0, len(others) - 1, "member", assignment.team.id)
        return others[number]

    async def _photograph(self, member: str, assignment: Assignment, finding: Finding) -> str:
        name = f"{assignment.school}-{finding.item or 'other'}"
        file = Upload({"school": assignment.school}, f"{name}.png", picture(name), "image/png")
        kept = await self._api.upload(member, "/v1/evidence", file, key=f"photograph-{name}")
        return str(kept["id"])

    async def _answer(
        self, member: str, assignment: Assignment, sheet: Sheet, photographs: Mapping[str | None, str]
    ) -> None:
        path = f"/v1/visits/{assignment.visit}"
        visit = await self._read(member, path)
        answers = [_as_sent(given, photographs.get(given.item)) for given in sheet.answers]
        act = Act(member, f"{path}/answers", {"answers": answers}, f"answers-{assignment.visit}", visit.version, "PUT")
        visit = await self._api.act(act)
        for number, text in enumerate(sheet.highlights):
            key = f"highlight-{assignment.visit}-{number}"
            visit = await self._api.act(Act(member, f"{path}/highlights", {"text": text}, key, visit.version))

    async def _draft(
        self, member: str, assignment: Assignment, finding: Finding, photographs: Mapping[str | None, str]
    ) -> Case:
        photograph = photographs.get(finding.item)
        body = {
            "school": assignment.school,
            "visit": assignment.visit,
            "source": "supervision",
            "item": finding.item,
            "area": finding.area,
            "description": finding.description,
            "evidence": [photograph] if photograph else [],
            "severity": finding.severity,
            "mode": finding.mode,
        }
        issue = await self._api.act(Act(member, "/v1/issues", body, f"draft-{assignment.visit}-{finding.item}"))
        return Case(str(issue["id"]), assignment.school, assignment.team.leader, finding)

    async def _submit(self, assignment: Assignment) -> None:
        """The leader reads what the member wrote, hears the school, and submits all of it."""
        leader, path = assignment.team.leader, f"/v1/visits/{assignment.visit}"
        visit = await self._read(leader, path)
        outcome = self._draw.one_of(_OUTCOMES, "feedback", assignment.school)
        host = self._world.people_of(assignment.school).host
        feedback = {"person": host, "outcome": outcome, "remark": _REMARKS[outcome]}
        key = f"submit-{assignment.visit}"
        await self._api.act(Act(leader, f"{path}/submit", {"feedback": feedback}, key, visit.version))

    async def _read(self, person: str, path: str) -> Answered:
        visit = await self._api.get(person, "inspection", path)
        return Answered(visit, int(visit["version"]))


def _as_sent(given: Given, photograph: str | None) -> dict[str, Any]:
    said = {"shared_with": given.shared_with} if given.shared_with else {"value": given.value}
    return {"item": given.item, "evidence": [photograph] if photograph else [], **said}
