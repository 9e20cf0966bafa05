"""Why there is no plan: the smallest set of rules, and of schools, that still blocks one.

A deletion filter: rules are taken away one by one, and a rule without which there is still no plan is not to blame.
What is left blocks together, and taking any one of it away would let a plan through. Whether there is a plan is asked
of the planner by matching, which may miss one: where a proof is at hand (a school that no lawful team could visit) it
is given instead.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from services.inspection.domain.planning import plan_round
from services.inspection.domain.planning_request import Blocked, Cadre, Infeasible, PlanRequest

RULES: Final = {
    "own-school": ("不得督导本校或同一党组织所辖学校", "own school or same branch"),
    "previous-round": ("不得再去上轮去过的学校", "no return to a school of the previous round"),
    "reciprocal-pair": ("不得互查", "no reciprocal pair"),
    "team-divisions": ("每组成员须来自足够多的县区（单位）", "members of enough divisions in a team"),
}
_MOST_SCHOOLS: Final = 12


def explained(request: PlanRequest, refusal: Infeasible) -> Infeasible:
    """The refusal with the smallest blocking set that was found; a refusal that is a proof already stays."""
    # That no teams can be formed at all concerns no school, and is a proof, too.
    if any(rule not in RULES for rule in refusal.rules) or not any(block.schools for block in refusal.blocks):
        return refusal
    proofs = tuple(_impossible_schools(request))
    if proofs:
        return Infeasible(proofs)
    rules = _smallest(tuple(RULES), lambda kept: not _plannable(_waiving(request, kept)))
    if not rules:
        return refusal
    schools = _blocking_schools(request, refusal)
    zh = "、".join(RULES[rule][0] for rule in rules)
    en = ", ".join(RULES[rule][1] for rule in rules)
    of = (f"（涉及{'、'.join(schools)}，去掉即可排出）", f" (at {', '.join(schools)}: without them there is a plan)")
    at = of if schools else ("", "")
    together = Blocked(
        rules=rules, zh=f"以下规则不能同时满足：{zh}{at[0]}", en=f"together: {en}{at[1]}", schools=schools
    )
    return Infeasible((together, *refusal.blocks[:5]))


def _waiving(request: PlanRequest, kept: Iterable[str]) -> PlanRequest:
    return replace(request, waived=frozenset(RULES) - frozenset(kept))


def _plannable(request: PlanRequest) -> bool:
    try:
        plan_round(request)
    except Infeasible:
        return False
    return True


def _smallest(all_of: tuple[str, ...], blocks: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """The deletion filter: what still blocks when nothing more can be left out; empty when it does not block at all."""
    if not blocks(all_of):
        return ()
    kept = all_of
    for one in all_of:
        fewer = tuple(other for other in kept if other != one)
        if blocks(fewer):
            kept = fewer
    return kept


def _blocking_schools(request: PlanRequest, refusal: Infeasible) -> tuple[str, ...]:
    """The fewest of the schools left over without which there is a plan; none where that does not help."""
    left = tuple(sorted({school for block in refusal.blocks for school in block.schools}))[:_MOST_SCHOOLS]

    def without(dropped: tuple[str, ...]) -> bool:
        gone = frozenset(dropped)
        schools = tuple(school for school in request.schools if school.id not in gone)
        cadres = tuple(cadre for cadre in request.cadres if cadre.school not in gone)
        return _plannable(replace(request, schools=schools, cadres=cadres))

    return _smallest(left, without) if left else ()


def _impossible_schools(request: PlanRequest) -> Iterator[Blocked]:
    """Schools that no lawful team could visit, whatever else the plan did: a proof."""
    division = {school.id: school.division for school in request.schools}
    branch = {school.id: school.branch for school in request.schools}
    for school in sorted(request.schools, key=lambda school: school.id):
        own = [cadre for cadre in request.cadres if branch[cadre.school] == school.branch]
        been = [cadre for cadre in request.cadres if (cadre.person, school.id) in request.previous]
        rest = _from(request.cadres, (*own, *been), division)
        if len(rest) >= request.team_divisions:
            continue
        rules = ["team-divisions"]
        rules += ["own-school"] if len(_from(request.cadres, been, division)) > len(rest) else []
        rules += ["previous-round"] if len(_from(request.cadres, own, division)) > len(rest) else []
        zh = (
            f"可去{school.id}的党务干部只来自{len(rest)}个县区（单位）：{len(own)}人属同一党组织，{len(been)}人上轮去过"
        )
        en = (
            f"cadres who may visit {school.id} come from {len(rest)} divisions: "
            f"{len(own)} are of its branch, {len(been)} were there last round"
        )
        yield Blocked(rules=tuple(rules), zh=zh, en=en, schools=(school.id,))


def _from(cadres: Iterable[Cadre], without: Iterable[Cadre], division: dict[str, str]) -> set[str]:
    gone = {cadre.person for cadre in without}
    return {division[cadre.school] for cadre in cadres if cadre.person not in gone}
