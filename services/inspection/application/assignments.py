"""任务交办: tasks from above, each given to one or many schools in one act, and how far they have come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from pydantic import Field, StringConstraints

from contracts.lists import Area, Mode
from runtime.commands import Outcome
from runtime.ledger.model import Change
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.commands import Command, Day, Id, Text
from services.inspection.application.days import Days
from services.inspection.application.ports import Ports, Site
from services.inspection.application.reach import Reach
from services.inspection.application.standing import home_of
from services.inspection.domain.authority import authority_of
from services.inspection.domain.issue import Assignment
from services.inspection.domain.issue_from_above import TITLE_LENGTH, Part, hand_down
from services.inspection.domain.issue_lights import Light
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_beside import NamedSchoolTwice, SchoolGone

MOST_SCHOOLS: Final = 500
Row = dict[str, Any]
Key = tuple[str, str]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH)]


class GiveAssignment(Command):
    """交办任务: to all of the schools or to none; for 长期坚持 the deadline is the first check date."""

    schools: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_SCHOOLS)]
    title: Title
    description: Text
    area: Area
    mode: Mode = "deadline"
    deadline: Day


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentFilters:
    """Which tasks: with a part at a school, in a state or under a light; given by a body, or in a role."""

    school: str | None = None
    body: str | None = None
    role: str | None = None
    state: str | None = None
    light: Light | None = None


class AssignmentReading(Protocol):
    """Tasks from above as the parts within a reader's reach show them."""

    async def page(
        self, reach: Reach, asked: AssignmentFilters, days: Days, after: Key | None, limit: int
    ) -> list[Row]:
        """Newest first beyond `after` (given at, id), each with its totals by state and light."""
        ...

    async def parts(self, reach: Reach, assignment: str) -> Mapping[str, str]:
        """Issue → school of every part within reach; raises `NotFound` where there is none."""
        ...


async def give_assignment(ports: Ports, act: Act, command: GiveAssignment) -> Outcome:
    """One act: all of the schools get their part, or none; whatever is refused names its school."""
    if len(set(command.schools)) < len(command.schools):
        raise NamedSchoolTwice
    sites = [await ports.registry.site(school) for school in command.schools]
    held = await capacities(ports, act)
    for site in sites:
        # First whether it is allowed: a refusal takes no number.
        _handed(act, command, site, held, "0", 0)
    number = await ports.issues.next_assignment(act.moment.day.year)
    changes = tuple(_handed(act, command, site, held, number, n) for n, site in enumerate(sites, 1))
    id = act.new_id("assignment")
    items = [{"school": change.key, "issue": change.id, "number": change.state["number"]} for change in changes]
    body = {"id": id, "number": number, "title": command.title, "items": items}
    return Outcome(changes=changes, status=201, body=body, location=f"/v1/assignments/{id}")


Held = tuple[str | None, list[tuple[str, str]]]


async def capacities(ports: Ports, act: Act) -> Held:
    """The school of whoever acts, if any, and the grants in force: asked once for an act at many schools."""
    grants = await ports.registry.grants_of(act.person)
    return await home_of(ports.registry, act.person), [(grant.role, grant.organisation) for grant in grants]


def _handed(act: Act, command: GiveAssignment, site: Site, held: Held, number: str, n: int) -> Change:
    try:
        return _part(act, command, site, held, number, n)
    except Broken as rule:
        rule.detail["school"] = site.school.id
        raise


def _part(act: Act, command: GiveAssignment, site: Site, held: Held, number: str, n: int) -> Change:
    if site.school.retired:
        raise SchoolGone(name=site.school.name)
    home, grants = held
    whole = Assignment(id=act.new_id("assignment"), number=number, title=command.title, schools=len(command.schools))
    part = Part(
        id=act.new_id("part", site.school.id),
        number=f"{number}-{n:03d}",
        assignment=whole,
        description=command.description,
        area=command.area,
        mode=command.mode,
        deadline=command.deadline,
    )
    moment = act.moment.of_division(site.division.id)
    made = hand_down(part, authority_of(act.person, home, grants, site.place), moment)
    return of_school("issue", made.issue, 0, made.events, act.cause(made.actor))


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Of several timelines one, oldest first."""
    return sorted(rows, key=lambda row: (row["at"], row["version"], row["issue"]))
