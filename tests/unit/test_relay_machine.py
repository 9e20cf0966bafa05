"""Two relays at random, step by step: whatever dies, sleeps or comes late, each commit is sealed once and published.

The steps are the product's own (`runtime/ledger/steps.py`). Each is decided in one rule and done in a later one: in
between anything may happen, the other relay's steps, the lease running out, a crash, a clock that goes back.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from runtime.ledger import steps
from runtime.ledger.hand_over import HandOver
from runtime.ledger.seal import Stream
from runtime.ledger.steps import Chain, Load, Open, Progress, Settle, TakeToken, Wait, WhichSealed, Write
from tests.relay_leader import TTL, Course, Leader, LostAnswer
from tests.relay_proof import Proof
from tests.relay_world import STREAMS, Broker, FeedLostError, FencedError, Fences, Rows, commit_of

THINGS: dict[str, Stream] = {"school": STREAMS[0], "a": STREAMS[1], "b": STREAMS[1], "c": STREAMS[2]}
WHO = st.integers(0, 1)
# The letters stand for a relay's parts, for commits of things, and for a delivery to the broker.
SCHEDULES = st.lists(st.sampled_from("ssssssspppppprdabco"), min_size=10, max_size=30)
PARTS = {"s": "sealing", "p": "publishing", "r": "renewing"}
INITIALS = {"o": "school", "a": "a", "b": "b", "c": "c"}


class RelayMachine(RuleBasedStateMachine):
    """Commits in any order, two relays, one database, one broker."""

    fences = Fences()

    def following(self, chain: Chain, ranks: dict[str, int], most: int) -> Course:
        return steps.following(chain, ranks, most)

    def publishing(self, hand_over: HandOver, progress: Progress) -> Course:
        return steps.publishing(hand_over, progress)

    def scan(self) -> list[dict[str, Any]]:
        return self.rows.scan()

    @initialize(skew=st.integers(-100, 100))
    def begin(self, skew: int) -> None:
        self.rows = Rows(self.fences)
        self.broker = Broker()
        self.skew = [0, skew]
        self.versions = dict.fromkeys(THINGS, 0)
        self.open: dict[str, dict[str, Any]] = {}
        self.leaders: list[Leader | None] = [None, None]
        self.proof = Proof(self.rows, self.broker)

    # Commands.

    @rule(thing=st.sampled_from(sorted(THINGS)), events=st.sampled_from([1, 1, 2, 0]), late=st.booleans())
    def write(self, thing: str, events: int, late: bool) -> None:
        """A command makes its commit; `late`: nobody can see it yet. Of one thing, one after the other."""
        if thing not in self.open:
            self.versions[thing] += 1
            self.open[thing] = commit_of(thing, self.versions[thing], THINGS[thing], events, self.rows.now)
        if not late:
            self.rows.commits.append(self.open.pop(thing))

    # Relays.

    def compete(self, who: int) -> None:
        if self.leaders[who] is None and (epoch := self.rows.acquire(who, TTL)) is not None:
            self.leaders[who] = Leader(self, who, epoch)

    @rule(who=WHO, slept=st.booleans(), schedule=SCHEDULES)
    def one_relay_goes_on(self, who: int, slept: bool, schedule: list[str]) -> None:
        """Its parts in any order, and what comes in between; after a time in which any lease runs out, or not."""
        self.rows.now += TTL if slept else 0
        self.compete(who)
        for letter in schedule:
            if letter in PARTS:
                self.advance(who, PARTS[letter])
            elif letter == "d":
                self.broker.deliver()
            else:
                self.write(INITIALS[letter], 1, late=False)

    @rule(rounds=st.integers(1, 12), who=WHO)
    def all_goes_well(self, rounds: int, who: int) -> None:
        self.compete(who)
        for _ in range(rounds):
            for part in PARTS.values():
                self.advance(who, part)
            self.broker.deliver()

    @rule(who=WHO, part=st.sampled_from(["sealing", "publishing", "renewing"]), answered=st.booleans())
    def step(self, who: int, part: str, answered: bool) -> None:
        self.advance(who, part, answered=answered)

    def advance(self, who: int, part: str, *, answered: bool = True) -> None:
        leader = self.leaders[who]
        if leader is None:
            return
        try:
            if leader.heads is None:
                leader.take_office()
            else:
                leader.step(part, answered=answered)
        except LostAnswer:
            if part == "publishing":
                leader.begin_publishing()
            else:
                self.start_over(who, leader)
        except (FencedError, FeedLostError):
            self.start_over(who, leader)

    def start_over(self, who: int, leader: Leader) -> None:
        self.rows.release(leader.epoch)
        self.leaders[who] = None

    @rule(who=WHO)
    def die(self, who: int) -> None:
        self.leaders[who] = None

    @rule(who=WHO, what=st.sampled_from(["dies", "history", "clock"]), skew=st.integers(-100, 100))
    def trouble(self, who: int, what: str, skew: int) -> None:
        self.rows.now += 1
        if what == "dies":
            self.leaders[who] = None
        elif what == "history":
            self.rows.history_from = len(self.rows.commits)
        elif what == "clock":
            self.skew[who] = skew

    @rule(kept=st.booleans())
    def broker_fails(self, kept: bool) -> None:
        self.broker.lose(kept=kept)

    @invariant()
    def all_holds(self) -> None:
        if hasattr(self, "proof"):
            self.proof.go_on()

    def teardown(self) -> None:
        if not hasattr(self, "proof"):
            return
        self.rows.commits.extend(self.open.values())
        for _ in range(300):
            self.settle_a_little()
            if self.settled():
                break
        self.proof.go_on()
        self.proof.all_is_sealed_and_published()

    def settle_a_little(self) -> None:
        for who in (0, 1):
            self.compete(who)
            for part in PARTS.values():
                self.advance(who, part)
        self.broker.deliver()
        self.rows.now += 1

    def settled(self) -> bool:
        heads = {stream: head.last for stream, head in self.rows.heads.items() if head.last}
        return not self.rows.scan() and self.rows.cursor == heads and not self.broker.on_the_way


TestRelayMachine = RelayMachine.TestCase
TestRelayMachine.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


# The same machine with one mistake each: it must notice.


def with_course(change: Callable[[Any, Course], Course], of: str) -> type[RelayMachine]:
    """The machine with one course changed; `change` gets the machine and the product's own course."""

    class Changed(RelayMachine):
        pass

    right = getattr(RelayMachine, of)
    setattr(Changed, of, lambda self, first, *rest: change(first, right(self, first, *rest)))
    return Changed


def cursor_before_acknowledgement(_: Any, course: Course) -> Course:
    step = next(course)
    while True:
        if isinstance(step, Settle):
            yield course.send(None)
        step = course.send((yield step))


def scan_before_token(_: Any, course: Course) -> Course:
    next(course)
    step = course.send(None)
    while True:
        if isinstance(step, Open):
            step = Open((yield TakeToken()))
        step = course.send((yield step))


def published_before_it_is_sealed(chain: Chain, course: Course) -> Course:
    step = next(course)
    while True:
        if isinstance(step, Write):
            chain._hand_over(step.sealed.entries)
        step = course.send((yield step))


def left_in_order_of_ids(_: Any, course: Course) -> Course:
    step = next(course)
    while True:
        if isinstance(step, Load):
            step = Load(sorted(step.ids))
        step = course.send((yield step))


def duplicates_are_all_sealed(_: Any, course: Course) -> Course:
    step = next(course)
    while True:
        if isinstance(step, WhichSealed):
            step = course.send(set(step.ids))
        step = course.send((yield step))


def forgets_what_does_not_fit(hand_over: HandOver, course: Course) -> Course:
    overflow = hand_over.fall_behind

    def forget() -> None:
        overflow()
        hand_over.behind = False

    step = next(course)
    while True:
        if isinstance(step, Wait):
            hand_over.fall_behind = forget  # type: ignore[method-assign]
        step = course.send((yield step))


def instants_of_the_clock(chain: Chain, course: Course) -> Course:
    chain.promise = chain._clock  # type: ignore[method-assign]
    yield from course


class PagesById(RelayMachine):
    def scan(self) -> list[dict[str, Any]]:
        last = max(self.rows.sealed, default="")
        return [commit for commit in self.rows.scan() if commit["_id"] > last]


class WithoutPromise(with_course(instants_of_the_clock, "following")):  # type: ignore[misc]
    fences = Fences(promise=False)


class WithoutEpoch(RelayMachine):
    fences = Fences(epoch=False)


class WithoutFence(RelayMachine):
    fences = Fences(epoch=False, promise=False, heads=False)


class WithoutUniqueIndex(RelayMachine):
    fences = Fences(sealed_once=False)


MISTAKES: dict[str, type[RelayMachine]] = {
    "the cursor moves before the acknowledgement": with_course(cursor_before_acknowledgement, "publishing"),
    "what does not fit is forgotten": with_course(forgets_what_does_not_fit, "publishing"),
    "the scan comes before the token": with_course(scan_before_token, "following"),
    "published before it is sealed": with_course(published_before_it_is_sealed, "following"),
    "what was left is sealed in the order of ids": with_course(left_in_order_of_ids, "following"),
    "one duplicate passes for all": with_course(duplicates_are_all_sealed, "following"),
    "the clock alone says when": WithoutPromise,
    "what was left is looked for above the last id": PagesById,
    "no epoch": WithoutEpoch,
    "no fence at all": WithoutFence,
    "no unique index": WithoutUniqueIndex,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_machine_notices(mistake: str) -> None:
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
    with contextlib.redirect_stdout(None), pytest.raises((AssertionError, KeyError, steps.DamagedError)):
        run_state_machine_as_test(MISTAKES[mistake], settings=notices)
