"""Changing a plan by hand: what a change would break and cost, and the smallest one when a cadre falls out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_arrangement import Arrangement
from services.inspection.domain.planning_bound import lower_bound, no_prices
from services.inspection.domain.planning_check import violations
from services.inspection.domain.planning_ground import Ground, ground_of
from services.inspection.domain.planning_optimised import arrangement_of, proof_of
from services.inspection.domain.planning_request import Blocked, Infeasible, PlanRequest
from services.inspection.domain.planning_terms import PlanningTerms
from services.inspection.domain.round import PlannedVisit, PlanProof, Team
from services.inspection.domain.rules_planning import BreaksPlan, NotInPlan

WORDS: Final = {
    "unknown-team": ("没有该督导组", "no such team"),
    "member": ("成员重复或不是本轮党务干部", "twice a member, or no cadre of the round"),
    "leader": ("组长不在组内", "the leader is no member"),
    "visited-once": ("每校每轮常规督导一次", "each school exactly one regular visit"),
    "own-school": ("不得督导本校或同一党组织所辖学校", "own school or same branch"),
    "reciprocal-pair": ("不得互查", "no reciprocal pair"),
    "team-divisions": ("每组成员须来自足够多的县区（单位）", "members of enough divisions in a team"),
    "previous-round": ("不得再去上轮去过的学校", "no return to a school of the previous round"),
    "working-day": ("须在督导期间的工作日", "a working day of the period"),
    "visits-a-day": ("一组一日督导过多", "too many visits of a team on one day"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitTo:
    """The school is visited by this team, or on this day, or both."""

    school: str
    team: str | None = None
    day: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberTo:
    """The cadre goes to this team; to none: leaves."""

    person: str
    team: str | None


Change = VisitTo | MemberTo


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What the change would break that was whole before, and the cost before and after."""

    broken: tuple[str, ...]
    before: int
    after: int


def changed_plan(plan: RoundPlan, changes: Sequence[Change]) -> RoundPlan:
    """The plan after the changes, in their order; raises `NotInPlan`."""
    for change in changes:
        plan = _visit_to(plan, change) if isinstance(change, VisitTo) else _member_to(plan, change)
    return plan


def judged(before: RoundPlan, after: RoundPlan, request: PlanRequest, prices: PlanningTerms) -> Judgement:
    """Live check: the rules that the change newly breaks, and what it costs."""
    was = set(violations(before, request))
    ground = _ground(before, request, prices)
    return Judgement(
        broken=tuple(found for found in violations(after, request) if found not in was),
        before=arrangement_of(ground, before).cost,
        after=arrangement_of(_ground(after, request, prices), after).cost,
    )


def require_lawful(judgement: Judgement) -> None:
    """Raises `BreaksPlan` naming every rule that the change would break."""
    if judgement.broken:
        rules = sorted({found.split(":")[0] for found in judgement.broken})
        raise BreaksPlan(
            rules_zh="、".join(WORDS[rule][0] for rule in rules),
            rules_en=", ".join(WORDS[rule][1] for rule in rules),
            rules=rules,
            broken=list(judgement.broken[:20]),
        )


def proof_after(after: RoundPlan, request: PlanRequest, prices: PlanningTerms, kept: PlanProof | None) -> PlanProof:
    """The proof of a changed plan. The bound stays while the same cadres plan; else the one that needs no solver."""
    ground = _ground(after, request, prices)
    bound = kept.bound if kept is not None else lower_bound(ground, no_prices(ground))
    made = proof_of(arrangement_of(ground, after), bound)
    return made if kept is None else replace(made, seed=kept.seed, team_size=kept.team_size)


def without_cadre(plan: RoundPlan, person: str, request: PlanRequest, prices: PlanningTerms) -> tuple[Change, ...]:
    """The fewest changes after which a cadre is out and every rule is kept, the cheapest of them; raises `Infeasible`.

    First nobody else moves; then one other comes into the team, who was in none or whose own team can spare them; then
    two change places across three teams' worth of people.
    """
    team = next((team.id for team in plan.teams if person in team.members), None)
    if team is None:
        raise NotInPlan(what=person)
    out: tuple[Change, ...] = (MemberTo(person=person, team=None),)
    for others in (((),), _one_comes(plan, person, team, request)):
        found = _cheapest(plan, [(*out, *more) for more in others], request, prices)
        if found is not None:
            return found
    zh, en = f"{person}退出后，没有一名党务干部可补入", f"no single cadre can take the place of {person}"
    raise Infeasible((Blocked(rules=("team-divisions",), zh=zh, en=en),))


def _one_comes(plan: RoundPlan, person: str, team: str, request: PlanRequest) -> tuple[tuple[Change, ...], ...]:
    inside = {member for one in plan.teams if one.id == team for member in one.members}
    return tuple(
        (MemberTo(person=cadre.person, team=team),)
        for cadre in request.cadres
        if cadre.person != person and cadre.person not in inside
    )


def _cheapest(
    plan: RoundPlan, ways: Iterable[tuple[Change, ...]], request: PlanRequest, prices: PlanningTerms
) -> tuple[Change, ...] | None:
    """The cheapest lawful way. Most ways are refused by the arrangement's count; the checker has the last word."""
    ground = _ground(plan, request, prices)
    arrangement = arrangement_of(ground, plan)
    before = arrangement.conflicts
    ranked: list[tuple[int, int, tuple[Change, ...]]] = []
    for number, way in enumerate(ways):
        conflicts, cost = _after(arrangement, ground, plan, way)
        if conflicts <= before:
            ranked.append((cost, number, way))
    for _, _, way in sorted(ranked)[:20]:
        if not judged(plan, changed_plan(plan, way), request, prices).broken:
            return way
    return None


def _after(arrangement: Arrangement, ground: Ground, plan: RoundPlan, way: tuple[Change, ...]) -> tuple[int, int]:
    """Conflicts and cost with the members moved; the arrangement is left as it was."""
    hand = {one.person: number for number, one in enumerate(ground.hands)}
    team = {one.id: number for number, one in enumerate(plan.teams)}
    moves = [move for move in way if isinstance(move, MemberTo) and move.person in hand]
    was = [(hand[move.person], arrangement.team_of_hand[hand[move.person]]) for move in moves]
    for (number, before), move in zip(was, moves, strict=True):
        _replace_hand(arrangement, number, before, -1 if move.team is None else team[move.team])
    found = (arrangement.conflicts, arrangement.cost)
    for (number, before), move in zip(reversed(was), reversed(moves), strict=True):
        _replace_hand(arrangement, number, -1 if move.team is None else team[move.team], before)
    return found


def _replace_hand(arrangement: Arrangement, hand: int, before: int, after: int) -> None:
    if before >= 0:
        arrangement.take_hand(hand)
    if after >= 0:
        arrangement.put_hand(hand, after)


def _ground(plan: RoundPlan, request: PlanRequest, prices: PlanningTerms) -> Ground:
    return replace(ground_of(request, prices), teams=len(plan.teams))


def _visit_to(plan: RoundPlan, change: VisitTo) -> RoundPlan:
    row = next((visit for visit in plan.visits if visit.school == change.school), None)
    if row is None:
        raise NotInPlan(what=change.school)
    moved = PlannedVisit(visit=row.visit, school=row.school, team=change.team or row.team, day=change.day or row.day)
    return replace(plan, visits=tuple(moved if visit is row else visit for visit in plan.visits))


def _member_to(plan: RoundPlan, change: MemberTo) -> RoundPlan:
    if change.team is not None and change.team not in {team.id for team in plan.teams}:
        raise NotInPlan(what=change.team)
    if change.team is None and not any(change.person in team.members for team in plan.teams):
        raise NotInPlan(what=change.person)
    return replace(plan, teams=tuple(_with(team, change) for team in plan.teams))


def _with(team: Team, change: MemberTo) -> Team:
    """The team with the cadre in or out; where the leader leaves, the next member leads."""
    members = tuple(member for member in team.members if member != change.person)
    if change.team == team.id:
        members = team.members if change.person in team.members else (*members, change.person)
    leader = team.leader if team.leader in members or not members else members[0]
    return replace(team, members=members, leader=leader)
