"""How events become versions, without a database."""

import msgspec
import pytest

from runtime.mirror import versions_of
from tests.consumer_world import REGISTRY, OwnedLedger


def test_a_batch_closes_its_own_versions() -> None:
    owner = OwnedLedger(REGISTRY)
    batch = [
        owner.seal(0, subject, b'{"entry":{"n":%d}}' % n) for n, subject in enumerate(["team/T", "round/R", "team/T"])
    ]
    rows = versions_of(batch)
    assert [(row["_id"], row["kind"], row["id"], row["since"], row["until"]) for row in rows] == [
        ("team/T/1", "team", "T", 1, 3),
        ("round/R/2", "round", "R", 2, None),
        ("team/T/3", "team", "T", 3, None),
    ]
    assert [row["entry"] for row in rows] == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize("data", [b"{", b'{"other":1}', b"[]"])
def test_data_without_an_entry_is_poison(data: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, KeyError, TypeError)):
        versions_of([OwnedLedger(REGISTRY).seal(0, "team/T", data)])


def test_a_subject_without_an_id_is_poison() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        versions_of([OwnedLedger(REGISTRY).seal(0, "team")])
