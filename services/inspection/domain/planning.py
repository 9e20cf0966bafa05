"""A feasible plan of a round: teams, who visits which school, on which day. Pure and deterministic by the seed."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.inspection.domain.planning_matching import matched, one_way
from services.inspection.domain.planning_request import Blocked, Infeasible, PlanRequest
from services.inspection.domain.planning_teams import Members, formed, kept
from services.inspection.domain.registry import School
from services.inspection.domain.round import PlannedVisit, PlanProof, Team

ATTEMPTS: Final = 24
_WHY: Final = {
    "own-school": ("本校或同一党组织所辖", "own school or same branch"),
    "previous-round": ("上轮去过", "visited in the previous round"),
    "reciprocal-pair": ("互查", "reciprocal pair"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundPlan:
    """Teams and visits with ids derived from the round's: the first member leads; one regular visit a school."""

    teams: tuple[Team, ...]
    visits: tuple[PlannedVisit, ...]
    proof: PlanProof | None = None


def plan_round(request: PlanRequest) -> RoundPlan:
    """A plan that keeps every hard rule; raises `Infeasible` with the rules that block it.

    Teams and their order are drawn by lot; should the rules leave a school without a team, they are drawn again, at
    most `ATTEMPTS` times, every other time with the previous round's teams kept together (large teams drawn anew have
    been everywhere). A refusal names what blocked the best draw: a proof for that draw, not for all.
    """
    days = request.working_days()
    if not days:
        raise Infeasible(
            (Blocked(rules=("no-working-day",), zh="督导期间没有工作日", en="the period has no working day"),)
        )
    known_schools(request)
    best: tuple[Blocked, ...] = ()
    for attempt in range(ATTEMPTS):
        teams = kept(request, attempt) if attempt % 2 else formed(request, attempt)
        given, blocks = _assigned(request, teams, attempt)
        blocks = blocks or _too_many_a_day(request, given, len(days))
        if not blocks:
            return written(request, teams, given)
        if not best or len(blocks) < len(best):
            best = blocks
        if not blocks[0].schools:
            break  # too little time for an even load: no other draw helps
    raise Infeasible(best)


def known_schools(request: PlanRequest) -> None:
    """Raises `Infeasible` for cadres of schools outside the round."""
    known = {school.id for school in request.schools}
    strange = sorted({cadre.school for cadre in request.cadres} - known)
    if strange:
        zh, en = f"党务干部所在学校不在本轮：{'、'.join(strange)}", f"cadres of schools outside the round: {strange}"
        raise Infeasible((Blocked(rules=("unknown-school",), zh=zh, en=en, schools=tuple(strange)),))


def _assigned(
    request: PlanRequest, teams: Sequence[Members], attempt: int
) -> tuple[dict[str, int], tuple[Blocked, ...]]:
    schools = sorted(request.schools, key=lambda school: request.drawn("school", attempt, school.id))
    reasons = {school.id: _against(request, school, teams) for school in schools}
    open_to = {
        id: sorted(
            (team for team in range(len(teams)) if team not in against),
            key=lambda team: request.drawn("choice", attempt, id, team),
        )
        for id, against in reasons.items()
    }
    given = matched(open_to, len(teams))
    left = sorted(set(open_to) - set(given))
    return given, tuple(_blocked(school, reasons[school], len(teams)) for school in left)[:20]


def _against(request: PlanRequest, school: School, teams: Sequence[Members]) -> dict[int, str]:
    """Which teams may not visit the school, and the rule against each."""
    branch = {other.id: other.branch for other in request.schools}
    may = one_way(len(teams))
    homes = [team for team, members in enumerate(teams) if any(cadre.school == school.id for cadre in members)]
    against: dict[int, str] = {}
    for team, members in enumerate(teams):
        if any(branch[cadre.school] == school.branch for cadre in members):
            against[team] = "own-school"
        elif any((cadre.person, school.id) in request.previous for cadre in members):
            against[team] = "previous-round"
        elif not all(may(team, home) for home in homes):
            against[team] = "reciprocal-pair"
    return {team: rule for team, rule in against.items() if rule not in request.waived}


def _blocked(school: str, against: Mapping[int, str], teams: int) -> Blocked:
    counted = Counter(against.values())
    free = teams - len(against)
    zh = "，".join([f"{_WHY[rule][0]}{n}组" for rule, n in sorted(counted.items())] + [f"已满{free}组"] * (free > 0))
    en = ", ".join([f"{_WHY[rule][1]}: {n}" for rule, n in sorted(counted.items())] + [f"taken: {free}"] * (free > 0))
    return Blocked(
        rules=tuple(sorted(counted)) or ("capacity",),
        zh=f"{school}在{teams}组中无组可去（{zh}）",
        en=f"{school}: none of {teams} teams ({en})",
        schools=(school,),
    )


def _too_many_a_day(request: PlanRequest, given: Mapping[str, int], days: int) -> tuple[Blocked, ...]:
    most = max(Counter(given.values()).values(), default=0)
    limit = request.terms.visits_a_day
    if most <= days * limit:
        return ()
    zh = f"一组须督导{most}所学校，而督导期间只有{days}个工作日，每日至多{limit}所"
    en = f"a team has {most} visits within {days} working days, at most {limit} a day"
    return (Blocked(rules=("period-too-short",), zh=zh, en=en),)


def written(request: PlanRequest, teams: Sequence[Members], given: Mapping[str, int]) -> RoundPlan:
    """The plan of these teams and school → team, with ids from the round's and days spread over its period."""
    round_id = request.round.id
    ids = [f"T-{round_id}-{number:02d}" for number in range(1, len(teams) + 1)]
    visits = defaultdict(list)
    for school in sorted(given, key=lambda school: request.drawn("order", school)):
        visits[given[school]].append(school)
    rows = [
        PlannedVisit(visit=f"V-{round_id}-{school}", school=school, team=ids[team], day=day)
        for team, schools in visits.items()
        for school, day in zip(schools, _spread(request, team, len(teams), len(schools)), strict=True)
    ]
    return RoundPlan(
        teams=tuple(
            Team(
                id=ids[number],
                round=round_id,
                name=f"{request.round.title}第{number + 1}组",
                leader=members[0].person,
                members=tuple(cadre.person for cadre in members),
            )
            for number, members in enumerate(teams)
        ),
        visits=tuple(sorted(rows, key=lambda row: (row.day, row.team, row.school))),
    )


def _spread(request: PlanRequest, team: int, teams: int, visits: int) -> list[str]:
    """The days of a team's visits: as far apart as the period allows, and teams shifted against each other."""
    days = request.working_days()
    shift = team / teams
    return [days[int((number + shift) * len(days) / visits)].isoformat() for number in range(visits)]
