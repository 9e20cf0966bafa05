"""The pure core: what one entry is to a stream, how a batch is sorted out, and how a mark stands to its owner."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.consumer.core import (
    MAX_BYTES,
    MAX_ENTRIES,
    ONE_LANE,
    Apply,
    Forged,
    Gap,
    Mark,
    Skip,
    Standing,
    by_stream,
    chunks,
    compare,
    decide,
    lanes,
    moves_of,
    row_id,
    sift,
    split,
)
from runtime.ledger.model import Entry
from tests.consumer_world import OwnedLedger, forge

LEDGER = OwnedLedger()
ENTRIES = LEDGER.seal_many(30)
START = Mark("L1", 0, OwnedLedger().head(0)[1])


def at(seq: int) -> Mark:
    return START if seq == 0 else START.after(ENTRIES[seq - 1])


def test_next_entry_that_chains_is_applied() -> None:
    assert decide(at(4), ENTRIES[4]) == Apply()


@pytest.mark.parametrize("seq", [1, 3, 4])
def test_applied_entry_is_skipped(seq: int) -> None:
    assert decide(at(4), ENTRIES[seq - 1]) == Skip()


def test_entry_further_on_shows_what_is_missing() -> None:
    assert decide(at(4), ENTRIES[8]) == Gap(after=4, upto=8)


def test_another_entry_at_the_mark_is_forged() -> None:
    assert decide(at(4), replace(ENTRIES[3], hash=b"\0" * 32)) == Forged()


HASHED = [field.name for field in fields(Entry) if field.name not in {"ledger", "seq", "hash", "traceparent"}]


@pytest.mark.parametrize("name", HASHED)
def test_no_hashed_field_can_be_altered(name: str) -> None:
    value = getattr(ENTRIES[4], name)
    altered: Any = value + 1 if isinstance(value, int) else value + (b" " if isinstance(value, bytes) else " ")
    assert decide(at(4), replace(ENTRIES[4], **{name: altered})) == Forged()


def test_entry_of_another_ledger_id_is_forged() -> None:
    other = OwnedLedger(ledger_id="L2")
    assert decide(START, other.seal(0)) == Forged()


def test_sift_stops_at_a_gap_and_keeps_the_rest() -> None:
    sifted = sift(at(2), [ENTRIES[6], ENTRIES[2], ENTRIES[3], ENTRIES[7], ENTRIES[1]])
    assert [entry.seq for entry in sifted.run] == [3, 4]
    assert sifted.gap == Gap(4, 6)
    assert [entry.seq for entry in sifted.rest] == [7, 8]
    assert sifted.mark == at(4)


def test_true_record_wins_over_a_forged_one_of_the_same_seq() -> None:
    false = forge(ENTRIES[2])
    for batch in ([false, ENTRIES[2], ENTRIES[3]], [ENTRIES[2], false, ENTRIES[3]]):
        sifted = sift(at(2), batch)
        assert [entry.seq for entry in sifted.run] == [3, 4]
        assert sifted.gap is None
    assert sift(at(2), [false, ENTRIES[2]]).forged == [false]


@given(st.integers(0, 30), st.lists(st.integers(0, 29)))
def test_sift_is_the_longest_chain_there_is(start: int, indexes: list[int]) -> None:
    sifted = sift(at(start), [ENTRIES[index] for index in indexes])
    seqs = {index + 1 for index in indexes}
    end = start
    while end + 1 in seqs:
        end += 1
    assert [entry.seq for entry in sifted.run] == list(range(start + 1, end + 1))
    assert sifted.mark == at(end)
    assert sifted.forged == []
    assert (sifted.gap is not None) == any(seq > end for seq in seqs)
    assert sorted(entry.seq for entry in sifted.rest) == sorted(i + 1 for i in indexes if i + 1 > end)


def test_streams_come_in_order() -> None:
    ledger = OwnedLedger()
    entries = [ledger.seal(3), ledger.seal(1), ledger.seal(3), ledger.seal(0)]
    assert [(stream, [e.seq for e in group]) for stream, group in by_stream(entries).items()] == [
        (0, [1]),
        (1, [1]),
        (3, [1, 2]),
    ]


@given(st.lists(st.integers(0, MAX_BYTES + 1), max_size=40))
def test_chunks_are_whole_in_order_and_bounded(sizes: list[int]) -> None:
    zeros = memoryview(bytes(MAX_BYTES + 1))
    entries = [replace(ENTRIES[0], seq=seq, data=zeros[:size]) for seq, size in enumerate(sizes)]  # type: ignore[arg-type]
    pieces = list(chunks(entries))
    assert [entry.seq for piece in pieces for entry in piece] == list(range(len(sizes)))
    assert all(piece for piece in pieces)
    assert all(len(piece) == 1 or sum(len(entry.data) for entry in piece) <= MAX_BYTES for piece in pieces)


def test_chunks_hold_at_most_so_many_entries() -> None:
    entries = [replace(ENTRIES[0], seq=seq) for seq in range(2 * MAX_ENTRIES + 1)]
    assert [len(piece) for piece in chunks(entries)] == [MAX_ENTRIES, MAX_ENTRIES, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 400)), max_size=8))
def test_lanes_share_the_entries_out_by_stream_and_keep_their_order(runs: list[tuple[int, int]]) -> None:
    entries = [replace(ENTRIES[0], stream=stream, seq=at) for stream, count in runs for at in range(count)]
    found = lanes(entries)
    assert len(found) <= (2 if len(entries) > ONE_LANE else 1)
    assert all(found)
    streams = [{entry.stream for entry in lane} for lane in found]
    assert len(set().union(*streams)) == sum(len(one) for one in streams)
    assert sum(len(lane) for lane in found) == len(entries)
    for lane in found:
        for stream, group in by_stream(lane).items():
            assert group == by_stream(entries)[stream]


def test_moves_start_at_the_mark_and_end_at_the_last_entry() -> None:
    ledger = OwnedLedger()
    entries = [*ledger.seal_many(3, 1), *ledger.seal_many(2, 2)]
    marks = {stream: Mark("L1", 0, OwnedLedger().head(stream)[1]) for stream in range(4)}
    moves = moves_of(marks, entries)
    assert {stream: (start.seq, end.seq) for stream, (start, end) in moves.items()} == {1: (0, 3), 2: (0, 2)}
    assert moves[1][1].hash == entries[2].hash


def test_later_events_of_a_dead_aggregate_wait_and_no_others() -> None:
    ledger = OwnedLedger()
    first, other, second = ledger.seal(0, "issue/A"), ledger.seal(0, "issue/B"), ledger.seal(0, "issue/A/task/T1")
    live, parked = split([first, other, second], {(0, "issue/A"): "row", (1, "issue/B"): "elsewhere"})
    assert list(live) == [other]
    assert parked == [(first, "row"), (second, "row")]


@pytest.mark.parametrize(
    ("mark", "ledger_id", "head", "standing"),
    [
        (at(4), "L1", (4, ENTRIES[3].hash), Standing.LEVEL),
        (at(0), "L1", (0, b""), Standing.LEVEL),
        (at(4), "L1", (9, ENTRIES[8].hash), Standing.BEHIND),
        (at(4), "L1", (3, ENTRIES[2].hash), Standing.RESTORED),
        (at(4), "L1", (4, ENTRIES[4].hash), Standing.REWRITTEN),
        (at(4), "L2", (4, ENTRIES[3].hash), Standing.FOREIGN),
        (at(0), "L2", (0, b""), Standing.FOREIGN),
    ],
)
def test_standing_of_a_mark(mark: Mark, ledger_id: str, head: tuple[int, bytes], standing: Standing) -> None:
    assert compare(mark, ledger_id, head) is standing
    assert standing.broken is (standing not in {Standing.LEVEL, Standing.BEHIND})


def test_row_ids_sort_like_the_stream() -> None:
    rows = [row_id(replace(ENTRIES[0], seq=seq)) for seq in (1, 9, 10, 999, 1000)]
    assert rows == sorted(rows)
    assert rows[0] == "lists/0/000000000001"
