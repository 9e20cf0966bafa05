"""Commits: a command's states and events, written whole or not at all; concurrent commands share a transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runtime.errors import Conflict, Rejected, Retryable
from runtime.ledger.model import MAX_EVENT_BYTES, Answer, Change, Unit
from runtime.mongo import (
    Database,
    Document,
    InsertOne,
    Mongo,
    ReplaceOne,
    Session,
    Together,
    Writes,
    mongo_errors,
    write_all,
)

COMMITS: Final = "commits"
GROUP: Final = 128
GROUP_BYTES: Final = 4 * 1024 * 1024


def check_sizes(unit: Unit) -> None:
    """Raises `Rejected` (413) for an event above `MAX_EVENT_BYTES`: it could never be published."""
    for change in unit.changes:
        for event in change.events:
            if len(event.data) > MAX_EVENT_BYTES:
                raise Rejected(
                    "event-too-large",
                    f"内容过大：一次变更的记录不得超过 {MAX_EVENT_BYTES // 1024} KiB",
                    f"too large: the record of one change may not exceed {MAX_EVENT_BYTES // 1024} KiB",
                    status=413,
                    bytes=len(event.data),
                )


def commit_documents(unit: Unit) -> list[Document]:
    """One commit per changed aggregate, `_id` = `<request>/<k>`; the first carries the answer."""
    if not unit.changes:
        raise ValueError(f"the unit {unit.request} changes nothing: there is nothing to commit")
    commits = [_commit(unit, k, change) for k, change in enumerate(unit.changes)]
    commits[0]["body_hash"] = unit.body_hash
    commits[0]["answer"] = {
        "status": unit.answer.status,
        "body": unit.answer.body,
        "etag": unit.answer.etag,
        "location": unit.answer.location,
    }
    return commits


def _commit(unit: Unit, k: int, change: Change) -> Document:
    return {
        "_id": f"{unit.request}/{k}",
        "ledger": change.ledger,
        "stream": change.stream,
        "key": change.key,
        "aggregate": change.aggregate,
        "version": change.expected + 1,
        "at": unit.at,
        "by": unit.principal,
        "command": unit.command,
        "n": len(change.events),
        "events": [{"type": event.type, "subject": event.subject, "data": event.data} for event in change.events],
        "traceparent": unit.traceparent,
    }


def _state_write(change: Change) -> InsertOne[Document] | ReplaceOne[Document]:
    state: Document = {"_id": change.id, "version": change.expected + 1, "entry": dict(change.state)}
    if change.sought:
        state["sought"] = dict(change.sought)
    if change.expected == 0:
        return InsertOne(state)
    return ReplaceOne({"_id": change.id, "version": change.expected}, state)


async def write_units(session: Session, db: Database, units: Sequence[Unit], *, commit: bool = False) -> None:
    """Write units inside the caller's transaction; raises `Conflict` when one of them meets another version.

    `Conflict` must end the transaction; with `commit` nothing may follow in it. Raises `Rejected` for an event that is
    too large.
    """
    by_collection: dict[str, list[InsertOne[Document] | ReplaceOne[Document]]] = defaultdict(list)
    commits: list[Document] = []
    for unit in units:
        check_sizes(unit)
        commits.extend(commit_documents(unit))
        for change in unit.changes:
            by_collection[change.collection].append(_state_write(change))
    added = Writes(COMMITS, [InsertOne(commit) for commit in commits], Conflict("a commit is there already"))
    states = [Writes(name, writes, Conflict(f"another version in {name}")) for name, writes in by_collection.items()]
    await write_all(session, db, [added, *states], commit=commit)


async def write_in(session: Session, db: Database, unit: Unit) -> None:
    """Write one unit inside the caller's transaction (of `Mongo.transaction`): `Conflict` must end it."""
    await write_units(session, db, (unit,))


Answered = tuple[str, Answer]


async def _all_answered(db: Database, requests: Sequence[str]) -> dict[str, Answered]:
    wanted = {f"{request}/0": request for request in requests}
    with mongo_errors():
        found = await db[COMMITS].find({"_id": {"$in": list(wanted)}}, {"body_hash": 1, "answer": 1}).to_list(None)
    return {wanted[row["_id"]]: (row["body_hash"], Answer(**row["answer"])) for row in found}


@dataclass(slots=True)
class Waiting:
    """A unit on its way, with what it touches: its request and its aggregates."""

    unit: Unit
    done: asyncio.Future[None]
    bytes: int
    touches: frozenset[str]

    @classmethod
    def of(cls, unit: Unit, done: "asyncio.Future[None]", size: int) -> "Waiting":
        """A unit of `size` bytes of events, and the future that its writing ends."""
        changed = (f"{change.collection}/{change.id}" for change in unit.changes)
        return cls(unit, done, size, frozenset((unit.request, *changed)))


def take_group(waiting: list[Waiting]) -> list[Waiting]:
    """Take from `waiting` the next group: in order, bounded, at most one command per aggregate and request."""
    group: list[Waiting] = []
    later: list[Waiting] = []
    touched: set[str] = set()
    size = 0
    for item in waiting:
        full = len(group) >= GROUP or (group and size + item.bytes > GROUP_BYTES)
        if full or not touched.isdisjoint(item.touches):
            later.append(item)
        else:
            group.append(item)
            size += item.bytes
        # Also what waits bars the way, so that commands on one aggregate keep their order.
        touched |= item.touches
    waiting[:] = later
    return group


class GroupWriter:
    """Group commit: what is asked for while a transaction runs shares the next one.

    A group that meets a conflict is halved until only the guilty unit is alone with its `Conflict`.
    """

    def __init__(self, mongo: Mongo, db: Database) -> None:
        self._mongo = mongo
        self._db = db
        self._waiting: list[Waiting] = []
        self._wake = asyncio.Event()
        self._session: Session | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._answered = Together[Answered](lambda requests: _all_answered(db, requests))

    def start(self) -> None:
        """Begin to take units."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="group-writer")

    async def stop(self) -> None:
        """Refuse new units, finish those that wait."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def answered(self, request: str) -> Answered | None:
        """The body's hash and the answer of a request that was carried out before."""
        return await self._answered.of(request)

    async def write(self, unit: Unit) -> None:
        """Write one unit. Raises `Conflict`, `Retryable` (outcome unknown), `Rejected` (an event is too large).

        A caller that is cancelled leaves the unit on its way: it may be written all the same.
        """
        check_sizes(unit)
        if self._task is None or self._stopping:
            raise Retryable("the writer is not running")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        size = sum(len(event.data) for change in unit.changes for event in change.events)
        self._waiting.append(Waiting.of(unit, done, size))
        self._wake.set()
        await done

    async def _run(self) -> None:
        self._session = await self._mongo.session()
        try:
            while not (self._stopping and not self._waiting):
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._write_group(take_group(self._waiting))
        finally:
            await self._session.end_session()

    async def _write_group(self, group: list[Waiting]) -> None:
        try:
            units = [item.unit for item in group]
            await self._mongo.transaction(
                lambda session: write_units(session, self._db, units, commit=True), self._session
            )
        except Retryable as error:
            for item in group:
                _settle(item, Retryable(str(error)))
        except Exception as error:  # noqa: BLE001 -- whatever it is, it belongs to one unit of the group
            await self._without_guilty(group, error)
        else:
            for item in group:
                _settle(item, None)

    async def _without_guilty(self, group: list[Waiting], error: Exception) -> None:
        if len(group) == 1:
            _settle(group[0], error)
            return
        middle = len(group) // 2
        await self._write_group(group[:middle])
        await self._write_group(group[middle:])


def _settle(item: Waiting, error: Exception | None) -> None:
    if item.done.done():
        return
    if error is None:
        item.done.set_result(None)
    else:
        item.done.set_exception(error)
