"""Consumers are scaled from one process to three and back to one while people work."""

import asyncio
from typing import Final

from tests.faults.system import PROCESSES, SPARE
from tests.faults.trial import Fault, Trial

_WORKERS: Final[dict[str, tuple[str, ...]]] = {
    service: tuple(name for name in (*PROCESSES, *SPARE) if name.startswith(f"{service}-worker"))
    for service in ("notification", "reporting")
}
_REST_S: Final = 0.3
_ALL: Final = frozenset(name for names in _WORKERS.values() for name in names)


class Scale(Fault):
    """Which of the three remains is drawn: it may be one that came last."""

    name = "scale"
    title = "notification-worker and reporting-worker scaled 1 → 3 → 1"

    async def inject(self, trial: Trial) -> None:
        """Each step waits until all that should run are ready, and lets the load go on for a while.

        The load is one that the machine can bear beside three starting processes: it is pauses that are looked for.
        """
        trial.caller.rest = _REST_S
        for names in (self._drawn(trial), _ALL, self._drawn(trial)):
            await _scale(trial, names)
            await trial.dwell(trial.amount.during // 3, least=1.0)

    async def heal(self, trial: Trial) -> None:
        """As many as ever."""
        await _scale(trial, _ALL & set(PROCESSES))
        trial.caller.rest = trial.amount.rest

    @staticmethod
    def _drawn(trial: Trial) -> frozenset[str]:
        return frozenset(trial.dice.choice(names) for names in _WORKERS.values())


async def _scale(trial: Trial, wanted: frozenset[str]) -> None:
    """New ones first, then those too many are told to end, all at once, as an orchestrator would."""
    keeper = trial.system.keeper
    running = _ALL & keeper.processes.keys()
    for name in sorted(wanted - running):
        keeper.add(trial.system.process(name))
    await trial.system.ready(tuple(sorted(wanted)))
    await asyncio.gather(*(asyncio.to_thread(keeper.remove, name) for name in sorted(running - wanted)))


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [Scale()]
