"""Everything at once, at random: whatever Kafka, crashes and replicas do, each event has one effect, in order."""

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from runtime.clock import FixedClock, from_micros
from runtime.consumer.follower import Follower
from runtime.errors import Retryable
from tests.consumer_world import LISTS, MemoryStore, OwnedLedger, forge

SUBJECTS = ("issue/A", "issue/B", "issue/A/task/T")
STREAMS = st.integers(0, 1)


class ConsumerMachine(RuleBasedStateMachine):
    """Two replicas over one store, an owner that may be down, a Kafka that may do anything but invent a hash."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.owner = OwnedLedger()
        self.store = MemoryStore()
        self.replicas = [self.replica(), self.replica()]
        self.run(self.replicas[0].prepare())

    def replica(self) -> Follower:
        return Follower("machine", LISTS, self.store, self.owner, FixedClock(from_micros(1)))

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return
        try:
            self.settle()
            assert {entry.id for entry in self.store.kept.effects} == {entry.id for entry in self.owner.all}
        finally:
            self.runner.close()

    def settle(self) -> None:
        self.owner.down = False
        self.store.crash.clear()
        self.store.poison.clear()
        assert self.run(self.replicas[1].check(0))
        while self.store.kept.dead:
            self.store.retry(min(self.store.kept.dead))

    @rule(stream=STREAMS, subject=st.sampled_from(SUBJECTS), poison=st.booleans(), count=st.integers(1, 4))
    def seal(self, stream: int, subject: str, poison: bool, count: int) -> None:
        entries = [self.owner.seal(stream, subject) for _ in range(count)]
        if poison:
            self.store.poison.add(entries[0].id)

    @rule(
        who=st.integers(0, 1),
        picks=st.lists(st.tuples(STREAMS, st.integers(0, 40), st.sampled_from("ttttf"))),
        crash=st.sampled_from(["", "", "", "before", "after"]),
    )
    def deliver(self, who: int, picks: list[tuple[int, int, str]], crash: str) -> None:
        batch = []
        for stream, number, kind in picks:
            if chain := self.owner.streams[stream]:
                entry = chain[number % len(chain)]
                batch.append(forge(entry) if kind == "f" else entry)
        self.attempt(self.replicas[who].take(batch), crash)

    @rule(who=st.integers(0, 1), tail=st.integers(1, 10), stream=STREAMS)
    def deliver_tail(self, who: int, tail: int, stream: int) -> None:
        self.attempt(self.replicas[who].take(self.owner.streams[stream][-tail:]), "")

    @rule(who=st.integers(0, 1), crash=st.sampled_from(["", "", "before", "after"]))
    def check(self, who: int, crash: str) -> None:
        self.attempt(self.replicas[who].check(0), crash)

    def attempt(self, work: Any, crash: str) -> None:
        self.store.crash = [crash] if crash else []
        try:
            self.run(work)
        except Retryable:
            # Down or crashed: nothing is promised but that nothing is lost or doubled.
            pass
        finally:
            self.store.crash = []

    @rule(who=st.integers(0, 1))
    def restart(self, who: int) -> None:
        self.replicas[who] = self.replica()

    @rule(down=st.booleans())
    def owner_goes(self, down: bool) -> None:
        self.owner.down = down

    @rule(heal=st.booleans())
    def retry(self, heal: bool) -> None:
        if heal:
            self.store.poison.clear()
        if self.store.kept.dead:
            self.store.retry(min(self.store.kept.dead))

    @invariant()
    def nothing_twice_nothing_false_nothing_lost(self) -> None:
        if not hasattr(self, "store"):
            return
        kept = self.store.kept
        open_rows = [*kept.dead.values(), *(entry for queue in kept.parked.values() for entry in queue)]
        handled = [entry.id for entry in (*kept.effects, *open_rows)]
        assert len(handled) == len(set(handled))
        passed = {entry.id for stream, mark in kept.marks.items() for entry in self.owner.streams[stream][: mark.seq]}
        assert set(handled) == passed
        assert all(entry == self.owner.streams[entry.stream][entry.seq - 1] for entry in kept.effects)
        assert not kept.stopped

    @invariant()
    def each_aggregate_in_order(self) -> None:
        if not hasattr(self, "store"):
            return
        last: dict[tuple[int, str], int] = {}
        for entry in self.store.kept.effects:
            place = (entry.stream, entry.aggregate)
            assert last.get(place, 0) < entry.seq
            last[place] = entry.seq


TestConsumerMachine = ConsumerMachine.TestCase
TestConsumerMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
