"""The broker ends and comes back, node by node where there are three; topics are made anew or cut otherwise."""

import asyncio
import signal

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from contracts.ledgers import LEDGERS, LISTS
from tests.faults.kinds.processes import leading
from tests.faults.servers import PARTITIONS, remake_topics
from tests.faults.system import System
from tests.faults.trial import Fault, Trial

_MOST_PARTITIONS = 24
_FEW = 3


class KillBroker(Fault):
    """SIGKILL to the broker; commands go on without it, and it comes back."""

    name = "broker-kill"
    title = "kill -9 and restart of the broker"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        if not trial.system.brokers.real:
            trial.system.emptied.update(ledger.topic for ledger in LEDGERS.values())
        trial.dice.choice(trial.system.brokers.processes).kill()
        await trial.dwell(trial.amount.during // 2, least=trial.dice.uniform(1.0, 5.0))

    async def heal(self, trial: Trial) -> None:
        """Start it again."""
        await asyncio.to_thread(trial.system.brokers.start)


class KillBoth(Fault):
    """SIGKILL to the broker and, while records are on their way to nowhere, to the relay that sent them."""

    name = "broker-relay-kill"
    title = "kill -9 of the broker, then of the relay with records in flight"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        victim = await leading(trial, "relay")
        if not trial.system.brokers.real:
            trial.system.emptied.update(ledger.topic for ledger in LEDGERS.values())
        for process in trial.system.brokers.processes:
            process.kill()
        await trial.dwell(trial.amount.during // 4, least=0.5, most=4)
        trial.system.keeper.processes[victim].kill()
        await trial.dwell(trial.amount.during // 8, most=3)

    async def heal(self, trial: Trial) -> None:
        """Start the broker again; the relay is kept."""
        await asyncio.to_thread(trial.system.brokers.start)


class Rolling(Fault):
    """Three brokers are stopped and started one after the other; a seed in two kills the last one instead."""

    name = "broker-rolling"
    title = "rolling restart of three brokers"
    brokers = 3
    within = 120.0

    def unfit(self, system: System) -> str | None:
        """Tansu is one."""
        return None if len(system.brokers.nodes) == self.brokers else "needs three Apache Kafka brokers"

    async def inject(self, trial: Trial) -> None:
        """Each waits for the one before."""
        nodes = trial.dice.sample(trial.system.brokers.nodes, self.brokers)
        for node in nodes:
            if node is nodes[-1] and trial.seed % 2 == 0:
                node.process.kill()
            else:
                await asyncio.to_thread(node.process.stop)
            await trial.dwell(trial.amount.during // 6, most=5)
            await asyncio.to_thread(node.begin)
            await asyncio.to_thread(node.wait)

    async def heal(self, trial: Trial) -> None:
        """All run again."""
        await asyncio.to_thread(trial.system.brokers.start)


class TopicRemade(Fault):
    """A topic, in turn each, is deleted with what no consumer has read yet, and made anew."""

    name = "topic-remade"
    title = "a topic deleted and recreated while its consumers sleep: records that nobody had read are gone"

    def unfit(self, system: System) -> str | None:
        """Tansu keeps topics of its own mind."""
        return None if system.brokers.real else "needs Apache Kafka"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        topics = [ledger.topic for ledger in LEDGERS.values()]
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        topic = topics[trial.seed % len(topics)]
        _signal_consumers(trial.system, signal.SIGSTOP)
        await trial.dwell(trial.amount.during // 3, most=5)
        trial.system.emptied.add(topic)
        await remake_topics(trial.system.brokers, [topic])

    async def heal(self, trial: Trial) -> None:
        """The consumers wake up."""
        _signal_consumers(trial.system, signal.SIGCONT)


def _signal_consumers(system: System, number: signal.Signals) -> None:
    for name in LISTS.consumers:
        for process in (process for kept, process in system.keeper.processes.items() if kept.startswith(f"{name}-")):
            process.signal(number)


class PartitionsChanged(Fault):
    """The lists topic gets more partitions; in one seed of two it is made anew with fewer."""

    name = "partitions-changed"
    title = "partition count of a topic changed"

    def unfit(self, system: System) -> str | None:
        """Tansu cannot."""
        return None if system.brokers.real else "needs Apache Kafka"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 3))
        if trial.seed % 2 == 0 or not await self._grown(trial.system):
            trial.system.emptied.add(LISTS.topic)
            await remake_topics(trial.system.brokers, [LISTS.topic], _FEW)

    async def _grown(self, system: System) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=system.brokers.direct)
        await admin.start()
        try:
            (told,) = await admin.describe_topics([LISTS.topic])
            count = len(told["partitions"])
            if count + PARTITIONS > _MOST_PARTITIONS:
                return False
            await admin.create_partitions({LISTS.topic: NewPartitions(total_count=count + PARTITIONS)})
        finally:
            await admin.close()
        return True


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [KillBroker(), KillBoth(), Rolling(), TopicRemade(), PartitionsChanged()]
