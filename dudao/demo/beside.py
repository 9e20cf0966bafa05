"""What stands beside issues: tasks from above, contact points and requests, material, an absence; a few of each."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from contracts import roles
from dudao.client.api import Act, Answered, Api, Upload
from dudao.demo.draw import picture
from dudao.demo.world import World

_TWO_WEEKS: Final = timedelta(days=14)
_AWAY: Final = timedelta(days=3)
_SCHOOLS: Final = 6
_CONTACTS: Final = 6
_PIECES: Final = ("党费收缴台账", "三会一课记录")
_TASK: Final = {"measure": "按通知开展一次主题党日", "target": "全体党员参加，留有记录", "deadline": None}
_STEPS: Final = ("acknowledge", "plan", "sign", "progress", "report", "check")
Body = Mapping[str, Any]
Scene = Callable[[], Awaitable[None]]


class Beside:
    """Plays them; `today` is the day in China."""

    def __init__(self, api: Api, world: World, today: date) -> None:
        self._api = api
        self._world = world
        self._today = today
        self._schools = sorted(world.seen)

    def scenes(self) -> list[Scene]:
        """Each from beginning to end; no two of them touch the same entry."""
        leaders = [
            (grant.person, grant.organisation)
            for grant in self._world.cast.grants
            if grant.role == roles.LIAISON_LEADER
        ]  # fmt: skip
        contacts = [partial(self._contact, n, *one) for n, one in enumerate(leaders[:_CONTACTS])]
        return [self._of_bureau, self._of_department, self._material, *contacts]

    async def _act(self, person: str, path: str, body: Body, seen: Answered | None = None) -> Answered:
        version = seen.version if seen else None
        return await self._api.act(Act(person, path, body, f"beside-{path.replace('/', '-')}-{version or ''}", version))

    async def _file(self, person: str, school: str, name: str) -> str:
        file = Upload({"school": school}, f"{name}.png", picture(f"{school}/{name}"), "image/png")
        return str((await self._api.upload(person, "/v1/evidence", file, key=f"beside-{school}-{quote(name)}"))["id"])

    async def _of_bureau(self) -> None:
        """Of the schools one has only acknowledged it, the next has begun, and so on: the last is through with it."""
        parts = await self._given(self._world.bureau[0], "主题党日", self._schools[:_SCHOOLS])
        for n, (school, issue) in enumerate(parts, 1):
            await self._part(school, issue, _STEPS[:n])

    async def _of_department(self) -> None:
        """Every other school has acknowledged it."""
        department = self._world.cast.holding(roles.ORGANISATION_DEPARTMENT)[0].id
        parts = await self._given(department, "发展党员工作自查", self._schools[_SCHOOLS : 2 * _SCHOOLS])
        for school, issue in parts[::2]:
            await self._part(school, issue, _STEPS[:1])

    async def _given(self, person: str, title: str, schools: Sequence[str]) -> list[tuple[str, str]]:
        body = {
            "schools": list(schools), "title": title, "description": f"{title}：请按通知要求落实", "area": "党建载体",
            "deadline": str(self._today + _TWO_WEEKS),
        }  # fmt: skip
        given = await self._api.act(Act(person, "/v1/assignments", body, f"beside-assignment-{quote(title)}"))
        return [(row["school"], row["issue"]) for row in given["items"]]

    async def _part(self, school: str, issue: str, steps: Iterable[str]) -> None:
        secretary, path = self._world.people_of(school).secretary, f"/v1/issues/{issue}"
        found = await self._api.get(secretary, "inspection", path)
        entry = Answered(found, int(found["version"]))
        for step in steps:
            person, verb, body = await self._step(school, step, entry)
            entry = await self._act(person, f"{path}/{verb}", body, entry)

    async def _step(self, school: str, step: str, entry: Answered) -> tuple[str, str, Body]:
        """By whom, and what."""
        people = self._world.people_of(school)
        if step == "progress":
            piece = await self._file(people.cadre, school, "主题党日")
            done = {"percent": 100, "note": "已开展，附照片", "evidence": [piece]}
            return people.cadre, f"tasks/{entry['tasks'][0]['id']}/progress", done
        others: Mapping[str, tuple[str, Body]] = {
            "acknowledge": (people.secretary, {}),
            "plan": (people.secretary, {"tasks": [_TASK], "lead": people.cadre, "others": []}),
            "sign": (people.cadre, {}),
            "report": (people.secretary, {"note": "已按要求完成"}),
            "check": (self._world.bureau[1], {"passed": True, "method": "evidence", "opinion": "已落实"}),
        }
        person, body = others[step]
        return person, step, body

    async def _material(self) -> None:
        """A county asks; what was given then is offered to the bureau, which asks only for the rest."""
        first = next(one for one in self._schools if self._world.county_officers(one) != self._world.bureau)
        division = self._world.seen[first].school.division
        schools = [one for one in self._schools if self._world.seen[one].school.division == division][:_SCHOOLS]
        asked = await self._asked(self._world.county_officers(first)[0], "季度党建材料", schools)
        given, noted, *_ = asked["items"]
        cadre = self._world.people_of(given["school"]).cadre
        files = [{"name": name, "evidence": [await self._file(cadre, given["school"], name)]} for name in _PIECES]
        notes = [{"name": name, "note": "本季度暂无"} for name in _PIECES]
        for row, pieces in ((given, files), (noted, notes)):
            person, path = self._world.people_of(row["school"]).cadre, f"/v1/material/{row['material']}"
            seen = await self._api.get(person, "inspection", path)
            await self._act(person, f"{path}/give", {"pieces": pieces}, Answered(seen, int(seen["version"])))
        await self._asked(self._world.bureau[0], "年度党建材料", schools[:2])

    async def _asked(self, person: str, title: str, schools: Sequence[str]) -> Answered:
        pieces = [{"name": name} for name in _PIECES]
        body = {
            "schools": list(schools), "title": title, "pieces": pieces, "due": str(self._today + _TWO_WEEKS),
        }  # fmt: skip
        return await self._api.act(Act(person, "/v1/material", body, f"beside-material-{quote(title)}"))

    async def _contact(self, n: int, leader: str, branch: str) -> None:
        """A leader goes to the linked branch; of six requests one is only asked, one accepted, the others replied."""
        school = next(one for one in self._schools if self._world.seen[one].branch.id == branch)
        seen = await self._file(leader, school, "走访")
        log = {"school": school, "kind": "visit", "day": str(self._today), "text": "走访慰问，听取意见"}
        liaison = await self._api.act(Act(leader, "/v1/liaisons", {**log, "evidence": [seen]}, f"beside-log-{branch}"))
        path = f"/v1/liaisons/{liaison['id']}/requests"
        request = await self._act(leader, path, {"text": "党员活动室取暖不足，请协调解决"})
        steps: Sequence[tuple[str, str, Body]] = (
            (self._world.bureau[0], "accept", {"office": "基建科"}),
            (self._world.bureau[0], "reply", {"text": "已列入本年度维修计划"}),
            (self._world.people_of(school).secretary, "rate", {"rating": "satisfied"}),
        )
        for person, verb, body in steps[:n]:
            request = await self._act(person, f"/v1/requests/{request['id']}/{verb}", body, request)

    async def absence(self) -> None:
        """A secretary is away for some days: the deputy acts."""
        deputy = self._world.cast.holding(roles.DEPUTY_SECRETARY)[0].id
        branch = self._world.cast.role_of(deputy).organisation
        secretary = self._world.cast.holding(roles.SECRETARY, branch)[0].id
        body = {"starts": str(self._today), "ends": str(self._today + _AWAY), "reason": "外出学习"}
        await self._api.act(Act(secretary, "/v1/absences", body, f"beside-absence-{branch}"))
