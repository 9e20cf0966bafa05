"""Mistakes in consumers: effects and places apart, what is double, missing, false or poison treated wrongly."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.consumer import applier, comparison, core, follower
from runtime.consumer.applier import Applier
from runtime.consumer.comparison import Comparison
from runtime.consumer.consumer import Consumer
from runtime.consumer.core import Mark, Sifted, Standing, moves_of
from runtime.consumer.dead_rows import bury, park
from runtime.consumer.ports import Dead, Position, Step
from runtime.consumer.store import MongoStore
from runtime.ledger.model import Entry
from runtime.mongo import Session, UpdateOne
from tests.faults.defects.defect import Defect, swap

_BETWEEN_S = 0.05


async def _effects(store: Any, step: Step, session: Session) -> None:
    if step.parked:
        await park(store._db, step.parked, session)
    if step.live:
        await store._projection.apply(step.live, session)
    if step.dead:
        await bury(store._db, step.dead, 0, session)


def offset_before_effect() -> None:
    """The place first, the effects in a transaction of their own."""

    async def commit(self: Any, step: Step) -> None:
        await self._mongo.transaction(lambda session: self._move(step.moves, session))
        await asyncio.sleep(_BETWEEN_S)
        await self._mongo.transaction(lambda session: _effects(self, step, session))

    swap(MongoStore, "commit", commit)


def effect_before_offset() -> None:
    """The effects first, the place in a transaction of its own."""

    async def commit(self: Any, step: Step) -> None:
        await self._mongo.transaction(lambda session: _effects(self, step, session))
        await asyncio.sleep(_BETWEEN_S)
        await self._mongo.transaction(lambda session: self._move(step.moves, session))

    swap(MongoStore, "commit", commit)


def dedupe_off() -> None:
    """What was applied before is applied again."""
    right = core.sift

    def sift(mark: Mark, entries: Sequence[Entry]) -> Sifted:
        found = right(mark, entries)
        return Sifted(found.mark, [e for e in entries if e.seq <= mark.seq] + found.run, [], found.gap, found.rest)

    swap(follower, "sift", sift)


def no_compare_and_set() -> None:
    """The watermark is moved wherever it stands."""

    async def move(self: Any, moves: Mapping[int, tuple[Mark, Mark]], session: Session) -> None:
        await self._watermarks.bulk_write(
            [
                UpdateOne({"_id": f"{self._ledger.name}/{stream}"}, {"$set": {"seq": end.seq, "hash": end.hash}})
                for stream, (_, end) in moves.items()
            ],
            session=session,
        )

    swap(MongoStore, "_move", move)


def gap_ignored() -> None:
    """What is newer is applied, whatever is missing in front of it."""

    def sift(mark: Mark, entries: Sequence[Entry]) -> Sifted:
        run = sorted((entry for entry in entries if entry.seq > mark.seq), key=lambda entry: entry.seq)
        return Sifted(mark.after(run[-1]) if run else mark, run)

    swap(follower, "sift", sift)


def chain_unchecked() -> None:
    """Whatever has the next number is the next."""
    swap(core, "chains", lambda _prev, _entry: True)


def not_parked() -> None:
    """Later events of a poisoned entry are applied at once, before it."""
    swap(applier, "split", lambda entries, _parked: (entries, []))


def dead_swallowed() -> None:
    """A poison event is passed over without a row."""

    async def bury_nothing(self: Any, dead: Dead) -> None:
        position: Position = await self.position()
        moves = moves_of(position.marks, [dead.entry])
        await self._store.commit(Step(moves))
        position.marks.update({stream: after for stream, (_, after) in moves.items()})

    swap(Applier, "_bury", bury_nothing)


def isolation_drops_rest() -> None:
    """Of a batch with a poison event in it the second half is passed over with it."""
    right = Applier._isolate

    async def isolate(self: Any, chunk: Sequence[Entry], error: Exception) -> None:
        if len(chunk) == 1:
            return await right(self, chunk, error)
        middle = len(chunk) // 2
        await self._apply(chunk[:middle])
        position: Position = await self.position()
        moves = moves_of(position.marks, chunk[middle:])
        await self._store.commit(Step(moves))
        position.marks.update({stream: after for stream, (_, after) in moves.items()})
        return None

    swap(Applier, "_isolate", isolate)


def registry_not_awaited() -> None:
    """Lists are applied whatever the registry's copy says as yet."""

    async def at_once(self: Any, registry_of: Any, entries: Sequence[Entry]) -> None:
        return

    swap(Consumer, "_registry_reaches", at_once)


def restored_owner_followed() -> None:
    """A ledger that is shorter or another one is taken as it comes."""
    right = core.compare

    def compare(mark: Mark, ledger_id: str, head: tuple[int, bytes]) -> Standing:
        found = right(mark, ledger_id, head)
        return Standing.LEVEL if found.broken else found

    swap(comparison, "compare", compare)


def heads_not_compared() -> None:
    """What Kafka does not bring is never missed."""

    async def nothing(self: Any, *_: object) -> list[object]:
        return []

    swap(Comparison, "_idle", nothing)


DEFECTS = (
    Defect("offset-before-effect", "the place is moved first, effects follow in a transaction of their own",
           offset_before_effect, ("kill-reporting-worker", "kill-notification-worker", "mongo-kill"), 4),
    Defect("effect-before-offset", "effects first, the place in a transaction of its own",
           effect_before_offset, ("kill-reporting-worker", "mongo-kill"), 4),
    Defect("dedupe-off", "what was applied is applied again", dedupe_off, ("duplicates",), 1),
    Defect("no-compare-and-set", "watermarks are moved wherever they stand",
           no_compare_and_set, ("kill-reporting-worker", "pause-reporting-worker", "broker-kill", "reordered"), 4),
    Defect("gap-ignored", "newer events are applied over a gap",
           gap_ignored, ("topic-remade",), 3),
    Defect("chain-unchecked", "whatever has the next number is the next", chain_unchecked, ("forged",), 1),
    Defect("not-parked", "later events of a poisoned entry overtake it", not_parked, ("poison",), 1),
    Defect("dead-swallowed", "a poison event leaves no dead row", dead_swallowed, ("poison",), 1),
    Defect("isolation-drops-rest", "bisection around a poison event drops the rest",
           isolation_drops_rest, ("poison",), 3),
    Defect("registry-not-awaited", "lists are applied before the registry has caught up",
           registry_not_awaited, ("pause-notification-worker", "kill-notification-worker", "topic-remade"), 5),
    Defect("restored-owner-followed", "an owner restored from an older copy is followed on",
           restored_owner_followed, ("restore-owner",), 1),
    Defect("heads-not-compared", "what Kafka does not bring is never missed",
           heads_not_compared, ("topic-remade", "partitions-changed"), 4),
)  # fmt: skip
