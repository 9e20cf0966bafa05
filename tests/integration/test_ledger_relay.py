"""The relay on a real replica set: everything committed is sealed once, in order, and published at least once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from runtime.clock import Clock, FixedClock, SystemClock, to_micros
from runtime.errors import Retryable
from runtime.ledger import follow as follow_module
from runtime.ledger import lease as leases
from runtime.ledger.backlog import load_heads, unsealed
from runtime.ledger.hand_over import HandOver
from runtime.ledger.initialise import initialise
from runtime.ledger.lease import FencedError, Lease
from runtime.ledger.outlet import Outlet
from runtime.ledger.publish import Publisher
from runtime.ledger.read import LedgerReader
from runtime.ledger.relay import Pace, Relay
from runtime.ledger.sealer import Sealer
from runtime.ledger.writer import GroupWriter, commit_documents
from runtime.mongo import Database, FeedLostError, Mongo, Session, open_feed
from tests.ledger_world import (
    LEDGERS,
    MemoryOutlet,
    all_published,
    all_sealed,
    change,
    eventually,
    everything,
    unit,
)

QUICK = Pace(ttl_ms=1000, renew_ms=100)


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
async def db(mongo: Mongo, database: str) -> Database:
    made = mongo.database(database)
    await initialise(mongo, made, LEDGERS, ["things"])
    return made


@pytest.fixture
async def writer(mongo: Mongo, db: Database) -> AsyncIterator[GroupWriter]:
    made = GroupWriter(mongo, db)
    made.start()
    yield made
    await made.stop()


def relay_of(mongo: Mongo, db: Database, outlet: Outlet, clock: Clock | None = None) -> Relay:
    return Relay(mongo, db, LEDGERS, outlet, clock or SystemClock(), registry="registry", pace=QUICK)


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[Relay]:
    relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


async def write_many(writer: GroupWriter, names: Iterator[str]) -> None:
    await asyncio.gather(
        *(writer.write(unit(change(name, stream=i % 8, events=1 + i % 3))) for i, name in enumerate(names))
    )


async def until_sealed(mongo: Mongo, db: Database) -> None:
    await eventually(lambda: all_sealed(mongo, db), why="everything committed is sealed")


async def until_published(mongo: Mongo, db: Database, outlet: MemoryOutlet) -> None:
    await until_sealed(mongo, db)
    wanted = {entry.id for entry in await everything(mongo, db)}
    await eventually(lambda: wanted <= {entry.id for entry in outlet.sent}, why="everything sealed is published")


async def ledger_rows(db: Database) -> dict[str, list[dict[str, Any]]]:
    return {name: await db[name].find({}).sort("_id", 1).to_list(None) for name in ("seals", "heads", "cursors")}


async def test_what_was_there_before_and_what_comes_later_is_sealed_and_published(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    outlet = MemoryOutlet()
    await write_many(writer, (f"before-{i}" for i in range(300)))

    async with running(relay_of(mongo, db, outlet)) as relay:
        await until_published(mongo, db, outlet)
        await write_many(writer, (f"after-{i}" for i in range(300)))
        await until_published(mongo, db, outlet)
        await eventually(lambda: all_published(db))
        await eventually(lambda: relay.unpublished == 0)
        assert relay.problem() is None

    for stream in range(8):
        assert outlet.seqs("lists", stream) == list(range(1, len(outlet.seqs("lists", stream)) + 1))
    assert {entry.id: entry for entry in outlet.sent} == {entry.id: entry for entry in await everything(mongo, db)}


async def test_versions_of_a_thing_keep_their_order(mongo: Mongo, db: Database, writer: GroupWriter) -> None:
    for version in range(20):
        await writer.write(unit(change("a", version)))

    async with running(relay_of(mongo, db, MemoryOutlet())):
        await until_sealed(mongo, db)
        for version in range(20, 40):
            await writer.write(unit(change("a", version)))
        await until_sealed(mongo, db)

    assert [entry.version for entry in await everything(mongo, db)] == list(range(1, 41))


async def test_a_late_commit_whose_id_sorts_first_is_not_missed(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    released, begun = asyncio.Event(), asyncio.Event()
    late = commit_documents(unit(change("late"), request="0" * 32))

    async def dawdle(session: Session) -> None:
        await db["commits"].insert_many(late, session=session)
        begun.set()
        await released.wait()

    async with running(relay_of(mongo, db, MemoryOutlet())):
        dawdling = asyncio.create_task(mongo.transaction(dawdle))
        try:
            await begun.wait()
            await write_many(writer, (f"t{i}" for i in range(20)))
            await until_sealed(mongo, db)
            assert "thing/late" not in {entry.aggregate for entry in await everything(mongo, db)}
        finally:
            released.set()
            await dawdling
        await until_sealed(mongo, db)

    assert "thing/late" in {entry.aggregate for entry in await everything(mongo, db)}


async def test_the_registry_is_stamped_on_what_follows(mongo: Mongo, db: Database, writer: GroupWriter) -> None:
    async with running(relay_of(mongo, db, MemoryOutlet())):
        for i in range(5):
            await writer.write(unit(change(f"school-{i}", ledger="registry", stream=0)))
            await writer.write(unit(change(f"issue-{i}")))
        await until_sealed(mongo, db)

    entries = await everything(mongo, db)
    assert [entry.registry for entry in entries if entry.ledger == "registry"] == [0] * 5
    stamps = [entry.registry for entry in entries if entry.ledger == "lists"]
    assert all(stamp >= i + 1 for i, stamp in enumerate(stamps))
    assert stamps == sorted(stamps)


@asynccontextmanager
async def leading(mongo: Mongo, db: Database, holder: str, ttl_ms: int = 60_000) -> AsyncIterator[Lease]:
    session = await mongo.session()
    lease = await leases.acquire(mongo, db, session, holder, ttl_ms)
    assert lease is not None
    yield lease
    await session.end_session()


async def sealer_of(mongo: Mongo, db: Database, lease: Lease, clock: Clock | None = None) -> Sealer:
    return Sealer(
        mongo,
        db,
        clock or SystemClock(),
        lease,
        heads=await load_heads(db),
        registry="registry",
        hand_over=lambda _: None,
    )


async def test_a_commit_that_was_skipped_is_repaired_by_the_next_start(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    await write_many(writer, (f"t{i}" for i in range(30)))
    commits = await db["commits"].find({}).to_list(None)
    skipped = commits[7]
    async with leading(mongo, db, "forgetful") as lease:
        sealer = await sealer_of(mongo, db, lease)
        await sealer.seal([commit for commit in commits if commit is not skipped], None)
        await leases.release(db, lease)
    assert not await all_sealed(mongo, db)
    assert [commit["_id"] for commit in await unsealed(mongo, db)] == [skipped["_id"]]

    async with running(relay_of(mongo, db, MemoryOutlet())):
        await until_sealed(mongo, db)

    assert await unsealed(mongo, db) == []


async def test_a_commit_found_by_both_the_scan_and_the_feed_is_sealed_once(
    mongo: Mongo, db: Database, writer: GroupWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def meanwhile(*where: Any) -> list[dict[str, Any]]:
        # The token is taken by now: these commits are in the feed and in the scan.
        await write_many(writer, (f"between-{i}" for i in range(10)))
        return await unsealed(*where)

    monkeypatch.setattr(follow_module, "unsealed", meanwhile)
    outlet = MemoryOutlet()

    async with running(relay_of(mongo, db, outlet)):
        await eventually(lambda: len(outlet.sent) > 0)
        await writer.write(unit(change("after")))
        await until_published(mongo, db, outlet)

    assert len({entry.id for entry in outlet.sent}) == len(outlet.sent)


async def test_a_relay_that_leads_again_has_no_problem_any_more(
    mongo: Mongo, db: Database, writer: GroupWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = asyncio.Event()
    failing.set()

    async def without_primary(*where: Any) -> list[dict[str, Any]]:
        if failing.is_set():
            raise Retryable("no primary")
        return await unsealed(*where)

    monkeypatch.setattr(follow_module, "unsealed", without_primary)
    outlet = MemoryOutlet()

    async with running(relay_of(mongo, db, outlet)) as relay:
        await eventually(lambda: relay.problem() == "no primary")
        failing.clear()
        await writer.write(unit(change("after")))
        await until_published(mongo, db, outlet)
        await eventually(lambda: relay.problem() is None)
        assert relay.leading


async def test_a_lost_feed_makes_it_start_over(
    mongo: Mongo, db: Database, writer: GroupWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = 0

    async def losing(mongo: Mongo, db: Database, collection: str, after: Any = None) -> Any:
        nonlocal lost
        if after is not None and lost < 2:
            lost += 1
            # What is written now is in no feed that is opened later.
            await writer.write(unit(change(f"missed-{lost}")))
            raise FeedLostError("ChangeStreamHistoryLost")
        return await open_feed(mongo, db, collection, after)

    monkeypatch.setattr(follow_module, "open_feed", losing)
    await write_many(writer, (f"t{i}" for i in range(20)))

    async with running(relay_of(mongo, db, MemoryOutlet())):
        await eventually(lambda: lost == 2)
        await until_sealed(mongo, db)
        await writer.write(unit(change("after")))
        await until_sealed(mongo, db)

    assert {"thing/missed-1", "thing/missed-2"} <= {entry.aggregate for entry in await everything(mongo, db)}


async def test_of_two_relays_one_leads_and_the_other_takes_over(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    first_outlet, second_outlet = MemoryOutlet(), MemoryOutlet()
    first, second = relay_of(mongo, db, first_outlet), relay_of(mongo, db, second_outlet)

    async with running(first):
        await eventually(lambda: first.leading)
        async with running(second):
            await write_many(writer, (f"a{i}" for i in range(100)))
            await until_published(mongo, db, first_outlet)
            assert (first.leading, second.leading, second_outlet.sent) == (True, False, [])
            assert second.problem() is None
            epoch = first.epoch

            await first.stop()
            await eventually(lambda: second.leading)
            await write_many(writer, (f"b{i}" for i in range(100)))
            await until_sealed(mongo, db)
            assert second.epoch > epoch
            await eventually(lambda: all_published(db))

    published = {entry.id for entry in (*first_outlet.sent, *second_outlet.sent)}
    assert published == {entry.id for entry in await everything(mongo, db)}


async def test_relays_that_come_and_go_under_load_never_seal_twice(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    outlets = [MemoryOutlet() for _ in range(6)]
    loading = asyncio.create_task(write_many(writer, (f"t{i}" for i in range(3000))))

    for outlet in outlets:
        async with running(relay_of(mongo, db, outlet)):
            await eventually(lambda outlet=outlet: outlet.opened > 0)
            await asyncio.sleep(0.1)
    await loading
    async with running(relay_of(mongo, db, outlets[0])):
        await until_sealed(mongo, db)
        wanted = {entry.id for entry in await everything(mongo, db)}
        await eventually(lambda: wanted <= {entry.id for outlet in outlets for entry in outlet.sent})

    assert len(wanted) == 6000


async def test_a_relay_that_slept_through_its_lease_can_change_nothing(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    await write_many(writer, (f"t{i}" for i in range(10)))
    commits = await db["commits"].find({}).to_list(None)
    async with leading(mongo, db, "sleeper", ttl_ms=1) as old:
        sleeper = await sealer_of(mongo, db, old)
        asleep = HandOver({stream: head.last for stream, head in (await load_heads(db)).items()})
        outlet = MemoryOutlet()
        await outlet.open()
        publisher = Publisher(db, LedgerReader(mongo, db, LEDGERS), outlet, asleep, old)
        async with running(relay_of(mongo, db, MemoryOutlet())) as relay:
            await eventually(lambda: relay.leading)
            await until_sealed(mongo, db)
            await eventually(lambda: all_published(db))
            before = await ledger_rows(db)

            with pytest.raises(FencedError):
                await sleeper.seal(commits, {"_data": "00"})
            with pytest.raises(FencedError):
                await sleeper.renew()
            with pytest.raises(FencedError):
                await publisher.run()
            await leases.release(db, old)

            assert await ledger_rows(db) == before
            lease = await db["lease"].find_one({})
            assert lease is not None
            assert (lease["epoch"], lease["holder"] is None) == (relay.epoch, False)
            assert relay.leading


async def test_a_publisher_fenced_while_it_waits_for_the_broker_moves_no_cursor(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    await write_many(writer, (f"t{i}" for i in range(10)))
    async with leading(mongo, db, "sleeper", ttl_ms=1) as old:
        await (await sealer_of(mongo, db, old)).seal(await db["commits"].find({}).to_list(None), None)
        hand_over = HandOver({stream: head.last for stream, head in (await load_heads(db)).items()})
        outlet = Held()
        publishing = asyncio.create_task(Publisher(db, LedgerReader(mongo, db, LEDGERS), outlet, hand_over, old).run())
        await eventually(lambda: outlet.answers != [])
        async with running(relay_of(mongo, db, MemoryOutlet())):
            await eventually(lambda: all_published(db))
            before = await ledger_rows(db)

            for answer in outlet.answers:
                answer.set_result(None)
            with pytest.raises(FencedError):
                await publishing

            assert await ledger_rows(db) == before


class Held(MemoryOutlet):
    """Answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[asyncio.Future[None]] = []

    async def send(self, entries: Any) -> list[asyncio.Future[None]]:
        self.sent.extend(entries)
        self.answers.append(asyncio.get_running_loop().create_future())
        return self.answers[-1:]


async def test_with_the_broker_down_sealing_goes_on_and_publishing_catches_up(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    outlet = MemoryOutlet()
    async with running(relay_of(mongo, db, outlet)) as relay:
        await write_many(writer, (f"a{i}" for i in range(50)))
        await until_published(mongo, db, outlet)

        outlet.down = True
        await write_many(writer, (f"b{i}" for i in range(50)))
        await until_sealed(mongo, db)
        await eventually(lambda: relay.unpublished > 0 and relay.problem() is not None)
        with pytest.raises(Retryable):
            await relay.require()

        outlet.down = False
        await until_published(mongo, db, outlet)
        await eventually(lambda: all_published(db))
        await eventually(lambda: relay.problem() is None)
        await relay.require()

    for stream in range(8):
        assert sorted(set(outlet.seqs("lists", stream))) == list(range(1, max(outlet.seqs("lists", stream)) + 1))


async def test_what_was_sealed_but_not_acknowledged_is_published_by_the_next_relay(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    silent = MemoryOutlet(silent=True)
    await write_many(writer, (f"t{i}" for i in range(50)))
    async with running(relay_of(mongo, db, silent)) as relay:
        await until_sealed(mongo, db)
        await eventually(lambda: len(silent.sent) == 99)
        assert relay.unpublished == 99

    outlet = MemoryOutlet()
    async with running(relay_of(mongo, db, outlet)) as relay:
        await until_published(mongo, db, outlet)
        await eventually(lambda: all_published(db))

    third = MemoryOutlet()
    async with running(relay_of(mongo, db, third)):
        await writer.write(unit(change("last")))
        await eventually(lambda: third.sent != [])
    assert [entry.aggregate for entry in third.sent] == ["thing/last"]


class Forgetful(Mongo):
    """Loses the answers of some transactions after they were committed."""

    lose_answers = 0

    async def transaction(self, fn: Callable[[Session], Awaitable[Any]], session: Session | None = None) -> Any:
        result = await super().transaction(fn, session)
        if self.lose_answers:
            self.lose_answers -= 1
            raise Retryable("the answer was lost")
        return result


async def test_a_seal_whose_outcome_is_unknown_is_not_made_twice(
    mongod_url: str, mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    forgetful = Forgetful(mongod_url)
    outlet = MemoryOutlet()
    async with running(relay_of(forgetful, forgetful.database(db.name), outlet)) as relay:
        await eventually(lambda: relay.leading)
        forgetful.lose_answers = 2
        for i in range(5):
            await writer.write(unit(change(f"t{i}")))
        await eventually(lambda: forgetful.lose_answers == 0)
        await until_published(mongo, db, outlet)
    await forgetful.close()

    assert [entry.seq for entry in await everything(mongo, db)] == [1, 2, 3, 4, 5]


async def test_sealed_through_rises_while_nothing_happens(mongo: Mongo, db: Database) -> None:
    reader = LedgerReader(mongo, db, LEDGERS)
    async with running(relay_of(mongo, db, MemoryOutlet())) as relay:
        await eventually(lambda: relay.leading)
        first = (await reader.heads("lists")).sealed_through

        async def risen() -> bool:
            return (await reader.heads("lists")).sealed_through > first + 200_000

        await eventually(risen)


async def test_instants_of_seals_rise_even_if_the_clock_goes_back(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    clock = FixedClock(SystemClock().now())
    async with leading(mongo, db, "one") as lease:
        sealer = await sealer_of(mongo, db, lease, clock)
        for i in range(4):
            await writer.write(unit(change(f"t{i}")))
            commits = await db["commits"].find({"aggregate": f"thing/t{i}"}).to_list(None)
            await sealer.seal(commits, None)
            await sealer.renew()
            clock.advance(timedelta(seconds=-1))

    entries = await everything(mongo, db)
    instants = [entry.sealed_at for entry in entries]
    assert instants == sorted(set(instants))
    # Between two seals lies the renewal's promise.
    assert instants == [instants[0] + 2 * i for i in range(4)]
    assert instants[0] > to_micros(clock.now())


async def test_a_ledger_that_lost_its_commits_is_not_sealed_further(
    mongo: Mongo, db: Database, writer: GroupWriter
) -> None:
    await write_many(writer, (f"t{i}" for i in range(10)))
    async with running(relay_of(mongo, db, MemoryOutlet())):
        await until_sealed(mongo, db)
    await db["commits"].delete_one({"aggregate": "thing/t3"})
    await writer.write(unit(change("more", stream=1)))
    before = await ledger_rows(db)

    async with running(relay_of(mongo, db, MemoryOutlet())) as relay:
        await eventually(lambda: relay.problem() is not None)
        assert "events; sealed" in (relay.problem() or "")
        after = await ledger_rows(db)

    assert (after["seals"], after["heads"]) == (before["seals"], before["heads"])
