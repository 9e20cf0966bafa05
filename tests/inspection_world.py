"""The inspection API over a real MongoDB, with people who act: what component tests speak."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from runtime.access.principal import Principal
from runtime.clock import FixedClock
from tests import evidence_samples as samples
from tests import small_city

NOW = datetime(2026, 9, 21, 1, tzinfo=UTC)
JPEG = samples.photograph(1)
Entry = dict[str, Any]


class TokenIsThePerson:
    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        return Principal.of(token)


@dataclass
class World:
    http: httpx.AsyncClient
    clock: FixedClock
    token: Callable[[str], str] = str

    def _bearer(self, person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(person)}"}

    async def get(self, person: str, path: str, /, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params, headers=self._bearer(person))

    async def send(
        self, person: str, path: str, body: Any = None, *, key: str | None = None, version: int | None = None,
        method: str = "POST",
    ) -> httpx.Response:  # fmt: skip
        headers = {**self._bearer(person), "Idempotency-Key": key or secrets.token_hex(8)}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.http.request(method, path, json=body, headers=headers)

    async def done(self, person: str, path: str, body: Any = None, **given: Any) -> Entry:
        answer = await self.send(person, path, body, **given)
        assert answer.status_code in (200, 201), f"{path}: {answer.status_code} {answer.text}"
        found: Entry = answer.json()
        return found

    async def on_issue(self, person: str, issue: Entry, verb: str, body: Any = None) -> Entry:
        return await self.done(person, f"/v1/issues/{issue['id']}/{verb}", body, version=issue["version"])

    async def refused(self, person: str, issue: Entry, verb: str, body: Any = None) -> tuple[int, str]:
        answer = await self.send(person, f"/v1/issues/{issue['id']}/{verb}", body, version=issue["version"])
        assert answer.status_code >= 400, answer.text
        problem = answer.json()
        assert problem["zh"]
        assert problem["en"]
        return answer.status_code, str(problem["type"]).removeprefix("/problems/")

    async def evidence(self, person: str, school: str, data: bytes = JPEG) -> str:
        headers = {**self._bearer(person), "Idempotency-Key": secrets.token_hex(8)}
        files = {"file": ("现场.jpg", data, "image/jpeg")}
        answer = await self.http.post("/v1/evidence", data={"school": school}, files=files, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def opened_city(self) -> Entry:
        """Imported, checklist published, round opened and planned; the round as planned."""
        await self.done(small_city.ADMIN, "/v1/registry/imports", small_city.bundle())
        bureau = small_city.BUREAU[0]
        await self.done(bureau, "/v1/checklists", small_city.checklist())
        wanted = {
            "year": 2026, "ordinal": 1, "title": "2026年第一轮", "starts": "2026-09-21", "ends": "2026-10-30",
            "checklist": "small@1",
        }  # fmt: skip
        opened = await self.done(bureau, "/v1/rounds", wanted)
        plan = {"team_size": 3, "seed": 7}
        return await self.done(bureau, f"/v1/rounds/{opened['id']}/plan", plan, version=opened["version"])

    async def leader_at(self, school: str) -> tuple[str, Entry]:
        """The leader of the team that visits this school, and the visit."""
        found = (await self.get(small_city.BUREAU[0], "/v1/visits", school=school)).json()["items"][0]
        team = (await self.get(small_city.BUREAU[0], f"/v1/teams/{found['team']}")).json()
        return team["leader"], found

    async def drafted(self, school: str, item: str = "C2", **given: Any) -> tuple[str, Entry]:
        """A finding at this school by its visiting team's leader; the leader, and the draft."""
        leader, visit = await self.leader_at(school)
        body = {"school": school, "visit": visit["id"], "source": "supervision", "item": item, "description": "无标识"}
        return leader, await self.done(leader, "/v1/issues", {**body, **given})

    async def visited(self, school: str) -> Entry:
        """The visit to this school, answered and submitted with what was drafted."""
        leader, visit = await self.leader_at(school)
        answers = [
            {"item": "C1", "value": True}, {"item": "C2", "value": False}, {"item": "C3", "value": False},
            {"item": "D1", "value": 5}, {"item": "D2", "value": False}, {"item": "C8", "value": 2},
        ]  # fmt: skip
        path = f"/v1/visits/{visit['id']}"
        answered = await self.done(leader, f"{path}/answers", {"answers": answers}, method="PUT")
        branch = (await self.get(leader, f"/v1/schools/{school}")).json()["branch"]
        feedback = {"person": f"P-secretary-{branch}", "outcome": "countersigned"}
        return await self.done(leader, f"{path}/submit", {"feedback": feedback}, version=answered["version"])

    async def submitted(self, school: str, item: str = "C2", **given: Any) -> tuple[str, Entry]:
        """The same, submitted with the visit."""
        leader, draft = await self.drafted(school, item, **given)
        await self.visited(school)
        return leader, (await self.get(leader, f"/v1/issues/{draft['id']}")).json()
