"""From the sealer to the publisher: in memory while it fits, from the database when it did not."""

from runtime.ledger.hand_over import HandOver, ends
from runtime.ledger.model import Entry


def entry(seq: int, stream: int = 3, size: int = 1) -> Entry:
    return Entry("lists", stream, seq, f"r/0/{seq}", "t", "thing/a", "K", 1, 0, 1, 1, b"x" * size, b"h")


def caught_up(**bounds: int) -> HandOver:
    hand_over = HandOver({("lists", 3): 0}, **bounds)
    hand_over.behind = False
    return hand_over


def test_it_begins_behind_since_nobody_knows_what_was_published() -> None:
    hand_over = HandOver({("lists", 3): 5, ("lists", 4): 0})

    assert hand_over.behind
    assert hand_over.lacking({}) == [(("lists", 3), 0)]
    assert hand_over.unpublished({("lists", 3): 2}) == 3


def test_batches_come_out_in_order() -> None:
    hand_over = caught_up()
    hand_over.offer([entry(1), entry(2)])
    hand_over.offer([entry(3)])

    assert [e.seq for e in (*hand_over.take(), *hand_over.take(), *hand_over.take())] == [1, 2, 3]


def test_what_is_offered_while_behind_is_left_to_the_database() -> None:
    hand_over = HandOver({("lists", 3): 0})
    hand_over.offer([entry(1)])

    assert hand_over.take() == ()
    assert hand_over.lacking({}) == [(("lists", 3), 0)]
    assert hand_over.lacking({("lists", 3): 1}) == []


def test_it_has_caught_up_when_the_streams_were_sent_to_their_ends() -> None:
    hand_over = HandOver({("lists", 3): 5})

    assert hand_over.catch_up({("lists", 3): 2}) == [(("lists", 3), 2)]
    hand_over.offer([entry(6)])
    assert hand_over.catch_up({("lists", 3): 6}) == []
    hand_over.offer([entry(7)])

    assert [e.seq for e in hand_over.take()] == [7]
    assert hand_over.catch_up({}) == []


def test_too_many_entries_make_it_fall_behind_and_forget() -> None:
    hand_over = caught_up(most_entries=2)
    hand_over.offer([entry(1), entry(2)])
    hand_over.offer([entry(3)])

    assert hand_over.behind
    assert hand_over.take() == ()
    assert hand_over.unpublished({}) == 3


def test_too_many_bytes_make_it_fall_behind() -> None:
    hand_over = caught_up(most_bytes=10)
    hand_over.offer([entry(1, size=11)])

    assert hand_over.behind


def test_room_is_free_again_after_taking() -> None:
    hand_over = caught_up(most_entries=1, most_bytes=5)
    for seq in range(1, 4):
        hand_over.offer([entry(seq, size=5)])
        assert [e.seq for e in hand_over.take()] == [seq]

    assert not hand_over.behind


async def test_waiting_ends_with_the_next_offer() -> None:
    hand_over = caught_up()
    hand_over.offer([entry(1)])

    await hand_over.wait()

    assert [e.seq for e in hand_over.take()] == [1]


def test_ends_are_the_last_seq_of_each_stream() -> None:
    assert ends([entry(1), entry(7, stream=4), entry(2)]) == {("lists", 3): 2, ("lists", 4): 7}
