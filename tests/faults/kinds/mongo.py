"""The database fails over: its primary steps down, is killed, sleeps; or all members end at once."""

import asyncio
import signal
from contextlib import suppress

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from dudao.embedded import Process, replica_set
from dudao.embedded.ports import LOOPBACK
from tests.faults.system import System
from tests.faults.trial import Fault, Trial


class StepDown(Fault):
    """The primary steps down, twice."""

    name = "mongo-stepdown"
    title = "primary step-down"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load; another member is elected within a second or two."""
        for _ in range(trial.amount.times):
            await trial.dwell(trial.dice.randint(0, trial.amount.during // 4))
            await asyncio.to_thread(_step_down, trial.system)
            await trial.until(lambda: trial.system.mongod.primary is not None, "a primary is elected")
            await trial.dwell(trial.amount.during // 4)

    async def heal(self, trial: Trial) -> None:
        """Wait until the set is whole."""
        await whole(trial)


class KillPrimary(Fault):
    """SIGKILL to the primary; it comes back as a secondary."""

    name = "mongo-kill"
    title = "kill -9 of the primary"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        (await primary(trial)).kill()
        await trial.dwell(trial.amount.during // 2, least=2.0)

    async def heal(self, trial: Trial) -> None:
        """Start it again."""
        await whole(trial)


class PausePrimary(Fault):
    """SIGSTOP to the primary for longer than an election takes: two believe in being primary when it wakes."""

    name = "mongo-pause"
    title = "SIGSTOP, SIGCONT of the primary"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        (await primary(trial)).signal(signal.SIGSTOP)
        await trial.dwell(trial.amount.during // 2, least=trial.dice.uniform(2.0, max(3.0, trial.amount.asleep)))

    async def heal(self, trial: Trial) -> None:
        """Wake it."""
        for process in trial.system.mongod.processes:
            process.signal(signal.SIGCONT)
        await whole(trial)


class CutOff(Fault):
    """The secondaries sleep; before the primary notices it is killed, with whatever it alone has accepted."""

    name = "mongo-cut-off"
    title = "the primary loses its secondaries, then kill -9: what it alone had is rolled back"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(5, trial.amount.during // 3))
        first = await primary(trial)
        others = [process for process in trial.system.mongod.processes if process is not first]
        for process in others:
            process.signal(signal.SIGSTOP)
        await trial.dwell(trial.amount.during, most=trial.dice.uniform(0.4, 0.9))
        first.kill()
        for process in others:
            process.signal(signal.SIGCONT)
        await trial.dwell(trial.amount.during // 3, least=2.0)

    async def heal(self, trial: Trial) -> None:
        """Start it again."""
        for process in trial.system.mongod.processes:
            process.signal(signal.SIGCONT)
        await whole(trial)


class KillMembers(Fault):
    """SIGKILL to all three members at once."""

    name = "mongo-kill-all"
    title = "kill -9 of all three members"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(5, trial.amount.during // 2))
        trial.system.mongod.kill()
        await trial.dwell(5, least=1.0, most=4.0)

    async def heal(self, trial: Trial) -> None:
        """Start them again."""
        await whole(trial)


def _step_down(system: System) -> None:
    port = replica_set.primary_port(system.mongod.ports)
    if port is None:
        return
    with (
        suppress(PyMongoError),
        MongoClient[dict[str, object]](LOOPBACK, port, directConnection=True, socketTimeoutMS=10_000) as client,
    ):
        client.admin.command({"replSetStepDown": 5, "secondaryCatchUpPeriodSecs": 2})


async def primary(trial: Trial) -> Process:
    """The primary's process; waits for one."""
    found: list[Process] = []

    def there() -> bool:
        found[:] = [process for process in [trial.system.mongod.primary] if process is not None]
        return bool(found)

    await trial.until(there, "there is a primary")
    return found[0]


async def whole(trial: Trial) -> None:
    """Start the members that do not run and wait until the set has a primary and two secondaries."""
    mongod = trial.system.mongod
    for process in mongod.processes:
        if not process.running:
            process.start()

    async def is_whole() -> bool:
        return await asyncio.to_thread(replica_set.is_whole, mongod.ports)

    await trial.until(is_whole, "the replica set is whole", within=120)


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [StepDown(), KillPrimary(), PausePrimary(), CutOff(), KillMembers()]
