"""The pipeline of commands, over a writer in memory."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from runtime.clock import FixedClock, to_micros
from runtime.commands import ATTEMPTS, Call, Commands, Outcome
from runtime.errors import Conflict, NotFound, Rejected, Retryable
from runtime.ledger.model import Answer, Unit
from tests.ledger_world import change

NOW = datetime(2026, 9, 25, 1, 2, 3, 456789, tzinfo=UTC)
CALL = Call("P-1", "key-1", "hash-1", "ChangeThing", if_match=4, traceparent="00-aa-bb-01")


@dataclass
class MemoryWriter:
    """Keeps units; meets conflicts, or loses its answer after writing, as often as told."""

    conflicts: int = 0
    lost_answers: int = 0
    written: list[Unit] = field(default_factory=list)

    async def write(self, unit: Unit) -> None:
        if self.conflicts:
            self.conflicts -= 1
            raise Conflict("another version")
        self.written.append(unit)
        if self.lost_answers:
            self.lost_answers -= 1
            raise Retryable("no answer")

    async def answered(self, request: str) -> tuple[str, Answer] | None:
        return next(((u.body_hash, u.answer) for u in self.written if u.request == request), None)


def changing(outcome: Outcome | None = None) -> tuple[Callable[[], Awaitable[Outcome]], list[int]]:
    """A handler, and the list of its runs."""
    runs: list[int] = []
    made = outcome or Outcome((change("a"),), 201, {"id": "a"}, '"1"', "/things/a")

    async def handler() -> Outcome:
        runs.append(1)
        return made

    return handler, runs


def commands(writer: MemoryWriter) -> Commands:
    return Commands(writer, FixedClock(NOW))


async def test_a_call_is_written_with_its_answer() -> None:
    writer = MemoryWriter()
    handler, _ = changing()

    answer = await commands(writer).run(CALL, handler)

    assert answer == Answer(201, b'{"id":"a"}', '"1"', "/things/a")
    (unit,) = writer.written
    assert (unit.request, unit.body_hash, unit.command, unit.principal) == (
        CALL.request, "hash-1", "ChangeThing", "P-1",
    )  # fmt: skip
    assert (unit.at, unit.answer, unit.traceparent) == (to_micros(NOW), answer, "00-aa-bb-01")


async def test_the_handler_may_say_when_it_happened() -> None:
    writer = MemoryWriter()
    handler, _ = changing(Outcome((change("a"),), at=42))

    await commands(writer).run(CALL, handler)

    assert writer.written[0].at == 42


async def test_a_repeated_call_gets_the_first_answer_and_no_second_effect() -> None:
    writer = MemoryWriter()
    handler, runs = changing()
    first = await commands(writer).run(CALL, handler)
    other, other_runs = changing(Outcome((change("b"),), 200, {"id": "b"}))

    assert await commands(writer).run(CALL, other) == first
    assert (len(writer.written), len(runs), len(other_runs)) == (1, 1, 0)


async def test_a_retry_after_an_unknown_outcome_gets_the_answer_that_was_kept() -> None:
    writer = MemoryWriter(lost_answers=1)
    handler, _ = changing()
    with pytest.raises(Retryable):
        await commands(writer).run(CALL, handler)

    answer = await commands(writer).run(CALL, handler)

    assert answer.status == 201
    assert len(writer.written) == 1


async def test_a_key_used_for_another_body_is_refused() -> None:
    writer = MemoryWriter()
    handler, _ = changing()
    await commands(writer).run(CALL, handler)

    with pytest.raises(Rejected) as refused:
        await commands(writer).run(Call("P-1", "key-1", "hash-2", "ChangeThing"), handler)

    assert (refused.value.code, refused.value.status) == ("idempotency-key-reused", 422)


async def test_the_same_key_of_another_person_is_another_request() -> None:
    writer = MemoryWriter()
    handler, _ = changing()
    await commands(writer).run(CALL, handler)

    await commands(writer).run(Call("P-2", "key-1", "hash-2", "ChangeThing"), handler)

    assert len(writer.written) == 2


async def test_a_conflict_runs_the_handler_again() -> None:
    writer = MemoryWriter(conflicts=2)
    handler, runs = changing()

    await commands(writer).run(CALL, handler)

    assert (len(runs), len(writer.written)) == (3, 1)


async def test_a_conflict_with_ones_own_lost_attempt_gives_its_answer() -> None:
    class Racing(MemoryWriter):
        async def write(self, unit: Unit) -> None:
            # The first attempt of the same request lands just before this one.
            self.written.append(unit)
            raise Conflict("the same request")

    writer = Racing()
    handler, runs = changing()

    answer = await commands(writer).run(CALL, handler)

    assert (answer.status, len(runs)) == (201, 1)


async def test_it_gives_up_after_so_many_conflicts() -> None:
    writer = MemoryWriter(conflicts=ATTEMPTS)
    handler, runs = changing()

    with pytest.raises(Rejected) as refused:
        await commands(writer).run(CALL, handler)

    assert (refused.value.code, refused.value.status, len(runs)) == ("too-many-conflicts", 409, ATTEMPTS)


async def test_a_refusal_of_the_handler_is_passed_on_and_nothing_is_written() -> None:
    writer = MemoryWriter()

    async def refusing() -> Outcome:
        raise Rejected("no", "不行", "no")

    with pytest.raises(Rejected, match="no"):
        await commands(writer).run(CALL, refusing)

    assert writer.written == []


async def test_an_outcome_without_changes_is_only_answered() -> None:
    writer = MemoryWriter()
    handler, _ = changing(Outcome((), 200, {"same": True}))

    answer = await commands(writer).run(CALL, handler)

    assert (answer.body, writer.written) == (b'{"same":true}', [])


def test_the_version_the_caller_saw_must_be_the_one_loaded() -> None:
    CALL.require_version(4)
    Call("P-1", "k", "h", "C").require_version(7)

    with pytest.raises(Rejected) as refused:
        CALL.require_version(5)

    assert (refused.value.status, refused.value.detail) == (412, {"version": 5})


@pytest.mark.parametrize("refusal", [Rejected("version-changed", "已变", "changed", status=412), NotFound("a")])
async def test_a_call_refused_because_it_was_carried_out_beside_us_gets_the_first_answer(refusal: Exception) -> None:
    writer = MemoryWriter()
    handler, _ = changing()

    async def overtaken() -> Outcome:
        await commands(writer).run(CALL, handler)
        raise refusal

    answer = await commands(writer).run(CALL, overtaken)

    assert (answer.status, len(writer.written)) == (201, 1)


@pytest.mark.parametrize("refusal", [Rejected("version-changed", "已变", "changed", status=412), NotFound("a")])
async def test_a_refusal_of_its_own_is_the_answer(refusal: Exception) -> None:
    async def refusing() -> Outcome:
        raise refusal

    with pytest.raises(type(refusal)):
        await commands(MemoryWriter()).run(CALL, refusing)
