"""What is wrong with venues and school holidays, and with the texts of any registry entry."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from services.inspection.domain.registry import Holiday, Venue
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_registry import BadHoliday, BadId, BadName, ContactInRegistry, UnknownReference

LONGEST_HOLIDAY_DAYS: Final = 120
LONGEST: Final[Mapping[str, int]] = {"name": 120, "code": 40, "locality": 40, "post": 60, "title": 120}
"""Characters of the texts of an entry; those not named here are ids."""
_ID: Final = re.compile(r"[A-Za-z0-9@._-]{1,80}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
# A mobile number, or a land line with its area code: contacts live with notification alone.
_CONTACT: Final = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|[\w.+-]+@[\w-]+\.\w+")
_DIVISIONS: Final = frozenset({"division", "city_direct", "city"})


def venue_problems(venues: Iterable[Venue], kinds: Mapping[str, str]) -> Iterator[Broken]:
    """A venue in use is of a division there is and, where it names a school, of a school there is."""
    for venue in venues:
        if venue.retired:
            continue
        if kinds.get(venue.division) not in _DIVISIONS:
            yield UnknownReference(what="venue", id=venue.id, field="division", missing=venue.division)
        if venue.school is not None and kinds.get(venue.school) != "school":
            yield UnknownReference(what="venue", id=venue.id, field="school", missing=venue.school)


def holiday_problems(holidays: Iterable[Holiday], kinds: Mapping[str, str]) -> Iterator[Broken]:
    """A holiday in use is of a division with schools, ends no earlier than it starts, and within four months."""
    for holiday in holidays:
        if holiday.retired:
            continue
        if kinds.get(holiday.division) not in _DIVISIONS - {"city"}:
            yield UnknownReference(what="holiday", id=holiday.id, field="division", missing=holiday.division)
        if not _fits(holiday):
            yield BadHoliday(id=holiday.id, most=LONGEST_HOLIDAY_DAYS)


def _fits(holiday: Holiday) -> bool:
    try:
        first, last = date.fromisoformat(holiday.starts), date.fromisoformat(holiday.ends)
    except ValueError:
        return False
    exact = (first.isoformat(), last.isoformat()) == (holiday.starts, holiday.ends)
    return exact and 0 <= (last - first).days < LONGEST_HOLIDAY_DAYS


def holds_contact(text: str) -> bool:
    """Whether a text holds a phone number or an address."""
    return _CONTACT.search(text) is not None


def text_problems(what: str, entry: Any) -> Iterator[Broken]:
    """The id is of harmless characters; names are there, short, of one line, and hold no phone number or address."""
    if not _ID.fullmatch(entry.id):
        yield BadId(what=what, id=entry.id[:80])
    for name, longest in LONGEST.items():
        text = getattr(entry, name, None)
        if text is None:
            continue
        if not text.strip() or len(text) > longest or _CONTROL.search(text):
            yield BadName(what=what, id=entry.id[:80], field=name, limit=longest)
        elif name != "code" and holds_contact(text):
            yield ContactInRegistry(what=what, id=entry.id[:80], field=name)
