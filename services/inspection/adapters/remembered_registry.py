"""The registry with its structure remembered for a moment: who holds what is asked anew each time, where schools stand
is not.

Structure changes a few times a year and is read a dozen times in every command. A change made through this process
counts at once, one made through another within `MOST_S`; a revoked grant counts at once everywhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeVar

from runtime.mongo import Database
from services.inspection.adapters.mongo_registry import MongoRegistry
from services.inspection.application.ports import Site
from services.inspection.domain.checklist import Checklist
from services.inspection.domain.registry import Division, School
from services.inspection.domain.terms import Terms
from services.inspection.domain.workdays import Calendars

MOST_S: Final = 1.0
T = TypeVar("T")


class RememberedRegistry(MongoRegistry):
    """Answers about structure, calendars and checklists are kept for `MOST_S` seconds, errors never."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._since = 0.0
        self._kept: dict[tuple[Any, ...], Any] = {}

    def forget(self) -> None:
        """The structure was changed here."""
        self._kept = {}

    def _remembered(self) -> dict[tuple[Any, ...], Any]:
        """What is kept now. Who asks writes into what was there when asking began: so what was forgotten meanwhile
        stays forgotten.
        """
        now = asyncio.get_running_loop().time()
        if now - self._since > MOST_S:
            self._since = now
            self._kept = {}
        return self._kept

    async def _once(self, key: tuple[Any, ...], ask: Callable[[], Awaitable[T]]) -> T:
        kept = self._remembered()
        if key not in kept:
            kept[key] = await ask()
        found: T = kept[key]
        return found

    async def site(self, school: str) -> Site:
        """The school with its branch, division and place; raises `NotFound`."""
        ask = super().site
        return await self._once(("site", school), lambda: ask(school))

    async def schools_of(self, organisation: str) -> frozenset[str]:
        """Schools of a division, those that a branch covers, or a school itself; empty for anything else."""
        ask = super().schools_of
        return await self._once(("schools", organisation), lambda: ask(organisation))

    async def branches_of(self, schools: Iterable[str]) -> frozenset[str]:
        """Branches and groups below them that one of these schools leads."""
        wanted, ask = frozenset(schools), super().branches_of
        return await self._once(("branches", wanted), lambda: ask(wanted))

    async def checklist(self, checklist: str) -> Checklist:
        """Raises `NotFound`."""
        ask = super().checklist
        return await self._once(("checklist", checklist), lambda: ask(checklist))

    async def schools(self, ids: Iterable[str]) -> dict[str, School]:
        """Those of these schools that exist, retired or not, by id; only those that are not remembered are read."""
        kept, wanted = self._remembered(), set(ids)
        missing = [id for id in wanted if ("school", id) not in kept]
        if missing:
            kept.update({("school", id): school for id, school in (await super().schools(missing)).items()})
        return {id: kept["school", id] for id in wanted if ("school", id) in kept}

    async def divisions(self) -> dict[str, Division]:
        """Every division that is not retired, by id."""
        return await self._once(("divisions",), super().divisions)

    async def city_schools(self) -> list[School]:
        """Every school that is not retired."""
        return await self._once(("city",), super().city_schools)

    async def calendars(self) -> Calendars:
        """Every published working-day calendar."""
        return await self._once(("calendars",), super().calendars)

    async def terms(self) -> Terms:
        """The terms in force."""
        return await self._once(("terms",), super().terms)
