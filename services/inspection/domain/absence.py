"""外出: a secretary is away for some days, and deputies act meanwhile (`seat.py`).

Days are those of Asia/Shanghai; an absence runs from the start of its first day to the start of the day after its last
one, or until it is ended.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from services.inspection.domain.moment import Moment
from services.inspection.domain.persons import Absence
from services.inspection.domain.registry_places import holds_contact
from services.inspection.domain.rules_persons import AbsenceOver, AbsenceOverlaps, BadAbsence, ContactInText
from services.inspection.domain.wording import required

LONGEST_DAYS: Final = 366


def away_on(absences: Iterable[Absence], day: date) -> frozenset[str]:
    """Who is away on that day."""
    return frozenset(a.person for a in absences if not a.ended and a.starts <= day.isoformat() <= a.ends)


def declared(absence: Absence, others: Iterable[Absence], moment: Moment) -> Absence:
    """A new absence beside the person's `others`; it starts today at the earliest, since no right comes after the act.

    Raises `BadAbsence`, `AbsenceOverlaps`, or what is wrong with the reason.
    """
    _require_days(absence, moment)
    for other in others:
        if not other.ended and other.starts <= absence.ends and absence.starts <= other.ends:
            raise AbsenceOverlaps(starts=other.starts, ends=other.ends)
    reason = required(absence.reason, moment.terms.note_length, "外出事由", "reason")
    if holds_contact(reason):
        raise ContactInText
    return replace(absence, reason=reason)


def ended(absence: Absence, moment: Moment) -> Absence:
    """Over from this instant on, or called off before it began; raises `AbsenceOver` when it is over already."""
    if absence.ended or absence.ends < moment.day.isoformat():
        raise AbsenceOver
    return replace(absence, ended=True)


def _require_days(absence: Absence, moment: Moment) -> None:
    try:
        first, last = date.fromisoformat(absence.starts), date.fromisoformat(absence.ends)
    except ValueError as error:
        raise BadAbsence(most=LONGEST_DAYS) from error
    exact = (first.isoformat(), last.isoformat()) == (absence.starts, absence.ends)
    if not exact or first < moment.day or not 0 <= (last - first).days < LONGEST_DAYS:
        raise BadAbsence(most=LONGEST_DAYS)
