"""The clock of a process is turned by an hour, forwards and back, while it works (libfaketime)."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from tests import small_city
from tests.faults.kinds.processes import EPOCH, KINDS, gauge, leading, victim_of
from tests.faults.links import Mode
from tests.faults.system import ROOT, SITE, System, parts
from tests.faults.trial import Fault, Trial

HOUR_S: Final = 3600
# What an officer reads that must not be answered from a registry copy that nobody can confirm.
_READ: Final = {("notification", "worker"): "/v1/alerts", ("reporting", "worker"): "/v1/reports/issues"}
_PLACES: Final = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")


def library() -> Path | None:
    """libfaketime, if it is installed."""
    candidates = (Path(place) / "libfaketimeMT.so.1" for place in _PLACES)
    return next((path for path in candidates if path.exists()), None)


class TurnedClock(Fault):
    """A process of a kind that the seed draws is an hour ahead, then an hour behind, then right again."""

    name = "clock"
    title = "clock of a process +1 h, then −1 h"

    def __init__(self) -> None:
        self._victim = ""

    def unfit(self, system: System) -> str | None:
        """Without the library."""
        return None if library() else "libfaketime is not installed (apt-get install libfaketime)"

    async def inject(self, trial: Trial) -> None:
        """The process is started anew to see the file that its clock obeys; the turns come while it works."""
        kind = KINDS[trial.seed % len(KINDS)]
        self._victim = await victim_of(trial, kind)
        trial.notes.append(self._victim)
        file = trial.system.folder.path / "offset"
        _turn(file, 0)
        found = library()
        extra = {"LD_PRELOAD": str(found), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1",
                 "FAKETIME_DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": f"{SITE}:{ROOT}"}  # fmt: skip
        await self._again(trial, extra)
        if kind == "relay":
            await self._lead(trial)
        for offset in trial.dice.sample((HOUR_S, -HOUR_S), 2):
            _turn(file, offset)
            await trial.dwell(trial.amount.during // 3, least=2.5, most=8)
        _turn(file, 0)

    async def _lead(self, trial: Trial) -> None:
        """Whoever took over sleeps until the victim leads: the clock of one that only waits says nothing."""
        other = await leading(trial, "relay")
        if other == self._victim:
            return
        process = trial.system.keeper.processes[other]
        process.signal(signal.SIGSTOP)
        try:
            await trial.until(lambda: _leads(trial, self._victim), "the relay whose clock is turned leads")
        finally:
            process.signal(signal.SIGCONT)

    async def heal(self, trial: Trial) -> None:
        """The process is started anew with the right clock."""
        if self._victim:
            await self._again(trial, {})

    async def run(self, trial: Trial) -> None:
        """As every fault; then, the clock right again, a consumer's word that the registry is fresh must run out."""
        await super().run(trial)
        path = _READ.get(parts(self._victim)) if self._victim else None
        if path is None:
            return
        service, link = parts(self._victim)[0], trial.system.http_links["inspection"]
        link.turn(Mode.CUT)
        try:
            await trial.until(lambda: _answers(trial, service, path, 503), f"{service} says that it cannot confirm")
        finally:
            link.turn(Mode.OPEN)
        await trial.until(lambda: _answers(trial, service, path, 200), f"{service} answers again")

    async def _again(self, trial: Trial, extra: dict[str, str]) -> None:
        keeper, name = trial.system.keeper, self._victim
        await asyncio.to_thread(keeper.remove, name)
        await asyncio.to_thread(keeper.add, trial.system.process(name, extra))
        await trial.system.ready((name,))


async def _leads(trial: Trial, relay: str) -> bool:
    return await gauge(trial.system, relay, EPOCH) > 0


async def _answers(trial: Trial, service: str, path: str, status: int) -> bool:
    headers = {"Authorization": f"Bearer {trial.caller.token(small_city.BUREAU[0])}"}
    async with trial.system.client(service) as http:
        return (await http.get(path, headers=headers)).status_code == status


def _turn(file: Path, seconds: int) -> None:
    new = file.with_suffix(".new")
    new.write_text(f"{seconds:+d}\n")
    os.replace(new, file)


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [TurnedClock()]
