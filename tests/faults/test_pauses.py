"""How long effects took, out of what was seen of the watermarks."""

from pathlib import Path
from typing import Any, cast

from contracts.ledgers import LISTS
from dudao.client.record import Said
from dudao.verify.log import Log, Sealed
from tests.faults.journal import Command, Fate, Journal, Told
from tests.faults.pauses import Pauses
from tests.faults.system import System

_AT: dict[str, Any] = dict.fromkeys(("type", "subject", "key"), "x")
_NUMBERS: dict[str, Any] = dict.fromkeys(("version", "registry", "at", "sealed_at"), 1)


async def _acknowledged(journal: Journal, key: str) -> Command:
    command = Command("P-1", key, "inspection", "POST", "/v1/issues", "draft")
    await journal.attempt(command)
    await journal.note(command, Told(Fate.ACKNOWLEDGED, 201, "", Said()))
    return command


def _event(command: Command, seq: int) -> Sealed:
    return Sealed("lists", 3, seq, f"{command.request}/0/0", hash=b"", data=b"", **_AT, **_NUMBERS)


async def test_the_longest_pause_is_from_the_acknowledgement_to_the_first_look_that_shows_its_effect(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    before = await _acknowledged(journal, "before")
    pauses = Pauses(cast("System", None))
    first, second, lost = [await _acknowledged(journal, key) for key in ("first", "second", "lost")]
    began = first.acknowledged_at or 0.0
    for at, seq in ((0.5, 1), (1.0, 2), (4.0, 3), (9.0, 3)):
        pauses.note("reporting", {3: seq}, began + at)
    events = [_event(command, seq) for seq, command in enumerate((before, first, second, lost), start=1)]
    journal.close()
    # The first was seen after one second, the second after four; what was never seen, or came before, is left out.
    assert pauses.longest(journal, Log(LISTS, "id", events={3: events})) == {"reporting": 4.0}


async def test_an_effect_that_is_seen_before_the_answer_has_no_pause(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    pauses = Pauses(cast("System", None))
    pauses.note("notification", {3: 1}, 0.0)
    command = await _acknowledged(journal, "k")
    journal.close()
    assert pauses.longest(journal, Log(LISTS, "id", events={3: [_event(command, 1)]})) == {"notification": 0.0}
