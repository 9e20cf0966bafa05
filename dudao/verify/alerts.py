"""Every alert that the rules of docs/architecture.md ask for was raised once, and no other.

The rules are written here a second time, from the table of the domain, over the structure as of the event.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from contracts import roles
from dudao.verify.findings import Findings
from dudao.verify.log import Log, Sealed
from dudao.verify.structure import Structure
from runtime.clock import from_micros, shanghai_day
from runtime.mongo import Database, Mongo

Entry = dict[str, Any]
Wanted = tuple[str, str, str]
TOUR: Final = "inspection_tour"


@dataclass(frozen=True, slots=True)
class _Around:
    """One event with the structure of its time."""

    event: Sealed
    issue: Entry
    actor: str
    structure: Structure
    grants: dict[tuple[str, str], set[str]]
    caused_at: str

    def at(self, kind: str, id_: str) -> Entry:
        found = self.structure.at(kind, id_, self.event.registry)
        return found or {}

    def holders(self, role: str, organisation: str | None) -> set[str]:
        return self.grants.get((role, organisation or ""), set())

    @property
    def school(self) -> Entry:
        return self.at("school", self.issue["school"])

    @property
    def division(self) -> Entry:
        return self.at("division", self.school["division"])

    def secretaries(self) -> set[str]:
        branch = self.school["branch"]
        seated, deputies = self.holders(roles.SECRETARY, branch), self.holders(roles.DEPUTY_SECRETARY, branch)
        away = self.structure.away_at(self.event.registry, shanghai_day(from_micros(self.event.at)).isoformat())
        if seated - away:
            return seated
        return seated | (deputies - away) or deputies

    def school_side(self) -> set[str]:
        covered = self.at("branch", self.school["branch"]).get("lead_school") != self.school["id"]
        tells = covered and self.issue.get("source") != TOUR
        return self.secretaries() | (self.holders(roles.CONTACT, self.school["id"]) if tells else set())

    def bureau(self) -> set[str]:
        return self.holders(roles.BUREAU_OFFICER, self.division["parent"])

    def county(self) -> set[str]:
        direct = self.division["kind"] == "city_direct"
        return (set() if direct else self.holders(roles.COUNTY_OFFICER, self.division["id"])) or self.bureau()

    def leader(self) -> set[str]:
        return self.holders(roles.TEAM_LEADER, self.issue["team"])

    def assigners(self) -> set[str]:
        if self.issue["severity"] == "critical":
            return self.bureau()
        on_the_spot = (self.issue["severity"], self.issue["mode"]) == ("minor", "immediate")
        return (self.leader() if on_the_spot else set()) or self.county()

    def officers(self, body: str | None) -> set[str]:
        """Of the bureau, or of that county, wherever the school belongs by now."""
        return self.bureau() if body == self.division["parent"] else self.holders(roles.COUNTY_OFFICER, body)

    def led(self) -> set[str]:
        return self.officers(self.issue["helper"]) if self.issue.get("helper") else set()

    def told_of_return(self) -> set[str]:
        return self.school_side() | self.led()

    def pressed(self) -> set[str]:
        return self.led() if self.issue.get("helper") else self.school_side()

    def askers(self) -> set[str]:
        return self.led() if self.issue.get("helper") else self.secretaries()

    def issuers(self) -> set[str]:
        return self.bureau() if self.issue["issuer"] == self.division["parent"] else self.county()

    def ruling(self) -> set[str]:
        assigner = {self.issue["assigned_by"]["person"]} if self.issue["assigned_by"] else set()
        own = self.issuers() - assigner - self.insiders()
        return own or self.bureau() - assigner - self.insiders()

    def asked(self) -> set[str]:
        helps = self.issue.get("helps", [])
        return self.officers(helps[-1]["body"]) - self.insiders() if helps else set()

    def granting(self) -> set[str]:
        return self.issuers() - self.insiders()

    def checkers(self) -> set[str]:
        if self.issue.get("assignment"):
            by_bureau = self.issue.get("helper") == self.division["parent"]
            return self.impartial(self.bureau() if by_bureau else self.issuers())
        if self.issue.get("helper"):
            above = self.issue["helper"] == self.division["parent"]
            return self.impartial(self.bureau() if above else self.county())
        return self.impartial(self.county() | (self.leader() if self.issue["severity"] == "minor" else set()))

    def final_checkers(self) -> set[str]:
        last = self.issue["checks"][-1] if self.issue["checks"] else None
        due = self.issue["severity"] == "critical" and last and last["step"] == "first" and last["passed"]
        return self.impartial(self.bureau()) if due else set()

    def insiders(self) -> set[str]:
        """Of the school, of the others of its branch, or of a group below it, by home or by a role there."""
        return self.structure.members_at(self.school["id"], self.school["branch"], self.event.registry)

    def impartial(self, people: set[str]) -> set[str]:
        planners = set(self.issue.get("planners", ())) | {(self.issue["planned_by"] or {"person": ""})["person"]}
        responsible = {row["person"] for row in self.issue["responsibilities"]}
        reporters = {report["by"].get(named) for report in self.issue["reports"] for named in ("person", "acting_for")}
        return people - self.insiders() - planners - responsible - reporters

    def moved(self) -> bool:
        """Whether this event moved a deadline to another day."""
        moved = [one for one in self.issue.get("recounts", ()) if one["at"] == self.caused_at]
        return any(one["before"]["day"] != one["after"]["day"] for one in moved)

    def told_of_recount(self) -> set[str]:
        if not self.moved():
            return set()
        rows = self.issue["responsibilities"]
        leads = {row["person"] for row in rows if row["part"] == "lead" and row["superseded_at"] is None}
        return self.askers() | leads

    def unsigned_leads(self) -> set[str]:
        return {
            row["person"]
            for row in self.issue["responsibilities"]
            if row["part"] == "lead" and row["signed_at"] is None and row["superseded_at"] is None
        }


_ADDRESSEES: Final[Mapping[str, Callable[[_Around], set[str]]]] = {
    "assigned": _Around.school_side,
    "returned": _Around.told_of_return,
    "reopened": _Around.told_of_return,
    "withdrawn": lambda around: around.secretaries() if around.issue["submitted_at"] else set(),
    "submitted": _Around.assigners,
    "reported": _Around.checkers,
    "checked": _Around.final_checkers,
    "planned": _Around.unsigned_leads,
    "replanned": _Around.unsigned_leads,
    "closed": _Around.secretaries,
    "objected": _Around.ruling,
    "objection_decided": _Around.secretaries,
    "help_asked": _Around.asked,
    "help_passed_up": _Around.asked,
    "help_decided": _Around.secretaries,
    "extension_asked": _Around.granting,
    "extension_decided": _Around.askers,
    "urged": _Around.pressed,
    "card_issued": _Around.school_side,
    "card_decided": _Around.secretaries,
    "recounted": _Around.told_of_recount,
    "lead_left": _Around.askers,
}
_RULE: Final = {"planned": "to_sign", "replanned": "to_sign", "help_passed_up": "help_asked"}


def _of_request(around: _Around) -> Iterator[tuple[str, str]]:
    """(rule, person): the bureau answers; then the school rates; the leader who asked hears of it, if still linked."""
    request, verb = around.issue, around.event.type.split(".")[2]
    if verb == "asked":
        yield from (("request_asked", person) for person in around.bureau() - around.insiders())
    elif verb == "replied":
        linked = around.holders(roles.LIAISON_LEADER, around.school["branch"]) & {request["asked_by"]["person"]}
        yield from (("request_replied", person) for person in around.secretaries() | linked)
    elif verb == "recounted" and around.moved():
        yield from (("request_recounted", person) for person in around.bureau() - around.insiders())


def _of_material(around: _Around) -> Iterator[tuple[str, str]]:
    """(rule, person): the school gives; whoever asked looks at it, while they hold what they asked in."""
    verb, asker = around.event.type.split(".")[2], around.issue["asked_by"]
    if verb == "asked":
        yield from (("material_asked", person) for person in around.school_side())
    elif verb == "given":
        still = around.holders(asker["role"], asker["organisation"]) & {asker["person"]}
        yield from (("material_given", person) for person in still)
    else:
        yield from (("material_withdrawn", person) for person in around.secretaries())


_BESIDE: Final = {"inspection.request": _of_request, "inspection.material": _of_material}


def wanted_alerts(log: Log, structure: Structure, marks: dict[int, int]) -> Iterator[Wanted]:
    """(event, rule, person) of every alert due for what the consumer has seen: `marks` are seqs by stream."""
    grants: dict[int, dict[tuple[str, str], set[str]]] = {}
    for event in log.told():
        kind = ".".join(event.type.split(".")[:2])
        if event.seq > marks.get(event.stream, 0) or kind not in {"inspection.issue", *_BESIDE}:
            continue
        if event.registry not in grants:
            grants[event.registry] = structure.grants_at(event.registry)
        data = msgspec.json.decode(event.data)
        actor = data["cause"]["actor"]["person"]
        around = _Around(event, data["entry"], actor, structure, grants[event.registry], data["cause"]["at"])
        if kind in _BESIDE:
            told = _BESIDE[kind](around)
            yield from ((event.id, rule, person) for rule, person in sorted(told) if person != actor)
            continue
        verb = event.type.split(".")[2]
        people = _ADDRESSEES[verb](around) if verb in _ADDRESSEES else set()
        yield from ((event.id, _RULE.get(verb, verb), person) for person in sorted(people - {actor}))


def wanted_signatures(registry: Log, marks: dict[int, int]) -> Iterator[Wanted]:
    """The same for letters and posts that somebody proposed to somebody else."""
    for event in registry.told():
        if event.seq > marks.get(event.stream, 0) or event.type != "inspection.commitment.proposed.v1":
            continue
        data = msgspec.json.decode(event.data)
        if (person := data["entry"]["person"]) != data["cause"]["actor"]["person"]:
            yield event.id, "to_sign", person


async def check_alerts(
    mongo: Mongo,
    db: Database,
    registry: Log,
    log: Log,
    structure: Structure,
    findings: Findings,
    *,
    known: Set[str] = frozenset(),
) -> None:
    """Alerts in notification's store, read in one snapshot with its watermarks, against those that are due.

    `known` are events that a person has found lost with an older copy of the ledger: their alerts remain.
    """
    async with mongo.snapshot() as session:
        marks, registered = [
            {
                row["stream"]: row["seq"]
                async for row in db["watermarks"].find({"ledger": one.ledger.name}, session=session)
            }
            for one in (log, registry)
        ]
        rows = [row["entry"] async for row in db["alerts"].find({}, session=session)]
    raised = Counter((row["event"], row["rule"], row["person"]) for row in rows)
    wanted = Counter(wanted_alerts(log, structure, marks))
    wanted.update(wanted_signatures(registry, registered))
    findings.count("alerts", sum(raised.values()))
    for where, n in wanted.items():
        if raised[where] < n:
            findings.add("alert-lost", "/".join(where))
    for where, n in raised.items():
        if where not in wanted and where[0] in known:
            findings.count("alerts of events known to be lost", n)
        elif where not in wanted:
            findings.add("alert-unfounded", "/".join(where))
        elif n > wanted[where]:
            findings.add("alert-doubled", "/".join(where), f"{n} times")
