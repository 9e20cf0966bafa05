"""What may be done with an alert, and which alerts an officer may list."""

import pytest

from services.notification.domain.alert import Alert, AlertAcknowledged, AlertRead, NothingToAcknowledgeError
from services.notification.domain.sight import Sight, sight_of

RAISED = "2026-09-25T08:00:00.000000Z"
LATER = "2026-09-25T09:00:00.000000Z"
LATEST = "2026-09-25T10:00:00.000000Z"


def alert(must_acknowledge: bool = True) -> Alert:
    return Alert(
        id="a1",
        rule="assigned",
        person="P-1",
        school="S001",
        event="r/0/0",
        subject="issue/I-1",
        title="待签收：问题 1",
        text="…",
        must_acknowledge=must_acknowledge,
        raised_at=RAISED,
        source="supervision",
    )


def test_reading_keeps_the_first_time() -> None:
    read = alert().read(LATER)
    assert isinstance(read, AlertRead)
    assert read.alert.read_at == LATER
    assert read.alert.read(LATEST) is None


def test_acknowledging_is_reading_too() -> None:
    confirmed = alert().acknowledge(LATER)
    assert isinstance(confirmed, AlertAcknowledged)
    assert (confirmed.alert.read_at, confirmed.alert.acknowledged_at) == (LATER, LATER)
    assert confirmed.alert.acknowledge(LATEST) is None


def test_acknowledging_later_keeps_when_it_was_read() -> None:
    read = alert().read(LATER)
    assert read is not None
    confirmed = read.alert.acknowledge(LATEST)
    assert confirmed is not None
    assert (confirmed.alert.read_at, confirmed.alert.acknowledged_at) == (LATER, LATEST)


def test_only_what_asks_for_it_can_be_acknowledged() -> None:
    with pytest.raises(NothingToAcknowledgeError):
        alert(must_acknowledge=False).acknowledge(LATER)


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([], Sight(city=False, divisions=(), tour=False)),
        ([("secretary", "B001"), ("administrator", "230800")], Sight(city=False, divisions=(), tour=False)),
        ([("county_officer", "230826"), ("county_officer", "230822")], Sight(False, ("230822", "230826"), tour=False)),
        ([("bureau_officer", "230800")], Sight(city=True, divisions=(), tour=False)),
        ([("inspection_tour_reader", "230800")], Sight(city=False, divisions=(), tour=True)),
    ],
)
def test_sight_follows_the_grants_and_nothing_else(grants: list[tuple[str, str]], expected: Sight) -> None:
    assert sight_of(grants) == expected
    assert expected.ordinary == (expected.city or expected.divisions != ())
