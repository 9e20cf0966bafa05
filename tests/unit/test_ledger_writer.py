"""Which units may share a transaction, and what a commit holds."""

import asyncio

import pytest

from runtime.errors import Rejected
from runtime.ledger.model import MAX_EVENT_BYTES, Change, Event, Unit
from runtime.ledger.writer import GROUP, GROUP_BYTES, Waiting, check_sizes, commit_documents, take_group
from tests.ledger_world import change, unit


async def waiting(*units: Unit, size: int = 1) -> list[Waiting]:
    loop = asyncio.get_running_loop()
    return [Waiting.of(u, loop.create_future(), size) for u in units]


async def test_units_on_different_things_share_a_group() -> None:
    queue = await waiting(unit(change("a")), unit(change("b")))

    assert len(take_group(queue)) == 2
    assert queue == []


async def test_a_second_unit_on_the_same_thing_waits_and_keeps_its_place() -> None:
    first, second, other, third = queue = await waiting(
        unit(change("a")), unit(change("a", 1), change("b")), unit(change("c")), unit(change("b"))
    )

    assert take_group(queue) == [first, other]
    assert take_group(queue) == [second]
    assert take_group(queue) == [third]


async def test_the_same_request_twice_never_shares_a_group() -> None:
    first, second = queue = await waiting(unit(change("a"), request="r"), unit(change("b"), request="r"))

    assert take_group(queue) == [first]
    assert take_group(queue) == [second]


async def test_a_group_is_bounded_in_number() -> None:
    queue = await waiting(*(unit(change(f"t{i}")) for i in range(GROUP + 1)))

    assert len(take_group(queue)) == GROUP
    assert len(queue) == 1


async def test_a_group_is_bounded_in_bytes_but_takes_at_least_one() -> None:
    queue = await waiting(unit(change("a")), unit(change("b")), size=GROUP_BYTES + 1)

    assert len(take_group(queue)) == 1
    assert len(take_group(queue)) == 1


def test_commits_are_numbered_and_the_first_holds_the_answer() -> None:
    made = unit(change("a", events=2), change("b", 4), request="r")

    first, second = commit_documents(made)

    assert (first["_id"], first["n"], first["version"], first["aggregate"]) == ("r/0", 2, 1, "thing/a")
    assert first["answer"] == {"status": 201, "body": b'{"ok":true}', "etag": '"1"', "location": "/things/1"}
    assert first["body_hash"] == "b1"
    assert (second["_id"], second["version"]) == ("r/1", 5)
    assert "answer" not in second


def test_a_unit_without_changes_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="changes nothing"):
        commit_documents(unit())


@pytest.mark.parametrize(("size", "fits"), [(MAX_EVENT_BYTES, True), (MAX_EVENT_BYTES + 1, False)])
def test_an_event_that_could_not_be_published_is_refused(size: int, fits: bool) -> None:
    made = unit(Change("lists", 1, "K", "things", "a", "thing/a", 0, {}, (Event("t", "thing/a", b"x" * size),)))

    if fits:
        check_sizes(made)
    else:
        with pytest.raises(Rejected) as refused:
            check_sizes(made)
        assert (refused.value.code, refused.value.status) == ("event-too-large", 413)
