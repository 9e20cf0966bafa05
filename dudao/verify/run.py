"""The whole verification, in order: ledgers, states, consumers, effects, records, requests."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from contracts.ledgers import ALERTS, LISTS, REGISTRY, Ledger
from dudao.client.record import Acknowledged
from dudao.verify.alerts import check_alerts
from dudao.verify.consumers import check_consumer
from dudao.verify.counters import check_counters
from dudao.verify.evidence import check_evidence
from dudao.verify.findings import Findings
from dudao.verify.heads import SignedHead, check_signed_heads
from dudao.verify.log import Log, read_log, unsealed
from dudao.verify.reconciled import SignedReconciliation, known_losses
from dudao.verify.records import check_records
from dudao.verify.requests import check_requests
from dudao.verify.states import check_states
from dudao.verify.structure import Structure
from runtime.files import FileSettings, bucket_of
from runtime.mongo import Database, Mongo

LEDGERS: Final[tuple[Ledger, ...]] = (REGISTRY, LISTS, ALERTS)
_LOOK_EVERY: Final = 0.2


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be verified; `seconds` bounds each wait, `kafka` empty leaves the broker out.

    `reconciliations` count as far as they were signed by `key` (hexadecimal).
    """

    mongo: Mongo
    prefix: str
    kafka: str
    acknowledged: Sequence[Acknowledged] = ()
    signed_heads: Sequence[SignedHead] = ()
    reconciliations: Sequence[SignedReconciliation] = ()
    key: str | None = None
    seconds: float = 30.0

    def database(self, service: str) -> Database:
        """A service's database."""
        return self.mongo.database(f"{self.prefix}_{service}")


@dataclass(slots=True)
class Result:
    """What was found, and what could not be looked at."""

    findings: Findings = field(default_factory=Findings)
    left_out: list[str] = field(default_factory=list)
    heads: dict[str, Log] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """As the findings' (`ok`, `empty`, `wrong`), or `incomplete`: well so far, but not all was looked at."""
        found = self.findings.verdict
        return "incomplete" if found == "ok" and self.left_out else found


async def _read(target: Target, ledger: Ledger, findings: Findings) -> Log:
    """The ledger, once nothing committed is left unsealed or the time is up."""
    db = target.database(ledger.owner)
    missing = await unsealed(db, ledger)
    with suppress(TimeoutError):
        async with asyncio.timeout(target.seconds):
            while missing:
                await asyncio.sleep(_LOOK_EVERY)
                missing = await unsealed(db, ledger)
    for event in missing:
        findings.add("commit-unsealed", f"{ledger.name} {event}")
    return await read_log(db, ledger, findings)


async def verify(target: Target, say: Callable[[str], None]) -> Result:
    """Everything; `say` is told each step as it begins."""
    result = Result()
    findings = result.findings
    for ledger in LEDGERS:
        say(f"重算账本 {ledger.name} / recomputing the ledger")
        result.heads[ledger.name] = log = await _read(target, ledger, findings)
        await check_states(target.database(ledger.owner), log, findings)
        # Before the next ledger is read: what a consumer makes of this one may end up there.
        await _consumers(target, log, findings, say)
    known = known_losses(target.reconciliations, target.key, findings)
    check_signed_heads(result.heads, target.signed_heads, findings, known.heads)
    say("重算提醒与报表 / recomputing alerts and reports")
    registry, lists = result.heads["registry"], result.heads["lists"]
    structure = Structure.of(registry)
    notified = target.database("notification")
    await check_alerts(target.mongo, notified, registry, lists, structure, findings, known=known.events)
    await check_counters(target.mongo, target.database("reporting"), lists, structure, findings)
    await check_evidence(bucket_of(FileSettings(), target.database("inspection")), lists, findings)
    await _records(target, result, say)
    say("核对已确认的提交 / checking what was acknowledged")
    owners = {name: target.database(name) for name in ("inspection", "notification")}
    await check_requests(owners, target.acknowledged, findings, known.requests)
    return result


async def _consumers(target: Target, log: Log, findings: Findings, say: Callable[[str], None]) -> None:
    owner = target.database(log.ledger.owner)
    for name in log.ledger.consumers:
        say(f"核对消费者 {name} ← {log.ledger.name} / checking a consumer")
        await check_consumer(target.database(name), owner, log, name, findings, target.seconds)


async def _records(target: Target, result: Result, say: Callable[[str], None]) -> None:
    if not target.kafka:
        result.left_out.append("Kafka")
        return
    for log in result.heads.values():
        say(f"核对 Kafka 主题 {log.ledger.topic} / checking a topic")
        problem = await check_records(target.kafka, log, result.findings)
        if problem:
            result.left_out.append(problem)
