"""Issues as they live through a year, in the order in which a city makes them, and what a report must say of them.

On each day a batch of schools is visited and 20 issues are submitted at each; every issue is assigned the same day,
acknowledged on the next, planned, reported and closed on later ones. The oracle `expected` says what every school's
rollups must add up to; it knows the formulas only from their text, not from reporting's code.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, NamedTuple

from bench._city import CITY, SCHOOLS
from contracts import roles
from contracts.cause import Actor, Cause
from contracts.lists import Area, Clock, Closing, Deadline, Issue, IssueEvent, IssueState, Report, Severity
from runtime import canonical

Owner = Literal["none", "issuer", "school", "checker"]

AREAS: Final[tuple[Area, ...]] = ("主体责任", "组织设置", "基本制度", "党建载体", "党建与教学融合", "问题整改")
SEVERITIES: Final[tuple[Severity, ...]] = ("minor", "major", "critical")
FIRST_DAY: Final = date(2026, 1, 5)

_STEPS: Final[tuple[tuple[str, int], ...]] = (
    ("submitted", 0), ("assigned", 0), ("acknowledged", 1), ("planned", 3), ("reported", 9), ("closed", 11),
)  # fmt: skip
_STATES: Final[tuple[IssueState, ...]] = ("submitted", "assigned", "acknowledged", "planned", "reported", "closed")
_OWNERS: Final[tuple[Owner, ...]] = ("issuer", "school", "school", "school", "checker", "none")
_SCHOOLS_A_DAY: Final = 28
_A_SCHOOL: Final = 20
_SCHOOL_MARK: Final = "<sch>"
_ISSUE_MARK: Final = "<issue------------------------->"
_REQUEST_MARK: Final = "<request----------------------->"
_WORKED_DAYS: Final = 9


class Told(NamedTuple):
    """One event of one issue."""

    school: str
    issue: str
    version: int
    type: str
    data: bytes
    request: str
    day: date
    number: int


def life_of_city(run: str) -> Iterator[Told]:
    """Events without end; `run` (four hexadecimal digits) keeps the ids of two lives apart."""
    day = 0
    while True:
        for version, (verb, lag) in enumerate(_STEPS, start=1):
            yield from _step(run, day - lag, version, verb, FIRST_DAY + timedelta(days=day))
        day += 1


def some(events: Iterator[Told], count: int) -> list[Told]:
    """The next `count` events."""
    return list(islice(events, count))


def _step(run: str, block: int, version: int, verb: str, day: date) -> Iterator[Told]:
    if block < 0:
        return
    for place in range(_SCHOOLS_A_DAY):
        school = SCHOOLS[(block * _SCHOOLS_A_DAY + place) % len(SCHOOLS)]
        for one in range(_A_SCHOOL):
            number = (block * _SCHOOLS_A_DAY + place) * _A_SCHOOL + one
            issue = f"{run}{number:028x}"
            request = f"{run}{version:04x}{number:024x}"
            data = _template(verb, day, number % len(AREAS), number % len(SEVERITIES))
            for mark, text in ((_ISSUE_MARK, issue), (_REQUEST_MARK, request), (_SCHOOL_MARK, school)):
                data = data.replace(mark.encode(), text.encode())
            yield Told(school, issue, version, f"inspection.issue.{verb}.v1", data, request, day, number)


@lru_cache(maxsize=4096)
def _template(verb: str, day: date, area: int, severity: int) -> bytes:
    at = f"{day.isoformat()}T02:00:00.000000Z"
    actor = Actor(person="P-bureau", role=roles.BUREAU_OFFICER, organisation=CITY)
    cause = Cause(command=f"{verb.title()}Issue", request=_REQUEST_MARK, actor=actor, at=at)
    return canonical.encode(IssueEvent(entry=_issue(verb, day, AREAS[area], SEVERITIES[severity]), cause=cause))


def _issue(verb: str, day: date, area: Area, severity: Severity) -> Issue:
    at = f"{day.isoformat()}T02:00:00.000000Z"
    actor = Actor(person="P-bureau", role=roles.BUREAU_OFFICER, organisation=CITY)
    reached = next(number for number, (step, _) in enumerate(_STEPS) if step == verb)
    deadline = Deadline(day=(day + timedelta(days=20)).isoformat()) if reached >= 1 else None
    due = deadline or Deadline(day=day.isoformat())
    reports = (Report(at=at, by=actor, note="已整改", deadline=due, on_time=True),) if reached >= 4 else ()
    closing = Closing(at=at, kind="closed", by=actor, on_time=True, worked_days=_WORKED_DAYS)
    return Issue(
        id=_ISSUE_MARK, number=None, school=_SCHOOL_MARK, state=_STATES[reached], source="supervision", area=area,
        item="A-03", checklist="school-branch@1", visit="V-1", round="2026-1", team="T-1",
        description="三会一课记录不完整，缺少上季度党员大会签到", evidence=(), severity=severity, mode="deadline",
        issuer=CITY, drafted_by=actor, drafted_at=at, submitted_at=at, assigned_by=actor if reached else None,
        assigned_at=at if reached else None, deadline=deadline, acknowledge_by=None, acknowledged_by=None,
        acknowledged_at=None, plan_by=None, planned_by=None, planned_at=None, tasks=(), responsibilities=(),
        reports=reports, checks=(), next_check=None, stages_passed=0, closings=(closing,) if reached >= 5 else (),
        withdrawn_reason=None,
        clock=Clock(owner=_OWNERS[reached], since=at, due=None, reason=verb),
    )  # fmt: skip


def expected(events: Iterable[Told]) -> Mapping[str, Counter[str]]:
    """School → `facet.measure` → what all its rollups must add up to once these events are counted."""
    last = {told.issue: told for told in events}
    found: dict[str, Counter[str]] = {}
    for told in last.values():
        sums = found.setdefault(told.school, Counter())
        area, severity = AREAS[told.number % len(AREAS)], SEVERITIES[told.number % len(SEVERITIES)]
        for facet in ("all.all", f"area.{area}", f"severity.{severity}"):
            for measure in _measures(told.version):
                sums[f"{facet}.{measure}"] += 1
    return found


def _measures(step: int) -> tuple[str, ...]:
    verb = _STEPS[step - 1][0]
    state = f"state:{verb}"
    match verb:
        case "submitted":
            return (state,)
        case "assigned" | "acknowledged" | "planned":
            # Booked ahead for the day after the deadline, and never taken back.
            return (state, "assigned", "overdue")
        case "reported":
            return (state, "assigned")
        case _:
            return (state, "assigned", "closed", "closed_on_time", f"days:{_WORKED_DAYS}")
