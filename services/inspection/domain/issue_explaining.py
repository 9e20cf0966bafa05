"""Why each deadline of an issue falls on its day: which rule, from which day, which days were skipped, which stops."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.inspection.domain.issue import Issue, Stop
from services.inspection.domain.workdays import Calendars, Deadline

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
RULES: Final[dict[str, tuple[str, str]]] = {
    "set": ("由办理人设定", "set by a person"),
    "acknowledge": ("交办后签收", "to be acknowledged after 交办"),
    "plan": ("签收后制定方案", "to be planned after the receipt"),
    "plan_critical": ("严重问题签收后制定方案", "critical: to be planned after the receipt"),
    "plan_immediate": ("立行立改，签收当日制定方案", "immediate: to be planned on the day of the receipt"),
    "sign": ("方案制定后签字", "to be signed after the plan"),
    "sign_immediate": ("立行立改，方案制定当日签字", "immediate: to be signed on the day of the plan"),
    "immediate": ("立行立改的整改期限", "rectified at once"),
    "deadline_critical": ("严重问题的整改期限", "critical: to be rectified"),
    "deadline_major": ("较重问题的整改期限", "major: to be rectified"),
    "deadline_minor": ("轻微问题的整改期限", "minor: to be rectified"),
    "check": ("申请销号或初核后核查", "to be checked after the report or the first check"),
    "decide_objection": ("异议提出后复核", "the objection is to be decided"),
    "request_reply": ("诉求提出后答复", "the request is to be answered"),
    "decide_help": ("提请后决定是否受理", "the request for help is to be decided"),
}
"""Rule of a deadline's basis → what it says, in Chinese and English."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayOff:
    """A day that was skipped, or a weekend day that counted since it was worked 调休."""

    day: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """One deadline. `skipped` and `worked` lie between day zero, which does not count, and the day itself.

    `stopped_days` are working days that it moved because the clock stood still, in `stops`.
    """

    what: str
    focus: str | None
    day: str
    provisional: bool
    rule: str
    rule_zh: str
    rule_en: str
    day_zero: str | None
    working_days: int | None
    terms: str | None
    skipped: tuple[DayOff, ...]
    worked: tuple[DayOff, ...]
    stopped_days: int
    stops: tuple[Stop, ...]


def explained(issue: Issue, calendars: Calendars) -> tuple[Explanation, ...]:
    """Every deadline that the issue has, the one of the running clock first."""
    return tuple(explanation(what, focus, due, issue.stops, calendars) for what, focus, due in _deadlines(issue))


def _deadlines(issue: Issue) -> Iterator[tuple[str, str | None, Deadline]]:
    singles = (
        ("clock", issue.clock.due),
        ("deadline", issue.deadline),
        ("next_check", issue.next_check),
        ("acknowledge_by", issue.acknowledge_by),
        ("plan_by", issue.plan_by),
    )
    yield from ((what, None, due) for what, due in singles if due is not None)
    for task in issue.tasks:
        yield "task", task.id, task.deadline
    for row in issue.responsibilities:
        if row.in_force:
            yield "sign_by", row.id, row.sign_by
    for card in issue.cards:
        yield "card", card.number, card.deadline


def explanation(
    what: str, focus: str | None, due: Deadline, stops: tuple[Stop, ...], calendars: Calendars
) -> Explanation:
    """Why one deadline falls on its day; `stops` are those that may have moved it."""
    basis = due.basis
    zh, en = RULES.get(basis.rule if basis else "set", RULES["set"])
    counted = basis is not None and (basis.working_days is not None or basis.stopped_days > 0)
    skipped, worked = _between(basis.day_zero, due.day, calendars) if basis and counted else ((), ())
    stopped = basis.stopped_days if basis else 0
    return Explanation(
        what=what,
        focus=focus,
        day=due.day,
        provisional=due.provisional,
        rule=basis.rule if basis else "set",
        rule_zh=zh,
        rule_en=en,
        day_zero=basis.day_zero if basis else None,
        working_days=basis.working_days if basis else None,
        terms=basis.terms if basis else None,
        skipped=skipped,
        worked=worked,
        stopped_days=stopped,
        stops=stops if stopped else (),
    )


def _between(first: str, last: str, calendars: Calendars) -> tuple[tuple[DayOff, ...], tuple[DayOff, ...]]:
    """Days after `first`, up to `last`: those that did not count, and the weekend days that did."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    skipped, worked = [], []
    for day in (start + _ONE_DAY * n for n in range(1, (end - start).days + 1)):
        weekend = day.weekday() >= _SATURDAY
        if not calendars.is_working_day(day):
            skipped.append(DayOff(day=day.isoformat(), why="weekend" if weekend else "day_off"))
        elif weekend:
            worked.append(DayOff(day=day.isoformat(), why="day_worked"))
    return tuple(skipped), tuple(worked)
