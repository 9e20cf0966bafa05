"""The filters of the issue list, as they stand in a query."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from fastapi import Depends, Query

from contracts import lists
from services.inspection.application.searching import Kind, Order, Wanted, days_for, number_of, places, terms_of
from services.inspection.domain.issue_lights import Light
from services.inspection.domain.moment import Moment
from services.inspection.entrypoints.context import Service
from services.inspection.entrypoints.parameters import IdQuery

Level = Literal["high", "vocational", "junior", "primary"]
MAX_TEXT: Final = 60
_AT_MOST: Final = 14
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
TextQuery = Annotated[
    str | None,
    Query(min_length=1, max_length=MAX_TEXT, description="文字、拼音首字母、校名、编号 / text, initials, number"),
]


@dataclass(frozen=True, slots=True)
class Where:
    """Whose issues."""

    school: str | None
    division: str | None
    level: Level | None


@dataclass(frozen=True, slots=True)
class Which:
    """Of which kinds; a filter given several times lets any of its values through."""

    state: list[lists.IssueState]
    severity: list[lists.Severity]
    mode: list[lists.Mode]
    area: list[lists.Area]
    source: list[lists.Source]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Through:
    """What they came by, and who answers for them."""

    visit: str | None
    round: str | None
    item: str | None
    team: str | None
    lead: str | None


@dataclass(frozen=True, slots=True)
class When:
    """How they stand with time; `light` and the range of days go by the date in force, soonest first."""

    light: Light | None
    due_from: str | None
    due_to: str | None
    card: Literal["yellow", "red"] | None
    order: Order | None


async def _where(
    school: IdQuery = None, division: IdQuery = None, level: Annotated[Level | None, Query()] = None
) -> Where:
    return Where(school, division, level)


async def _which(
    state: Annotated[list[lists.IssueState] | None, Query(max_length=_AT_MOST)] = None,
    severity: Annotated[list[lists.Severity] | None, Query(max_length=_AT_MOST)] = None,
    mode: Annotated[list[lists.Mode] | None, Query(max_length=_AT_MOST)] = None,
    area: Annotated[list[lists.Area] | None, Query(max_length=_AT_MOST)] = None,
    source: Annotated[list[lists.Source] | None, Query(max_length=_AT_MOST)] = None,
    kind: Annotated[Kind, Query(description="问题，或上级任务 / issues, or parts of tasks from above")] = "issue",
) -> Which:
    return Which(state or [], severity or [], mode or [], area or [], source or [], kind)


async def _through(
    visit: IdQuery = None, round: IdQuery = None, item: IdQuery = None, team: IdQuery = None, lead: IdQuery = None
) -> Through:
    return Through(visit, round, item, team, lead)


async def _when(
    light: Annotated[Light | None, Query()] = None,
    due_from: Day = None,
    due_to: Day = None,
    card: Annotated[Literal["yellow", "red"] | None, Query()] = None,
    order: Annotated[Order | None, Query()] = None,
) -> When:
    return When(light, due_from, due_to, card, order)


@dataclass(frozen=True, slots=True)
class IssueQuery:
    """Everything that a person filters by; `text` is ranked by how well it fits."""

    where: Where
    which: Which
    through: Through
    when: When
    text: str | None

    async def wanted(self, service: Service) -> Wanted:
        """As the search takes it; raises `Rejected` for a text of less than two characters."""
        ports, when = service.ports, self.when
        number = None if self.text is None else number_of(self.text)
        equal = {name: getattr(self.through, name) for name in ("visit", "round", "item", "team")} | {"number": number}
        named = ("state", "severity", "mode", "area", "source")
        searched = self.text if number is None else None
        by_due = when.order == "due" or when.light or when.due_from or when.due_to
        now = Moment(service.clock.now(), await ports.registry.calendars(), await ports.registry.terms())
        return Wanted(
            schools=await places(ports, self.where.division, self.where.level, self.where.school),
            equal={name: value for name, value in equal.items() if value is not None},
            among={name: tuple(values) for name in named if (values := getattr(self.which, name))},
            lead=self.through.lead,
            card=when.card,
            light=when.light,
            due_from=when.due_from,
            due_to=when.due_to,
            days=await days_for(ports, now) if when.light else None,
            terms=() if searched is None else terms_of(searched, await ports.registry.city_schools()),
            order="due" if by_due else "newest",
            kind=self.which.kind,
        )


async def _issue_query(
    where: Annotated[Where, Depends(_where)],
    which: Annotated[Which, Depends(_which)],
    through: Annotated[Through, Depends(_through)],
    when: Annotated[When, Depends(_when)],
    text: TextQuery = None,
) -> IssueQuery:
    return IssueQuery(where, which, through, when, text)


Asked = Annotated[IssueQuery, Depends(_issue_query)]
