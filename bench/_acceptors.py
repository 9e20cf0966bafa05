"""What accepting writes, and the two ways to write it: each command in a transaction of its own, or in a group's."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import msgspec
from pymongo import MongoClient

from bench._issues import Told, life_of_city, some
from contracts.ledgers import LISTS, stream_of
from dudao.bench import WrongOutputError
from runtime.errors import Conflict, Retryable
from runtime.ledger.model import Answer, Change, Event, Unit
from runtime.ledger.writer import COMMITS, GroupWriter, write_in
from runtime.mongo import Database, Mongo

STATES: Final = "issues"
_STEPS: Final = 6
_TRIES: Final = 20
_AT: Final = 1_790_000_000_000_000
_runs: Final = count(1)

Write = Callable[[Unit], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: findings a second, and how long each caller waited, in milliseconds."""

    rate: float
    waits: Sequence[float]


def findings(number: int) -> list[Unit]:
    """So many submitted findings, each of an issue of its own, as the service would hand them to its writer."""
    life = life_of_city(f"a{next(_runs):03x}")
    told = (one for one in _submitted(life))
    return [_unit(next(told)) for _ in range(number)]


def _submitted(life: Iterator[Told]) -> Iterator[Told]:
    while True:
        yield from (one for one in some(life, _STEPS * 1000) if one.version == 1)


def _unit(told: Told) -> Unit:
    entry: dict[str, Any] = msgspec.json.decode(told.data)["entry"]
    event = Event(told.type, f"issue/{told.issue}", told.data)
    change = Change(
        ledger=LISTS.name,
        stream=stream_of(LISTS, told.school),
        key=told.school,
        collection=STATES,
        id=told.issue,
        aggregate=f"issue/{told.issue}",
        expected=0,
        state=entry,
        events=(event,),
    )
    answer = Answer(status=201, body=told.data, etag='"1"', location=f"/v1/issues/{told.issue}")
    return Unit(told.request, told.request, "SubmitIssue", "P-bureau", _AT, (change,), answer)


def own_transaction(mongo: Mongo, db: Database) -> Write:
    """Each command in a transaction of its own; one that must be done again is."""

    async def write(unit: Unit) -> None:
        for _ in range(_TRIES):
            try:
                await mongo.transaction(lambda session: write_in(session, db, unit))
            except (Retryable, Conflict):
                continue
            return
        raise Retryable(f"{unit.request} was not written in {_TRIES} tries")

    return write


def group_commit(writer: GroupWriter) -> Write:
    """As the product does it."""
    return writer.write


async def accept(write: Write, units: Sequence[Unit], clients: int) -> Measured:
    """So many clients, each waiting for its answer before it sends the next."""
    waits: list[float] = []
    waiting = iter(units)

    async def client() -> None:
        for unit in waiting:
            began = time.perf_counter()
            await write(unit)
            waits.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Measured(len(units) / (time.perf_counter() - began), waits)


def check(client: MongoClient[dict[str, Any]], database: str, units: Sequence[Unit]) -> None:
    """Every finding once among commits and states, with its bytes. Raises `WrongOutputError`."""
    db = client[database]
    commits = {row["_id"]: row for row in db[COMMITS].find({"_id": {"$in": [f"{unit.request}/0" for unit in units]}})}
    states = db[STATES].count_documents({"_id": {"$in": [unit.changes[0].id for unit in units]}, "version": 1})
    for unit in units:
        found = commits.get(f"{unit.request}/0")
        if found is None or found["events"][0]["data"] != unit.changes[0].events[0].data:
            raise WrongOutputError(f"the finding {unit.request} was accepted and is not there")
    if states != len(units):
        raise WrongOutputError(f"{len(units)} findings accepted, {states} states")
