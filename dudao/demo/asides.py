"""Beside the straight way: objections, help from above, extensions, doubles, recurrences, urging and cards.

A few of each, on issues that the rectification left in a fitting state, by the people who may.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from dudao.client.api import Act, Answered, Api
from dudao.demo.supervisors import Supervisors
from dudao.demo.visits import Case
from dudao.demo.world import World

_TWO_WEEKS: Final = timedelta(days=14)
Body = Mapping[str, Any]
Ended = Sequence[tuple[Case, str]]


_PLOT: Final[Mapping[str, Sequence[str]]] = {
    "assigned": ("object", "object", "overrule", "overrule", "uphold", "urge"),
    "acknowledged": ("object", "ask help", "ask help", "accept help", "accept help"),
    "planned": ("refuse help", "extend", "extend", "refuse extension", "pass help up"),
    "rectifying": ("yellow card", "yellow card", "met card", "red card", "urge", "ask extension"),
}
"""State that an issue was left in → what happens to one after the other."""
_PAIRS: Final = (("merge", "rectifying"), ("recur", "closed"), ("merge", "reported"), ("recur", "closed"))
"""What happens to a submitted issue, and in which state the other one of its school is that it is about."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Something that happens to one issue, and the other one that it is about, if any."""

    name: str
    case: Case
    other: Case | None = None


def chosen(ended: Ended) -> list[Aside]:
    """The same ones for the same issues: no issue meets two of them, no double is merged into one that does."""
    rows = sorted(ended, key=lambda row: row[0].name)
    left = {state: [case for case, at in rows if at == state] for state in {at for _, at in rows}}
    found: list[Aside] = []
    for state, names in _PLOT.items():
        found += map(Aside, names, left.get(state, ()))
    return [*found, *_pairs(left, {aside.case.issue for aside in found})]


def _pairs(left: Mapping[str, Sequence[Case]], taken: set[str]) -> list[Aside]:
    found: list[Aside] = []
    for case in left.get("submitted", ()):
        if len(found) == len(_PAIRS):
            break
        name, state = _PAIRS[len(found)]
        others = [one for one in left.get(state, ()) if one.school == case.school and one.issue not in taken]
        if others:
            found.append(Aside(name, case, others[0]))
            taken.add(others[0].issue)
    return found


class Asides:
    """Plays them; `today` is the day in China."""

    def __init__(self, api: Api, world: World, today: date) -> None:
        self._api = api
        self._world = world
        self._supervisors = Supervisors(world)
        self._day = str(today + _TWO_WEEKS)
        self._do: Mapping[str, Callable[[Case], Awaitable[None]]] = {
            "object": self._object,
            "overrule": self._overrule,
            "uphold": self._uphold,
            "urge": self._urge,
            "ask help": self._ask_help,
            "accept help": self._accept_help,
            "refuse help": self._refuse_help,
            "pass help up": self._pass_help_up,
            "ask extension": self._ask_extension,
            "extend": self._extend,
            "refuse extension": self._refuse_extension,
            "yellow card": self._yellow_card,
            "red card": self._red_card,
            "met card": self._met_card,
        }
        self._about: Mapping[str, Callable[[Case, Case], Awaitable[None]]] = {
            "merge": self._merge,
            "recur": self._recur,
        }

    async def play(self, aside: Aside) -> None:
        """One of them, from beginning to end."""
        if aside.other is None:
            await self._do[aside.name](aside.case)
        else:
            await self._about[aside.name](aside.case, aside.other)

    async def _act(self, case: Case, person: str, command: str, body: Body) -> Answered:
        path = f"/v1/issues/{case.issue}"
        seen = await self._api.get(person, "inspection", path)
        key = f"aside-{command.replace('/', '-')}-{case.issue}"
        return await self._api.act(Act(person, f"{path}/{command}", body, key, int(seen["version"])))

    def _secretary(self, case: Case) -> str:
        return self._world.people_of(case.school).secretary

    def _officers(self, case: Case) -> list[str]:
        return self._world.county_officers(case.school)

    async def _object(self, case: Case) -> None:
        await self._act(case, self._secretary(case), "object", {"reason": "该场所上月已建成，检查当日正在布置"})

    async def _overrule(self, case: Case) -> None:
        await self._object(case)
        body = {"upheld": False, "reason": "经复核，问题属实，按原要求整改"}
        await self._act(case, self._supervisors.reopener(), "decide-objection", body)

    async def _uphold(self, case: Case) -> None:
        await self._object(case)
        body = {"upheld": True, "reason": "经复核，学校已在检查前完成，予以撤销"}
        await self._act(case, self._supervisors.reopener(), "decide-objection", body)

    async def _ask_help(self, case: Case) -> None:
        await self._act(case, self._secretary(case), "ask-help", {"reason": "校舍产权不在学校，需上级协调用房"})

    async def _pass_help_up(self, case: Case) -> None:
        await self._ask_help(case)
        if case.school not in self._of_bureau():
            await self._act(case, self._officers(case)[0], "pass-help-up", {"reason": "涉及市级资金，转请市教育局"})

    def _of_bureau(self) -> set[str]:
        return {school for school, seen in self._world.seen.items() if seen.school.division in self._world.direct}

    async def _refuse_help(self, case: Case) -> None:
        await self._ask_help(case)
        body = {"accepted": False, "reason": "学校现有用房可以调剂，由学校自行解决"}
        await self._act(case, self._officers(case)[0], "decide-help", body)

    async def _accept_help(self, case: Case) -> None:
        """The body leads from now on: one of its officers answers, another plans."""
        await self._ask_help(case)
        officers = self._officers(case)
        body = {"accepted": True, "reason": "由本局牵头协调用房", "deadline": self._day}
        await self._act(case, officers[0], "decide-help", body)
        task = {"measure": "协调闲置校舍作为党员活动室", "target": "有场所、有设施", "deadline": None}
        await self._act(case, officers[-1], "plan", {"tasks": [task], "lead": officers[0], "others": []})

    async def _ask_extension(self, case: Case) -> None:
        entry = await self._api.get(self._secretary(case), "inspection", f"/v1/issues/{case.issue}")
        due = date.fromisoformat((entry["deadline"] or entry["next_check"])["day"])
        body = {"day": str(due + _TWO_WEEKS), "reason": "设备招标周期较长"}
        await self._act(case, self._secretary(case), "ask-extension", body)

    async def _extend(self, case: Case) -> None:
        await self._decide_extension(case, granted=True, reason="情况属实，准予延期")

    async def _refuse_extension(self, case: Case) -> None:
        await self._decide_extension(case, granted=False, reason="可先行租借，不予延期")

    async def _decide_extension(self, case: Case, *, granted: bool, reason: str) -> None:
        await self._ask_extension(case)
        officer = self._supervisors.of_issuer(case)
        await self._act(case, officer, "decide-extension", {"granted": granted, "reason": reason})

    async def _urge(self, case: Case) -> None:
        await self._act(case, self._officers(case)[0], "urge", {"note": "请抓紧办理"})

    async def _yellow_card(self, case: Case) -> None:
        await self._issue_card(case, "yellow")

    async def _red_card(self, case: Case) -> None:
        await self._issue_card(case, "red")

    async def _issue_card(self, case: Case, colour: str) -> str:
        body = {"colour": colour, "reason": "整改进展缓慢，限期落实", "deadline": self._day}
        issued = await self._act(case, self._world.bureau[0], "cards", body)
        return str(issued["cards"][-1]["number"])

    async def _met_card(self, case: Case) -> None:
        number = await self._issue_card(case, "yellow")
        await self._act(case, self._secretary(case), f"cards/{number}/receive", {})
        body = {"met": True, "reason": "已按督办单要求推进"}
        await self._act(case, self._world.bureau[0], f"cards/{number}/decide", body)

    async def _merge(self, case: Case, into: Case) -> None:
        await self._act(case, self._supervisors.assigner(case), "merge", {"into": into.issue})

    async def _recur(self, case: Case, earlier: Case) -> None:
        finding = case.finding
        body = {"severity": finding.severity, "mode": finding.mode, "deadline": None, "recurs_of": earlier.issue}
        await self._act(case, self._supervisors.assigner(case), "assign", body)
