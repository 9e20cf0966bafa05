"""Records that come again and again, or in any order: copies of what is in the topics, sent by somebody else."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from aiokafka import AIOKafkaProducer, ConsumerRecord

from contracts.ledgers import LEDGERS, LISTS
from dudao.verify.findings import Finding
from tests.faults.checker import Verdict
from tests.faults.records import read_topic
from tests.faults.trial import Fault, Trial

_TIMES: Final = 5
_MOST: Final = 400


class Again(Fault):
    """Sealed records are sent five times more, in order."""

    name = "duplicates"
    title = "sealed records five times more"

    async def inject(self, trial: Trial) -> None:
        """Twice, while the load goes on."""
        for _ in range(trial.amount.times):
            await trial.dwell(trial.amount.during // 4)
            for ledger in LEDGERS.values():
                records = (await read_topic(trial.system.brokers, ledger.topic))[-_MOST:]
                await resend(trial, self._order(trial, [record for record in records for _ in range(_TIMES)]))

    def _order(self, _trial: Trial, records: list[ConsumerRecord]) -> Sequence[ConsumerRecord]:
        return records


class Shuffled(Again):
    """Sealed records come again in any order."""

    name = "reordered"
    title = "sealed records five times more, shuffled"

    def _order(self, trial: Trial, records: list[ConsumerRecord]) -> Sequence[ConsumerRecord]:
        return trial.dice.sample(records, len(records))


async def resend(trial: Trial, records: Sequence[ConsumerRecord]) -> None:
    """Send copies to the partitions they came from."""
    async with AIOKafkaProducer(bootstrap_servers=trial.system.brokers.direct, acks="all", linger_ms=5) as producer:
        sent = [
            await producer.send(r.topic, r.value, r.key, partition=r.partition, headers=list(r.headers))
            for r in records
        ]
        await asyncio.gather(*sent)


class Forged(Fault):
    """Records that pass for the next of their stream, but whose hash does not chain."""

    name = "forged"
    title = "forged records ahead of the real ones: set aside, the owner asked"
    ruins = True

    async def inject(self, trial: Trial) -> None:
        """Several times, while the load goes on."""
        for _ in range(trial.amount.times + 1):
            await trial.dwell(trial.amount.during // 6)
            records = await read_topic(trial.system.brokers, LISTS.topic)
            last = {dict(record.headers)["ce_stream"]: record for record in records if record.key}
            await resend(trial, [_forged(record, trial.dice.randbytes(32)) for record in last.values()])

    async def judge(self, trial: Trial, verdict: Verdict) -> None:
        """Both consumers have kept them for people to look at."""
        with trial.system.admin() as client:
            for service in LISTS.consumers:
                if not client[f"{trial.system.prefix}_{service}"]["set_aside"].count_documents({}):
                    verdict.add("not-set-aside", service)

    def allowed(self, finding: Finding) -> bool:
        """That they are there is the fault itself."""
        return finding.code == "record-forged"


def _forged(record: ConsumerRecord, digest: bytes) -> ConsumerRecord:
    headers = dict(record.headers)
    headers["ce_seq"] = b"%d" % (int(headers["ce_seq"]) + 1)
    headers["ce_id"] = headers["ce_id"].replace(headers["ce_id"][:8], b"00000000")
    headers["ce_hash"] = digest.hex().encode()
    return replace(record, headers=tuple(headers.items()), value=(record.value or b"").replace("自查".encode(), b"xx"))


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [Again(), Shuffled(), Forged()]
