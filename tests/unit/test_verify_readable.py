"""An event that nobody can read is named, and has no effect anywhere; of another version it is passed over."""

import pytest

from contracts.ledgers import LISTS
from dudao.verify.log import Log, Sealed
from dudao.verify.readable import problem_of

TYPE = "inspection.issue.submitted.v1"


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b'{"entry": {"id": ', b'{"entry": [], "cause": 7}'])
def test_what_is_not_of_the_contracts_shape_is_named(data: bytes) -> None:
    assert TYPE in (problem_of(TYPE, data) or "")


def test_a_type_that_the_contracts_do_not_know_is_nobodys_business() -> None:
    assert problem_of("inspection.issue.submitted.v2", b"\xff") is None


def sealed(seq: int, type_: str) -> Sealed:
    return Sealed("lists", 1, seq, f"r/{seq}/0", type_, "issue/I1", "S1", seq, 0, 1, 2, b"h", b"{}")


def test_only_what_can_be_read_is_told() -> None:
    events = [sealed(1, TYPE), sealed(2, TYPE), sealed(3, "inspection.issue.submitted.v2")]
    log = Log(LISTS, "L1", events={1: events}, unreadable={"r/2/0"})
    assert log.told() == events[:1]
    assert log.all() == events
