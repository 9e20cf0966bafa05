"""Sealing is pure: order, chain, registry stamps, portions, instants."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.ledger.backlog import compare
from runtime.ledger.chain import chains, genesis
from runtime.ledger.seal import Head, Stream, by_ledger, by_version, next_instant, portions, seal
from runtime.ledger.steps import DamagedError
from runtime.ledger.writer import commit_documents
from tests.ledger_world import LEDGERS, LISTS, REGISTRY, change, unit

RANKS = {ledger.name: rank for rank, ledger in enumerate(LEDGERS)}


def heads() -> dict[Stream, Head]:
    return {
        (ledger.name, stream): Head(0, genesis("L1", ledger.name, stream), 0)
        for ledger in LEDGERS
        for stream in range(ledger.streams)
    }


def commit(thing: str, expected: int = 0, **more: Any) -> dict[str, Any]:
    return commit_documents(unit(change(thing, expected, **more)))[0]


def test_every_event_of_every_commit_is_chained_in_order() -> None:
    sealed = seal([commit("a", events=2), commit("b"), commit("a", 1)], heads(), "registry", 10)

    assert [entry.seq for entry in sealed.entries] == [1, 2, 3, 4]
    prev = genesis("L1", "lists", 3)
    for entry in sealed.entries:
        assert chains(prev, entry)
        prev = entry.hash
    assert sealed.heads == {("lists", 3): Head(4, prev, 3)}


def test_a_seal_document_says_where_it_stands() -> None:
    before = heads()
    sealed = seal([commit("a", events=2), commit("b", stream=5)], before, "registry", 77)

    first, second = sealed.documents
    assert first["_id"] == "lists/3/000000000002"
    assert (first["first"], first["last"], first["prev"]) == (1, 2, before["lists", 3].hash)
    assert first["hash"] == first["entries"][-1]["hash"]
    assert [line["i"] for line in first["entries"]] == [0, 1]
    assert (second["_id"], second["sealed_at"]) == ("lists/5/000000000001", 77)


def test_a_later_batch_goes_on_where_the_first_ended() -> None:
    known = heads()
    first = seal([commit("a")], known, "registry", 1)
    second = seal([commit("a", 1)], {**known, **first.heads}, "registry", 2)

    assert second.documents[0]["prev"] == first.documents[0]["hash"]
    assert [entry.seq for entry in second.entries] == [2]


def test_the_registry_is_sealed_first_and_stamped_on_the_lists() -> None:
    commits = [commit("a"), commit("school", ledger="registry", stream=0), commit("b")]

    sealed = seal(by_ledger(commits, RANKS), heads(), "registry", 1)

    assert [(entry.ledger, entry.registry) for entry in sealed.entries] == [("registry", 0), ("lists", 1), ("lists", 1)]


def test_without_a_registry_the_stamp_is_zero() -> None:
    sealed = seal([commit("a")], heads(), None, 1)

    assert sealed.entries[0].registry == 0


def test_a_commit_without_events_leaves_no_trace() -> None:
    assert seal([commit("a", events=0)], heads(), "registry", 1).documents == []


def test_commits_found_without_order_are_sealed_by_version() -> None:
    found = [commit("a", 2), commit("a", 1), commit("x", 4, ledger="registry", stream=0), commit("a")]

    assert [(c["ledger"], c["version"]) for c in by_version(found, RANKS)] == [
        ("registry", 5),
        ("lists", 1),
        ("lists", 2),
        ("lists", 3),
    ]


def test_followed_commits_keep_their_order_within_a_ledger() -> None:
    followed = [commit("b", 6), commit("a"), commit("x", ledger="registry", stream=0)]

    assert [c["aggregate"] for c in by_ledger(followed, RANKS)] == ["thing/x", "thing/b", "thing/a"]


@given(st.lists(st.integers(0, 7)), st.integers(1, 9))
def test_portions_keep_everything_in_order_and_never_split_a_commit(sizes: list[int], most: int) -> None:
    commits = [{"_id": i, "n": n} for i, n in enumerate(sizes)]

    parts = list(portions(commits, most))

    assert [c for part in parts for c in part] == commits
    assert all(part for part in parts)
    assert all(len(part) == 1 or sum(c["n"] for c in part) <= most for part in parts)


@pytest.mark.parametrize(("now", "promised", "instant"), [(100, 50, 100), (100, 100, 101), (10, 100, 101)])
def test_the_instant_of_a_seal_lies_above_every_promise(now: int, promised: int, instant: int) -> None:
    assert next_instant(now, promised) == instant


def test_sums_that_agree_mean_that_nothing_is_missing() -> None:
    assert compare({("lists", 3): (2, 5)}, {("lists", 3): (2, 5), ("lists", 4): (0, 0)}) == {}


def test_sums_tell_how_many_commits_are_missing_and_where() -> None:
    assert compare({("lists", 3): (4, 9), ("lists", 4): (1, 1)}, {("lists", 3): (2, 5), ("lists", 4): (1, 1)}) == {
        ("lists", 3): 2
    }


@pytest.mark.parametrize(
    ("committed", "sealed"),
    [
        ({("lists", 3): (1, 1)}, {("lists", 3): (2, 2)}),
        ({("lists", 3): (2, 2)}, {("lists", 3): (1, 3)}),
        ({("lists", 3): (2, 3)}, {("lists", 3): (2, 2)}),
        ({("lists", 99): (1, 1)}, {("lists", 3): (0, 0)}),
        ({}, {("lists", 3): (1, 1)}),
    ],
)
def test_a_ledger_that_holds_more_than_was_committed_is_damaged(
    committed: dict[Stream, tuple[int, int]], sealed: dict[Stream, tuple[int, int]]
):
    with pytest.raises(DamagedError):
        compare(committed, sealed)


def test_the_two_ledgers_differ_from_their_first_hash_on() -> None:
    assert genesis("L1", LISTS.name, 0) != genesis("L1", REGISTRY.name, 0)
