"""What objections, help, extensions, doubles and recurrences do to the reports; and that verify counts them alike."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import lists
from dudao.verify.counters import Count, issue_counts
from dudao.verify.log import Sealed
from dudao.verify.structure import Structure
from runtime.canonical import encode
from services.reporting import formulas
from services.reporting.days import day_of
from services.reporting.issues import STATES, IssueFacts, issue_contribution
from services.reporting.scopes import Scope
from services.reporting.summing import groups
from tests.reporting_samples import AT, DAY, Book, Log, closing, extension, issue, known, place, report, shanghai

T0 = shanghai("2026-09-28", "09:00:00.000000")
FAR = shanghai("2026-12-01")


def told(book: Book, as_of: int, by: str = "city", group: str = "city") -> dict[str, Any]:
    return formulas.rectification(groups(book.sums("issues", by, as_of, day_of(as_of))).get(group, {}))


@pytest.mark.parametrize(("state", "owner"), [("objected", "issuer"), ("help_asked", "body")])
def test_what_is_booked_as_overdue_is_unbooked_when_the_clock_stops_and_booked_anew_when_it_resumes(
    state: str, owner: str
) -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(deadline="2026-09-30"), T0)])
    assert told(book, FAR)["overdue"] == 1
    book.apply([log.entry(issue(deadline="2026-09-30", state=state, owner=owner), T0 + DAY)])
    assert told(book, FAR)["overdue"] == 0
    assert told(book, FAR)["open"] == 1
    book.apply([log.entry(issue(deadline="2026-10-12", state="acknowledged"), T0 + 3 * DAY)])
    assert told(book, shanghai("2026-10-12"))["overdue"] == 0
    assert told(book, shanghai("2026-10-13"))["overdue"] == 1


def test_an_objection_after_the_deadline_ends_the_overdue_that_day() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(deadline="2026-09-30"), T0)])
    at = shanghai("2026-10-05", "10:00:00.000000")
    book.apply([log.entry(issue(deadline="2026-09-30", state="objected", owner="issuer"), at)])
    assert told(book, at - 1)["overdue"] == 1
    assert told(book, at)["overdue"] == 0


def test_an_upheld_objection_and_a_merged_double_are_out() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue("I-1", state="withdrawn", owner="none"), T0)])
    book.apply([log.entry(issue("I-2", state="merged", assigned_at=None, deadline=None, owner="none"), T0 + 1)])
    assert told(book, FAR)["assigned"] == 0
    states = formulas.issues(groups(book.sums("issues", "city", FAR, day_of(FAR)))["city"])["states"]
    assert (states["withdrawn"], states["merged"]) == (1, 1)


def test_accepted_help_counts_for_the_body_and_not_for_the_school() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(), T0)])
    assert told(book, FAR, "school", "S001")["assigned"] == 1
    led = issue(state="acknowledged", helper="230800", owner="body", deadline="2026-10-30")
    book.apply([log.entry(led, T0 + DAY)])
    assert told(book, FAR, "school", "S001")["assigned"] == 0
    assert told(book, FAR, "division", "230822")["assigned"] == 0
    for by in ("school", "division"):
        body = told(book, FAR, by, "230800")
        assert (body["assigned"], body["overdue"]) == (1, 1)
    assert told(book, FAR, "level", "-")["assigned"] == 1
    assert told(book, FAR)["assigned"] == 1
    assert told(book, T0, "school", "S001")["assigned"] == 1


def test_an_extension_moves_the_overdue_and_is_shown() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue("I-1"), T0), log.entry(issue("I-2"), T0 + 1)])
    book.apply([log.entry(issue("I-1", extensions=(extension(None),)), T0 + 2)])
    assert told(book, T0 + 2)["extended"]["n"] == 0
    granted = issue("I-1", deadline="2026-10-30", extensions=(extension("granted"),))
    book.apply([log.entry(granted, T0 + DAY)])
    assert told(book, shanghai("2026-10-01"))["overdue"] == 1
    assert told(book, FAR)["extended"] == {"n": 1, "d": 2, "per_10000": 5000}


def test_recurrences_are_counted_of_what_is_assigned() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue("I-1", recurs_of="I-0"), T0), log.entry(issue("I-2"), T0 + 1)])
    assert told(book, FAR)["recurrences"] == 1


def test_a_county_has_what_it_leads_counted_and_a_school_has_not() -> None:
    school = Scope(open=frozenset({"S001"}))
    county = Scope(open=frozenset({"S001"}), bodies=frozenset({"230822"}))
    assert school.match()["$or"] == [{"tour": False, "school": {"$in": ["S001"]}, "body": {"$in": [None]}}]
    assert county.match()["$or"] == [{"tour": False, "school": {"$in": ["S001"]}, "body": {"$in": [None, "230822"]}}]
    assert Scope(open=None).match()["$or"] == [{"tour": False}]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_verify_counts_what_reporting_counts_by_code_of_its_own(data: st.DataObject) -> None:
    draw = data.draw
    given_issue = issue(
        state=draw(st.sampled_from(STATES)),
        owner=draw(st.sampled_from(["none", "issuer", "school", "checker", "body"])),
        mode=draw(st.sampled_from([None, "immediate", "deadline", "standing"])),
        assigned_at=draw(st.sampled_from([None, AT])),
        deadline=draw(st.sampled_from([None, "2026-09-30"])),
        source=draw(st.sampled_from(["self", "inspection_tour"])),
        helper=draw(st.sampled_from([None, "230800"])),
        recurs_of=draw(st.sampled_from([None, "I-0"])),
        extensions=tuple(map(extension, draw(st.lists(st.sampled_from([None, "granted", "lapsed"]), max_size=2)))),
        reports=tuple(report(on_time) for on_time in draw(st.lists(st.booleans(), max_size=2))),
        closings=tuple(closing(false_closure=false) for false in draw(st.lists(st.booleans(), min_size=1, max_size=2))),
    )  # fmt: skip
    entry = msgspec.to_builtins(given_issue)
    counted = issue_contribution(msgspec.convert(entry, IssueFacts), place())
    wanted = issue_counts(entry, {"division": "230822", "level": "primary", "locality": "rural", "organised": "own"})
    assert counted is not None
    assert Counter(counted.measures) == Counter({name: n for name, n in wanted.measures.items() if n})
    where = counted.place
    open_or_tour = "tour" if where.tour else "open"
    told_place = "/".join((*where[:5], open_or_tour, *([where.body] if where.body else [])))
    assert told_place == wanted.place
    assert (counted.overdue_from is None) == (wanted.overdue_after is None)


def test_a_task_from_above_is_no_issue_and_no_report_counts_it() -> None:
    book, log = Book(known()), Log()
    task = lists.Assignment(id="A-1", number="RW-2026-0001", title="主题党日", schools=1)
    book.apply([log.entry(issue(deadline="2026-09-30"), T0), log.entry(issue("I-2", assignment=task), T0)])
    assert told(book, FAR)["assigned"] == 1
    verifying, data = Count(Structure()), {"entry": issue("I-2", assignment=task), "cause": None}
    event = Sealed(
        "lists", 1, 1, "r/0/0", "inspection.issue.assigned.v1", "issue/I-2", "S001", 1, 1, 0, 0, b"", encode(data)
    )
    verifying.take(event)
    assert verifying.issues == {}
