"""What people do, drawn from a seed: issues from draft to closing, grants, alerts read, and what must be refused."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from runtime.clock import SystemClock, shanghai_day
from tests import small_city
from tests.evidence_samples import noise
from tests.faults.caller import Answer, Caller, as_form, as_json
from tests.faults.journal import MUST_NOT
from tests.faults.system import token

Entry = dict[str, Any]
_SIDE: Final = 12
AREA: Final = "“六有”阵地"
_LEAVES: Final = 0.06


@dataclass(frozen=True, slots=True)
class Site:
    """A school with the people who act there."""

    school: str
    branch: str
    division: str

    @classmethod
    def of(cls, number: int) -> "Site":
        """The school of this number, 1…25."""
        own = number <= small_city.OWN
        division = (*small_city.COUNTIES, small_city.DIRECT)[(number - 1) % 4] if own else small_city.COUNTIES[0]
        return cls(f"S{number}", f"B{number if own else 1}", division)

    @property
    def secretary(self) -> str:
        """Of the branch."""
        return f"P-secretary-{self.branch}"

    @property
    def cadre(self) -> str:
        """Of the school."""
        return f"P-cadre-{self.school}"

    @property
    def officer(self) -> str:
        """Of the county; of the bureau for a city-direct school."""
        direct = self.division == small_city.DIRECT
        return small_city.BUREAU[0] if direct else f"P-county-{self.division}-1"


class Lives:
    """Lives of one seed. Each ends by itself, sooner when a step of it has no answer."""

    def __init__(self, caller: Caller, dice: random.Random, enough: Callable[[], bool]) -> None:
        self._caller = caller
        self._dice = dice
        self._enough = enough
        self._day = (shanghai_day(SystemClock().now()) + timedelta(days=40)).isoformat()

    async def one(self) -> None:
        """A life of some kind."""
        kinds: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (10, self.issue), (2, self.registry), (2, self.alert), (3, self.refused),
        )  # fmt: skip
        drawn = self._dice.choices([life for _, life in kinds], [weight for weight, _ in kinds])[0]
        await drawn()

    async def _do(self, person: str, path: str, kind: str, body: Any = None, version: int | None = None) -> Answer:
        command = self._caller.command(person, path, kind)
        return await self._caller.insist(command, as_json(body, version), self._dice)

    async def draft(self, site: Site) -> Answer:
        """An issue that the school lists itself; its description names the command, to be found again by it."""
        person = self._dice.choice((site.secretary, site.cadre))
        command = self._caller.command(person, "/v1/issues", "draft")
        severity = self._dice.choice(("minor", "minor", "major", "critical"))
        mode = self._dice.choice(("deadline", "deadline", "immediate", "standing"))
        body = {
            "school": site.school, "source": "self", "area": AREA, "description": f"自查 {command.key}",
            "severity": severity, "mode": mode,
        }  # fmt: skip
        return await self._caller.insist(command, as_json(body), self._dice)

    async def issue(self) -> None:
        """From draft on, one step after the other, to its closing or somewhere before."""
        site = Site.of(self._dice.randint(1, small_city.JOINT))
        answer = await self.draft(site)
        while answer.ok and not self._enough() and self._dice.random() > _LEAVES:
            step = await self._next(site, answer.body)
            if step is None:
                return
            answer = step

    async def _next(self, site: Site, issue: Entry) -> Answer | None:
        step = {
            "drafted": self._submit, "submitted": self._assign, "assigned": self._acknowledge,
            "acknowledged": self._plan, "planned": self._work, "rectifying": self._work, "returned": self._work,
            "reported": self._check, "checked": self._check, "closed": self._reopen,
        }.get(issue["state"])  # fmt: skip
        return None if step is None else await step(site, issue)

    async def _on(self, person: str, issue: Entry, verb: str, body: Any = None, kind: str = "") -> Answer:
        kind = kind or ("progress" if "/" in verb else verb)
        return await self._do(person, f"/v1/issues/{issue['id']}/{verb}", kind, body, issue["version"])

    async def _submit(self, site: Site, issue: Entry) -> Answer:
        return await self._on(site.secretary, issue, "submit")

    async def _assign(self, site: Site, issue: Entry) -> Answer:
        officer = small_city.BUREAU[0] if issue["severity"] == "critical" else site.officer
        if self._dice.random() < 0.05:
            return await self._on(officer, issue, "withdraw", {"reason": "不属实"})
        return await self._on(officer, issue, "assign", {"severity": issue["severity"], "mode": issue["mode"]})

    async def _acknowledge(self, site: Site, issue: Entry) -> Answer:
        return await self._on(site.secretary, issue, "acknowledge")

    async def _plan(self, site: Site, issue: Entry) -> Answer:
        plan = {"tasks": [{"measure": "补挂标识", "target": "标识齐全"}], "lead": site.cadre}
        return await self._on(site.secretary, issue, "plan", plan)

    async def _work(self, site: Site, issue: Entry) -> Answer | None:
        lead = next(row for row in issue["responsibilities"] if row["part"] == "lead" and not row["superseded_at"])
        if lead["signed_at"] is None:
            return await self._on(lead["person"], issue, "sign")
        task = issue["tasks"][0]
        if issue["state"] == "rectifying" and task["percent"] == 100:
            return await self._on(site.secretary, issue, "report", {"note": "整改完毕"})
        evidence = await self.evidence(site)
        if evidence is None:
            return None
        done = {"percent": 100, "note": "已完成", "evidence": [evidence]}
        return await self._on(site.cadre, issue, f"tasks/{task['id']}/progress", done)

    async def evidence(self, site: Site, side: int = _SIDE) -> str | None:
        """An upload of a picture of so many pixels across; its id if it was acknowledged."""
        command = self._caller.command(site.cadre, "/v1/evidence", "evidence")
        sent = as_form(command.key, {"school": site.school}, noise(self._dice, side))
        answer = await self._caller.insist(command, sent, self._dice)
        return str(answer.body["id"]) if answer.ok else None

    async def _check(self, site: Site, issue: Entry) -> Answer:
        officer = small_city.BUREAU[1] if issue["state"] == "checked" else site.officer
        if issue["state"] == "reported" and len(issue["checks"]) < 2 and self._dice.random() < 0.2:
            refusal = {"passed": False, "method": "evidence", "reason": "佐证不足", "deadline": self._day}
            return await self._on(officer, issue, "check", refusal)
        return await self._on(officer, issue, "check", {"passed": True, "method": "on_site"})

    async def _reopen(self, _site: Site, issue: Entry) -> Answer | None:
        if self._dice.random() > 0.15:
            return None
        return await self._on(small_city.BUREAU[2], issue, "reopen", {"reason": "虚假销号", "deadline": self._day})

    async def registry(self) -> None:
        """Somebody new in an office that is told of things, and out of it again."""
        person = f"P-new-{token()}"
        known = await self._do(small_city.ADMIN, "/v1/people", "person", {"id": person, "name": "新人", "post": "干部"})
        if not known.ok:
            return
        place = Site.of(self._dice.randint(1, small_city.OWN))
        role, at = self._dice.choice(
            (("county_officer", self._dice.choice(small_city.COUNTIES)), ("secretary", place.branch))
        )
        wanted = {"person": person, "role": role, "organisation": at}
        given = await self._do(small_city.ADMIN, "/v1/grants", "grant", wanted)
        if given.ok:
            await self.issue()
            await self._do(small_city.ADMIN, f"/v1/grants/{given.body['id']}/revoke", "revoke", {"reason": "调离"})

    async def alert(self) -> None:
        """An alert of somebody's is read, or confirmed; each only once, as a second time changes nothing."""
        site = Site.of(self._dice.randint(1, small_city.OWN))
        person = self._dice.choice((site.secretary, site.cadre, site.officer))
        inbox = await self._caller.get(person, "notification", "/v1/inbox", unread="true", limit=50)
        new = [row for row in (inbox or {"items": []})["items"] if row["id"] not in self._caller.journal.attended]
        if not new:
            return await self.issue()
        row = self._dice.choice(new)
        self._caller.journal.attended.add(row["id"])
        verb = "acknowledge" if row["must_acknowledge"] else "read"
        command = self._caller.command(person, f"/v1/inbox/{row['id']}/{verb}", "alert", service="notification")
        await self._caller.insist(command, as_json(None), self._dice)
        return None

    async def refused(self) -> None:
        """What breaks a rule: by the wrong person, from the wrong state, of another version, of no school."""
        site = Site.of(self._dice.randint(1, small_city.OWN))
        drafted = await self.draft(site)
        if not drafted.ok:
            return
        issue, stale = drafted.body, {**drafted.body, "version": drafted.body["version"] + 7}
        attempts: tuple[Callable[[], Awaitable[Answer]], ...] = (
            lambda: self._on(site.secretary, issue, "acknowledge", kind=f"{MUST_NOT}acknowledge"),
            lambda: self._on("P-organisation", issue, "submit", kind=f"{MUST_NOT}submit"),
            lambda: self._on(site.secretary, stale, "submit", kind=f"{MUST_NOT}stale"),
            lambda: self._do(site.cadre, "/v1/issues", f"{MUST_NOT}draft", {"school": site.school, "source": "self"}),
        )
        for attempt in self._dice.sample(attempts, 2):
            await attempt()
