"""Records that come again and again, or in any order: copies of what is in the topics, sent by somebody else."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaProducer, ConsumerRecord

from contracts.ledgers import LEDGERS
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
        for _ in range(2):
            await trial.dwell(trial.amount.during // 4)
            for ledger in LEDGERS.values():
                records = (await read_topic(trial.system.brokers.direct, ledger.topic))[-_MOST:]
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


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [Again(), Shuffled()]
