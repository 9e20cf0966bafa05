"""What planning needs from outside: a planner in a process of its own, and a place where its progress can be read."""

from dataclasses import dataclass
from typing import Protocol

from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_request import PlanRequest
from services.inspection.domain.planning_terms import PlanningTerms


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a planning is: its stage, and the best cost and bound so far."""

    stage: str
    cost: int | None
    bound: int | None


class Planner(Protocol):
    """Plans a round; bounded in time and memory."""

    async def plan(self, request: PlanRequest, prices: PlanningTerms) -> RoundPlan:
        """Raises `Infeasible`; `Rejected` (503) when it ran out of its bounds, 409 when it was stopped."""
        ...


class PlanningRuns(Protocol):
    """How far the planning of a round is, whichever process plans it; not part of any ledger."""

    async def begin(self, round_: str) -> None:
        """A planning of this round begins."""
        ...

    async def tell(self, round_: str, progress: Progress) -> bool:
        """Write down how far it is; whether it may go on."""
        ...

    async def end(self, round_: str) -> None:
        """It has ended."""
        ...

    async def read(self, round_: str) -> Progress | None:
        """None when nothing is being planned."""
        ...

    async def stop(self, round_: str) -> bool:
        """Ask it to stop; whether there was one."""
        ...
