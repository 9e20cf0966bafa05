"""What the use cases need from outside; one adapter implements each."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO, Generic, Protocol, TypeVar

from services.inspection.application.days import Days
from services.inspection.application.planner import Planner, PlanningRuns
from services.inspection.application.reach import Reach
from services.inspection.domain.authority import Place
from services.inspection.domain.checklist import Checklist
from services.inspection.domain.evidence import Evidence, Picture
from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_lights import Light
from services.inspection.domain.liaison import Liaison, Request
from services.inspection.domain.material import Material
from services.inspection.domain.persons import Absence
from services.inspection.domain.registry import Branch, Division, Grant, Person, School
from services.inspection.domain.seat import Seat
from services.inspection.domain.terms import Terms
from services.inspection.domain.visit import Visit
from services.inspection.domain.workdays import Calendars

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T_co]):
    """An aggregate and the version it was loaded at."""

    value: T_co
    version: int


@dataclass(frozen=True, slots=True)
class Site:
    """A school with its branch, its division, and its place in the structure."""

    school: School
    branch: Branch
    division: Division
    place: Place


class Registry(Protocol):
    """Who and what there is, today."""

    def forget(self) -> None:
        """Structure was changed through this process: what was remembered of it no longer counts."""
        ...

    async def site(self, school: str) -> Site:
        """The school with what stands above it; raises `NotFound`."""
        ...

    async def schools_of(self, organisation: str) -> frozenset[str]:
        """Schools of a division, those that a branch covers, or a school itself; empty for a team."""
        ...

    async def branches_of(self, schools: Iterable[str]) -> frozenset[str]:
        """Branches and groups below them that one of these schools leads."""
        ...

    async def person(self, person: str) -> Person | None:
        """None for a stranger."""
        ...

    async def grants_of(self, person: str) -> list[Grant]:
        """Grants in force; empty for a stranger."""
        ...

    async def granted_at(self, organisations: Iterable[str]) -> list[Grant]:
        """Grants in force at any of these organisations."""
        ...

    async def seat(self, branch: str, day: date) -> Seat:
        """Who acts as secretary of a branch on that day."""
        ...

    async def absences_of(self, persons: Iterable[str]) -> list[Absence]:
        """Absences of these persons that were not ended."""
        ...

    async def checklist(self, checklist: str) -> Checklist:
        """Raises `NotFound`."""
        ...

    async def calendars(self) -> Calendars:
        """Every published working-day calendar."""
        ...

    async def terms(self) -> Terms:
        """The terms in force: the newest version published, or those that the software brings along."""
        ...

    async def loaded(self, kind: str, ids: Iterable[str]) -> dict[str, Loaded[Any]]:
        """Those of the ids that exist, by id."""
        ...

    async def schools(self, ids: Iterable[str]) -> dict[str, School]:
        """Those of these schools that exist, retired or not, by id; as structure is remembered."""
        ...

    async def divisions(self) -> dict[str, Division]:
        """Every division that is not retired, by id; as structure is remembered."""
        ...

    async def city_schools(self) -> list[School]:
        """Every school that is not retired, as structure is remembered."""
        ...

    async def all(self, kind: str) -> list[Any]:
        """Every aggregate of a kind that is not retired or revoked, by id."""
        ...


class Issues(Protocol):
    """The issue list's aggregates."""

    async def within(self, issue: str, reach: Reach) -> Loaded[Issue]:
        """The issue, if the reach covers it; raises `NotFound`."""
        ...

    async def drafted_in(self, visit: str) -> list[Loaded[Issue]]:
        """Drafts of a visit that were not submitted yet."""
        ...

    async def of_round(self, school: str, round_: str) -> list[Issue]:
        """A school's issues of one round."""
        ...

    async def open_at(self, schools: Iterable[str]) -> bool:
        """Whether anything of these schools is open."""
        ...

    async def led_at(self, schools: Iterable[str]) -> bool:
        """Whether one of these schools leads in something open, from its plan on."""
        ...

    async def led_by(self, body: str) -> bool:
        """Whether a higher body leads in something open."""
        ...

    async def red_cards(self, school: str, since: str, *, tours: bool) -> int:
        """How many red cards a school was given from that instant on; with `tours` those of inspection tours, too."""
        ...

    async def next_card(self, year: int) -> str:
        """The next number of a 督办单 in a year, never given twice; gaps are allowed."""
        ...

    async def next_assignment(self, year: int) -> str:
        """The next number of a task from above in a year, never given twice; gaps are allowed."""
        ...

    async def next_number(self, year: int, ordinal: int) -> str:
        """The next issue number 编号 of a year and round (0: outside rounds), never given twice; gaps are allowed."""
        ...


class Visits(Protocol):
    """Visits of teams to schools."""

    async def within(self, visit: str, reach: Reach) -> Loaded[Visit]:
        """The visit, if the reach covers it; raises `NotFound`."""
        ...

    async def submitted_before(self, visit: Visit) -> list[Visit]:
        """Submitted visits to the same school in other rounds."""
        ...

    async def some(self, ids: Iterable[str]) -> dict[str, Loaded[Visit]]:
        """Those of the ids that exist, by id."""
        ...

    async def in_round(self, round_: str) -> list[Visit]:
        """Every visit of a round."""
        ...

    async def between(self, schools: Collection[str], first: str, last: str) -> dict[str, int]:
        """How many visits to each school, but for cancelled ones, lie between two days, both included."""
        ...

    async def visiting(self, school: str, teams: Iterable[str]) -> tuple[str, ...]:
        """Those of the teams that have a visit to this school."""
        ...


class Liaisons(Protocol):
    """What linked leaders logged."""

    async def within(self, liaison: str, reach: Reach) -> Loaded[Liaison]:
        """The entry, if the reach covers it; raises `NotFound`."""
        ...

    async def listed(
        self, reach: Reach, filters: Mapping[str, str | None], after: tuple[str, str] | None, limit: int
    ) -> list[dict[str, Any]]:
        """Entries within reach that match, newest first beyond `after` (instant, id)."""
        ...


class Requests(Protocol):
    """What linked leaders brought back."""

    async def within(self, request: str, reach: Reach) -> Loaded[Request]:
        """The request, if the reach covers it; raises `NotFound`."""
        ...

    async def next_number(self, year: int) -> str:
        """The next number of a request in a year, never given twice; gaps are allowed."""
        ...

    async def open_within(self, reach: Reach, limit: int) -> list[dict[str, Any]]:
        """Requests that wait for somebody, within reach, longest waiting first."""
        ...

    async def listed(
        self, reach: Reach, filters: Mapping[str, str | None], light: tuple[Light, Days] | None,
        after: tuple[str, str] | None, limit: int,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Requests within reach that match, newest first beyond `after` (instant, id)."""
        ...


class Materials(Protocol):
    """Material that schools are asked for."""

    async def within(self, material: str, reach: Reach) -> Loaded[Material]:
        """The entry, if the reach covers it; raises `NotFound`."""
        ...

    async def next_number(self, year: int) -> str:
        """The next number of an asking in a year, never given twice; gaps are allowed."""
        ...

    async def asked_in(self, schools: Collection[str], term: str) -> dict[str, int]:
        """How often each of the schools was asked in a school term, but for what was withdrawn."""
        ...

    async def open_at(self, schools: frozenset[str], reach: Reach, limit: int) -> list[dict[str, Any]]:
        """What these schools are to give, longest waiting first."""
        ...

    async def listed(
        self, reach: Reach, filters: Mapping[str, str | None], light: tuple[Light, Days] | None,
        after: tuple[str, str] | None, limit: int,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Entries within reach that match, newest first beyond `after` (instant, id)."""
        ...


class EvidenceEntries(Protocol):
    """What the files were."""

    async def within(self, evidence: str, reach: Reach) -> Loaded[Evidence]:
        """The entry, if the reach covers it; raises `NotFound`."""
        ...

    async def of_school(self, ids: Iterable[str], school: str, reach: Reach) -> set[str]:
        """Those of the ids that are evidence of this school within reach."""
        ...

    async def listed(
        self, match: Mapping[str, Any], reach: Reach, after: tuple[str, str] | None, limit: int
    ) -> list[dict[str, Any]]:
        """Evidence that matches within reach, newest first beyond `after` (instant, id), with what it hangs on."""
        ...

    async def alike(self, evidence: Evidence, reach: Reach, limit: int) -> list[dict[str, Any]]:
        """Other evidence within reach that is the same file or a picture of nearly the same look, nearest first."""
        ...

    async def loose(self, ids: Iterable[str], school: str) -> list[Evidence]:
        """Those of the ids that are evidence of this school and hang on nothing yet."""
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file turned out to be; of a picture also the copy to be shown and its thumbnail, both JPEG."""

    sha256: str
    size: int
    media_type: str
    picture: Picture | None
    shown: bytes | None
    thumb: bytes | None


class Intake(Protocol):
    """Looks into files that somebody sent."""

    async def examine(self, file: BinaryIO) -> Examined:
        """What it is, by its content; raises the rule that it breaks."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store: its size in bytes, and its bytes as they come."""

    size: int
    chunks: AsyncIterator[bytes]


class Files(Protocol):
    """Bytes of evidence, by name: the evidence's id, for what is shown of a picture with a suffix."""

    async def keep(self, file: str, data: BinaryIO | bytes, media_type: str) -> None:
        """Store, once, read from its beginning; storing the same name again changes nothing."""
        ...

    async def open(self, file: str) -> Stored:
        """Raises `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a use case may ask."""

    registry: Registry
    issues: Issues
    visits: Visits
    liaisons: Liaisons
    requests: Requests
    materials: Materials
    evidence: EvidenceEntries
    files: Files
    intake: Intake
    planner: Planner
    planning_runs: PlanningRuns
