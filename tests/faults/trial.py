"""One trial: load before, during and after a fault, drawn from a seed; and what a fault is."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from dudao.verify.findings import Finding
from tests.faults.caller import Caller
from tests.faults.checker import Checker, Verdict
from tests.faults.journal import Journal
from tests.faults.load import Load
from tests.faults.system import System

_LOOK_EVERY = 0.05


class NotSeenError(AssertionError):
    """Something that the fault must bring about, or that must end, did not within the time."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of everything: commands before, during and after a fault, the most seconds that something sleeps, the
    rest before each attempt, and how often a fault comes that comes more than once.

    Without rests the load takes whatever the machine has, and what was killed comes back three times as late.
    """

    before: int = 30
    during: int = 90
    after: int = 30
    asleep: float = 8.0
    rest: float = 0.15
    times: int = 2


@dataclass(slots=True)
class Trial:
    """What a fault works on."""

    system: System
    journal: Journal
    caller: Caller
    load: Load
    dice: random.Random
    seed: int
    amount: Amount
    notes: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    # By consumer: the longest time between an acknowledgement and its effect, in seconds.
    pauses: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, where: str) -> None:
        """Record what a fault itself saw go wrong."""
        self.wrong.append((kind, where))

    async def dwell(self, commands: int, *, least: float = 0.0, most: float = 15.0) -> None:
        """Let the load go on: for so many commands and at least so many seconds, but no longer than `most`."""
        loop, enough = asyncio.get_running_loop(), self.load.count + commands
        start = loop.time()
        while loop.time() < start + most and (loop.time() < start + least or self.load.count < enough):
            await asyncio.sleep(_LOOK_EVERY)

    async def until(
        self, what: Callable[[], bool] | Callable[[], Awaitable[bool]], why: str, within: float = 60
    ) -> None:
        """Poll until it holds; raises `NotSeenError`."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            found = what()
            if found if isinstance(found, bool) else await found:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise NotSeenError(f"{why}: not within {within} s")
            await asyncio.sleep(_LOOK_EVERY)


class Fault:
    """A fault of one kind. `brokers`: how many it needs at least; `ruins`: the system must be made anew after it."""

    name: str = ""
    title: str = ""
    brokers: int = 1
    ruins: bool = False
    within: float = 60.0

    def parts(self) -> Sequence["Fault"]:
        """The faults that this is a group of."""
        return ()

    def unfit(self, system: System) -> str | None:
        """Why it cannot be tried on this system, if so."""
        return None

    async def inject(self, trial: Trial) -> None:
        """Bring it about, while the load goes on."""
        raise NotImplementedError

    async def heal(self, trial: Trial) -> None:
        """End it, whatever became of `inject`."""

    async def run(self, trial: Trial) -> None:
        """The phases: load, load with the fault, load; then everything must become ready again."""
        await trial.load.some(trial.amount.before)
        async with trial.load.flowing(trial.amount.during, self.within):
            try:
                await self.inject(trial)
            finally:
                await self.heal(trial)
        await trial.system.ready()
        await trial.load.some(trial.amount.after)

    def allowed(self, finding: Finding) -> bool:
        """Whether a finding is the fault itself and no failure."""
        return False

    async def check(self, checker: Checker) -> Verdict:
        """What the checker finds."""
        return await checker.check(self.allowed)

    async def judge(self, trial: Trial, verdict: Verdict) -> None:
        """Look at more than the checker does."""
