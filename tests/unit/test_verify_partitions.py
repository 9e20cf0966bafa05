"""`dudao verify` asks for a topic's partitions until it is told, since a client whose question failed asks no more."""

from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer

from dudao.verify import records
from dudao.verify.records import partitions_of


class Client:
    """Learns of the partitions at the `at`-th subscription; the answers before came to nothing."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.subscribed = 0

    async def topics(self) -> set[str]:
        return {"lists"}

    def subscribe(self, _topics: list[str]) -> None:
        self.subscribed += 1

    def unsubscribe(self) -> None:
        pass

    def partitions_for_topic(self, _topic: str) -> set[int] | None:
        return {0, 1} if self.subscribed >= self.at else None


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_ASK_EVERY", 0.01)
    monkeypatch.setattr(records, "_LOOK_EVERY", 0.001)


async def test_an_answer_that_came_to_nothing_is_asked_for_again() -> None:
    client = Client(at=3)
    found = await partitions_of(cast("AIOKafkaConsumer", client), "lists")
    assert [place.partition for place in found] == [0, 1]
    assert client.subscribed == 3


async def test_a_broker_that_never_tells_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_CONNECT_S", 0.05)
    with pytest.raises(TimeoutError):
        await partitions_of(cast("AIOKafkaConsumer", Client(at=10**9)), "lists")


async def test_a_topic_that_is_not_there_is_not_subscribed_to() -> None:
    client = Client(at=1)
    assert await partitions_of(cast("AIOKafkaConsumer", client), "other") == []
    assert client.subscribed == 0
