"""What becomes of a finding: officers assign, the school acknowledges, plans, works and reports, checkers check."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from dudao.client.api import Act, Answered, Api, Upload
from dudao.demo.draw import Draw, picture
from dudao.demo.fates import Step, fate_of, steps
from dudao.demo.supervisors import Supervisors
from dudao.demo.visits import Case
from dudao.demo.world import World

_SECOND_CHANCE: Final = timedelta(days=14)
_NEXT_STAGE: Final = timedelta(days=28)
_HALF: Final = 50
_DONE: Final = 100

Body = Mapping[str, Any]


class Rectification:
    """Plays the lives of issues; `today` is the day in China."""

    def __init__(self, api: Api, world: World, draw: Draw, today: date) -> None:
        self._api = api
        self._world = world
        self._draw = draw
        self._today = today
        self._supervisors = Supervisors(world)

    async def play(self, case: Case) -> str:
        """One issue, from submitted to the end of its fate; returns the state it was left in."""
        return await Life(self._api, self._world, self._supervisors, case, self._today).live(self._draw)


class Life:
    """One issue's: knows the entry as last answered, and acts on that version only."""

    def __init__(self, api: Api, world: World, supervisors: Supervisors, case: Case, today: date) -> None:
        self._api = api
        self._case = case
        self._people = world.people_of(case.school)
        self._supervisors = supervisors
        self._today = today
        self._issue: Answered | None = None
        self._count = 0
        self._stages = 0
        self._do: Mapping[Step, Callable[[], Awaitable[None]]] = {
            "assign": self._assign,
            "withdraw": self._withdraw,
            "acknowledge": self._acknowledge,
            "plan": self._plan,
            "replan": self._replan,
            "sign": self._sign,
            "start": self._start,
            "finish": self._finish,
            "report": self._report,
            "return": self._return,
            "pass": self._pass,
            "confirm": self._confirm,
            "reopen": self._reopen,
        }

    async def live(self, draw: Draw) -> str:
        """Do every step of the fate that is drawn for this issue; returns its last state."""
        for step in steps(fate_of(self._case.name, draw), self._case.finding):
            await self._do[step]()
        return "submitted" if self._issue is None else str(self._issue["state"])

    async def _act(self, person: str, command: str, body: Body | None = None) -> None:
        path = f"/v1/issues/{self._case.issue}"
        if self._issue is None:
            found = await self._api.get(person, "inspection", path)
            self._issue = Answered(found, int(found["version"]))
        self._count += 1
        key = f"{self._count}-{self._case.issue}"
        self._issue = await self._api.act(Act(person, f"{path}/{command}", body or {}, key, self._issue.version))

    async def _assign(self) -> None:
        finding = self._case.finding
        body = {"severity": finding.severity, "mode": finding.mode, "deadline": None}
        await self._act(self._supervisors.assigner(self._case), "assign", body)

    async def _withdraw(self) -> None:
        reason = "与上级部署的专项整治重复，并入专项办理"
        await self._act(self._supervisors.assigner(self._case), "withdraw", {"reason": reason})

    async def _acknowledge(self) -> None:
        await self._act(self._people.secretary, "acknowledge")

    async def _plan(self) -> None:
        await self._act(self._people.secretary, "plan", {**self._tasks(), "lead": self._people.cadre, "others": []})

    async def _replan(self) -> None:
        lead = self._people.host
        body = {**self._tasks(), "lead": lead, "others": [self._people.cadre], "reason": "原责任人外出学习，调整牵头人"}
        await self._act(self._people.secretary, "replan", body)

    def _tasks(self) -> Body:
        text = self._case.finding.description.split("：", 1)[0]
        measures = (f"对照清单逐项整改：{text}", "举一反三，开展自查，完善长效机制")
        wanted = measures[:1] if self._case.finding.severity == "minor" else measures
        return {"tasks": [{"measure": measure, "target": "达到清单要求", "deadline": None} for measure in wanted]}

    @property
    def _lead(self) -> str:
        return next(
            str(row["person"])
            for row in self._entry["responsibilities"]
            if row["part"] == "lead" and row["superseded_at"] is None
        )

    @property
    def _entry(self) -> Mapping[str, Any]:
        if self._issue is None:
            raise RuntimeError(f"nothing was done yet about {self._case.issue}")
        return self._issue.body

    async def _sign(self) -> None:
        await self._act(self._lead, "sign")

    async def _start(self) -> None:
        task = self._entry["tasks"][0]
        await self._act(self._lead, f"tasks/{task['id']}/progress", {"percent": _HALF, "note": "已部署，正在整改"})

    async def _finish(self) -> None:
        for task in self._entry["tasks"]:
            evidence = await self._photograph(f"{task['id']}-{self._count}")
            body = {"percent": _DONE, "note": "已完成，附整改后照片", "evidence": [evidence]}
            await self._act(self._lead, f"tasks/{task['id']}/progress", body)

    async def _photograph(self, name: str) -> str:
        file = Upload({"school": self._case.school}, f"{self._case.school}.png", picture(name), "image/png")
        kept = await self._api.upload(self._lead, "/v1/evidence", file, key=f"photograph-{self._case.issue}-{name}")
        return str(kept["id"])

    async def _report(self) -> None:
        await self._act(self._people.secretary, "report", {"note": "各项任务均已完成，申请销号"})

    async def _return(self) -> None:
        body = {
            "passed": False,
            "method": "evidence",
            "reason": "佐证材料不全，请补充后再报",
            "deadline": str(self._today + _SECOND_CHANCE),
        }
        await self._act(self._supervisors.first_checker(self._case), "check", body)

    async def _pass(self) -> None:
        self._stages += 1
        goes_on = self._case.finding.mode == "standing" and self._stages == 1
        deadline = str(self._today + _NEXT_STAGE) if goes_on else None
        body = {"passed": True, "method": "on_site", "opinion": "现场核查，整改到位", "deadline": deadline}
        await self._act(self._supervisors.first_checker(self._case), "check", body)

    async def _confirm(self) -> None:
        body = {"passed": True, "method": "evidence", "opinion": "复核通过"}
        await self._act(self._supervisors.final_checker(), "check", body)

    async def _reopen(self) -> None:
        body = {"reason": "抽查发现问题未真正解决", "deadline": str(self._today + _SECOND_CHANCE)}
        await self._act(self._supervisors.reopener(), "reopen", body)
