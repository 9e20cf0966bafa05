"""What issues, visits and alerts count, and the formulas over the counts."""

from dataclasses import replace

import msgspec
import pytest

from contracts import alerts as alert_contract
from contracts import lists as list_contract
from contracts.lists import Answer
from services.reporting import alerts, formulas, issues, visits
from services.reporting.catalogue import REPORTS
from services.reporting.contribution import facet, from_document, key_of, to_document
from services.reporting.days import day_after, day_of
from services.reporting.figures import figures
from services.reporting.reading import Known, registry_of
from services.reporting.registry import unplaced
from services.reporting.summing import groups, regrouped
from tests.reporting_samples import AT, DAY, Book, Log, alert, closing, issue, known, place, report, shanghai, visit

MORNING = "09:00:00.000000"
T0 = shanghai("2026-09-28", MORNING)


def rectified(book: Book, as_of: int, by: str = "city", group: str = "city") -> dict[str, object]:
    found = groups(book.sums("issues", by, as_of, day_of(as_of)))
    return formulas.rectification(found.get(group, {}))


@pytest.mark.parametrize(
    ("facts", "contract"),
    [
        (issues.IssueFacts, list_contract.Issue),
        (issues.ClosingFacts, list_contract.Closing),
        (issues.ReportFacts, list_contract.Report),
        (issues.ClockFacts, list_contract.Clock),
        (issues.DeadlineFacts, list_contract.Deadline),
        (visits.VisitFacts, list_contract.Visit),
        (visits.AnswerFacts, list_contract.Answer),
        (visits.SchoolFacts, list_contract.SchoolFacts),
        (visits.HighlightFacts, list_contract.Highlight),
        (alerts.AlertFacts, alert_contract.Alert),
    ],
)
def test_what_is_read_is_in_the_contract(facts: type[msgspec.Struct], contract: type[msgspec.Struct]) -> None:
    assert facts.__struct_fields__
    assert set(facts.__struct_fields__) <= set(contract.__struct_fields__)


def test_states_are_those_of_the_contract() -> None:
    assert set(issues.STATES) == set(list_contract.IssueState.__args__)  # type: ignore[attr-defined]
    assert set(visits.STATES) == set(list_contract.VisitState.__args__)  # type: ignore[attr-defined]


def test_overdue_begins_at_midnight_in_china_after_the_deadline() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(deadline="2026-09-30"), T0)])
    assert rectified(book, shanghai("2026-10-01") - 1)["overdue"] == 0
    assert rectified(book, shanghai("2026-10-01"))["overdue"] == 1
    assert rectified(book, shanghai("2027-03-01"))["on_time_rate"] == {"n": 0, "d": 1, "per_10000": 0}


def test_a_recounted_deadline_moves_the_booked_overdue_with_it() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(deadline="2026-09-30"), T0)])
    moved = issue(deadline="2026-10-09")
    book.apply([log.entry(moved, T0 + DAY, event="inspection.issue.recounted.v1")])
    assert rectified(book, shanghai("2026-10-09"))["overdue"] == 0
    assert rectified(book, shanghai("2026-10-10"))["overdue"] == 1


def test_issue_assigned_on_its_first_overdue_day_is_not_overdue_before_that_instant() -> None:
    book, log = Book(known()), Log()
    noon = shanghai("2026-10-01", "12:00:00.000000")
    book.apply([log.entry(issue(deadline="2026-09-30"), noon)])
    assert rectified(book, noon - 1)["overdue"] == 0
    assert rectified(book, noon)["overdue"] == 1


def test_report_in_time_takes_the_booked_overdue_back() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(), T0)])
    book.apply([log.entry(issue(state="reported", owner="checker", reports=(report(True),)), T0 + DAY)])
    assert rectified(book, shanghai("2026-10-05"))["overdue"] == 0
    assert rectified(book, shanghai("2026-10-05"))["on_time_rate"] == {"n": 0, "d": 0, "per_10000": None}


def test_late_report_stops_overdue_at_its_own_instant() -> None:
    book, log = Book(known()), Log()
    late = shanghai("2026-10-02", "15:00:00.000000")
    book.apply([log.entry(issue(), T0)])
    book.apply([log.entry(issue(state="reported", owner="checker", reports=(report(False),)), late)])
    before, after = rectified(book, late - 1), rectified(book, late)
    assert (before["overdue"], before["late_reported"]) == (1, 0)
    assert (after["overdue"], after["late_reported"]) == (0, 1)
    assert rectified(book, shanghai("2026-10-01", MORNING)) == before


def test_returned_issue_is_booked_anew_by_its_new_deadline() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(), T0)])
    book.apply([log.entry(issue(state="reported", owner="checker", reports=(report(False),)), shanghai("2026-10-02"))])
    returned = issue(state="returned", deadline="2026-10-20", reports=(report(False),))
    book.apply([log.entry(returned, shanghai("2026-10-09"))])
    assert rectified(book, shanghai("2026-10-20"))["overdue"] == 0
    assert rectified(book, shanghai("2026-10-20"))["late_reported"] == 0
    assert rectified(book, shanghai("2026-10-21"))["overdue"] == 1


def test_reopened_issue_counts_as_open_and_as_false_closure() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue(state="closed", owner="none", closings=(closing(),)), T0)])
    assert rectified(book, T0)["rectification_rate"] == {"n": 1, "d": 1, "per_10000": 10_000}
    reopened = issue(state="rectifying", closings=(closing(false_closure=True),), deadline="2026-10-15")
    book.apply([log.entry(reopened, T0 + DAY)])
    told = rectified(book, T0 + DAY)
    assert told["rectification_rate"] == {"n": 0, "d": 1, "per_10000": 0}
    assert (told["false_closures"], told["reopened"]) == (1, 1)
    assert told["days_to_close"] == {"count": 0, "median_tenths": None, "p90": None, "histogram": {}}


def test_standing_issues_are_apart_and_drafts_and_withdrawn_count_in_no_rate() -> None:
    book, log = Book(known()), Log()
    book.apply(
        [
            log.entry(issue("I-1", mode="standing", deadline=None), T0),
            log.entry(issue("I-2", mode="standing", state="closed", owner="none", closings=(closing(),)), T0),
            log.entry(issue("I-3", state="drafted", assigned_at=None, mode=None, severity=None), T0),
            log.entry(issue("I-4", state="withdrawn", owner="none"), T0),
        ]
    )
    told = rectified(book, T0)
    assert told["standing_rate"] == {"n": 1, "d": 2, "per_10000": 5_000}
    assert told["rectification_rate"] == {"n": 0, "d": 0, "per_10000": None}
    states = formulas.issues(groups(book.sums("issues", "city", T0, "2026-09-28"))["city"])
    assert states["total"] == 4
    assert (states["states"]["drafted"], states["states"]["withdrawn"]) == (1, 1)


def test_school_that_moves_takes_only_what_changes_later_along() -> None:
    there = known(place())
    there.places["S001", 2] = place(division="230890")  # type: ignore[index]
    book, log = Book(there), Log()
    book.apply([log.entry(issue("I-1"), T0, 1), log.entry(issue("I-2"), T0, 1)])
    book.apply([log.entry(issue("I-1", state="acknowledged"), T0 + DAY, 2)])
    as_of = shanghai("2026-10-08")
    assert rectified(book, as_of, "division", "230890")["overdue"] == 1
    assert rectified(book, as_of, "division", "230822")["overdue"] == 1
    assert rectified(book, T0, "division", "230822")["assigned"] == 2


def test_event_applied_twice_moves_nothing() -> None:
    book, log = Book(known()), Log()
    entry = log.entry(issue(), T0)
    book.apply([entry])
    once = book.counted()
    effects = book.apply([entry])
    assert book.counted() == once
    assert [row["moves"] for rows in effects.changes.values() for row in rows] == [[]]


def test_older_version_than_the_counted_one_is_left_out() -> None:
    book, log = Book(known()), Log()
    first, second = log.entry(issue(), T0), log.entry(issue(state="acknowledged"), T0 + 1)
    book.apply([second])
    counted = book.counted()
    book.apply([first])
    assert book.counted() == counted


@pytest.mark.parametrize(
    ("days", "median_tenths", "p90"),
    [([4], 40, 4), ([1, 2], 15, 2), ([1, 2, 9], 20, 9), ([1] * 9 + [30], 10, 1), ([1] * 8 + [7, 30], 10, 7)],
)
def test_median_and_p90_of_days_to_close(days: list[int], median_tenths: int, p90: int) -> None:
    measures: dict[str, int] = {}
    for n in days:
        measures[f"days:{n}"] = measures.get(f"days:{n}", 0) + 1
    told = formulas.days_to_close(measures)
    assert (told["count"], told["median_tenths"], told["p90"]) == (len(days), median_tenths, p90)


@pytest.mark.parametrize(("n", "d", "rate"), [(1, 3, 3333), (2, 3, 6667), (1, 8, 1250), (1, 20_000, 1), (0, 0, None)])
def test_ratio_rounds_halves_up_and_divides_by_nothing_never(n: int, d: int, rate: int | None) -> None:
    assert formulas.ratio(n, d) == {"n": n, "d": d, "per_10000": rate}


INDICATORS = {"C8": "activity_room", "F3": "master_studio", "E9": "red_army_school"}


def indicator_totals(book: Book, as_of: int) -> dict[str, int]:
    return dict(figures(REPORTS["indicators"], book.sums("indicators", "city", as_of, day_of(as_of)))["total"])


def test_indicators_come_from_submitted_answers_and_shared_ones_count_at_their_owner_only() -> None:
    book, log = Book(known(place(), place("S002"), indicators=INDICATORS)), Log()
    shared = Answer(item="C8", value=None, shared_with="S001", by="P-1", at=AT)
    unfit = Answer(item="F3", value=None, not_applicable=True, by="P-1", at=AT)
    book.apply(
        [
            log.entry(visit("V-1", values={"C8": 2, "F3": 3, "E9": 1, "A1": 9}), T0),
            log.entry(visit("V-2", "S002", {"C8": shared, "F3": unfit, "E9": None}), T0),
            log.entry(visit("V-3", "S002", {"C8": 7}, state="in_progress", facts=None, score=None), T0),
        ]
    )
    assert indicator_totals(book, T0) == {"activity_room": 2, "master_studio": 3, "red_army_school": 1}


def test_newest_answer_of_a_school_counts_and_the_old_one_at_its_time() -> None:
    book, log = Book(known(indicators=INDICATORS)), Log()
    first = log.entry(visit("V-1", values={"C8": 2, "F3": 3}), T0)
    second = log.entry(visit("V-2", values={"C8": 0}, round="R-2"), T0 + DAY)
    book.apply([first])
    book.apply([second])
    assert indicator_totals(book, T0) == {"activity_room": 2, "master_studio": 3}
    assert indicator_totals(book, T0 + DAY) == {"master_studio": 3}


def test_visit_applied_late_does_not_overrule_a_newer_one() -> None:
    book, log = Book(known(indicators=INDICATORS)), Log()
    first = log.entry(visit("V-1", values={"C8": 2, "F3": 3}), T0)
    second = log.entry(visit("V-2", values={"C8": 5}), T0 + DAY)
    book.apply([second])
    book.apply([first])
    assert indicator_totals(book, T0 + DAY) == {"activity_room": 5, "master_studio": 3}


def test_schools_visited_are_counted_once_and_by_their_form_at_the_visit() -> None:
    book, log = Book(known(place(), place("S002"), place("S003"))), Log()
    book.apply(
        [
            log.entry(visit("V-1"), T0),
            log.entry(visit("V-2", round="R-2", score=7_501), T0),
            log.entry(visit("V-3", "S002", organised="joint", score=None), T0),
            log.entry(visit("V-4", "S003", organised="affiliated", state="planned", facts=None, score=None), T0),
        ]
    )
    told = figures(REPORTS["visits"], book.sums("visits", "round", T0, "2026-09-28"))
    assert told["total"]["schools"] == {"visited": 2, "own": 1, "joint": 1, "affiliated": 0, "joint_or_affiliated": 1}
    assert told["total"]["score"] == {"n": 16_251, "d": 2, "mean": 8_126}
    assert [(row["key"], row["submitted"], row["schools"]["visited"]) for row in told["groups"]] == [
        ("R-1", 2, 2),
        ("R-2", 1, 1),
    ]


def test_alerts_count_by_rule_and_school_of_the_structure_asked_for() -> None:
    places = known(place(division="-", level="-", locality="-", organised="-"), registry=(0,))
    book, log = Book(places), Log("alerts")
    book.apply([log.entry(alert("A-1"), T0), log.entry(alert("A-2", rule="to_sign", must_acknowledge=False), T0)])
    book.apply([log.entry(alert("A-1", read_at=AT, acknowledged_at=AT), T0 + 1)])
    told = figures(REPORTS["alerts"], book.sums("alerts", "rule", T0 + 1, "2026-09-28"))
    assert told["groups"] == [
        {"key": "assigned", "raised": 1, "read": 1, "acknowledged": 1, "awaited": 0},
        {"key": "to_sign", "raised": 1, "read": 0, "acknowledged": 0, "awaited": 0},
    ]
    sums = {
        ("-", "S001"): {"raised": 1}, ("-", "S002"): {"raised": 2}, ("-", "S009"): {"raised": 4},
        ("230890", "S001"): {"raised": 8},
    }  # fmt: skip
    moved = regrouped(sums, {"S001": place(), "S002": place("S002")}, "division")
    assert moved == {("230822", ""): {"raised": 3}, ("S009", ""): {"raised": 4}, ("230890", ""): {"raised": 8}}


def test_an_alert_counts_where_its_school_belonged_at_its_event_whatever_becomes_of_it_later() -> None:
    places = {("S001", 1): place(), ("S001", 2): place(division="230890"), ("S001", 0): unplaced("S001")}
    book, log = Book(Known(places, {})), Log("alerts")
    raised = [alert("A-1", registry=1), alert("A-2", registry=2), alert("A-3")]
    book.apply([log.entry(one, T0, registry=0) for one in raised])
    read = msgspec.structs.replace(raised[0], read_at=AT, acknowledged_at=AT)
    book.apply([log.entry(read, T0 + 1, registry=0)])
    sums = book.sums("alerts", "division", T0 + 1, "2026-09-28")
    told = {group: {name: n for name, n in measures.items() if n} for group, measures in groups(sums).items()}
    assert told == {
        "230822": {"raised": 1, "read": 1, "acknowledged": 1},
        "230890": {"raised": 1, "awaited": 1},
        "-": {"raised": 1, "awaited": 1},
    }


def test_what_an_alert_needs_of_the_registry_is_in_its_data_and_nothing_is_asked_of_what_cannot_be_read() -> None:
    log = Log("alerts")
    assert registry_of(log.entry(alert("A-1", registry=41), T0, registry=0)) == 41
    assert registry_of(log.entry(alert("A-2"), T0, registry=0)) == 0
    assert registry_of(Log().entry(issue(), T0, registry=7)) == 7
    for data in (b"", b"\xff", b"{}", b'{"entry":{"registry":"41"}}'):
        assert registry_of(replace(log.entry(alert("A-3"), T0, registry=0), data=data)) == 0


def test_inspection_tour_is_counted_apart() -> None:
    book, log = Book(known()), Log()
    book.apply([log.entry(issue("I-1", source="inspection_tour"), T0), log.entry(issue("I-2"), T0)])
    assert {id.rsplit("/", 1)[1] for id in book.rollups} == {"open", "tour"}
    counted = {(d["tour"], source) for d in book.rollups.values() for source in d.get("moved", {}).get("source", {})}
    assert counted == {(True, "inspection_tour"), (False, "supervision")}


def test_stored_contribution_survives_its_document() -> None:
    book, log = Book(known(indicators=INDICATORS)), Log()
    book.apply([log.entry(issue(), T0), log.entry(visit(values={"C8": 2}), T0)])
    for (_, id_), stored in book.stored.items():
        assert from_document(to_document(id_, stored)) == stored


@pytest.mark.parametrize("key", ["A1", "a.b", "$x", "50%", "%2E", "“六有”阵地"])
def test_facet_key_becomes_a_field_name_and_back(key: str) -> None:
    kind, dot, name = facet("item", key).partition(".")
    assert (kind, dot) == ("item", ".")
    assert not set(name) & {".", "$"}
    assert key_of(name) == key


def test_days_turn_at_midnight_in_china() -> None:
    assert day_of(shanghai("2026-09-28") - 1) == "2026-09-27"
    assert day_of(shanghai("2026-09-28")) == "2026-09-28"
    assert day_after("2026-12-31") == "2027-01-01"
