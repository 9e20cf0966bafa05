"""What a process remembers of its entries is what is stored, whoever else applied, buried or retried some of them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.ledger.model import Entry
from services.reporting import remembered
from services.reporting.contribution import Stored
from services.reporting.folding import INDICATORS, ISSUES, fold
from services.reporting.reading import facts_of, read
from services.reporting.remembered import Key, Remembered
from tests.reporting_samples import DAY, Log, issue, known, shanghai

START = shanghai("2026-09-01", "09:00:00.000000")
STATES = ("submitted", "assigned", "acknowledged", "reported", "checked", "withdrawn")
KNOWN = known()
STREAM = ("lists", Log().entry(issue(), START).stream)

ACTS = ("applied", "rolled_back", "unknown", "by_another", "left_out")
"""What becomes of a batch: ours; undone and tried again; committed, but nobody knew; another's; dead, retried later."""


class Counted:
    """A stream's contributions in a database, and a process that remembers of them what it can."""

    def __init__(self) -> None:
        self.database: dict[Key, Stored] = {}
        self.remembered = Remembered()
        self.taken_from_memory = 0

    def ours(self, batch: list[Entry], committed: bool, known_to_be: bool = True) -> None:
        facts = [(entry, facts_of(entry, read(entry), KNOWN)) for entry in batch]
        self.remembered.resume(batch)
        stored: dict[Key, Stored] = {}
        for _, told in facts:
            for one in told:
                key = (one.subject, one.id)
                held = self.remembered.of(STREAM, key)
                if held is not None:
                    # What is remembered must be what would have been read.
                    assert held == self.database.get(key)
                    self.taken_from_memory += 1
                elif key in self.database:
                    stored[key] = self.database[key]
                if held is not None:
                    stored[key] = held
        effects = fold(facts, stored)
        self.remembered.begin(batch, {STREAM: effects.stored})
        if committed:
            self.database |= effects.stored
            if known_to_be:
                self.remembered.keep(batch)

    def elsewhere(self, batch: list[Entry]) -> None:
        facts = [(entry, facts_of(entry, read(entry), KNOWN)) for entry in batch]
        self.database |= fold(facts, self.database).stored


@st.composite
def _history(draw: st.DrawFn) -> list[tuple[str, list[Entry]]]:
    log, at = Log(), START
    batches: list[tuple[str, list[Entry]]] = []
    for act in draw(st.lists(st.sampled_from(ACTS), min_size=2, max_size=10)):
        batch = []
        for _ in range(draw(st.integers(1, 4))):
            at += draw(st.sampled_from([0, 1, DAY]))
            name = draw(st.sampled_from(["I-1", "I-2", "I-3"]))
            batch.append(log.entry(issue(name, state=draw(st.sampled_from(STATES))), at))
        batches.append((act, batch))
    return batches


def live(history: list[tuple[str, list[Entry]]]) -> Counted:
    """Go through it as consumers do: what is dead keeps later events of its issue waiting, which are then retried."""
    counted = Counted()
    waiting: list[Entry] = []
    for act, batch in history:
        parked = {entry.aggregate for entry in waiting}
        waits = [entry for entry in batch if entry.aggregate in parked or act == "left_out"]
        waiting += waits
        batch = [entry for entry in batch if entry not in waits]
        if not batch:
            continue
        if act == "by_another":
            counted.elsewhere(batch)
        else:
            if act == "rolled_back":
                counted.ours(batch, committed=False)
            counted.ours(batch, committed=True, known_to_be=act != "unknown")
        if act == "by_another" and waiting:
            # Somebody retries what was dead; the API does that, in a process of its own.
            counted.elsewhere(waiting)
            waiting = []
    return counted


@settings(max_examples=300, deadline=None)
@given(history=_history())
def test_what_is_remembered_is_what_is_stored(history: list[tuple[str, list[Entry]]]) -> None:
    live(history)


def test_a_stream_applied_without_a_gap_is_not_read_again() -> None:
    log = Log()
    history = [("applied", [log.entry(issue("I-1", state=state), START)]) for state in STATES]
    assert live(history).taken_from_memory == len(STATES) - 1


def test_one_that_kept_what_others_changed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_forgetting(self: Remembered, _entries: Any) -> None:
        del self

    monkeypatch.setattr(Remembered, "resume", never_forgetting)
    log = Log()
    steps = [log.entry(issue("I-1", state=state), START) for state in STATES]
    with pytest.raises(AssertionError):
        live([("applied", steps[:1]), ("by_another", steps[1:2]), ("applied", steps[2:])])


def test_inventories_are_read_always_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "A_STREAM", 2)
    held = Remembered()
    log = Log()
    for name in ("I-1", "I-2", "I-3"):
        entry = log.entry(issue(name), START)
        held.resume([entry])
        held.begin([entry], {STREAM: {(ISSUES, name): Stored(1, None), (INDICATORS, name): Stored(1, None)}})
        held.keep([entry])
    found = [name for name in ("I-1", "I-2", "I-3") if held.of(STREAM, (ISSUES, name)) is not None]
    assert found == ["I-2", "I-3"]
    assert held.of(STREAM, (INDICATORS, "I-3")) is None
