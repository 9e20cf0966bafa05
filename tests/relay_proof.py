"""What must hold of a ledger, its copies and its cursor, whatever its relays went through."""

from runtime.ledger.chain import chains, genesis
from runtime.ledger.model import Entry
from tests.relay_world import STREAMS, Broker, Rows


class Proof:
    """Everything sealed so far, checked as it comes, and what the broker and the cursor make of it."""

    def __init__(self, rows: Rows, broker: Broker) -> None:
        self.rows, self.broker = rows, broker
        self.seals = self.logged = self.promised = 0
        self.ends = {stream: (0, genesis("L1", *stream), 0) for stream in STREAMS}
        self.versions: dict[str, tuple[int, str]] = {}
        self.truth: dict[tuple[str, int, int], Entry] = {}
        self.arrived: set[tuple[str, int, int]] = set()

    def go_on(self) -> None:
        self.instants_rise_above_promises()
        for document in self.rows.seals[self.seals :]:
            for entry in self.rows.entries_of(document):
                self.follows(entry)
        self.seals = len(self.rows.seals)
        for stream, head in self.rows.heads.items():
            assert (head.last, head.hash) == self.ends[stream][:2]
        self.only_what_is_sealed_is_published()
        self.the_cursor_is_over_nothing_that_did_not_arrive()

    def instants_rise_above_promises(self) -> None:
        """Nothing is sealed at or before what was promised, and no two batches at one instant."""
        last = self.promised
        for instant in dict.fromkeys(document["sealed_at"] for document in self.rows.seals[self.seals :]):
            assert instant > last
            last = instant
        self.promised = max(last, self.rows.lease.sealed_through)

    def follows(self, entry: Entry) -> None:
        """Gapless, chained, in order of version, stamped with the newest of the registry."""
        stream = (entry.ledger, entry.stream)
        seq, prev, _ = self.ends[stream]
        assert entry.seq == seq + 1
        assert chains(prev, entry)
        assert entry.registry == (0 if entry.ledger == "registry" else self.ends["registry", 0][0])
        assert self.versions.get(entry.aggregate, (0, "")) < (entry.version, entry.id)
        self.ends[stream] = (entry.seq, entry.hash, entry.registry)
        self.versions[entry.aggregate] = (entry.version, entry.id)
        self.truth[(*stream, entry.seq)] = entry

    def only_what_is_sealed_is_published(self) -> None:
        """And every copy is the same."""
        new = self.broker.log[self.logged :]
        on_the_way = [entry for parcel in self.broker.on_the_way for entry in parcel.entries]
        assert all(self.truth[entry.ledger, entry.stream, entry.seq] == entry for entry in (*new, *on_the_way))
        self.arrived.update((entry.ledger, entry.stream, entry.seq) for entry in new)
        self.logged = len(self.broker.log)

    def the_cursor_is_over_nothing_that_did_not_arrive(self) -> None:
        for stream, reached in self.rows.cursor.items():
            assert all((*stream, seq) in self.arrived for seq in range(1, reached + 1))

    def all_is_sealed_and_published(self) -> None:
        sealed = sorted(entry.id for entry in self.truth.values())
        assert sealed == sorted(f"{commit['_id']}/{i}" for commit in self.rows.commits for i in range(commit["n"]))
        assert self.arrived == set(self.truth)
        assert all(self.rows.cursor.get(stream, 0) == head.last for stream, head in self.rows.heads.items())
