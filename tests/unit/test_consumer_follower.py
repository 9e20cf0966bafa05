"""A follower over a store in memory: every way a copy can be wrong, and that each effect happens once."""

import asyncio
from collections.abc import Sequence

import pytest

from runtime.clock import FixedClock, from_micros
from runtime.consumer.applier import TRIES
from runtime.consumer.core import Standing, row_id
from runtime.consumer.follower import Follower
from runtime.consumer.ports import Step
from runtime.errors import Retryable
from runtime.ledger.model import Entry
from tests.consumer_world import REGISTRY, MemoryStore, OwnedLedger, forge

NOW = 5_000_000_000


class World:
    def __init__(self) -> None:
        self.owner = OwnedLedger()
        self.store = MemoryStore()
        self.follower = self.replica()

    def replica(self) -> Follower:
        return Follower("test", self.owner.ledger, self.store, self.owner, FixedClock(from_micros(NOW)))

    @property
    def effects(self) -> list[tuple[int, int]]:
        return sorted((entry.stream, entry.seq) for entry in self.store.kept.effects)

    @property
    def sealed(self) -> list[tuple[int, int]]:
        return sorted((entry.stream, entry.seq) for entry in self.owner.all)


@pytest.fixture
async def world() -> World:
    made = World()
    await made.follower.prepare()
    return made


async def test_contiguous_batch_is_one_transaction(world: World) -> None:
    batch = [*world.owner.seal_many(200), *world.owner.seal_many(200, 1)]
    await world.follower.take(batch)
    assert world.effects == world.sealed
    assert world.store.commits == 1
    assert world.owner.asked == []


async def test_of_a_large_batch_two_transactions_are_under_way_at_once(world: World) -> None:
    batch = [entry for stream in range(4) for entry in world.owner.seal_many(300, stream)]
    both = asyncio.Barrier(2)
    write = world.store.commit

    async def commit(step: Step) -> None:
        async with asyncio.timeout(10):
            await both.wait()
        await write(step)

    world.store.commit = commit  # type: ignore[method-assign]
    await world.follower.take(batch)
    assert world.effects == world.sealed
    assert world.store.commits == 2


async def test_a_lane_that_fails_leaves_the_other_whole(world: World) -> None:
    batch = [entry for stream in range(4) for entry in world.owner.seal_many(300, stream)]
    world.store.crash = ["", "before"]
    with pytest.raises(Retryable):
        await world.follower.take(batch)
    assert len(world.effects) == 600
    await world.follower.take(batch)
    assert world.effects == world.sealed


async def test_duplicate_events_have_one_effect(world: World) -> None:
    batch = world.owner.seal_many(5)
    await world.follower.take([*batch, *batch])
    await world.follower.take(batch)
    assert world.effects == world.sealed


async def test_out_of_order_events_are_applied_in_order(world: World) -> None:
    batch = world.owner.seal_many(20)
    await world.follower.take(batch[::-1])
    assert [entry.seq for entry in world.store.kept.effects] == list(range(1, 21))


async def test_gap_is_fetched_from_the_owner(world: World) -> None:
    batch = world.owner.seal_many(20)
    await world.follower.take([*batch[:5], *batch[8:12], *batch[15:]])
    assert world.effects == world.sealed
    assert world.owner.asked == [(0, 5), (0, 12)]


async def test_gap_waits_for_an_owner_that_is_down(world: World) -> None:
    batch = world.owner.seal_many(6)
    world.owner.down = True
    with pytest.raises(Retryable):
        await world.follower.take([batch[0], batch[5]])
    assert world.effects == [(0, 1)]
    world.owner.down = False
    await world.follower.take([batch[0], batch[5]])
    assert world.effects == world.sealed


async def test_poison_event_is_buried_after_three_tries_and_stops_nothing_else(world: World) -> None:
    batch = world.owner.seal_many(50)
    bad = batch[20]
    world.store.poison = {bad.id}
    await world.follower.take(batch)
    assert world.effects == [place for place in world.sealed if place != (0, 21)]
    assert list(world.store.kept.dead) == [row_id(bad)]
    assert world.store.kept.marks[0].seq == 50


async def test_poison_alone_is_tried_three_times(world: World) -> None:
    bad = world.owner.seal()
    world.store.poison = {bad.id}
    await world.follower.take([bad])
    assert world.store.tries == [bad.id] * TRIES


async def test_later_events_of_a_poisoned_aggregate_are_parked_in_order(world: World) -> None:
    batch = [world.owner.seal(0, subject) for subject in ("issue/A", "issue/B", "issue/A", "issue/A/task/T", "issue/B")]
    world.store.poison = {batch[0].id}
    await world.follower.take(batch[:3])
    await world.follower.take(batch[3:])
    assert world.effects == [(0, 2), (0, 5)]
    assert [entry.seq for entry in world.store.kept.parked[row_id(batch[0])]] == [3, 4]
    world.store.poison.clear()
    world.store.retry(row_id(batch[0]))
    after = world.owner.seal(0, "issue/A")
    await world.follower.take([after])
    assert [entry.seq for entry in world.store.kept.effects if entry.aggregate == "issue/A"] == [1, 3, 4, 6]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_crash_around_the_commit_has_one_effect(world: World, when: str) -> None:
    batch = world.owner.seal_many(10)
    world.store.crash = [when]
    with pytest.raises(Retryable):
        await world.follower.take(batch)
    await world.replica().take(batch)
    await world.follower.take(batch)
    assert world.effects == world.sealed


async def test_two_processes_after_a_rebalance_have_one_effect(world: World) -> None:
    other = world.replica()
    first = world.owner.seal_many(10)
    await asyncio.gather(world.follower.take(first), other.take(first))
    second = world.owner.seal_many(10)
    await other.take(second)
    await world.follower.take([*first, *second])
    assert world.effects == world.sealed


async def test_forged_record_is_set_aside_and_the_owner_asked(world: World) -> None:
    batch = world.owner.seal_many(3)
    false = forge(batch[1])
    await world.follower.take([batch[0], false])
    assert world.store.aside == [false]
    assert world.follower.suspicious.is_set()
    assert await world.follower.check(0)
    assert world.effects == world.sealed
    assert world.follower.stopped == []


async def test_forged_record_far_ahead_is_set_aside(world: World) -> None:
    batch = world.owner.seal_many(3)
    false = forge(batch[2], seq=10**30)
    await world.follower.take([*batch, false])
    assert world.store.aside == [false]
    assert world.effects == world.sealed


async def test_record_of_a_stream_that_does_not_exist_is_set_aside(world: World) -> None:
    false = forge(world.owner.seal(), stream=99)
    await world.follower.take([false])
    assert world.store.aside == [false]


async def test_new_consumer_catches_up_over_http(world: World) -> None:
    for stream in range(4):
        world.owner.seal_many(30, stream)
    assert await world.follower.check(0)
    assert world.effects == world.sealed
    heads, asked_at = world.store.confirmed[-1]
    assert heads.sealed_through == world.owner.clock
    assert asked_at == NOW


async def test_stream_that_kafka_moves_is_not_fetched(world: World) -> None:
    batch = world.owner.seal_many(10)

    async def kafka() -> None:
        await world.owner.heads_told.wait()
        for entry in batch:
            await world.follower.take([entry])

    level, _ = await asyncio.gather(world.follower.check(5), kafka())
    assert level
    assert world.owner.asked == []
    assert world.effects == world.sealed


async def test_restored_owner_stops_the_stream_and_nothing_else(world: World) -> None:
    world.owner.seal_many(5)
    world.owner.seal_many(5, 1)
    await world.follower.check(0)
    del world.owner.streams[0][3:]
    world.owner.seal(1)
    assert not await world.follower.check(0)
    assert world.store.kept.stopped == {0: Standing.RESTORED}
    assert world.follower.stopped == [0]
    assert (1, 6) in world.effects
    assert len(world.store.confirmed) == 1


async def test_stopped_stream_applies_nothing_even_in_another_process(world: World) -> None:
    other = world.replica()
    first = world.owner.seal_many(3)
    await other.take(first)
    world.owner.ledger_id = "L2"
    await world.follower.check(0)
    await other.take([world.owner.seal()])
    await other.take([world.owner.seal(0, "issue/other")])
    assert world.effects == [(0, 1), (0, 2), (0, 3)]
    assert set(world.store.kept.stopped.values()) == {Standing.FOREIGN}


async def test_rewritten_head_stops_the_stream(world: World) -> None:
    world.owner.seal_many(5)
    await world.follower.check(0)
    world.owner.rewrite(0, 5)
    assert not await world.follower.check(0)
    assert world.store.kept.stopped == {0: Standing.REWRITTEN}


async def test_rewritten_history_below_a_longer_head_stops_the_stream(world: World) -> None:
    world.owner.seal_many(5)
    await world.follower.check(0)
    world.owner.rewrite(0, 2)
    later = world.owner.seal_many(3)
    await world.follower.take(later)
    assert world.store.aside == [later[0]]
    assert not await world.follower.check(0)
    assert world.store.kept.stopped == {0: Standing.REWRITTEN}
    assert len(world.effects) == 5


async def test_recreated_topic_with_old_and_new_records_is_harmless(world: World) -> None:
    first = world.owner.seal_many(10)
    await world.follower.take(first)
    second = world.owner.seal_many(5)
    await world.follower.take([*second, *first])
    assert world.effects == world.sealed


async def test_lists_wait_until_the_registry_is_reached() -> None:
    registry_owner, registry_store = OwnedLedger(REGISTRY), MemoryStore(REGISTRY)
    registry = Follower("test", REGISTRY, registry_store, registry_owner, FixedClock(from_micros(NOW)))
    await registry.prepare()
    owner, store = OwnedLedger(), MemoryStore()

    async def gate(entries: Sequence[Entry]) -> None:
        await registry.require(max(entry.registry for entry in entries))

    lists = Follower("test", owner.ledger, store, owner, FixedClock(from_micros(NOW)), gate)
    await lists.prepare()
    registry_owner.seal_many(3)
    entry = owner.seal(registry=3)
    registry_owner.down = True
    with pytest.raises(Retryable):
        await lists.take([entry])
    assert store.kept.effects == []
    registry_owner.down = False
    await lists.take([entry])
    assert [one.seq for one in registry_store.kept.effects] == [1, 2, 3]
    assert store.kept.effects == [entry]


async def test_registry_that_the_owner_does_not_have_is_waited_for() -> None:
    owner, store = OwnedLedger(REGISTRY), MemoryStore(REGISTRY)
    registry = Follower("test", REGISTRY, store, owner, FixedClock(from_micros(NOW)))
    await registry.prepare()
    owner.seal()
    with pytest.raises(Retryable, match="has not reached 2"):
        await registry.require(2)
    await registry.require(1)


async def test_follower_without_watermarks_takes_nothing() -> None:
    owner, store = OwnedLedger(), MemoryStore()
    follower = Follower("test", owner.ledger, store, owner, FixedClock(from_micros(NOW)))
    entries: list[Entry] = [owner.seal()]
    with pytest.raises(Retryable, match="no watermarks"):
        await follower.take(entries)


async def test_a_broker_that_is_ahead_of_a_restored_owner_brings_nothing(world: World) -> None:
    kept = world.owner.seal_many(3)
    await world.follower.take(kept)
    lost = world.owner.seal_many(2)
    del world.owner.streams[0][3:]
    assert await world.follower.check(0)
    await world.follower.take(lost)
    assert world.effects == world.sealed
    assert world.store.aside == lost
    anew = world.owner.seal_many(2)
    await world.follower.take([*lost, *anew])
    assert world.effects == world.sealed
    assert world.store.kept.marks[0].hash == world.owner.head(0)[1]


async def test_a_stream_goes_on_when_its_owner_is_the_one_followed_again(world: World) -> None:
    batch = world.owner.seal_many(4)
    assert await world.follower.check(0)
    del world.owner.streams[0][2:]
    assert not await world.follower.check(0)
    assert world.follower.stopped == [0]
    world.owner.streams[0][2:] = batch[2:]
    world.owner.seal_many(2)
    assert await world.follower.check(0)
    assert world.follower.stopped == []
    assert world.effects == world.sealed


async def test_a_restored_owner_that_grew_again_does_not_pass_for_the_one_followed(world: World) -> None:
    world.owner.seal_many(4)
    assert await world.follower.check(0)
    del world.owner.streams[0][2:]
    assert not await world.follower.check(0)
    world.owner.seal_many(5)
    for _ in range(3):
        assert not await world.follower.check(0)
    assert world.follower.stopped == [0]
    assert len(world.effects) == 4


async def test_entries_of_the_owner_that_do_not_chain_keep_it_stopped(world: World) -> None:
    world.owner.seal_many(4)
    assert await world.follower.check(0)
    honest = world.owner.seal_many(2)
    world.owner.streams[0][4] = forge(honest[0])
    assert not await world.follower.check(0)
    assert not await world.follower.check(0)
    assert world.follower.stopped == [0]
    world.owner.streams[0][4] = honest[0]
    assert await world.follower.check(0)
    assert world.effects == world.sealed
