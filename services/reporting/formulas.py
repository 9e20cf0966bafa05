"""The formulas of the reports (domain.md, "Reports: formulas at `as_of` t"), over exact counts; never a float."""

from collections.abc import Mapping
from typing import Any

from services.reporting.issues import STATES as ISSUE_STATES
from services.reporting.visits import STATES as VISIT_STATES

Counts = Mapping[str, int]


def ratio(n: int, d: int) -> dict[str, int | None]:
    """n of d, and n/d in ten-thousandths, halves rounded up; null when there is nothing to divide by."""
    return {"n": n, "d": d, "per_10000": None if d == 0 else (20_000 * n + d) // (2 * d)}


def rectification(m: Counts) -> dict[str, Any]:
    """整改率, 按期整改率, standing apart, 整改用时, 虚假销号.

    整改率 = closed ÷ all of mode ≠ standing. 按期整改率 = closed whose accepted report came by the deadline in force ÷
    (closed + past the deadline with the school's clock running + reported late and not yet closed). Standing:
    阶段性完成 ÷ all standing. Only entries assigned and not withdrawn count. "Reported late" is a report that waits for
    its check; one that was returned has a new deadline and counts by that. Objected issues, and those a higher body is
    asked for help with, are open and never overdue: their clock stands still. `extended` is the share of those assigned
    whose deadline was extended, `recurrences` how many came back 反弹.
    """
    get = m.get
    closed, overdue, late = get("closed", 0), get("overdue", 0), get("late_reported", 0)
    return {
        "assigned": get("assigned", 0),
        "open": get("assigned", 0) - closed,
        "closed": closed,
        "closed_on_time": get("closed_on_time", 0),
        "overdue": overdue,
        "late_reported": late,
        "rectification_rate": ratio(closed, get("assigned", 0)),
        "on_time_rate": ratio(get("closed_on_time", 0), closed + overdue + late),
        "standing_rate": ratio(get("standing_closed", 0), get("standing", 0)),
        "days_to_close": days_to_close(m),
        "false_closures": get("false_closures", 0),
        "reopened": get("reopened", 0),
        "extended": ratio(get("extended", 0), get("assigned", 0)),
        "recurrences": get("recurrences", 0),
    }


def days_to_close(m: Counts) -> dict[str, Any]:
    """整改用时 in working days, 交办 to accepted report without stopped clocks, of what is closed and not standing.

    `median_tenths` is the middle value, or the mean of the two middle ones, in tenths of a day; `p90` the nearest-rank
    percentile: the smallest number of days within which at least nine tenths were closed. Both null for none.
    """
    histogram = {int(name[5:]): n for name, n in m.items() if name.startswith("days:") and n}
    ordered = sorted(histogram)
    count = sum(histogram.values())
    if count == 0:
        return {"count": 0, "median_tenths": None, "p90": None, "histogram": {}}
    low, high = (_ranked(histogram, ordered, rank) for rank in ((count + 1) // 2, count // 2 + 1))
    return {
        "count": count,
        "median_tenths": 5 * (low + high),
        "p90": _ranked(histogram, ordered, (9 * count + 9) // 10),
        "histogram": {str(days): histogram[days] for days in ordered},
    }


def _ranked(histogram: Mapping[int, int], ordered: list[int], rank: int) -> int:
    """The value of the given rank (from 1) in a histogram."""
    for days in ordered:
        rank -= histogram[days]
        if rank <= 0:
            return days
    raise ValueError("rank beyond the histogram")


def issues(m: Counts) -> dict[str, Any]:
    """Issues by state: all that were entered, whatever became of them."""
    states = {state: m.get(f"state:{state}", 0) for state in ISSUE_STATES}
    return {"total": sum(states.values()), "states": states, "overdue": m.get("overdue", 0)}


def visits(m: Counts) -> dict[str, Any]:
    """Visits by state; of submitted ones the mean score in hundredths of 100 points, halves rounded up."""
    scored, points = m.get("scored", 0), m.get("score", 0)
    return {
        "states": {state: m.get(f"state:{state}", 0) for state in VISIT_STATES},
        "submitted": m.get("submitted", 0),
        "highlights": m.get("highlights", 0),
        "findings": m.get("findings", 0),
        "score": {"n": points, "d": scored, "mean": None if scored == 0 else (2 * points + scored) // (2 * scored)},
    }


def alerts(m: Counts) -> dict[str, Any]:
    """Alerts raised, read, acknowledged, and still awaited to be."""
    return {name: m.get(name, 0) for name in ("raised", "read", "acknowledged", "awaited")}


def indicators(m: Counts) -> dict[str, Any]:
    """Each indicator's total: the newest submitted answer of every school, added up."""
    return {name: m[name] for name in sorted(m)}
