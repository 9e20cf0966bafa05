"""Rounds planned: how near the proven bound, in how long; against the plain planner by matching; the command over HTTP.

Cost and bound are whole numbers that the product proves itself. The plain planner keeps the same hard rules and counts
kilometres for nothing; its gap is against the same bound. Over HTTP one command plans 2,000 schools: the round, its
teams, their grants and every visit are written in one transaction.
"""

import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from pymongo import MongoClient

from bench._planning_city import DEMONSTRATION, city_of, request_for
from bench._planning_store import BUREAU, DATABASE, PREFIX, store_schools
from bench._processes import inspection_api
from dudao.bench import Arm, Wanted, WrongOutputError, ceiling, figure
from dudao.embedded import Mongod
from services.inspection.adapters.highs_solver import HighsSolver
from services.inspection.domain.planning import RoundPlan, plan_round
from services.inspection.domain.planning_check import violations
from services.inspection.domain.planning_ground import ground_of
from services.inspection.domain.planning_optimised import arrangement_of, optimise
from services.inspection.domain.planning_request import PlanRequest
from services.inspection.domain.planning_terms import PlanningTerms

LARGE: Final = 2000
QUICK: Final = 400
SIZES: Final = (3, 5, 7, 10)
MOST_GAP: Final = 1.0
_A_TEAM: Final = 5
_PATIENCE_S: Final = 200.0
_NOTE: Final = "gap to the proven bound; the peer: the plain planner by matching, against the same bound"

Document = dict[str, Any]


class _Patient:
    """Waits as long as it takes."""

    def goes_on(self) -> bool:
        """Always."""
        return True

    def tell(self, stage: str, cost: int | None, bound: int | None) -> None:
        """Nobody is told."""


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    large = wanted.size(LARGE, QUICK)
    arms = [arm for schools in (DEMONSTRATION, large) for size in SIZES for arm in _planned(schools, size, wanted)]
    return [*arms, *_over_http(large, wanted)]


@dataclass(frozen=True, slots=True)
class Found:
    """A plan's cost, and the seconds of processor time that it took."""

    cost: int
    seconds: float
    bound: int = 0


def _planned(schools: int, size: int, wanted: Wanted) -> Iterator[Arm]:
    city, prices = city_of(schools)
    request = request_for(city, size)
    ours = _optimised(request, prices)
    plain = _plain(request, prices) if wanted.peers else None
    name = f"plan {schools} schools, teams of {size}"
    wanted.tell(f"{name}: {ours.seconds:.1f} s, gap {_gap(ours.cost, ours.bound):.2f} %")
    yield ceiling(
        f"{name}: gap", ours=_gap(ours.cost, ours.bound), most=MOST_GAP,
        peer=_gap(plain.cost, ours.bound) if plain else None, unit="%", note=_NOTE,
    )  # fmt: skip
    yield figure(f"{name}: time", ours=ours.seconds, peer=plain.seconds if plain else None, unit="s CPU")


def _gap(cost: int, bound: int) -> float:
    return 100 * (cost - bound) / cost if cost else 0.0


def _optimised(request: PlanRequest, prices: PlanningTerms) -> Found:
    began = time.process_time()
    plan = optimise(request, prices, HighsSolver(), _Patient())
    seconds = time.process_time() - began
    cost = _checked(plan, request, prices)
    if plan.proof is None or plan.proof.cost != cost:
        raise WrongOutputError(f"{plan.proof} where the plan costs {cost}")
    return Found(cost, seconds, plan.proof.bound)


def _plain(request: PlanRequest, prices: PlanningTerms) -> Found:
    began = time.process_time()
    plan = plan_round(request)
    seconds = time.process_time() - began
    return Found(_checked(plan, request, prices), seconds)


def _checked(plan: RoundPlan, request: PlanRequest, prices: PlanningTerms) -> int:
    """The cost of a plan that keeps every rule; raises `WrongOutputError` for any other."""
    broken = violations(plan, request)
    if broken:
        raise WrongOutputError(f"the plan breaks {broken[:3]}")
    return arrangement_of(ground_of(request, prices), plan).cost


def _over_http(schools: int, wanted: Wanted) -> Iterator[Arm]:
    city, prices = city_of(schools)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dudao-bench-")))
        mongod = stack.enter_context(Mongod(folder / "mongo", cache_gb=1.0))
        base = inspection_api(stack, folder, mongod.url, PREFIX)
        with MongoClient[Document](mongod.url) as client:
            store_schools(client[DATABASE], city)
            http = stack.enter_context(httpx.Client(base_url=base, timeout=_PATIENCE_S, trust_env=False))
            opened = _opened(http, prices)
            wanted.tell(f"{schools} 所学校的一次排计划 / planning {schools} schools in one command")
            began = time.perf_counter()
            planned = _told(http, "POST", f"/v1/rounds/{opened['id']}/plan", {"team_size": _A_TEAM}, opened["version"])
            seconds = time.perf_counter() - began
            _require_written(client, planned, schools)
    note = f"{schools} schools, teams of {_A_TEAM}: planned, proved, and written with its visits in one transaction"
    yield figure("plan over HTTP, the whole command", ours=seconds, unit="s", note=note)


def _opened(http: httpx.Client, prices: PlanningTerms) -> Document:
    rows = [{"start": one.start, "end": one.end, "km": one.km} for one in prices.distances]
    _told(http, "PUT", "/v1/planning/terms", {"distances": rows})
    item: Document = {
        "code": "C1", "section": "基本制度", "area": "基本制度", "text": "条目", "how": None, "costs": None,
        "type": "yes_no", "subject": "school", "weight": 5, "max": None, "pass_mark": None, "severity": "minor",
        "mode": "deadline", "evidence": False, "indicator": None, "by": "person", "levels": [], "organised": [],
        "principal_pilot": None, "members_at_least": None, "had_previous_round": None, "records": "answer",
    }  # fmt: skip
    _told(http, "POST", "/v1/checklists", {"name": "small", "version": 1, "title": "清单", "items": [item]})
    period = {"starts": "2027-03-01", "ends": "2027-06-30"}
    wanted = {"year": 2027, "ordinal": 1, "title": "第一轮", "checklist": "small@1", **period}
    return _told(http, "POST", "/v1/rounds", wanted)


def _told(http: httpx.Client, method: str, path: str, body: Document, version: int | None = None) -> Document:
    seen = {} if version is None else {"If-Match": f'"{version}"'}
    headers = {"Authorization": f"Bearer {BUREAU}", "Idempotency-Key": secrets.token_hex(12), **seen}
    answer = http.request(method, path, json=body, headers=headers)
    if answer.is_error:
        raise WrongOutputError(f"{path}: {answer.status_code} {answer.text[:1000]}")
    found: Document = answer.json()
    return found


def _require_written(client: MongoClient[Document], planned: Document, schools: int) -> None:
    """Raises `WrongOutputError` unless every school has its visit, and every team its members' grants."""
    db = client[DATABASE]
    visits = db["visits"].count_documents({"entry.round": planned["id"]})
    grants = db["grants"].count_documents({"entry.role": {"$in": ["team_leader", "team_member"]}})
    if (visits, grants, len(planned["visits"])) != (schools, schools, schools):
        raise WrongOutputError(f"{visits} visits and {grants} grants for {schools} schools")
