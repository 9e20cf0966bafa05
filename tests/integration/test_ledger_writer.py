"""Commits and group commit on a real replica set."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from runtime.clock import SystemClock
from runtime.commands import Call, Commands, Outcome
from runtime.errors import Conflict, Rejected, Retryable
from runtime.ledger.initialise import initialise
from runtime.ledger.model import Answer, Change
from runtime.ledger.read import LedgerReader
from runtime.ledger.writer import GroupWriter, write_in, write_units
from runtime.mongo import Database, Mongo, Session
from tests.ledger_world import LEDGERS, change, eventually, unit


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
async def db(mongo: Mongo, database: str) -> Database:
    made = mongo.database(database)
    await initialise(mongo, made, LEDGERS, ["things", "others"])
    return made


@pytest.fixture
async def writer(mongo: Mongo, db: Database) -> AsyncIterator[GroupWriter]:
    made = GroupWriter(mongo, db)
    made.start()
    yield made
    await made.stop()


async def versions(db: Database) -> dict[str, int]:
    return {row["_id"]: row["version"] async for row in db["things"].find({})}


async def test_a_unit_is_written_with_state_commits_and_answer(db: Database, writer: GroupWriter) -> None:
    made = unit(change("a", events=2), change("b"))

    await writer.write(made)

    assert await db["things"].find_one({"_id": "a"}) == {"_id": "a", "version": 1, "entry": {"name": "a", "was": 0}}
    commits = await db["commits"].find({}).sort("_id", 1).to_list(None)
    assert [(row["_id"], row["n"], row["aggregate"]) for row in commits] == [
        (f"{made.request}/0", 2, "thing/a"),
        (f"{made.request}/1", 1, "thing/b"),
    ]
    assert bytes(commits[0]["events"][1]["data"]) == made.changes[0].events[1].data
    assert await writer.answered(made.request) == ("b1", made.answer)
    assert await writer.answered("another") is None


async def test_another_version_is_a_conflict_and_nothing_is_kept(db: Database, writer: GroupWriter) -> None:
    await writer.write(unit(change("a")))

    with pytest.raises(Conflict):
        await writer.write(unit(change("new"), change("a", 7)))

    assert await versions(db) == {"a": 1}
    assert await db["commits"].count_documents({}) == 1


async def test_the_same_request_cannot_be_written_twice(db: Database, writer: GroupWriter) -> None:
    await writer.write(unit(change("a"), request="r"))

    with pytest.raises(Conflict):
        await writer.write(unit(change("b"), request="r"))

    assert await versions(db) == {"a": 1}


class Counting(Mongo):
    """Counts transactions; can lose the answer of one after it was committed."""

    transactions = 0
    lose_answers = 0

    async def transaction(self, fn: Callable[[Session], Awaitable[Any]], session: Session | None = None) -> Any:
        self.transactions += 1
        result = await super().transaction(fn, session)
        if self.lose_answers:
            self.lose_answers -= 1
            raise Retryable("the answer was lost")
        return result


@pytest.fixture
async def counting(mongod_url: str) -> AsyncIterator[Counting]:
    client = Counting(mongod_url)
    yield client
    await client.close()


async def test_bisection_leaves_the_conflict_to_the_guilty_alone(counting: Counting, db: Database) -> None:
    writer = GroupWriter(counting, counting.database(db.name))
    units = [unit(change(f"t{i}", 5 if i == 11 else 0)) for i in range(32)]
    # Asked for before the writer runs its first transaction: one group.
    writer.start()

    results = await asyncio.gather(*(writer.write(made) for made in units), return_exceptions=True)
    await writer.stop()

    assert [i for i, result in enumerate(results) if isinstance(result, Conflict)] == [11]
    assert [result for i, result in enumerate(results) if i != 11] == [None] * 31
    assert set(await versions(db)) == {f"t{i}" for i in range(32) if i != 11}
    # The group, and two halves on each of five levels.
    assert counting.transactions == 11


async def test_a_unit_that_cannot_be_encoded_hurts_nobody_else(counting: Counting, db: Database) -> None:
    broken = change("broken")
    broken = Change(
        broken.ledger, broken.stream, broken.key, broken.collection, broken.id, broken.aggregate, 0,
        {"not bson": object()}, broken.events,
    )  # fmt: skip
    writer = GroupWriter(counting, counting.database(db.name))
    writer.start()

    first, second, third = await asyncio.gather(
        writer.write(unit(change("a"))), writer.write(unit(broken)), writer.write(unit(change("b"))),
        return_exceptions=True,
    )  # fmt: skip
    await writer.stop()

    assert (first, third) == (None, None)
    assert isinstance(second, Exception)
    assert set(await versions(db)) == {"a", "b"}


async def test_a_retry_after_an_unknown_outcome_gets_the_first_answer(counting: Counting, db: Database) -> None:
    writer = GroupWriter(counting, counting.database(db.name))
    writer.start()
    commands = Commands(writer, SystemClock())
    call = Call("P-1", "key-1", "hash-1", "ChangeThing")
    runs = []

    async def handler() -> Outcome:
        runs.append(1)
        return Outcome((change("a"),), 201, {"run": len(runs)}, '"1"', "/things/a")

    counting.lose_answers = 1
    with pytest.raises(Retryable):
        await commands.run(call, handler)
    answer = await commands.run(call, handler)
    await writer.stop()

    assert answer == Answer(201, b'{"run":1}', '"1"', "/things/a")
    assert (len(runs), await db["commits"].count_documents({})) == (1, 1)


async def test_one_key_used_at_once_from_many_sides_has_one_effect(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    other = GroupWriter(mongo, db)
    other.start()
    call = Call("P-1", "key-1", "hash-1", "ChangeThing")
    made: list[str] = []

    async def handler() -> Outcome:
        made.append(f"a{len(made)}")
        return Outcome((change(made[-1]),), 201, {"id": made[-1]})

    answers = await asyncio.gather(
        *(Commands(each, SystemClock()).run(call, handler) for each in (writer, other) for _ in range(5))
    )
    await other.stop()

    assert len(set(answers)) == 1
    assert await db["commits"].count_documents({}) == 1
    assert len(await versions(db)) == 1


async def test_two_processes_on_one_thing_lose_no_change(mongo: Mongo, db: Database, writer: GroupWriter) -> None:
    other = GroupWriter(mongo, db)
    other.start()

    async def add(commands: Commands, key: str) -> Answer:
        async def handler() -> Outcome:
            found = await db["things"].find_one({"_id": "a"})
            return Outcome((change("a", 0 if found is None else found["version"]),))

        for _ in range(20):
            try:
                return await commands.run(Call("P-1", f"{key}", "h", "AddOne"), handler)
            except Rejected as refused:
                if refused.code != "too-many-conflicts":
                    raise
        raise AssertionError("never got through")

    pair = (Commands(writer, SystemClock()), Commands(other, SystemClock()))
    await asyncio.gather(*(add(pair[i % 2], f"key-{i}") for i in range(12)))
    await other.stop()

    assert await versions(db) == {"a": 12}
    history = await LedgerReader(mongo, db, LEDGERS).history("thing/a")
    assert [commit.version for commit in history] == list(range(1, 13))


async def test_a_caller_that_hangs_up_does_not_undo_or_block(db: Database, writer: GroupWriter) -> None:
    gone = asyncio.create_task(writer.write(unit(change("a"))))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone

    await writer.write(unit(change("b")))

    async def both() -> bool:
        return set(await versions(db)) == {"a", "b"}

    await eventually(both)


async def test_stopping_finishes_what_waits_and_refuses_what_comes_later(mongo: Mongo, db: Database) -> None:
    writer = GroupWriter(mongo, db)
    writer.start()
    waiting = [asyncio.create_task(writer.write(unit(change(f"t{i}")))) for i in range(300)]
    await asyncio.sleep(0)

    await writer.stop()

    assert all(task.done() and task.exception() is None for task in waiting)
    assert len(await versions(db)) == 300
    with pytest.raises(Retryable):
        await writer.write(unit(change("late")))


async def test_a_unit_in_the_callers_transaction_goes_with_it(mongo: Mongo, db: Database) -> None:
    async def fails(session: Session) -> None:
        await write_in(session, db, unit(change("a")))
        raise LookupError("the caller changed its mind")

    async def succeeds(session: Session) -> None:
        await write_in(session, db, unit(change("b")))
        await db["others"].insert_one({"_id": "own"}, session=session)

    with pytest.raises(LookupError):
        await mongo.transaction(fails)
    await mongo.transaction(succeeds)

    assert await versions(db) == {"b": 1}
    assert await db["others"].count_documents({}) == 1


async def test_history_tells_every_commit_of_a_thing_in_order(mongo: Mongo, db: Database, writer: GroupWriter) -> None:
    for version in range(3):
        await writer.write(unit(change("a", version), at=100 + version))
    await writer.write(unit(change("other")))

    history = await LedgerReader(mongo, db, LEDGERS).history("thing/a")

    assert [(commit.version, commit.at, commit.by, commit.command) for commit in history] == [
        (1, 100, "P-1", "ChangeThing"),
        (2, 101, "P-1", "ChangeThing"),
        (3, 102, "P-1", "ChangeThing"),
    ]
    assert history[1].events == change("a", 1).events


async def test_initialising_again_changes_nothing(mongo: Mongo, db: Database, writer: GroupWriter) -> None:
    before = await db["lease"].find_one({})
    heads = await db["heads"].find({}).sort("_id", 1).to_list(None)
    assert before is not None

    assert await initialise(mongo, db, LEDGERS) == before["ledger_id"]

    assert await db["lease"].find_one({}) == before
    assert await db["heads"].find({}).sort("_id", 1).to_list(None) == heads
    assert len(heads) == sum(ledger.streams for ledger in LEDGERS)


async def test_processes_that_initialise_at_once_agree(mongo: Mongo, database: str) -> None:
    db = mongo.database(database)

    ids = await asyncio.gather(*(initialise(mongo, db, LEDGERS) for _ in range(5)))

    assert len(set(ids)) == 1


async def test_a_server_that_is_not_there_is_retryable(free_port_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.mongo.transaction._RETRY_FOR_S", 0.5)
    mongo = Mongo(free_port_url, timeout_s=0.2)
    try:
        with pytest.raises(Retryable):
            await mongo.ping()

        async def fn(session: Session) -> None:
            await mongo.database("x")["y"].insert_one({}, session=session)

        with pytest.raises(Retryable):
            await mongo.transaction(fn)
    finally:
        await mongo.close()


@pytest.fixture
def free_port_url() -> str:
    return "mongodb://127.0.0.1:1/?replicaSet=nowhere"


async def test_group_commit_against_one_transaction_each(mongo: Mongo, db: Database, writer: GroupWriter) -> None:
    """Measured and printed; what it must reach is for `bench/` to say, on a quiet machine."""
    clients, each = 256, 8

    async def alone(made: Any) -> None:
        await mongo.transaction(lambda session: write_units(session, db, (made,)))

    async def run(name: str, write: Callable[[Any], Awaitable[None]]) -> None:
        waits: list[float] = []

        async def client(number: int) -> None:
            for i in range(each):
                started = time.perf_counter()
                await write(unit(change(f"{name}-{number}-{i}", stream=number % 8)))
                waits.append(time.perf_counter() - started)

        started = time.perf_counter()
        await asyncio.gather(*(client(number) for number in range(clients)))
        rate = clients * each / (time.perf_counter() - started)
        waits.sort()
        print(f"\n{name}: {rate:,.0f}/s, p50 {waits[len(waits) // 2] * 1e3:.0f} ms, p99 {waits[-20] * 1e3:.0f} ms")

    await run("alone", alone)
    await run("group", writer.write)

    assert await db["commits"].count_documents({}) == 2 * clients * each
