"""One issue of the product and its model side by side, in a city whose people and structure move.

Everything that happens is an act that can be told again: a walk is a list of acts.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from contracts import lists
from services.inspection.domain import actor as roles
from services.inspection.domain.authority import Authority, authority_of
from services.inspection.domain.issue import Issue, Step
from services.inspection.domain.issue_explaining import explained
from services.inspection.domain.rules import Broken
from tests.unit.inspection_city import CALENDARS, CITY, COUNTY, DIRECT, PEOPLE
from tests.unit.inspection_scene import ASIDES, COMMANDS, Scene
from tests.unit.issue_commands import arguments
from tests.unit.issue_model import Model
from tests.unit.issue_model_city import City, Given
from tests.unit.issue_model_rules import REVISIONS, broken

ELSEWHERE = "230826"
BODIES = {"county": COUNTY, "elsewhere": ELSEWHERE, "city": CITY, "direct": DIRECT}
MORE = {
    **dict.fromkeys(("county three", "county four"), PEOPLE["county"]),
    **dict.fromkeys(("bureau four", "bureau five", "bureau six"), PEOPLE["bureau"]),
}
"""Officers enough that somebody is left who may check what others of the body rectified."""
EVERYBODY = PEOPLE | MORE
OFFICERS = {
    "county": {"county", "county two", "county three", "county four"},
    "elsewhere": {"other county"},
    "city": {"bureau", "bureau two", "bureau three", "bureau four", "bureau five", "bureau six"},
}
STAFF = ["secretary", "deputy", "cadre", "contact", "teacher", "other teacher"]
WHO = [*STAFF, "leader", "member", "own member", "liaison", "stranger", *sorted(set().union(*OFFICERS.values()))]
DRAFTERS = {"supervision": "member", "self": "cadre", "survey": "county", "liaison": "liaison"}
DONE, SEVERAL = "done", "several rules"
Act = tuple[str, tuple[Any, ...]]
"""What happens: a method of the machine, and its arguments."""


@dataclass(frozen=True)
class Walk:
    """What a walk begins with, and what happens on it."""

    source: str
    severity: Any
    mode: Any
    division: str
    acts: tuple[Act, ...] = ()


def city() -> City:
    """The model's city: the same people as the product's, by name."""
    return City(
        days_off={day.isoformat() for day in CALENDARS.days_off},
        days_worked={day.isoformat() for day in CALENDARS.days_worked},
        home={who: EVERYBODY[who][0] or "" for who in WHO},
        family=frozenset({"S1", "S2"}),
        officers=OFFICERS,
        team={"leader", "member", "own member"},
        leaders={"leader", "own member"},
        cadres={"cadre": "S1", "leader": "S9"},
    )


def _others() -> dict[str, Issue]:
    assigned, closed = Scene().until("assigned").issue, Scene().until("closed").issue
    return {
        "assigned": replace(assigned, id="I2"),
        "submitted": replace(Scene().until("submitted").issue, id="I3"),
        "closed": replace(closed, id="I4"),
        "assigned elsewhere": replace(Scene(at="S3").until("assigned").issue, id="I5"),
        "assigned of a tour": replace(assigned, id="I6", source="inspection_tour"),
        "closed of a tour": replace(closed, id="I7", source="inspection_tour"),
    }


OTHERS: Final = _others()


class IssueMachine:
    """One issue of one school: `told` is what happened so far, in words, `outcomes` what was tried and came of it."""

    def __init__(self, walk: Walk) -> None:
        self.told: list[str] = [f"a {walk.severity} issue, {walk.mode}, from {walk.source}"]
        self.outcomes: list[tuple[str, str, str]] = []
        self.others = OTHERS
        self.scene = Scene(walk.severity, walk.mode, revisions=REVISIONS)
        visited: dict[str, Any] = {} if walk.source == "supervision" else {"visit": None}
        drafter = DRAFTERS[walk.source]
        self.scene.draft(drafter, source=walk.source, severity=walk.severity, mode=walk.mode, **visited)
        self.people = {who: (EVERYBODY[who][0], set(EVERYBODY[who][1])) for who in WHO}
        self.model = Model(city(), walk.source, drafter, walk.severity, walk.mode)
        self.accepted = 0
        self.the_school_moves_to(walk.division)

    def do(self, act: Act) -> None:
        """One act; raises `AssertionError` where product and model part."""
        name, given = act
        getattr(self, name)(*given)

    def end(self) -> None:
        """What takes longer to look at, once at the end: entries fit the contract, every deadline can be explained."""
        for one in self.scene.history:
            msgspec.convert(msgspec.to_builtins(one.issue), lists.Issue, strict=True)
        _deadlines_are_explained(self.issue, self.model)

    @property
    def issue(self) -> Issue:
        """The product's issue as it stands."""
        return self.scene.issue

    @property
    def today(self) -> str:
        """The day in China."""
        return self.scene.moment.day.isoformat()

    def authority(self, who: str) -> Authority:
        """Somebody's authority at the issue's school, by the grants of now."""
        home, grants = self.people[who]
        nobody = not any((roles.SECRETARY, "B1") in held for _, held in self.people.values())
        return authority_of(who, home, grants, self.scene.place, secretary_away=nobody)

    def officer_of(self, body: str | None, who: str) -> bool:
        """Whether somebody is an officer of the body that leads, as the product looks it up."""
        return not {(roles.COUNTY_OFFICER, body), (roles.BUREAU_OFFICER, body)}.isdisjoint(self.people[who][1])

    # Time, people and structure move

    def time_passes(self, days: int, hours: int) -> None:
        """A while later."""
        self.scene.wait(days=days, hours=hours)
        self.told.append(f"it is {self.today}")

    def the_secretary_becomes(self, to: str | None) -> None:
        """Somebody else, or nobody: then the deputy acts."""
        self.told.append(f"the secretary is now {to}")
        for _, grants in self.people.values():
            grants.discard((roles.SECRETARY, "B1"))
        if to is not None:
            self.people[to][1].add((roles.SECRETARY, "B1"))
        self.model.city.secretary = to

    def a_teacher_moves_to(self, to: str) -> None:
        """The teacher who often leads goes to another school, or comes back."""
        self.told.append(f"the teacher is now of {to}")
        self.people["teacher"] = (to, self.people["teacher"][1])
        self.model.city.home["teacher"] = to

    def the_school_moves_to(self, to: str) -> None:
        """To another county, to the city-direct unit, or back."""
        self.told.append(f"the school is now of {to}")
        self.scene.place = replace(self.scene.place, division=BODIES[to], city_direct=to == "direct")
        self.model.city.division = to

    def another_school_is_of_the_branch(self, joined: bool) -> None:
        """The team's own school joins the visited one's branch, or leaves it."""
        self.told.append(f"S9 is {'' if joined else 'not '}of the branch")
        family = frozenset({"S1", "S2", "S9"} if joined else {"S1", "S2"})
        branches = self.scene.place.family - {"S1", "S2", "S9"}
        self.scene.place = replace(self.scene.place, covered=family, family=family | branches)
        self.model.city.family = family

    # Somebody tries something

    def attempt(self, command: str, who: str, given: Given) -> None:
        """On both: refused by the same rule, or taken by both and to the same end."""
        rules = broken(self.model, command, who, self.today, given)
        self.told.append(f"{self.today} {self.model.state}: {who} tries to {command}, {given}: {outcome(rules)}")
        self.outcomes.append((self.model.state, command, outcome(rules)))
        told, step = self._tried(command, who, given)
        assert told in rules or (told == DONE and not rules), f"{told} and not one of {set(rules) or {DONE}}"
        if step is not None:
            before = self.issue
            self.model.apply(command, who, self.today, given)
            self.scene.history.append(step)
            self.accepted += 1
            assert step.actor.person == who
            _nothing_is_lost(before, step)
        _agree(self.issue, self.model)

    def _tried(self, command: str, who: str, given: Given) -> tuple[str, Step | None]:
        done = {**COMMANDS, **ASIDES}[command]
        try:
            return DONE, done(self.issue, self.authority(who), self.scene.moment, *arguments(command, self, given))
        except Broken as refused:
            return refused.code, None


def outcome(rules: frozenset[str]) -> str:
    """Done, the one rule that is broken, or several."""
    return DONE if not rules else SEVERAL if len(rules) > 1 else next(iter(rules))


def _nothing_is_lost(before: Issue, step: Step) -> None:
    """One event of the catalogue; responsibilities, reports, checks, closings and what was superseded are kept."""
    ((name, _),) = step.events
    assert name in lists.ISSUE_EVENTS, name
    after = step.issue
    for kept in ("reports", "checks"):
        was = getattr(before, kept)
        assert getattr(after, kept)[: len(was)] == was, f"{kept} were changed"
    assert [c.at for c in after.closings][: len(before.closings)] == [c.at for c in before.closings], "closings changed"
    rows = after.responsibilities
    for old, new in zip(before.responsibilities, rows, strict=False):
        assert (old.id, old.person, old.part) == (new.id, new.person, new.part), "responsibilities are another's"
        assert old.in_force or old == new, "what was superseded was changed"
    assert len(rows) >= len(before.responsibilities), "responsibilities are gone"


def _agree(issue: Issue, model: Model) -> None:
    """The product is where the model is."""
    product, reference = _as_stored(issue), _as_modelled(model)
    differing = {name: (product[name], reference[name]) for name in product if product[name] != reference[name]}
    assert not differing, f"of product and model: {differing}"


def _as_stored(issue: Issue) -> dict[str, object]:
    in_force = [row for row in issue.responsibilities if row.in_force]
    asked = issue.extensions[-1] if issue.extensions and issue.extensions[-1].outcome is None else None
    date = issue.next_check if issue.mode == "standing" else issue.deadline
    other_date = issue.deadline if issue.mode == "standing" else issue.next_check
    return {
        "state": issue.state,
        "severity and mode": (issue.severity, issue.mode),
        "clock": (issue.clock.owner, issue.clock.due.day if issue.clock.due else None),
        "bodies": (issue.issuer, issue.helper),
        "date in force": (date.day if date else "", other_date),
        "to be acknowledged": issue.acknowledge_by.day if issue.acknowledge_by else "",
        "to be planned": issue.plan_by.day if issue.plan_by else "",
        "tasks": [(task.id, task.deadline.day, task.percent, task.done_at is not None) for task in issue.tasks],
        "one answerable lead": [row.person for row in in_force if row.part == "lead"],
        "signatures": {row.person: (row.sign_by.day, row.signed_at is not None) for row in in_force},
        "days stopped": [stop.days for stop in issue.stops],
        "extension": ((asked.by.person, asked.day) if asked else None, len(issue.extensions)),
        "recurs": issue.recurs_of is not None,
        "cards": {card.number: [card.received_at is not None, card.outcome is not None] for card in issue.cards},
        "proposed": issue.cards[-1].proposes if issue.cards else None,
        "revisions and opinions": (len(issue.revisions), len(issue.opinions)),
        "reports": [report.on_time for report in issue.reports],
        "checks": [made.by.person for made in issue.checks],
        "stages": issue.stages_passed,
        "closings": [closing.false_closure for closing in issue.closings],
        "days to close": issue.closings[-1].worked_days if issue.state == "closed" else None,
    }


def _as_modelled(model: Model) -> dict[str, object]:
    waits = model.state in ("objected", "help_asked")
    return {
        "state": model.state,
        "severity and mode": (model.severity, model.mode),
        "clock": (model.owner, model.clock),
        "bodies": (BODIES.get(model.issuer or ""), BODIES.get(model.helper or "")),
        "date in force": (model.due if model.issuer else "", None),
        "to be acknowledged": model.acknowledge_by,
        "to be planned": model.plan_by,
        "tasks": [("K1", model.task_due, model.percent, model.done)] if model.planned else [],
        "one answerable lead": [model.lead] if model.lead else [],
        "signatures": {who: (signature.by, signature.signed) for who, signature in model.named.items()},
        "days stopped": [*model.stopped_days, None] if waits else model.stopped_days,
        "extension": (model.extension, model.extensions),
        "recurs": model.recurs,
        "cards": model.cards,
        "proposed": model.proposes,
        "revisions and opinions": (model.revisions, model.opinions),
        "reports": model.on_time,
        "checks": model.checkers,
        "stages": model.stages,
        "closings": model.closings,
        "days to close": model.worked if model.state == "closed" else None,
    }


def _deadlines_are_explained(issue: Issue, model: Model) -> None:
    for told in explained(issue, CALENDARS):
        if told.working_days is None or told.day_zero is None:
            assert told.rule == "set" or told.stopped_days
            continue
        assert model.city.between(told.day_zero, told.day) == told.working_days + told.stopped_days, told
