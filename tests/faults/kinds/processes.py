"""Processes that are killed, and processes that sleep and wake up again."""

import signal
from typing import Any, Final

import httpx

from tests.faults.system import PROCESSES, System
from tests.faults.trial import Fault, Trial

_OF_KIND: Final[dict[str, tuple[str, ...]]] = {
    "portal": ("portal",),
    "inspection": ("inspection",),
    "relay": ("inspection-worker-1", "inspection-worker-2"),
    "notification": ("notification",),
    "notification-worker": ("notification-worker",),
    "reporting": ("reporting",),
    "reporting-worker": ("reporting-worker-1", "reporting-worker-2"),
}
KINDS: Final = tuple(_OF_KIND)


class Kill(Fault):
    """SIGKILL to a process of one kind, twice in a seed; it is started again as an orchestrator would."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"kill-{kind}"
        self.title = f"kill -9 of {kind}"

    async def inject(self, trial: Trial) -> None:
        """Twice, somewhere in the load."""
        for _ in range(trial.amount.times):
            await trial.dwell(trial.dice.randint(0, trial.amount.during // 4))
            victim = await victim_of(trial, self.kind)
            trial.system.keeper.processes[victim].kill()
            if self.kind == "relay":
                # Under load until somebody leads again: what is left, and what comes meanwhile, is the hard part.
                await leading(trial, self.kind)
            await trial.dwell(trial.amount.during // 4)


class KillAll(Fault):
    """SIGKILL to every service at once."""

    name = "kill-all"
    title = "kill -9 of every service at once"

    async def inject(self, trial: Trial) -> None:
        """Once, somewhere in the load."""
        await trial.dwell(trial.dice.randint(5, trial.amount.during // 2))
        for name in PROCESSES:
            trial.system.keeper.processes[name].kill()


class Pause(Fault):
    """SIGSTOP to a process of one kind, for longer than leases and signs of life last, then SIGCONT."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"pause-{kind}"
        self.title = f"SIGSTOP, SIGCONT of {kind}"
        self._victim = ""

    async def inject(self, trial: Trial) -> None:
        """For a moment or for twice a lease, which is five seconds."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        self._victim = await victim_of(trial, self.kind)
        trial.system.keeper.processes[self._victim].signal(signal.SIGSTOP)
        asleep = trial.dice.uniform(0.5, trial.amount.asleep)
        await trial.dwell(trial.amount.during // 2, least=asleep, most=asleep + 5)

    async def heal(self, trial: Trial) -> None:
        """Wake it."""
        if self._victim:
            trial.system.keeper.processes[self._victim].signal(signal.SIGCONT)


class WokenRelay(Fault):
    """A leading relay sleeps until another leads, all is sealed and published and quiet; then it wakes up."""

    name = "woken-relay"
    title = "a relay wakes up after another took over: no ledger row, no cursor changes"
    collections: Final = ("seals", "heads", "cursors")

    async def run(self, trial: Trial) -> None:
        """It must notice, and change nothing."""
        system = trial.system
        await trial.load.some(trial.amount.before)
        async with trial.load.flowing(trial.amount.during, self.within):
            await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
            victim = await leading(trial, "relay")
            epoch, failures = await gauge(system, victim, EPOCH), await gauge(system, victim, _FAILURES)
            system.keeper.processes[victim].signal(signal.SIGSTOP)
            try:
                await trial.until(lambda: lease(system)["epoch"] > epoch, "another relay leads")
            except BaseException:
                system.keeper.processes[victim].signal(signal.SIGCONT)
                raise
        try:
            await trial.until(lambda: all_published(system), "everything is sealed and published")
            before = self._rows(system)
        finally:
            system.keeper.processes[victim].signal(signal.SIGCONT)

        async def noticed() -> bool:
            return await gauge(system, victim, _FAILURES) > failures and await gauge(system, victim, EPOCH) == 0

        await trial.until(noticed, "the woken relay found out that it leads no longer")
        after = self._rows(system)
        for name, rows in before.items():
            if rows != after[name]:
                trial.add("woken-relay-wrote", name)
        await trial.load.some(trial.amount.after)

    def _rows(self, system: System) -> dict[str, Any]:
        with system.admin() as client:
            db = client[f"{system.prefix}_inspection"]
            found: dict[str, Any] = {name: list(db[name].find({}).sort("_id", 1)) for name in self.collections}
        row = lease(system)
        return {**found, "lease": (row["epoch"], row["holder"])}


EPOCH: Final = "dudao_relay_epoch "
_FAILURES: Final = 'dudao_relay_failures_total{part="relay"} '


async def gauge(system: System, process: str, name: str) -> float:
    """A metric of a process; 0 where it has none, -1 when the process does not answer."""
    try:
        async with httpx.AsyncClient(timeout=3, trust_env=False) as http:
            said = await http.get(f"{system.url(process)}/metrics")
    except httpx.TransportError:
        return -1.0
    return next((float(line.removeprefix(name)) for line in said.text.splitlines() if line.startswith(name)), 0.0)


async def leading(trial: Trial, kind: str) -> str:
    """Which process of this kind leads now; waits for one."""
    found: list[str] = []

    async def any_leads() -> bool:
        found[:] = [name for name in _OF_KIND[kind] if await gauge(trial.system, name, EPOCH) > 0]
        return bool(found)

    await trial.until(any_leads, f"a {kind} leads")
    return found[0]


async def victim_of(trial: Trial, kind: str) -> str:
    """One process of this kind: of relays mostly the one that leads."""
    if kind == "relay" and trial.dice.random() < 0.8:
        return await leading(trial, kind)
    return trial.dice.choice(_OF_KIND[kind])


def lease(system: System, service: str = "inspection") -> dict[str, Any]:
    """The lease's row."""
    with system.admin() as client:
        return dict(client[f"{system.prefix}_{service}"]["lease"].find_one({"_id": "relay"}) or {})


def all_published(system: System, service: str = "inspection") -> bool:
    """Whether every event is sealed, and every sealed one is behind the publish cursor."""
    with system.admin() as client:
        db = client[f"{system.prefix}_{service}"]
        rows: list[Any] = list(db["heads"].find({}))
        cursor: Any = db["cursors"].find_one({"_id": "publish"})
        committed = next(iter(db["commits"].aggregate([{"$group": {"_id": None, "n": {"$sum": "$n"}}}])), {"n": 0})
    sealed = sum(row["last"] for row in rows)
    reached = all(cursor["at"].get(row["ledger"], {}).get(str(row["stream"]), 0) == row["last"] for row in rows)
    return bool(sealed == committed["n"] and reached)


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [*(Kill(kind) for kind in KINDS), KillAll(), *(Pause(kind) for kind in KINDS), WokenRelay()]
