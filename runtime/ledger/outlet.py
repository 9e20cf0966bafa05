"""Where entries are published: Kafka, in whole record batches per partition."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from runtime.ledger.model import Entry, Ledger
from runtime.ledger.wire import to_kafka

_BATCH_BYTES: Final = 128 * 1024
_REQUEST_BYTES: Final = 1024 * 1024
_STOP_S: Final = 1.0
_ABANDON_S: Final = 5.0
_RETRY_MS: Final = 250

Acknowledgements = Sequence["asyncio.Future[Any]"]


class OutletError(Exception):
    """The broker failed or did not answer in time: what was sent may have arrived or not."""


class Outlet(Protocol):
    """Takes entries in order and says when they are safe."""

    async def open(self) -> None:
        """Connect; raises `OutletError`."""
        ...

    async def send(self, entries: Sequence[Entry]) -> Acknowledgements:
        """Put entries on their way, in order; the futures end when they are safe. Raises `OutletError`."""
        ...

    async def close(self) -> None:
        """Let go of the connection without waiting for what is on its way."""
        ...


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """How to reach the broker. `idempotence` must be off where the broker has none (Tansu); `timeout_s` per request."""

    bootstrap: str
    idempotence: bool = True
    compression: str | None = "zstd"
    timeout_s: float = 10.0


class KafkaOutlet:
    """Publishes with acks from all replicas; partition = stream modulo the topic's partitions."""

    def __init__(self, address: KafkaAddress, ledgers: Iterable[Ledger], source: str) -> None:
        self._address = address
        self._topics: Mapping[str, str] = {ledger.name: ledger.topic for ledger in ledgers}
        self._source = source
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        """Connect; raises `OutletError`."""
        timeout_ms = int(self._address.timeout_s * 1000)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._address.bootstrap,
            acks="all",
            enable_idempotence=self._address.idempotence,
            compression_type=self._address.compression,
            # No linger: what is sent together was sealed together, and a lone entry shall not wait.
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            request_timeout_ms=timeout_ms,
            retry_backoff_ms=_RETRY_MS,
        )
        try:
            await self._producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            raise OutletError(str(error)) from error

    async def send(self, entries: Sequence[Entry]) -> Acknowledgements:
        """Put entries on their way, in order; the futures end when they are safe. Raises `OutletError`."""
        if self._producer is None:
            raise OutletError("not open")
        try:
            by_partition = await self._by_partition(self._producer, entries)
            parts = await asyncio.gather(
                *(self._send(self._producer, topic, number, part) for (topic, number), part in by_partition.items())
            )
        except (KafkaError, OSError, TimeoutError) as error:
            raise OutletError(repr(error)) from error
        return [future for part in parts for future in part]

    async def _by_partition(
        self, producer: AIOKafkaProducer, entries: Sequence[Entry]
    ) -> dict[tuple[str, int], list[Entry]]:
        partitions: dict[str, int] = {}
        for topic in {self._topics[entry.ledger] for entry in entries}:
            partitions[topic] = len(await producer.partitions_for(topic))
        found: dict[tuple[str, int], list[Entry]] = defaultdict(list)
        for entry in entries:
            topic = self._topics[entry.ledger]
            found[topic, entry.stream % partitions[topic]].append(entry)
        return found

    async def _send(
        self, producer: AIOKafkaProducer, topic: str, partition: int, entries: Sequence[Entry]
    ) -> list["asyncio.Future[Any]"]:
        futures = []
        batch = producer.create_batch()
        for entry in entries:
            key, value, headers = to_kafka(entry, self._source)
            if batch.append(key=key, value=value, timestamp=entry.at // 1000, headers=headers) is None:
                futures.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=entry.at // 1000, headers=headers)
        batch.close()
        futures.append(await producer.send_batch(batch, topic, partition=partition))
        return futures

    async def close(self) -> None:
        """Let go of the connection; what is on its way may arrive or not."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await asyncio.wait_for(producer.stop(), _STOP_S)
        except TimeoutError:
            await _abandon(producer)
        except (KafkaError, OSError) as error:
            raise OutletError(repr(error)) from error


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End the parts of a producer that cannot stop: an idempotent one waits for ever for a broker that is down."""
    try:
        await asyncio.wait_for(producer._sender.close(), _ABANDON_S)
    except TimeoutError as error:
        raise OutletError("the producer did not end in time") from error
    finally:
        await producer.client.close()
