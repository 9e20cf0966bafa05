"""MongoDB restored from an older copy: it must be found out and alarmed, and nothing silently skipped."""

import asyncio
from typing import Any, Final

import httpx

from contracts.ledgers import LISTS, REGISTRY
from tests.faults import copies
from tests.faults.checker import Checker, Verdict
from tests.faults.journal import Fate
from tests.faults.kinds.processes import gauge
from tests.faults.shadow import caught_up
from tests.faults.system import PROCESSES, System
from tests.faults.trial import Fault, Trial

_CONSUMERS: Final = ("notification", "reporting")
_INSPECTION: Final = tuple(name for name in PROCESSES if name.startswith("inspection"))
_STOPPED_S: Final = 5.0
# What a restored ledger looks like from all sides; anything else would be a failure beside it.
_LOST: Final = frozenset({"request-lost", "acknowledged-lost", "record-forged", "list-wrong", "not-published"})
_OVERTAKEN: Final = frozenset({
    "consumer-ahead", "consumer-alarm", "consumer-differs", "consumer-behind", "alert-unfounded", "alert-lost",
    "report-wrong", "not-counted",
})  # fmt: skip


class _Restored(Fault):
    ruins = True

    def __init__(self) -> None:
        self._kept: set[str] = set()
        self._lost: set[str] = set()
        self._alarms: dict[str, list[dict[str, Any]]] = {}

    async def run(self, trial: Trial) -> None:
        """A copy is taken, life goes on, the copy is put back, life goes on."""
        await trial.load.some(trial.amount.before)
        self._kept = _acknowledged(trial)
        copy = await copies.take(trial)
        await trial.load.some(trial.amount.during)
        await caught_up(trial)
        self._lost = _acknowledged(trial) - self._kept
        await self._put_back(trial, copy)
        await trial.load.some(trial.amount.after)

    async def _put_back(self, trial: Trial, copy: Any) -> None:
        raise NotImplementedError

    async def check(self, checker: Checker) -> Verdict:
        """The checker must name what was lost; what it names is judged below."""
        # Streams that stopped will never be where they should: no long wait for them.
        checker.seconds = _STOPPED_S
        verdict = await checker.check(lambda _: False)
        wanted = "request-lost"
        if self._lost and not verdict.counts[wanted]:
            verdict.add("not-detected", wanted)
        return verdict

    def _forgive(self, verdict: Verdict, codes: frozenset[str]) -> None:
        for code in codes & verdict.counts.keys():
            del verdict.counts[code]
        verdict.examples[:] = [line for line in verdict.examples if line.split(":")[0] not in codes]

    async def judge(self, trial: Trial, verdict: Verdict) -> None:
        """What was acknowledged before the copy is there."""
        missing = self._kept - set(trial.system.requests("inspection"))
        if missing - set(trial.system.requests("notification")):
            verdict.add("kept-lost", f"{len(missing)} acknowledged before the copy")


class WholeRestored(_Restored):
    """All services' databases are restored together: Kafka and the clients know of more."""

    name = "restore-all"
    title = "every database restored from an older copy: the lost is named, nobody diverges unseen"

    async def _put_back(self, trial: Trial, copy: Any) -> None:
        await asyncio.to_thread(trial.system.keeper.stop_all)
        await copies.put_back(trial, copy)
        await trial.system.start_services()

    async def judge(self, trial: Trial, verdict: Verdict) -> None:
        """A consumer that took a lost record from Kafka has stopped with an alarm; else it agrees."""
        await super().judge(trial, verdict)
        if not verdict.counts["record-forged"]:
            verdict.add("not-detected", "record-forged")
        self._forgive(verdict, _LOST)
        if any(_alarms(trial.system, name) for name in _CONSUMERS):
            self._forgive(verdict, _OVERTAKEN)


class OwnerRestored(_Restored):
    """Only inspection's database is restored: both consumers are ahead of their owner, stop, and say so."""

    name = "restore-owner"
    title = "inspection restored from an older copy: both consumers stop with an alarm"

    async def _put_back(self, trial: Trial, copy: Any) -> None:
        system = trial.system
        before = {name: _marks(system, name) for name in _CONSUMERS}
        for name in _INSPECTION:
            await asyncio.to_thread(system.keeper.remove, name)
        await copies.put_back_database(trial, copy, f"{system.prefix}_inspection")
        for name in _INSPECTION:
            await asyncio.to_thread(system.keeper.add, system.process(name))
        await system.ready(_INSPECTION)
        for name in _CONSUMERS:
            await trial.until(lambda name=name: bool(_alarms(system, name)), f"{name} raises the alarm")
            await self._says_so(trial, name)
        await trial.load.some(trial.amount.after)
        for name in _CONSUMERS:
            self._stood_still(trial, name, before[name])

    async def _says_so(self, trial: Trial, name: str) -> None:
        process = f"{name}-worker" if name == "notification" else f"{name}-worker-1"

        async def unready() -> bool:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
                said = await http.get(f"{trial.system.url(process)}/health/ready")
            alarms = await gauge(trial.system, process, f'dudao_consumer_alarms{{consumer="{name}",ledger="lists"}} ')
            return said.status_code == 503 and said.json()["checks"]["consumer"] != "ok" and alarms > 0

        await trial.until(unready, f"{process} says that a stream is stopped")

    def _stood_still(self, trial: Trial, name: str, before: dict[str, tuple[int, bytes]]) -> None:
        after = _marks(trial.system, name)
        for alarm in _alarms(trial.system, name):
            if after[alarm["_id"]] != before[alarm["_id"]]:
                trial.add("skipped-on", f"{name} {alarm['_id']} moved past its alarm")

    async def judge(self, trial: Trial, verdict: Verdict) -> None:
        """Both consumers alarm, verify says so, and all that differs is of this."""
        await super().judge(trial, verdict)
        for code in ("consumer-alarm",):
            if not verdict.counts[code]:
                verdict.add("not-detected", code)
        self._forgive(verdict, _LOST | _OVERTAKEN)


def _acknowledged(trial: Trial) -> set[str]:
    return {
        command.request
        for command in trial.journal
        if command.fate is Fate.ACKNOWLEDGED and command.service == "inspection"
    }


def _alarms(system: System, service: str) -> list[dict[str, Any]]:
    with system.admin() as client:
        rows: list[Any] = list(client[f"{system.prefix}_{service}"]["alarms"].find({}))
    return rows


def _marks(system: System, service: str) -> dict[str, tuple[int, bytes]]:
    with system.admin() as client:
        rows: list[Any] = list(client[f"{system.prefix}_{service}"]["watermarks"].find({}))
    return {row["_id"]: (row["seq"], row["hash"]) for row in rows if row["ledger"] in (LISTS.name, REGISTRY.name)}


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [WholeRestored(), OwnerRestored()]
