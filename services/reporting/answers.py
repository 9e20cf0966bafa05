"""The shapes of the reports' answers, for the OpenAPI document; a test holds every answer against them."""

from typing import Final, Literal

from msgspec import Struct


class Ratio(Struct, frozen=True):
    """n of d, and n/d in ten-thousandths; null where d is 0."""

    n: int
    d: int
    per_10000: int | None


class DaysToClose(Struct, frozen=True):
    """整改用时 in working days: median in tenths of a day, nearest-rank p90, days → closed issues."""

    count: int
    median_tenths: int | None
    p90: int | None
    histogram: dict[str, int]


class Rectification(Struct, frozen=True, kw_only=True):
    """整改率、按期整改率、长期坚持、整改用时、虚假销号."""

    assigned: int
    open: int
    closed: int
    closed_on_time: int
    overdue: int
    late_reported: int
    rectification_rate: Ratio
    on_time_rate: Ratio
    standing_rate: Ratio
    days_to_close: DaysToClose
    false_closures: int
    reopened: int
    extended: Ratio
    recurrences: int


class RectificationGroup(Rectification, frozen=True, kw_only=True):
    """The same of one group; null is the key of what has none."""

    key: str | None


class Issues(Struct, frozen=True, kw_only=True):
    """Issues by state."""

    total: int
    states: dict[str, int]
    overdue: int


class IssuesGroup(Issues, frozen=True, kw_only=True):
    """The same of one group; null is the key of what has none."""

    key: str | None


class SchoolsVisited(Struct, frozen=True):
    """Distinct schools with a submitted visit, and by how they were organised then."""

    visited: int
    own: int
    joint: int
    affiliated: int
    joint_or_affiliated: int


class Score(Struct, frozen=True):
    """Sum and number of scores in hundredths of 100 points, and their mean, halves rounded up."""

    n: int
    d: int
    mean: int | None


class Visits(Struct, frozen=True, kw_only=True):
    """Visits by state; of submitted ones highlights, findings, score, schools."""

    states: dict[str, int]
    submitted: int
    highlights: int
    findings: int
    score: Score
    schools: SchoolsVisited


class VisitsGroup(Visits, frozen=True, kw_only=True):
    """The same of one group."""

    key: str | None


class Alerts(Struct, frozen=True, kw_only=True):
    """Alerts raised, read, acknowledged, and still to be acknowledged."""

    raised: int
    read: int
    acknowledged: int
    awaited: int


class AlertsGroup(Alerts, frozen=True, kw_only=True):
    """The same of one group."""

    key: str | None


class LedgerHeads(Struct, frozen=True):
    """The last seq of each stream sealed by `as_of`, for readers of the whole city; SHA-256 of their canonical JSON."""

    streams: dict[str, int]
    digest: str


class Answer(Struct, frozen=True, kw_only=True):
    """What every answer says beside its figures; `provisional` while an event up to `as_of` could not be counted."""

    report: str
    by: str
    as_of: str
    inspection_tour: Literal["included", "left_out"]
    provisional: bool
    ledgers: dict[str, LedgerHeads]


class RectificationAnswer(Answer, frozen=True, kw_only=True):
    """Rectification by group, and all together."""

    groups: list[RectificationGroup]
    total: Rectification


class IssuesAnswer(Answer, frozen=True, kw_only=True):
    """Issues by group, and all together."""

    groups: list[IssuesGroup]
    total: Issues


class VisitsAnswer(Answer, frozen=True, kw_only=True):
    """Visits by group, and all together: a school in two groups is counted once there."""

    groups: list[VisitsGroup]
    total: Visits


class IndicatorsAnswer(Answer, frozen=True, kw_only=True):
    """Indicator → total of every school's newest submitted answer; a group has its `key` beside."""

    groups: list[dict[str, int | str | None]]
    total: dict[str, int]


class AlertsAnswer(Answer, frozen=True, kw_only=True):
    """Alerts by group, and all together."""

    groups: list[AlertsGroup]
    total: Alerts


ANSWERS: Final[dict[str, type[Answer]]] = {
    "rectification": RectificationAnswer,
    "issues": IssuesAnswer,
    "visits": VisitsAnswer,
    "indicators": IndicatorsAnswer,
    "alerts": AlertsAnswer,
}
