"""Kafka by FastStream: whole batches, raw records, our own parser, nothing committed that was not applied."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy, BaseMiddleware, StreamMessage
from faststream.kafka import KafkaBroker, Topic
from faststream.kafka.message import FAKE_CONSUMER, KafkaAckableMessage

from runtime.consumer.waiting import until

Handler = Callable[[Sequence[ConsumerRecord]], Awaitable[None]]

_POLL_MS: Final = 200
# Apache Kafka answers a waiting fetch at once when something comes; Tansu, measured, only when its time is up.
_FETCH_WAIT_MS: Final = 20
# Of a backlog two transactions' worth, that two can be under way.
_AT_ONCE: Final = 4000
_PARTITION_BYTES: Final = 2 * 1024 * 1024
# A topic that is made anew is found within this time.
_METADATA_AGE_MS: Final = 5_000
_BACK_OFF_S: Final = (0.1, 0.3, 1.0, 2.0, 5.0)
_STOP_WITHIN_S: Final = 10.0

_log = logging.getLogger(__name__)


class BackOff:
    """Lets a batch that failed come again after a pause: FastStream itself would bring it 600 times a second."""

    def __init__(self) -> None:
        self._failures = 0

    def __call__(self, msg: object, **options: Any) -> "_BackOffScope":
        """FastStream makes one of these for each batch."""
        return _BackOffScope(self, msg, **options)

    async def pause(self, error: Exception) -> None:
        """Wait longer with every failure in a row, up to five seconds."""
        seconds = _BACK_OFF_S[min(self._failures, len(_BACK_OFF_S) - 1)]
        self._failures += 1
        _log.warning("批次未入账，稍后重试 / batch not applied, again in %s s: %s", seconds, error)
        await asyncio.sleep(seconds)

    def done(self) -> None:
        """A batch went through."""
        self._failures = 0


class _BackOffScope(BaseMiddleware[Any, Any]):
    def __init__(self, back_off: BackOff, msg: object, **options: Any) -> None:
        super().__init__(msg, **options)
        self._back_off = back_off

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        try:
            result = await call_next(msg)
        except Exception as error:
            await self._back_off.pause(error)
            raise
        self._back_off.done()
        return result


class Listener(AIOKafkaConsumer):  # type: ignore[misc] # the library has no types
    """Answers once there is something: after an empty answer FastStream would sleep, and what comes meanwhile wait."""

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Records, at least one; ends with an error, as when the consumer is stopped, or by being cancelled."""
        found: dict[TopicPartition, list[ConsumerRecord]] = {}
        while not found:
            found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        return found


async def _raw(message: StreamMessage[Any]) -> Any:
    return message.raw_message


class KafkaFeed:
    """One topic, read by one consumer group: `handler` gets whole batches, at least once, oldest first.

    What the handler raises makes the batch come again; only infrastructure errors should get out of it.
    """

    def __init__(self, bootstrap: str, topic: str, group: str, handler: Handler) -> None:
        self._topic = topic
        self._handler = handler
        self._broker = KafkaBroker(
            bootstrap.split(","),
            consumer_only=True,
            metadata_max_age_ms=_METADATA_AGE_MS,
            middlewares=[BackOff()],
            apply_types=False,
            graceful_timeout=_STOP_WITHIN_S,
            logger=None,
        )
        self._subscriber = self._broker.subscriber(
            Topic(topic, declare=False),
            group_id=group,
            batch=True,
            max_records=_AT_ONCE,
            batch_timeout_ms=_POLL_MS,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            max_partition_fetch_bytes=_PARTITION_BYTES,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )
        self._subscriber(self._handle, parser=self._parse, decoder=_raw)

    async def _handle(self, records: Sequence[ConsumerRecord]) -> None:
        await self._handler(records)

    async def _parse(self, records: tuple[ConsumerRecord, ...]) -> KafkaAckableMessage:
        # FastStream's own parser drops the whole batch, and commits it, for one header that is not UTF-8.
        return KafkaAckableMessage(
            raw_message=records,
            body=b"",
            correlation_id=self._topic,
            consumer=self._subscriber.consumer or FAKE_CONSUMER,
        )

    @property
    def assigned(self) -> bool:
        """Whether the group has given this process any partition."""
        consumer = self._subscriber.consumer
        return consumer is not None and bool(consumer.assignment())

    async def run(self, stopping: asyncio.Event) -> None:
        """Read until `stopping`; a broker that is down is asked again for ever."""
        failures = 0
        try:
            while not stopping.is_set() and not await self._started():
                await until(stopping, _BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
                failures += 1
            await stopping.wait()
        finally:
            await self._broker.stop()

    async def _started(self) -> bool:
        try:
            plain: Any = await self._broker.connect()
            self._broker.config.broker_config.builder = partial(Listener, *plain.args, **plain.keywords)
            await self._broker.start()
        except (KafkaError, OSError) as error:
            _log.warning("连不上 Kafka，稍后再试 / no Kafka, will try again: %s", error)
            await self._broker.stop()
            return False
        return True
