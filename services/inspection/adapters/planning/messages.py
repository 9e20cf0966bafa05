"""What the two processes tell each other, one JSON document a line."""

import msgspec

from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_request import Blocked, PlanRequest
from services.inspection.domain.planning_terms import PlanningTerms


class Order(msgspec.Struct, frozen=True):
    """To the planner."""

    request: PlanRequest
    prices: PlanningTerms


class Word(msgspec.Struct, frozen=True, omit_defaults=True):
    """From the planner: progress (`stage`), then one answer: `plan` or `blocks`."""

    stage: str | None = None
    cost: int | None = None
    bound: int | None = None
    plan: RoundPlan | None = None
    blocks: tuple[Blocked, ...] | None = None
