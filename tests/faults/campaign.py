"""Runs seeds of faults on systems that live as long as the faults let them, and keeps what came of each."""

import asyncio
import random
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contracts.ledgers import LISTS
from dudao.embedded import EmbeddedError
from runtime.clock import SystemClock, to_text
from tests.faults.caller import Caller
from tests.faults.checker import Checker, Verdict
from tests.faults.journal import Journal
from tests.faults.load import Load
from tests.faults.pauses import Pauses
from tests.faults.results import KEPT, Outcome
from tests.faults.system import ROOT, Shape, System
from tests.faults.trial import Amount, Fault, NotSeenError, Trial

_SEEDS_A_SYSTEM: Final = 12
_MOST_S: Final = 420.0
_LAST_LOOK_S: Final = 90.0


@dataclass(slots=True)
class Campaign:
    """One system at a time; `extra` is added to the environment of its services (planted defects)."""

    folder: Path
    say: Callable[[str], None]
    amount: Amount = field(default_factory=Amount)
    extra: Mapping[str, str] = field(default_factory=dict)
    patience: float = 45.0
    most_s: float = _MOST_S
    system: System | None = None
    journal: Journal | None = None
    _used: int = 0
    _made: int = 0

    async def seed(self, fault: Fault, seed: int) -> Outcome:
        """One seed of a fault, on a system that is fit for it."""
        started = time.monotonic()
        system = await self._system(fault)
        reason = fault.unfit(system)
        if reason is not None:
            return self._outcome(fault, seed, "skipped", started, reason=reason)
        try:
            await self._prepare(system)
        except Exception:  # noqa: BLE001 -- a system that does not even begin is wrong
            self._used = _SEEDS_A_SYSTEM
            broken = Verdict()
            broken.add("not-begun", _trace())
            return self._outcome(fault, seed, "wrong", started, verdict=broken)
        journal = self._journal()
        self._used += 1
        before = {command.request: command.fate for command in journal}
        trial, verdict, state = await self._try(system, journal, fault, seed)
        if state != "ok" or fault.ruins:
            self._used = _SEEDS_A_SYSTEM
        fates = Counter(command.fate.value for command in journal if command.request not in before)
        return self._outcome(fault, seed, state, started, verdict=verdict, fates=fates, trial=trial)

    async def _try(self, system: System, journal: Journal, fault: Fault, seed: int) -> tuple[Trial, Verdict, str]:
        name = f"{fault.name}/{seed}"
        caller = Caller(system, journal, name, self.amount.rest)
        trial = Trial(system, journal, caller, Load(caller, name), random.Random(name), seed, self.amount)
        verdict = Verdict()
        try:
            async with asyncio.timeout(self.most_s) as limit:
                async with Pauses(system) as pauses:
                    await fault.run(trial)
                    verdict = await fault.check(Checker(system, journal, seconds=self.patience))
                trial.pauses = pauses.longest(journal, verdict.logs[LISTS.name])
                await fault.judge(trial, verdict)
        except (NotSeenError, EmbeddedError) as error:
            verdict = await self._named(system, journal, fault)
            verdict.add("not-seen", str(error)[-1500:])
        except TimeoutError:
            verdict = await self._named(system, journal, fault)
            # Some single step may also have had a limit of its own.
            verdict.add("hung" if limit.expired() else "too-slow", _trace())
        except Exception:  # noqa: BLE001 -- whatever it is, the seed failed, and the campaign goes on
            verdict.add("broken", _trace())
        finally:
            await caller.close()
        for kind, where in trial.wrong:
            verdict.add(kind, where)
        return trial, verdict, "ok" if verdict.ok else "wrong"

    @staticmethod
    async def _named(system: System, journal: Journal, fault: Fault) -> Verdict:
        """What the checker has to say of a system that did not do what it should; it is not waited for."""
        try:
            async with asyncio.timeout(_LAST_LOOK_S):
                return await Checker(system, journal, seconds=1.0).check(fault.allowed)
        except Exception as error:  # noqa: BLE001 -- the seed has failed already
            verdict = Verdict()
            verdict.add("unchecked", repr(error))
            return verdict

    async def _system(self, fault: Fault) -> System:
        if self.system is not None and self.system.shape.brokers >= fault.brokers:
            return self.system
        await self.close()
        self._made += 1
        shape = Shape(brokers=fault.brokers, extra=self.extra)
        self.system = System(self.folder / f"system-{self._made}", shape)
        self.say(f"starting a system with {fault.brokers} broker(s) in {self.system.folder.path}")
        await asyncio.to_thread(self.system.start)
        self._used = _SEEDS_A_SYSTEM
        return self.system

    async def _prepare(self, system: System) -> None:
        if self._used < _SEEDS_A_SYSTEM:
            return
        await system.fresh()
        self._used = 0
        if self.journal is not None:
            self.journal.close()
        self.journal = Journal(system.folder.path / f"journal-{system.prefix}.jsonl")

    def _journal(self) -> Journal:
        if self.journal is None:
            raise RuntimeError("no journal before the first fresh system")
        return self.journal

    def _outcome(
        self,
        fault: Fault,
        seed: int,
        state: str,
        started: float,
        *,
        verdict: Verdict | None = None,
        fates: Mapping[str, int] | None = None,
        trial: Trial | None = None,
        reason: str | None = None,
    ) -> Outcome:
        found = verdict or Verdict()
        real = self.system is not None and self.system.brokers.real
        return Outcome(
            fault=fault.name,
            seed=seed,
            verdict=state,
            seconds=round(time.monotonic() - started, 1),
            broker="kafka" if real else "tansu",
            commit=commit(),
            at=to_text(SystemClock().now()),
            commands=dict(fates or {}),
            checked={what: found.checked[what] for what in KEPT if what in found.checked},
            findings=dict(found.counts),
            examples=found.examples,
            notes=[reason] if reason else trial.notes if trial else [],
            pauses=trial.pauses if trial else {},
            parts=[part.name for part in fault.parts() if self.system is None or part.unfit(self.system) is None],
        )

    def plant(self, extra: Mapping[str, str]) -> None:
        """From the next seed on the services run anew with this in their environment."""
        self.extra = extra
        self._used = _SEEDS_A_SYSTEM
        if self.system is not None:
            self.system.shape = Shape(self.system.shape.brokers, extra)

    async def close(self) -> None:
        """End the system there is."""
        if self.journal is not None:
            self.journal.close()
            self.journal = None
        if self.system is not None:
            await asyncio.to_thread(self.system.close)
            self.system = None


def _trace() -> str:
    """Where it went wrong, without the place of this checkout: it is kept."""
    return traceback.format_exc()[-3000:].replace(f"{ROOT}/", "")


def commit() -> str:
    """The revision under test: of the checkout, or as noted in a copy of one."""
    noted = ROOT / ".revision"
    if noted.exists():
        return noted.read_text().strip()
    done = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
