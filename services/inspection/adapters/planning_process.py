"""Starts the process that plans a round, and ends it when its time is up or nobody wants the plan any more."""

import asyncio
import sys
from typing import Final

import msgspec

from runtime.errors import Rejected
from services.inspection.adapters.planning.messages import Order, Word
from services.inspection.application.planner import PlanningRuns, Progress
from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_request import Infeasible, PlanRequest
from services.inspection.domain.planning_terms import PlanningTerms

MODULE: Final = "services.inspection.adapters.planning"
SECONDS: Final = 110.0
_ASK_EVERY_S: Final = 1.0
_LINE: Final = 16 * 1024 * 1024
# Nothing of this process's environment, where secrets may be, is the business of the other one.
_ENVIRONMENT: Final = {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


class PlanningProcess:
    """One plan at a time: a plan takes both cores of a small machine."""

    def __init__(self, runs: PlanningRuns) -> None:
        self._runs = runs
        self._room = asyncio.Semaphore(1)

    async def plan(self, request: PlanRequest, prices: PlanningTerms) -> RoundPlan:
        """Raises `Infeasible`; `Rejected` (503) when it ran out of its bounds, 409 when it was stopped."""
        async with self._room:
            await self._runs.begin(request.round.id)
            try:
                word = await self._asked(request.round.id, msgspec.json.encode(Order(request, prices)))
            finally:
                await self._runs.end(request.round.id)
        if word.blocks is not None:
            raise Infeasible(word.blocks)
        if word.plan is None:
            raise Rejected(
                "planning-gave-up", "排计划超出时间或内存限度", "planning ran out of its time or memory", status=503
            )
        return word.plan

    async def _asked(self, round_: str, order: bytes) -> Word:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", MODULE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env=_ENVIRONMENT, limit=_LINE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                return await self._followed(round_, process, order)
        except TimeoutError:
            return Word()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _followed(self, round_: str, process: asyncio.subprocess.Process, order: bytes) -> Word:
        """Reads words until the answer; asks every second whether the plan is still wanted."""
        if process.stdin is None or process.stdout is None:
            return Word()
        process.stdin.write(order)
        process.stdin.close()
        progress, reading = (
            Progress(stage="begins", cost=None, bound=None),
            asyncio.ensure_future(process.stdout.readline()),
        )
        try:
            while True:
                done, _ = await asyncio.wait({reading}, timeout=_ASK_EVERY_S)
                if done:
                    if not (line := reading.result()):
                        return Word()
                    word = msgspec.json.decode(line, type=Word)
                    if word.stage is None:
                        return word
                    progress = Progress(stage=word.stage, cost=word.cost, bound=word.bound)
                    reading = asyncio.ensure_future(process.stdout.readline())
                if not await self._runs.tell(round_, progress):
                    raise Rejected("planning-stopped", "排计划已被停止", "the planning was stopped", status=409)
        finally:
            reading.cancel()
