"""What the bureau reads at the end: reporting's own answers, beside the figures of the source."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from dudao.client.api import Api, UnreachableError
from runtime.clock import from_text, to_text

# The report of 2022 on how the city supervises its schools; the visits' answers have to add up to exactly these.
SOURCE: Final[Mapping[str, int]] = {
    "schools_visited": 231,
    "joint_or_affiliated": 52,
    "activity_room": 216,
    "amateur_party_school": 128,
    "history_exhibit": 87,
    "red_army_school": 4,
    "red_tutor": 45,
    "red_reader": 32,
    "master_studio": 135,
    "studio_teacher": 3425,
}
_PATIENCE: Final = 60.0
_LOOK_EVERY: Final = 0.5

Row = dict[str, Any]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure as reporting counts it, beside the source's."""

    name: str
    reported: int
    source: int

    @property
    def agrees(self) -> bool:
        """Whether both are the same number."""
        return self.reported == self.source


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The reports at `as_of`; rates are `{n, d, per_10000}` as reporting answers them."""

    as_of: str
    issues: dict[str, int]
    alerts: dict[str, int]
    total: Row
    by_level: list[Row]
    by_division: list[Row]
    figures: list[Figure]

    @property
    def agrees(self) -> bool:
        """Whether every figure is the source's."""
        return all(figure.agrees for figure in self.figures)


async def wait_until_counted(api: Api, reader: str, last_act: datetime) -> str:
    """The first instant past the last act that reporting can answer for; raises `UnreachableError` after a minute.

    The alerts that follow from the last acts are raised a moment later: so the count must have come to rest as well.
    """
    deadline = time.monotonic() + _PATIENCE
    before: Row = {}
    while time.monotonic() < deadline:
        lists = await _report(api, reader, "issues")
        alerts = await _report(api, reader, "alerts")
        instant = min(lists["as_of"], alerts["as_of"])
        if from_text(instant) > last_act and alerts["total"] == before:
            return str(instant)
        before = alerts["total"]
        await asyncio.sleep(_LOOK_EVERY)
    raise UnreachableError(f"统计尚未追上 {to_text(last_act)} / reporting has not caught up with the last act")


async def summarise(api: Api, reader: str, as_of: str) -> Summary:
    """Every report of the summary, all at one instant."""
    issues = await _report(api, reader, "issues", as_of=as_of)
    alerts = await _report(api, reader, "alerts", as_of=as_of, by="rule")
    levels = await _report(api, reader, "rectification", as_of=as_of, by="level")
    divisions = await _report(api, reader, "rectification", as_of=as_of, by="division")
    visits = await _report(api, reader, "visits", as_of=as_of)
    indicators = await _report(api, reader, "indicators", as_of=as_of)
    return Summary(
        as_of=as_of,
        issues=issues["total"]["states"],
        alerts={row["key"]: row["raised"] for row in alerts["groups"]},
        total=levels["total"],
        by_level=levels["groups"],
        by_division=divisions["groups"],
        figures=compare(visits["total"]["schools"], indicators["total"]),
    )


def compare(schools: Mapping[str, int], indicators: Mapping[str, int]) -> list[Figure]:
    """Each figure of the source beside what was reported; what was not reported at all counts as 0."""
    reported = {
        **indicators,
        "schools_visited": schools.get("visited", 0),
        "joint_or_affiliated": schools.get("joint_or_affiliated", 0),
    }
    return [Figure(name=name, reported=reported.get(name, 0), source=number) for name, number in SOURCE.items()]


async def _report(api: Api, reader: str, name: str, **query: str) -> Row:
    return await api.get(reader, "reporting", f"/v1/reports/{name}", **query)
