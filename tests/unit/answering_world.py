"""A city whose people, absences, branches and counties move, with issues in it: who answers, at every moment.

What ought to be is worked out here a second time, from the world itself and by other means than the product's.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from services.inspection.domain import actor as roles
from services.inspection.domain.absence import away_on, declared, ended
from services.inspection.domain.answering import Answerable, Here, answerable
from services.inspection.domain.authority import Authority, Place, authority_of, seated
from services.inspection.domain.issue import ENDED, Issue, Step
from services.inspection.domain.issue_bodies import leading
from services.inspection.domain.moment import Moment
from services.inspection.domain.persons import Absence
from services.inspection.domain.registry import Branch, Division, Grant, Person, School, officers_of, place_of, staff_of
from services.inspection.domain.rules import Broken
from services.inspection.domain.seat import Seat, seat_of
from tests.unit.inspection_city import CALENDARS, CITY, MONDAY, branch, school

COUNTIES: Final = ("C1", "C2")
DIVISIONS: Final = {
    **{id: Division(id=id, name=id, kind="county", parent=CITY, principal_pilot=False) for id in COUNTIES},
    "D": Division(id="D", name="市直", kind="city_direct", parent=CITY, principal_pilot=False),
}
SCHOOLS: Final = ("S1", "S2", "S3")
STAFF: Final = tuple(f"{role}{n}" for n in (1, 2, 3) for role in ("secretary", "deputy", "teacher"))
OFFICERS: Final = {
    "C1": ("c1 one", "c1 two"),
    "C2": ("c2 one", "c2 two"),
    CITY: ("bureau one", "bureau two", "bureau three"),
}
EVERYBODY: Final = (*STAFF, *(person for some in OFFICERS.values() for person in some))
SEATS: Final = {"secretary": roles.SECRETARY, "deputy": roles.DEPUTY_SECRETARY}
Role = tuple[str, str]


@dataclass
class World:
    """The registry as it stands, the issues, and what each person ever did for an issue's rectification."""

    homes: dict[str, str | None] = field(default_factory=lambda: {p: f"S{p[-1]}" for p in STAFF})
    gone: set[str] = field(default_factory=set)
    held: dict[str, set[Role]] = field(default_factory=dict)
    division: dict[str, str] = field(default_factory=lambda: {"S1": "C1", "S2": "C1", "S3": "C2"})
    of_branch: dict[str, str] = field(default_factory=lambda: {"S1": "B1", "S2": "B2", "S3": "B3"})
    absences: list[Absence] = field(default_factory=list)
    issues: dict[str, Issue] = field(default_factory=dict)
    work: dict[str, set[str]] = field(default_factory=dict)
    now: Any = MONDAY

    def __post_init__(self) -> None:
        for person in STAFF:
            role = SEATS.get(person[:-1])
            self.held[person] = {(role, f"B{person[-1]}")} if role else set()
        for body, people in OFFICERS.items():
            role = roles.BUREAU_OFFICER if body == CITY else roles.COUNTY_OFFICER
            self.held |= {person: {(role, body)} for person in people}

    @property
    def moment(self) -> Moment:
        """Now."""
        return Moment(self.now, CALENDARS)

    @property
    def people(self) -> list[Person]:
        """Everybody, the retired ones too."""
        homes = {**dict.fromkeys(EVERYBODY), **self.homes}
        return [Person(id=p, name=p, post="", school=homes[p], retired=p in self.gone) for p in EVERYBODY]

    @property
    def grants(self) -> list[Grant]:
        """Those in force."""
        return [
            Grant(id=f"{person}/{role}/{at}", person=person, role=role, organisation=at)
            for person, held in self.held.items() for role, at in sorted(held)
        ]  # fmt: skip

    def place(self, at: str) -> Place:
        """A school in today's structure."""
        branches: list[Branch] = []
        for id_ in ("B1", "B2", "B3"):
            covered = [s for s in SCHOOLS if self.of_branch[s] == id_]
            branches.append(branch(id_, *(covered or [f"S{id_[-1]}"])))
        branches += [branch(f"{id_}-1", f"S{id_[-1]}", parent=id_) for id_ in ("B1", "B2", "B3")]
        here: School = school(at, self.of_branch[at], self.division[at])
        return place_of(here, branches, DIVISIONS[self.division[at]], CITY)

    def seat(self, at: str) -> Seat:
        """Who acts as secretary for a school."""
        held = {role: {p for p in EVERYBODY if (role, at) in self.held[p]} for role in SEATS.values()}
        return seat_of(held[roles.SECRETARY], held[roles.DEPUTY_SECRETARY], away_on(self.absences, self.moment.day))

    def authority(self, who: str, at: str) -> Authority:
        """What somebody may do at a school now."""
        place = self.place(at)
        home = None if who in self.gone else self.homes.get(who)
        return seated(authority_of(who, home, sorted(self.held[who]), place), self.seat(place.branch))

    def staff(self, at: str) -> frozenset[str]:
        """Who belongs to a school or its branch, as the product sees it."""
        return staff_of(self.place(at), self.people, self.grants)

    def officers(self, body: str | None) -> frozenset[str]:
        """Of the body that leads."""
        return officers_of(body, self.people, self.grants) if body else frozenset()

    def answerable(self, issue: Issue) -> Answerable | None:
        """What the product says."""
        place = self.place(issue.school)
        here = Here(staff=self.staff(issue.school), seat=self.seat(place.branch), officers=self.officers(issue.helper))
        return answerable(issue, here)

    def took(self, issue: Issue, step: Step) -> None:
        """An act was done: it is noted whose work it is."""
        self.issues[issue.id] = step.issue
        mine = self.work.setdefault(issue.id, set())
        planned = {"inspection.issue.planned.v1", "inspection.issue.replanned.v1", "inspection.issue.reported.v1"}
        if {name for name, _ in step.events} & planned:
            mine |= {step.actor.person, step.actor.acting_for or step.actor.person}
        mine |= {row.person for row in step.issue.responsibilities}

    # What may not be: the registry refuses it, as the product's own commands do.

    def would_leave_nobody(self) -> bool:
        """Whether somewhere, from the plan on, nobody sits who could answer."""
        for issue in self.issues.values():
            if issue.state in ENDED or not any(row.superseded_at is None for row in issue.responsibilities):
                continue
            if issue.helper is None:
                wanted = {(role, self.of_branch[issue.school]) for role in SEATS.values()}
            else:
                wanted = {(roles.COUNTY_OFFICER, issue.helper), (roles.BUREAU_OFFICER, issue.helper)}
            if not any(held & wanted for held in self.held.values()):
                return True
        return False

    # What must be

    def check(self) -> None:
        """Exactly one answers for each open issue from its plan on, who is there and may act, or `AssertionError`."""
        for issue in self.issues.values():
            leads = [row for row in issue.responsibilities if row.superseded_at is None and row.part == "lead"]
            found = self.answerable(issue)
            if issue.state in ENDED or not issue.responsibilities:
                assert found is None, f"{issue.state}: {found} answers"
                continue
            assert len(leads) == 1, f"{len(leads)} leads are in force"
            assert found is not None, f"nobody answers for {issue.id} ({issue.state}, helper {issue.helper})"
            assert found.person not in self.gone, f"{found} has retired"
            self._may_act(issue, found)

    def _may_act(self, issue: Issue, found: Answerable) -> None:
        family = {s for s in SCHOOLS if self.of_branch[s] == self.of_branch[issue.school]}
        at_branch = {f"{self.of_branch[issue.school]}{below}" for below in ("", "-1")}
        held = self.held[found.person]
        of_school = self.homes.get(found.person) in family or any(
            at in at_branch and role in SEATS.values() for role, at in held
        )
        of_body = {(roles.COUNTY_OFFICER, issue.helper), (roles.BUREAU_OFFICER, issue.helper)} & held
        assert of_body if issue.helper else of_school, f"{found} is not of those who rectify"
        authority = self.authority(found.person, issue.school)
        if found.why == "lead":
            assert issue.lead is not None
            assert issue.lead.person == found.person
        elif found.why == "body":
            assert leading(issue, authority) is not None, f"{found} may not act for the body"
        else:
            assert authority.secretary() is not None, f"{found} does not act as secretary"

    def check_judge(self, issue: Issue, judge: str) -> None:
        """Somebody judged: not the work of their own, nor that of their own school or branch."""
        assert judge not in self.work.get(issue.id, ()), f"{judge} judged own work"
        family = {s for s in SCHOOLS if self.of_branch[s] == self.of_branch[issue.school]}
        assert self.homes.get(judge) not in family or judge in self.gone, f"{judge} judged the own school or branch"
        branches = {f"{self.of_branch[issue.school]}{below}" for below in ("", "-1")}
        seats = {at for role, at in self.held[judge] if role in SEATS.values()}
        assert not seats & branches, f"{judge} judged the own branch"

    # Moves

    def away(self, who: str, days: tuple[int, int]) -> None:
        """Somebody declares an absence, where the rules let them."""
        first = self.moment.day + timedelta(days=days[0])
        absence = Absence(
            id=f"A{len(self.absences)}", person=who, starts=first.isoformat(),
            ends=(first + timedelta(days=days[1])).isoformat(), reason="外出",
        )  # fmt: skip
        try:
            self.absences.append(declared(absence, [a for a in self.absences if a.person == who], self.moment))
        except Broken:
            return

    def back(self, who: str) -> None:
        """All absences of somebody are over."""
        today = date.isoformat(self.moment.day)
        self.absences = [
            ended(a, self.moment) if a.person == who and not a.ended and a.ends >= today else a for a in self.absences
        ]

    def changed(self, **fields: Any) -> bool:
        """The registry with these fields, where nobody is left out by it; whether it was taken."""
        before = {name: getattr(self, name) for name in fields}
        for name, value in fields.items():
            setattr(self, name, value)
        if self.would_leave_nobody():
            for name, value in before.items():
                setattr(self, name, value)
            return False
        return True
