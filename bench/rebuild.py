"""A service's state built anew from the ledger, over HTTP as a new service does it, and its hash compared.

Live first: reporting's worker counts from Kafka as the events come. Then the rebuild, into a database of its own, by
the product's own consumer without Kafka, from the process that serves the ledger; every round a fresh database. The
same for notification's alerts: its replay raises every alert again, with the same ids and bytes.
"""

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from statistics import median
from typing import Any, Final

from pymongo import MongoClient

from bench._fetch import ROOT
from bench._issues import life_of_city, some
from bench._ledger import BulkLedger, city_ledger
from bench._machine import Machine, begin_topics, machine, rest
from bench._rebuilder import NOTIFICATION, REPORTING
from bench._reporting import counted_to, require_exact
from bench._rounds import Side, take_turns
from bench._topic import publish
from contracts.ledgers import LISTS
from dudao.bench import Arm, Wanted, WrongOutputError, floor
from dudao.embedded import ServerFailed
from runtime import canonical
from services.reporting.state import state_hash

EVENTS: Final = 40_000
QUICK: Final = 10_000
GOAL: Final = 50_000.0
_LIVE: Final = "live"
_PATIENCE_S: Final = 240.0


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    return asyncio.run(_measure(wanted))


async def _measure(wanted: Wanted) -> list[Arm]:
    count = wanted.size(EVENTS, QUICK)
    with machine(wanted) as servers:
        await begin_topics(servers)
        ledger = await city_ledger(servers, "rebuild_inspection")
        owner = servers.owner(ledger.database)
        hashes = await _live(servers, ledger, owner, count, wanted)
        sides = [
            Side(service, _rebuilding(servers, ledger, owner, service, hashes[service]))
            for service in (REPORTING, NOTIFICATION)
        ]
        found = await take_turns(sides, wanted)
    return [
        floor(
            f"rebuild {service}", ours=median(figures), goal=GOAL, unit="events/s",
            ours_rounds=tuple(figures), note="same hash as the live one",
        )
        for service, figures in found.items()
    ]  # fmt: skip


async def _live(servers: Machine, ledger: BulkLedger, owner: str, count: int, wanted: Wanted) -> dict[str, str]:
    """Both workers follow Kafka while the events come; gives the hash of each."""
    wanted.tell(f"在线计入 {count:,} 条 / counting {count:,} events live")
    workers = [servers.service(service, "worker", _LIVE, owner) for service in (REPORTING, NOTIFICATION)]
    told = some(life_of_city("e000"), count)
    entries = ledger.seal(told)
    ledger.tell()
    await publish(servers.bootstrap, LISTS.topic, entries, headers=True)
    for service in (REPORTING, NOTIFICATION):
        await counted_to(servers.client, f"{_LIVE}_{service}", count, _PATIENCE_S)
    rest(*workers)
    require_exact(servers.client, f"{_LIVE}_{REPORTING}", told)
    return {service: await hash_of(servers, service, f"{_LIVE}_{service}") for service in (REPORTING, NOTIFICATION)}


def _rebuilding(
    servers: Machine, ledger: BulkLedger, owner: str, service: str, wanted_hash: str
) -> Callable[[int], Awaitable[float]]:
    async def one(number: int) -> float:
        prefix = f"anew{number}"
        database = f"{prefix}_{service}"
        seconds = await rebuilt(servers, service, prefix, owner)
        if await hash_of(servers, service, database) != wanted_hash:
            raise WrongOutputError(f"{service}: built anew it is not what it was")
        servers.client.drop_database(database)
        return ledger.length(LISTS) / seconds

    return one


async def rebuilt(servers: Machine, service: str, prefix: str, owner: str) -> float:
    """Seconds from an empty, prepared database to a consumer that is level with the owner, as its process tells."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench._rebuilder", service, servers.url, prefix, owner, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE_S):
            told, complaints = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    if process.returncode != 0:
        raise ServerFailed(f"{service}: the rebuild failed\n{complaints.decode()[-2000:]}")
    return float(told)


async def hash_of(servers: Machine, service: str, database: str) -> str:
    if service == NOTIFICATION:
        return alerts_hash(servers.client, database)
    mongo = servers.mongo()
    try:
        return await state_hash(mongo.database(database))
    finally:
        await mongo.close()


def alerts_hash(client: MongoClient[dict[str, Any]], database: str) -> str:
    """SHA-256 over every alert and the bytes of every event that raised one, in the order of ids."""
    digest = hashlib.sha256()
    for row in client[database]["alerts"].find({}).sort("_id", 1):
        digest.update(canonical.encode(row))
    for commit in client[database]["commits"].find({}, {"events": 1}).sort("_id", 1):
        digest.update(commit["_id"].encode())
        for event in commit["events"]:
            digest.update(event["data"])
    return digest.hexdigest()
