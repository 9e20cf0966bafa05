"""The benchmark of backup and restore measures what is whole, and takes no figure for what is not."""

from pathlib import Path

import pytest

import bench.restore
from bench._plain_dump import plain_load
from dudao.bench import Wanted, WrongOutputError

SMALL = Wanted(events=300, rounds=1, quick=True)


def test_both_are_measured_beside_the_plain_way() -> None:
    backup, restore = bench.restore.measure(SMALL)
    assert (backup.name, restore.name) == ("backup", "restore")
    assert min(backup.ours, backup.peer or 0, restore.ours, restore.peer or 0) > 0
    assert "the proof takes" in restore.note


def test_what_came_back_without_a_document_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(url: str, database: str, dumped: Path, indexes: dict[str, list[dict[str, object]]]) -> int:
        (dumped / "schools.bson").write_bytes(b"")
        return plain_load(url, database, dumped, indexes)

    monkeypatch.setattr(bench.restore, "plain_load", forgetful)
    with pytest.raises(WrongOutputError, match="is not what was backed up"):
        bench.restore.measure(SMALL)
