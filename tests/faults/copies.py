"""Older copies of the database, by file: taken of a stopped member, put back into every member or into one database."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from dudao.embedded import Process, replica_set
from dudao.embedded.mongod_program import find_mongod
from dudao.embedded.ports import LOOPBACK, free_port
from dudao.embedded.readiness import wait_until
from tests.faults.kinds.mongo import whole
from tests.faults.servers import MEMBERS
from tests.faults.trial import Trial

_AT_ONCE = 500


async def take(trial: Trial) -> Path:
    """Stop a secondary that has everything, copy its files, start it again."""
    system, copy = trial.system, trial.system.folder.path / f"copy-{trial.system.prefix}"
    await whole(trial)
    await asyncio.to_thread(_everywhere, trial)
    port = await asyncio.to_thread(replica_set.primary_port, system.mongod.ports)
    number = next(n for n, member in enumerate(system.mongod.ports) if member != port)
    await asyncio.to_thread(system.mongod.processes[number].stop)
    await asyncio.to_thread(shutil.copytree, system.disks.inside(system.mongod.folder(number)), copy)
    await whole(trial)
    return copy


def _everywhere(trial: Trial) -> None:
    """A write that all members have comes after all others: none of those is missing on the copied one."""
    with MongoClient[dict[str, Any]](trial.system.mongod.url, w=MEMBERS, wTimeoutMS=60_000) as client:
        client["faults"]["marks"].insert_one({"seed": trial.seed})


async def put_back(trial: Trial, copy: Path) -> None:
    """Every member gets the copy's files, as after the loss of all of them; services must be down."""
    mongod, disks = trial.system.mongod, trial.system.disks
    await asyncio.to_thread(mongod.kill)
    for number in range(MEMBERS):
        folder = disks.inside(mongod.folder(number))
        for path in folder.iterdir():
            await asyncio.to_thread(shutil.rmtree if path.is_dir() else Path.unlink, path)
        await asyncio.to_thread(shutil.copytree, copy, folder, dirs_exist_ok=True)
    await whole(trial)


async def put_back_database(trial: Trial, copy: Path, name: str) -> None:
    """One database is replaced by the copy's; the services that use it must be down."""
    program = find_mongod(copy.parent)
    port = free_port()
    argv = [str(program.path), "--dbpath", str(copy), "--bind_ip", LOOPBACK, "--port", str(port), "--nounixsocket"]
    alone = Process("mongod-copy", argv, log=copy.with_suffix(".log"), env=program.env)
    with alone:
        await asyncio.to_thread(wait_until, lambda: replica_set.answers(port), alone, timeout=60, what="answering")
        await asyncio.to_thread(_copy_database, trial, port, name)


def _copy_database(trial: Trial, port: int, name: str) -> None:
    with (
        MongoClient[dict[str, Any]](LOOPBACK, port, directConnection=True) as old,
        MongoClient[dict[str, Any]](trial.system.mongod.url, w="majority") as live,
    ):
        live.drop_database(name)
        for collection in old[name].list_collection_names():
            rows = list(old[name][collection].find({}))
            for start in range(0, len(rows), _AT_ONCE):
                live[name][collection].insert_many(rows[start : start + _AT_ONCE])
