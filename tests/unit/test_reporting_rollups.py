"""Rollups after random events, at random instants, are what a recomputation from the events themselves gives."""

from collections import Counter
from fractions import Fraction
from math import ceil
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.lists import Issue
from runtime.clock import from_micros, shanghai_day
from services.reporting import formulas
from services.reporting.contribution import Place
from services.reporting.reading import Known
from services.reporting.summing import groups
from tests.reporting_samples import DAY, Book, Log, closing, extension, issue, report, shanghai

SCHOOLS = ("S001", "S002", "S003")
START = shanghai("2026-09-24", "20:00:00.000000")
STATES = ("drafted", "submitted", "assigned", "acknowledged", "planned", "rectifying", "reported", "checked", "closed",
          "returned", "withdrawn", "objected", "help_asked", "merged")  # fmt: skip
BYS = ("city", "division", "level", "locality", "organised", "school", "area", "severity", "mode", "source", "item",
       "team", "round")  # fmt: skip

OUTCOMES = (None, "granted", "refused", "lapsed")

_step = st.one_of(
    st.integers(0, 3 * DAY),
    st.sampled_from([0, 1, 4 * 3600 * 1_000_000, 4 * 3600 * 1_000_000 - 1, DAY]),
)


@st.composite
def _changed(draw: st.DrawFn) -> dict[str, Any]:
    state = draw(st.sampled_from(STATES))
    closings = tuple(
        closing(draw(st.booleans()), draw(st.integers(0, 6)), draw(st.booleans()))
        for _ in range(draw(st.integers(1, 2)))
    )
    return {
        "state": state,
        "source": draw(st.sampled_from(["supervision", "inspection_tour", "self"])),
        "area": draw(st.sampled_from(["主体责任", "其他"])),
        "item": draw(st.sampled_from(["A1", "B.$1%", None])),
        "team": draw(st.sampled_from(["T-1", None])),
        "severity": draw(st.sampled_from(["minor", "critical", None])),
        "mode": draw(st.sampled_from(["immediate", "deadline", "standing", None])),
        "assigned_at": draw(st.sampled_from([None, "2026-09-01T00:00:00.000000Z"])),
        "deadline": draw(st.sampled_from([None, "2026-09-20", "2026-09-23", "2026-09-24", "2026-09-25", "2026-09-27"])),
        "owner": draw(st.sampled_from(["school", "checker", "none", "issuer", "body"])),
        "helper": draw(st.sampled_from([None, None, "230822", "230800"])),
        "recurs_of": draw(st.sampled_from([None, "I-0"])),
        "extensions": tuple(extension(draw(st.sampled_from(OUTCOMES))) for _ in range(draw(st.integers(0, 2)))),
        "reports": tuple(report(draw(st.booleans())) for _ in range(draw(st.integers(0, 2)))),
        "closings": closings if state == "closed" or draw(st.booleans()) else (),
    }


@st.composite
def _history(draw: st.DrawFn) -> tuple[Known, list[tuple[int, int, Issue]]]:
    """Places that change with the registry, and (sealed_at, registry seq, issue's state after) in order."""
    places = {
        (school, seq): Place(
            school, draw(st.sampled_from(["230822", "230890"])), draw(st.sampled_from(["high", "primary"])),
            draw(st.sampled_from(["urban", "rural"])), draw(st.sampled_from(["own", "joint"])),
        )
        for school in SCHOOLS for seq in (1, 2)
    }  # fmt: skip
    at, seq, events = START, 1, []
    for _ in range(draw(st.integers(1, 14))):
        at += draw(_step) + 1
        seq = max(seq, draw(st.integers(1, 2)))
        n = draw(st.integers(0, 3))
        events.append((at, seq, issue(f"I-{n}", SCHOOLS[n % 3], **draw(_changed()))))
    return Known(places, {}), events


def _key(by: str, changed: Issue, at: Place) -> str:
    if by == "city":
        return "city"
    if by in ("division", "level", "locality", "organised", "school"):
        led = changed.helper if by in ("division", "school") else "-"
        return str(getattr(at, by)) if changed.helper is None else str(led)
    return str(getattr(changed, by) or "-")


def _late(changed: Issue, day: str) -> bool:
    runs = changed.clock.owner in ("school", "body") and changed.state not in ("objected", "help_asked")
    return runs and changed.deadline is not None and day > changed.deadline.day


def _oracle(known: Known, events: list[tuple[int, int, Issue]], as_of: int, by: str) -> dict[str, dict[str, Any]]:
    """The formulas of domain.md, straight from the newest state of each issue at the instant."""
    newest = {changed.id: (seq, changed) for at, seq, changed in events if at <= as_of}
    day = shanghai_day(from_micros(as_of)).isoformat()
    found: dict[str, list[Issue]] = {}
    for seq, changed in newest.values():
        found.setdefault(_key(by, changed, known.places[changed.school, seq]), []).append(changed)
    return {key: _formulas(issues, day) for key, issues in found.items()}


def _formulas(issues: list[Issue], day: str) -> dict[str, Any]:
    counted = [i for i in issues if i.assigned_at and i.state != "withdrawn"]
    dated = [i for i in counted if i.mode != "standing"]
    standing = [i for i in counted if i.mode == "standing"]
    closed = [i for i in dated if i.state == "closed"]
    opened = [i for i in dated if i.state != "closed"]
    overdue = [i for i in opened if _late(i, day)]
    late = [i for i in opened if i.state in ("reported", "checked") and i.reports and not i.reports[-1].on_time]
    on_time = [i for i in closed if i.closings[-1].on_time]
    days = sorted(i.closings[-1].worked_days for i in closed)
    return {
        "rate": _fraction(len(closed), len(dated)),
        "on_time": _fraction(len(on_time), len(closed) + len(overdue) + len(late)),
        "standing": _fraction(sum(i.state == "closed" for i in standing), len(standing)),
        "median": Fraction(days[(len(days) - 1) // 2] + days[len(days) // 2], 2) if days else None,
        "p90": days[ceil(len(days) * Fraction(9, 10)) - 1] if days else None,
        "overdue": len(overdue),
        "false": sum(c.false_closure for i in counted for c in i.closings),
        "extended": _fraction(sum(any(e.outcome == "granted" for e in i.extensions) for i in dated), len(dated)),
        "again": sum(i.recurs_of is not None for i in counted),
        "states": Counter(i.state for i in issues),
    }


def _fraction(n: int, d: int) -> Fraction | None:
    return Fraction(n, d) if d else None


def _answered(measures: dict[str, int]) -> dict[str, Any]:
    told, by_state = formulas.rectification(measures), formulas.issues(measures)
    tenths = told["days_to_close"]["median_tenths"]
    return {
        "rate": _fraction(told["rectification_rate"]["n"], told["rectification_rate"]["d"]),
        "on_time": _fraction(told["on_time_rate"]["n"], told["on_time_rate"]["d"]),
        "standing": _fraction(told["standing_rate"]["n"], told["standing_rate"]["d"]),
        "median": None if tenths is None else Fraction(tenths, 10),
        "p90": told["days_to_close"]["p90"],
        "overdue": told["overdue"],
        "false": told["false_closures"],
        "extended": _fraction(told["extended"]["n"], told["extended"]["d"]),
        "again": told["recurrences"],
        "states": Counter({state: n for state, n in by_state["states"].items() if n}),
    }


@settings(max_examples=200, deadline=None)
@given(history=_history(), cuts=st.sets(st.integers(1, 13)), late=st.integers(0, 12 * DAY), by=st.sampled_from(BYS))
def test_report_at_any_instant_is_the_recomputation(
    history: tuple[Known, list[tuple[int, int, Issue]]], cuts: set[int], late: int, by: str
) -> None:
    known, events = history
    book, log = Book(known), Log()
    entries = [log.entry(changed, at, seq) for at, seq, changed in events]
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(entries)], strict=True):
        book.apply(entries[start:end])
    for as_of in {START + late, events[-1][0], events[len(events) // 2][0], events[0][0] - 1}:
        day = shanghai_day(from_micros(as_of)).isoformat()
        found = groups(book.sums("issues", by, as_of, day))
        told = {key: _answered(measures) for key, measures in found.items() if any(measures.values())}
        assert told == _oracle(known, events, as_of, by)


@settings(max_examples=100, deadline=None)
@given(history=_history(), cuts=st.sets(st.integers(1, 13)))
def test_batches_cut_anywhere_leave_the_same_rollups(
    history: tuple[Known, list[tuple[int, int, Issue]]], cuts: set[int]
) -> None:
    known, events = history
    log = Log()
    entries = [log.entry(changed, at, seq) for at, seq, changed in events]
    whole, cut = Book(known), Book(known)
    whole.apply(entries)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(entries)], strict=True):
        cut.apply(entries[start:end])
    assert cut.counted() == whole.counted()
    assert cut.rows == whole.rows
    assert cut.stored == whole.stored


@settings(max_examples=100, deadline=None)
@given(history=_history())
def test_no_event_changes_a_day_before_its_own(history: tuple[Known, list[tuple[int, int, Issue]]]) -> None:
    known, events = history
    book, log = Book(known), Log()
    for at, seq, changed in events:
        effects = book.apply([log.entry(changed, at, seq)])
        own = shanghai_day(from_micros(at)).isoformat()
        for cell in effects.moves.get("issues", {}):
            assert cell.day > own if cell.booked else cell.day == own
