"""One row of what is mine to do, whatever it is about: what is to be done, on what, since when and until when."""

from datetime import date
from typing import Any

from services.inspection.application.next_acts import Next
from services.inspection.domain.issue_lights import light_by
from services.inspection.domain.moment import Moment
from services.inspection.domain.workdays import working_days_between

Row = dict[str, Any]


def issue_row(row: Row, act: Next) -> Row:
    """An act on an issue."""
    return {
        "what": act.what,
        "subject": f"issue/{row['id']}",
        "focus": act.focus,
        "school": row["school"],
        "number": row["number"],
        "title": row["description"],
        "severity": row["severity"],
        "since": row["clock"]["since"],
        "due": act.due.day if act.due else None,
        "provisional": act.due.provisional if act.due else False,
        "version": row["version"],
    }


def visit_row(row: Row, what: str) -> Row:
    """A visit to be answered or submitted."""
    return {
        "what": what,
        "subject": f"visit/{row['id']}",
        "focus": None,
        "school": row["school"],
        "number": None,
        "title": row["kind"],
        "severity": None,
        "since": None,
        "due": row["day"],
        "provisional": False,
        "version": row["version"],
    }


def commitment_row(row: Row) -> Row:
    """A letter or post to be signed."""
    return {
        "what": "sign_commitment",
        "subject": f"commitment/{row['id']}",
        "focus": None,
        "school": row["school"],
        "number": None,
        "title": row["title"],
        "severity": None,
        "since": None,
        "due": None,
        "provisional": False,
        "version": row["version"],
    }


def timed(row: Row, now: Moment) -> Row:
    """With its light and the working days that are left, fewer than none once it is late; none without a date."""
    if row["due"] is None:
        return row | {"light": None, "days_left": None}
    due = date.fromisoformat(row["due"])
    late = working_days_between(due, now.day, now.calendars)
    left = -late if now.day > due else working_days_between(now.day, due, now.calendars)
    return row | {"light": light_by(row["due"], now), "days_left": left}
