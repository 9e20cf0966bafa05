"""The whole small system as processes, once for a module, with a life behind it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from dudao.folder import OWN, Folder, Lock
from dudao.service_commands import first_administrator
from dudao.stack import Stack, running
from runtime.clock import FixedClock, SystemClock
from services.portal.signing import Signer
from tests import small_city
from tests.inspection_world import NOW, Entry, World


@dataclass(frozen=True, slots=True)
class Running:
    """A running system of the small city, and how to act in it."""

    folder: Folder
    stack: Stack
    signer: Signer

    def world(self, http: httpx.AsyncClient) -> World:
        """Everybody of the small city, each with a genuine token."""
        return World(http, FixedClock(NOW), lambda person: self.signer.sign(person).text)

    def client(self, service: str = "inspection") -> httpx.AsyncClient:
        """A client of one service."""
        return httpx.AsyncClient(base_url=self.stack.urls[service], timeout=30, trust_env=False)


async def one_life(world: World, school: str, secretary: str, cadre: str, officer: str) -> Entry:
    """An issue of this school from its visit to reported."""
    _, issue = await world.submitted(school)
    issue = await world.on_issue(officer, issue, "assign", {"severity": "minor", "mode": "deadline"})
    issue = await world.on_issue(secretary, issue, "acknowledge")
    plan = {"tasks": [{"measure": "补挂标识", "target": "标识齐全"}], "lead": cadre}
    issue = await world.on_issue(secretary, issue, "plan", plan)
    issue = await world.on_issue(cadre, issue, "sign")
    done = {"percent": 100, "note": "已完成", "evidence": [await world.evidence(cadre, school)]}
    issue = await world.on_issue(cadre, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    return await world.on_issue(secretary, issue, "report", {"note": "整改完毕"})


async def _live(system: Running) -> None:
    async with system.client() as http:
        world = system.world(http)
        await world.opened_city()
        issue = await one_life(world, "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1")
        await world.on_issue("P-county-230804-1", issue, "check", {"passed": True, "method": "on_site"})
        await one_life(world, "S4", "P-secretary-B4", "P-cadre-S4", small_city.BUREAU[0])
        await world.submitted("S3", "C3")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started, with a city, a round and three visits; stopped at the end of the module."""
    folder = Folder(tmp_path_factory.mktemp("system"))
    with Lock(folder), running(folder, lambda _: None) as stack:
        first_administrator(stack, small_city.CITY, "佳木斯市", small_city.ADMIN)
        folder.system = OWN
        stack.start_services()
        signer = Signer(folder.signing_key.read_text(), "dudao-portal", timedelta(minutes=15), SystemClock())
        found = Running(folder, stack, signer)
        asyncio.run(_live(found))
        yield found
