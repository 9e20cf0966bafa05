"""`dudao verify` reads a topic to its end, on every broker: nothing read would look as well as nothing wrong."""

import secrets

from contracts.ledgers import Ledger
from dudao.verify.findings import Findings
from dudao.verify.log import Log
from dudao.verify.records import check_records
from tests.consumer_servers import Publisher, make_topic
from tests.consumer_world import OwnedLedger
from tests.servers import Broker

PARTITIONS = 4


def empty(topic: str) -> Log:
    """A ledger with nothing in it: every record of its topic is from nowhere."""
    return Log(
        Ledger("lists", topic, 4, "inspection", ()), "L1", heads={0: (9, b""), 1: (9, b"")}, sealed_through=10**9
    )


async def test_every_record_is_looked_at(broker: Broker) -> None:
    owner, topic, findings = OwnedLedger(), f"verify.{secrets.token_hex(4)}", Findings()
    await make_topic(broker.bootstrap, topic, PARTITIONS)
    async with Publisher(broker.bootstrap, topic, PARTITIONS) as publisher:
        await publisher.entries([*owner.seal_many(7, stream=0), *owner.seal_many(5, stream=1)])

    assert await check_records(broker.bootstrap, empty(topic), findings) is None

    assert findings.checked["records"] == 12
    assert findings.counts["record-forged"] == 12


async def test_a_topic_that_is_not_there_has_no_records_and_is_not_made(broker: Broker) -> None:
    topic, findings = f"verify.{secrets.token_hex(4)}", Findings()

    assert await check_records(broker.bootstrap, empty(topic), findings) is None
    assert await check_records(broker.bootstrap, empty(topic), findings) is None

    assert findings.checked["records"] == 0
