"""Everything at once, at random: whatever Kafka, crashes and replicas do, each event has one effect, in order.

What runs is the product's follower, applier and comparison over a store and an owner in memory; a process dies before
or after any call of either, and two interleave between any two calls.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from runtime.clock import FixedClock, from_micros
from runtime.consumer import applier, comparison, core, follower
from runtime.consumer.core import Mark, Sifted, Standing
from runtime.consumer.follower import Follower
from runtime.consumer.ports import Step
from runtime.errors import Retryable
from runtime.ledger.chain import chains, genesis
from runtime.ledger.model import Entry
from tests.consumer_world import LISTS, Died, Fate, Kept, MemoryStore, Mortal, OwnedLedger, forge

SUBJECTS = ("issue/A", "issue/B", "issue/A/task/T")
STREAMS = st.integers(0, 1)
WHO = st.integers(0, 1)
# Where in the stream, and whether it is the owner's record or a forged one.
PICKS = st.lists(st.tuples(STREAMS, st.integers(0, 40), st.sampled_from("ttttf")), max_size=12)


class ConsumerMachine(RuleBasedStateMachine):
    """Two replicas over one store, an owner that may be down or restored, a Kafka that brings anything, even forged."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.owner = OwnedLedger()
        self.store = self.make_store()
        self.kafka: dict[int, list[Entry]] = {0: [], 1: []}
        self.restored: set[int] = set()
        self.fates = [Fate(), Fate()]
        self.replicas = [self.replica(who) for who in (0, 1)]
        self.run(self.replicas[0].prepare())

    def make_store(self) -> MemoryStore:
        return MemoryStore()

    def replica(self, who: int) -> Follower:
        self.fates[who] = Fate()
        store, owner = Mortal(self.store, self.fates[who]), Mortal(self.owner, self.fates[who])
        return Follower("machine", LISTS, store, owner, FixedClock(from_micros(1)))

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return
        try:
            self.settle()
            self.everything_is_applied_or_stopped_for_a_reason()
        finally:
            self.runner.close()

    def settle(self) -> None:
        self.owner.down = False
        self.store.crash.clear()
        self.store.poison.clear()
        self.replicas[1] = self.replica(1)
        level = self.run(self.replicas[1].check(0))
        assert level == (not self.store.kept.stopped)
        while self.store.kept.dead:
            self.store.retry(min(self.store.kept.dead))

    def everything_is_applied_or_stopped_for_a_reason(self) -> None:
        handled = {entry.id for entry in (*self.store.kept.effects, *self.store.kept.discarded)}
        for stream, chain in self.owner.streams.items():
            if stream not in self.store.kept.stopped:
                assert {entry.id for entry in chain} <= handled
                assert self.store.kept.marks[stream].seq == len(chain)

    @rule(stream=STREAMS, subject=st.sampled_from(SUBJECTS), poison=st.booleans(), count=st.integers(1, 4))
    def seal(self, stream: int, subject: str, poison: bool, count: int) -> None:
        entries = [self.owner.seal(stream, subject) for _ in range(count)]
        self.kafka[stream] += entries
        if poison:
            self.store.poison.add(entries[0].id)

    @rule(stream=STREAMS, back=st.integers(1, 6), anew=st.integers(0, 6))
    def restore(self, stream: int, back: int, anew: int) -> None:
        """The owner goes back to an older copy and seals other entries; Kafka keeps those of before."""
        chain = self.owner.streams[stream]
        if chain:
            self.restored.add(stream)
            self.owner.restore(stream, max(0, len(chain) - back))
            self.kafka[stream] += [self.owner.seal(stream, "issue/B") for _ in range(anew)]

    def batch(self, picks: list[tuple[int, int, str]]) -> list[Entry]:
        found = []
        for stream, number, kind in picks:
            if records := self.kafka[stream]:
                entry = records[number % len(records)]
                found.append(forge(entry) if kind == "f" else entry)
        return found

    @rule(who=WHO, picks=PICKS, crash=st.sampled_from(["", "", "", "before", "after"]))
    def deliver(self, who: int, picks: list[tuple[int, int, str]], crash: str) -> None:
        self.attempt(who, self.replicas[who].take(self.batch(picks)), crash)

    @rule(who=WHO, tail=st.integers(1, 10), stream=STREAMS)
    def deliver_tail(self, who: int, tail: int, stream: int) -> None:
        self.attempt(who, self.replicas[who].take(self.kafka[stream][-tail:]))

    @rule(who=WHO, crash=st.sampled_from(["", "", "before", "after"]))
    def check(self, who: int, crash: str) -> None:
        self.attempt(who, self.replicas[who].check(0), crash)

    @rule(who=WHO, calls=st.integers(0, 7), after=st.booleans(), tail=st.integers(0, 10), stream=STREAMS)
    def die_amidst(self, who: int, calls: int, after: bool, tail: int, stream: int) -> None:
        """Between any two steps of taking a batch, or of comparing with the owner."""
        self.fates[who].calls, self.fates[who].after = calls, after
        replica = self.replicas[who]
        self.attempt(who, replica.take(self.kafka[stream][-tail:]) if tail else replica.check(0))
        self.replicas[who] = self.replica(who)

    @rule(first=PICKS, second=PICKS)
    def both_at_once(self, first: list[tuple[int, int, str]], second: list[tuple[int, int, str]]) -> None:
        """As during a rebalance: their calls come in turn."""
        batches = self.batch(first), self.batch(second)

        async def together() -> None:
            takes = [replica.take(batch) for replica, batch in zip(self.replicas, batches, strict=True)]
            for outcome in await asyncio.gather(*takes, return_exceptions=True):
                assert outcome is None or isinstance(outcome, Retryable)

        self.run(together())

    def attempt(self, who: int, work: Any, crash: str = "") -> None:
        self.store.crash = [crash] if crash else []
        try:
            self.run(work)
        except Retryable:
            # Down or unanswered: nothing is promised but that nothing is lost or doubled.
            pass
        except Died:
            self.replicas[who] = self.replica(who)
        finally:
            self.store.crash = []

    @rule(down=st.booleans())
    def owner_goes(self, down: bool) -> None:
        self.owner.down = down

    @rule(heal=st.booleans(), discard=st.booleans())
    def people_act(self, heal: bool, discard: bool) -> None:
        if heal:
            self.store.poison.clear()
        if self.store.kept.dead:
            row = min(self.store.kept.dead)
            self.store.discard(row) if discard else self.store.retry(row)

    def handled(self) -> list[Entry]:
        kept = self.store.kept
        parked = [entry for queue in kept.parked.values() for entry in queue]
        return [*kept.effects, *kept.dead.values(), *kept.discarded, *parked]

    @invariant()
    def nothing_twice_nothing_false_nothing_lost(self) -> None:
        """What was handled is, stream by stream, one gapless chain that ends at the watermark."""
        if not hasattr(self, "store"):
            return
        chained: dict[int, list[Entry]] = {stream: [] for stream in self.store.kept.marks}
        for entry in sorted(self.handled(), key=lambda entry: entry.seq):
            chained[entry.stream].append(entry)
        for stream, mark in self.store.kept.marks.items():
            seq, digest = 0, genesis("L1", LISTS.name, stream)
            for entry in chained[stream]:
                assert entry.seq == seq + 1
                assert chains(digest, entry)
                seq, digest = entry.seq, entry.hash
            assert (seq, digest) == (mark.seq, mark.hash)

    @invariant()
    def it_stops_for_a_reason_only(self) -> None:
        if hasattr(self, "store"):
            assert set(self.store.kept.stopped) <= self.restored

    @invariant()
    def each_aggregate_in_order(self) -> None:
        """What is parked waits behind a dead row of its own aggregate, and comes after all that was applied of it."""
        if not hasattr(self, "store"):
            return
        last: dict[tuple[int, str], int] = {}
        for entry in self.store.kept.effects:
            place = (entry.stream, entry.aggregate)
            assert last.get(place, 0) < entry.seq
            last[place] = entry.seq
        for row, queue in self.store.kept.parked.items():
            assert row in self.store.kept.dead
            front = self.store.kept.dead[row]
            seqs = [front.seq, *(entry.seq for entry in queue)]
            assert seqs == sorted(seqs)
            assert last.get((front.stream, front.aggregate), 0) < front.seq


TestConsumerMachine = ConsumerMachine.TestCase
TestConsumerMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


# The same machine with one mistake each: it must notice.


class EffectsApart(MemoryStore):
    """Writes the effects first, and the marks only if it lives."""

    async def commit(self, step: Step) -> None:
        if self.crash:
            self.crash.clear()
            self.project(self.kept, step.live)
            raise Retryable("died between effects and marks")
        await super().commit(step)


class WithoutCompareAndSet(MemoryStore):
    """Moves the marks from wherever they stand."""

    def _write(self, draft: Kept, step: Step) -> None:
        draft.marks.update({stream: start for stream, (start, _) in step.moves.items()})
        super()._write(draft, step)


class DropsPoison(MemoryStore):
    """Goes on without a poison event, and keeps no row of it."""

    def _write(self, draft: Kept, step: Step) -> None:
        super()._write(draft, replace(step, dead=None))


def skips_gaps(mark: Mark, entries: Sequence[Entry]) -> Sifted:
    found = core.sift(mark, entries)
    return found if found.gap is None else Sifted(found.mark, found.run + found.rest, found.forged)


MISTAKES: dict[str, tuple[type[MemoryStore], Any, str, Any]] = {
    "effects without marks": (EffectsApart, core, "MAX_ENTRIES", 1000),
    "marks without compare-and-set": (WithoutCompareAndSet, core, "MAX_ENTRIES", 1000),
    "hashes are believed": (MemoryStore, core, "chains", lambda _digest, _entry: True),
    "gaps are passed over": (MemoryStore, follower, "sift", skips_gaps),
    "nothing is parked": (MemoryStore, applier, "split", lambda entries, _parked: (entries, [])),
    "a restored owner is followed": (MemoryStore, comparison, "compare", lambda *_: Standing.LEVEL),
    "a poison event is dropped": (DropsPoison, core, "MAX_ENTRIES", 1000),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_machine_notices(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, module, name, wrong = MISTAKES[mistake]
    monkeypatch.setattr(module, name, wrong)
    monkeypatch.setattr(ConsumerMachine, "make_store", lambda _: store())
    notices = settings(
        max_examples=500,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(ConsumerMachine, settings=notices)
