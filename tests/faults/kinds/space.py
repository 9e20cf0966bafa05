"""Disks that are full: of database members, of the broker, of the folder that uploads pass through."""

import asyncio
import secrets
from contextlib import suppress
from pathlib import Path

from pymongo import MongoClient, WriteConcern
from pymongo.errors import PyMongoError

from dudao.embedded import replica_set
from dudao.embedded.ports import LOOPBACK
from tests import small_city
from tests.faults.kinds.mongo import whole
from tests.faults.lives import Lives, Site
from tests.faults.system import System
from tests.faults.trial import Fault, Trial

# Pixels across: about 1.5 MB.
_LARGE = 707


class _Space(Fault):
    def unfit(self, system: System) -> str | None:
        """Without small disks."""
        return system.disks.reason


class MembersFull(_Space):
    """The primary's disk is full, in one seed of two a second member's too: then nobody can accept anything."""

    name = "disk-mongo"
    title = "disk full at the primary, or at a majority of members"

    def __init__(self) -> None:
        self._full: list[Path] = []

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load; a checkpoint makes sure that it is noticed."""
        mongod, system = trial.system.mongod, trial.system
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        port = await asyncio.to_thread(replica_set.primary_port, mongod.ports)
        first = 0 if port is None else mongod.ports.index(port)
        numbers = [first] if trial.seed % 2 else [first, (first + 1) % len(mongod.ports)]
        self._full = [mongod.folder(number) for number in numbers]
        for number in numbers:
            system.disks.fill(mongod.folder(number))
            await asyncio.to_thread(_checkpoint, mongod.ports[number], number == first)
        await trial.dwell(trial.amount.during // 2, least=2.0, most=8)
        trial.notes.append(f"members {numbers}, ended: {[not mongod.processes[n].running for n in numbers]}")

    async def heal(self, trial: Trial) -> None:
        """There is space again, and who ended is started."""
        for folder in self._full:
            trial.system.disks.free(folder)
        await whole(trial)


class BrokerFull(_Space):
    """The broker's disk is full."""

    name = "disk-broker"
    title = "disk full at the broker"

    def unfit(self, system: System) -> str | None:
        """Tansu keeps nothing on disk."""
        return super().unfit(system) if system.brokers.real else "needs Apache Kafka"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        for node in trial.system.brokers.nodes:
            trial.system.disks.fill(node.disk)
        await trial.dwell(trial.amount.during // 2, least=4.0, most=10)
        trial.notes.append(f"ended: {[not node.process.running for node in trial.system.brokers.nodes]}")

    async def heal(self, trial: Trial) -> None:
        """There is space again, and who ended is started."""
        for node in trial.system.brokers.nodes:
            trial.system.disks.free(node.disk)
        await asyncio.to_thread(trial.system.brokers.start)


class UploadsFull(_Space):
    """Large uploads pass through a folder that is full."""

    name = "disk-uploads"
    title = "disk full where uploads pass through"

    async def inject(self, trial: Trial) -> None:
        """Beside the load; an upload comes before, since the folder is chosen at the first."""
        lives = Lives(trial.caller, trial.dice, lambda: False)
        sites = [Site.of(trial.dice.randint(1, small_city.OWN)) for _ in range(4)]
        if await lives.evidence(sites[0], _LARGE) is None:
            trial.add("large-upload-refused", "with space left")
        trial.system.disks.fill(trial.system.uploads)
        commands = trial.journal.commands
        before = len(commands)
        await asyncio.gather(*(lives.evidence(site, _LARGE) for site in sites))
        told = [one.status for command in list(commands.values())[before:] if command.kind == "evidence"
                for one in command.told]  # fmt: skip
        trial.notes.append(f"uploads were told {sorted(set(told))}")

    async def heal(self, trial: Trial) -> None:
        """There is space again."""
        trial.system.disks.free(trial.system.uploads)


def _checkpoint(port: int, junk: bool) -> None:
    """Have it ask for space now; with `junk` for more than it has set aside."""
    with (
        suppress(PyMongoError),
        MongoClient[dict[str, object]](LOOPBACK, port, directConnection=True, socketTimeoutMS=5_000) as client,
    ):
        if junk:
            client["faults"].get_collection("junk", write_concern=WriteConcern(w=1)).insert_many(
                {"bytes": secrets.token_bytes(1_000_000)} for _ in range(30)
            )
        client.admin.command("fsync")


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [MembersFull(), BrokerFull(), UploadsFull()]
