"""School terms, and from when on another visit needs a reason."""

from datetime import date

import pytest

from services.inspection.domain.burden import require_light, term_named, term_of
from services.inspection.domain.rules_beside import BurdenCap, NotATerm


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 31), "2025-autumn"),
        (date(2026, 2, 1), "2026-spring"),
        (date(2026, 7, 31), "2026-spring"),
        (date(2026, 8, 1), "2026-autumn"),
        (date(2026, 12, 31), "2026-autumn"),
    ],
)
def test_every_day_lies_in_the_term_that_says_so(day: date, name: str) -> None:
    term = term_of(day)
    assert term.name == name
    assert term.starts <= day.isoformat() <= term.ends
    assert term_named(name) == term


@pytest.mark.parametrize("text", ["", "2026", "2026-winter", "0001-spring", "9999-autumn", "2026-spring "])
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(NotATerm):
        term_named(text)


def test_beyond_the_cap_a_reason_is_told() -> None:
    require_light(3, 4, None)
    require_light(4, 4, "群众来信反映")
    with pytest.raises(BurdenCap) as refused:
        require_light(4, 4, None)
    assert refused.value.detail == {"visits": 4, "cap": 4}
