"""Events of the registry ledger: who and what there is. Ids never change; codes, names and places may."""

from typing import Literal

from msgspec import Struct

from contracts.cause import Cause
from contracts.lists import Area, Mode, Severity


class Division(Struct, frozen=True, kw_only=True):
    """The city, a county or district, or the city-direct unit 市直 (which has no officer of its own)."""

    id: str
    name: str
    kind: Literal["city", "district", "county", "county_level_city", "city_direct"]
    parent: str | None
    principal_pilot: bool
    retired: bool = False


class School(Struct, frozen=True, kw_only=True):
    """A school; `branch` is the Party branch it belongs to (its own, or the lead school's)."""

    id: str
    code: str
    name: str
    division: str
    level: Literal["high", "vocational", "junior", "primary"]
    locality: str
    organised: Literal["own", "joint", "affiliated"]
    branch: str
    party_members: int
    teachers: int
    retired: bool = False


class Branch(Struct, frozen=True, kw_only=True):
    """A Party organisation 党组织, a tree by `parent`; `schools` are those that a branch without parent covers."""

    id: str
    name: str
    kind: Literal["committee", "general_branch", "branch"]
    form: Literal["independent", "joint", "affiliated"]
    lead_school: str
    parent: str | None
    schools: tuple[str, ...]
    members: int
    retired: bool = False


class Person(Struct, frozen=True, kw_only=True):
    """The least that works: a name and a post. Contacts live with notification only."""

    id: str
    name: str
    post: str
    school: str | None
    retired: bool = False


class Grant(Struct, frozen=True, kw_only=True):
    """A role of a person at an organisation; revoked counts at once."""

    id: str
    person: str
    role: str
    organisation: str
    revoked: bool = False


class Item(Struct, frozen=True, kw_only=True):
    """One checklist item; `pass_mark` in points (score items), `weight` in points of 100 before normalising."""

    code: str
    section: str
    area: Area
    text: str
    how: str | None
    costs: str | None
    type: Literal["yes_no", "score", "count", "choice", "text"]
    subject: Literal["school", "branch"]
    weight: int
    max: int | None
    pass_mark: int | None
    severity: Severity | None
    mode: Mode | None
    evidence: bool
    indicator: str | None
    by: Literal["person", "system"]
    levels: tuple[str, ...]
    organised: tuple[str, ...]
    principal_pilot: bool | None
    members_at_least: int | None
    had_previous_round: bool | None
    records: Literal["answer", "highlight", "finding"]


class Checklist(Struct, frozen=True, kw_only=True):
    """A draft may change, a published version never does, a retired one starts no visit; its id is `name@version`."""

    id: str
    name: str
    version: int
    title: str
    items: tuple[Item, ...]
    state: Literal["published", "draft", "retired"] = "published"


class Team(Struct, frozen=True, kw_only=True):
    """A supervision team of one round: cadres of at least three divisions."""

    id: str
    round: str
    name: str
    leader: str
    members: tuple[str, ...]


class PlannedVisit(Struct, frozen=True, kw_only=True):
    """One row of a round's plan."""

    visit: str
    school: str
    team: str
    day: str


class PlanProof(Struct, frozen=True, kw_only=True):
    """What a plan costs, what no plan can cost less than, and the gap between them in hundredths of a per cent.

    `travel`, `load`, `levels` are the weighted parts of `cost`; `terms` is the version of the planning terms.
    """

    cost: int
    bound: int
    gap: int
    travel: int
    load: int
    levels: int
    terms: int
    seed: int
    team_size: int


class Round(Struct, frozen=True, kw_only=True):
    """A round 督导轮次: period, checklist version, and after planning its teams and visits."""

    id: str
    year: int
    ordinal: int
    title: str
    starts: str
    ends: str
    checklist: str
    state: Literal["open", "planned", "finished"]
    teams: tuple[str, ...]
    visits: tuple[PlannedVisit, ...]
    proof: PlanProof | None = None


class Distance(Struct, frozen=True, kw_only=True):
    """Kilometres between two divisions, either way."""

    start: str
    end: str
    km: int


class PlanningTerms(Struct, frozen=True, kw_only=True):
    """Distances and weights of round planning; each version is kept by the ledger.

    Cost = `travel_weight` × kilometres of every member to every visit (`within_km` inside a division),
    + `load_weight` × the square of a team's visits off the even load,
    + `levels_weight` for each school level that a team lacks of `levels_wanted`.
    """

    id: str
    version: int
    distances: tuple[Distance, ...]
    within_km: int
    travel_weight: int
    load_weight: int
    levels_weight: int
    levels_wanted: int


class Draw(Struct, frozen=True, kw_only=True):
    """A random draw 抽查: pool, number and the seed's SHA-256 are published before, seed and public value after."""

    id: str
    title: str
    pool: tuple[str, ...]
    number: int
    commitment: str
    public_source: str
    state: Literal["committed", "drawn"]
    committed_at: str
    seed: str | None = None
    public_value: str | None = None
    drawn: tuple[str, ...] = ()
    drawn_at: str | None = None


class Calendar(Struct, frozen=True, kw_only=True):
    """A year's working days: days off on weekdays, and weekend days worked 调休."""

    id: str
    year: int
    days_off: tuple[str, ...]
    days_worked: tuple[str, ...]
    source: str


class Venue(Struct, frozen=True, kw_only=True):
    """A place for Party work 阵地; `school` none where it belongs to the division, `free` where entry costs nothing."""

    id: str
    name: str
    kind: Literal["red_site", "activity_room", "exhibit", "party_school", "studio"]
    division: str
    school: str | None
    free: bool
    retired: bool = False


class Holiday(Struct, frozen=True, kw_only=True):
    """A school holiday 假期 of a division, from its first to its last day: no working days for its schools."""

    id: str
    division: str
    name: str
    starts: str
    ends: str
    retired: bool = False


class Terms(Struct, frozen=True, kw_only=True):
    """Every number that is configuration and not law: a version is in force from its publication to the next one.

    `*_days` are Chinese working days after the act, `*_length` characters; id is `terms@<version>`. Version 1 is what
    the software brings along, and is in no ledger.
    """

    id: str
    version: int
    acknowledge_days: int = 2
    plan_days: int = 5
    plan_critical_days: int = 1
    plan_immediate_days: int = 0
    sign_days: int = 3
    sign_immediate_days: int = 0
    check_days: int = 5
    immediate_days: int = 3
    deadline_critical_days: int = 5
    deadline_major_days: int = 15
    deadline_minor_days: int = 30
    standing_stages: int = 2
    object_days: int = 3
    objection_decision_days: int = 5
    help_decision_days: int = 5
    extensions: int = 1
    red_cards_talk: int = 2
    red_cards_notice: int = 3
    red_cards_months: int = 12
    request_reply_days: int = 10
    yellow_light_days: int = 3
    unread_days: int = 2
    overdue_steps: tuple[int, ...] = (1, 5, 10)
    team_divisions: int = 3
    visits_a_day: int = 2
    visits_a_term: int = 4
    material_a_term: int = 6
    description_length: int = 2000
    note_length: int = 2000
    task_length: int = 500
    tasks: int = 50
    evidence_pieces: int = 50
    revisions: int = 30


class DivisionEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.division.*`."""

    entry: Division
    cause: Cause


class SchoolEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.school.*`."""

    entry: School
    cause: Cause


class BranchEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.branch.*`."""

    entry: Branch
    cause: Cause


class PersonEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.person.*`."""

    entry: Person
    cause: Cause


class GrantEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.grant.*`."""

    entry: Grant
    cause: Cause


class ChecklistEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.checklist.*`."""

    entry: Checklist
    cause: Cause


class TeamEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.team.*`."""

    entry: Team
    cause: Cause


class RoundEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.round.*`."""

    entry: Round
    cause: Cause


class CalendarEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.calendar.*`."""

    entry: Calendar
    cause: Cause


class VenueEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.venue.*`."""

    entry: Venue
    cause: Cause


class HolidayEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.holiday.*`."""

    entry: Holiday
    cause: Cause


class PlanningEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.planning.*`."""

    entry: PlanningTerms
    cause: Cause


class DrawEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.draw.*`."""

    entry: Draw
    cause: Cause


class TermsEvent(Struct, frozen=True, kw_only=True):
    """Data of `inspection.terms.*`."""

    entry: Terms
    cause: Cause
