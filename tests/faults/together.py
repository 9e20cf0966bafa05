"""Several faults one after the other under one load, checked once: as many as possible in little time."""

from collections.abc import Sequence

from dudao.verify.findings import Finding
from tests.faults.checker import Verdict
from tests.faults.system import System
from tests.faults.trial import Fault, Trial


class Together(Fault):
    """The faults in a drawn order; those that are unfit for the system are left out, with a note."""

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        self.name = name
        self.title = ", ".join(fault.name for fault in faults)
        self.brokers = max(fault.brokers for fault in faults)
        self.ruins = any(fault.ruins for fault in faults)
        self.faults = tuple(faults)

    def parts(self) -> Sequence[Fault]:
        """Those given."""
        return self.faults

    def unfit(self, system: System) -> str | None:
        """Only when all are."""
        reasons = [reason for fault in self.faults if (reason := fault.unfit(system)) is not None]
        return "; ".join(reasons) if len(reasons) == len(self.faults) else None

    async def inject(self, trial: Trial) -> None:
        """Each is healed before the next."""
        for fault in trial.dice.sample(self.faults, len(self.faults)):
            reason = fault.unfit(trial.system)
            if reason is not None:
                trial.notes.append(f"{fault.name}: {reason}")
                continue
            try:
                await fault.inject(trial)
            finally:
                await fault.heal(trial)

    def allowed(self, finding: Finding) -> bool:
        """What any of them allows."""
        return any(fault.allowed(finding) for fault in self.faults)

    async def judge(self, trial: Trial, verdict: Verdict) -> None:
        """By each."""
        for fault in self.faults:
            if fault.unfit(trial.system) is None:
                await fault.judge(trial, verdict)
