"""The least that any alert must go through, a process of its own: change stream, produce, consume, insert.

Nothing is numbered, hashed, remembered or decided; every write has the same concerns as ours (majority, journalled,
acks from all). Reads `bare.came`, goes through the topic `bare`, writes `bare.told`.
"""

import asyncio
import sys
from typing import Any, Final

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import AsyncMongoClient

DATABASE: Final = "bare"
TOPIC: Final = "bare"
CAME: Final = "came"
TOLD: Final = "told"
_INSERTS: Final[list[dict[str, Any]]] = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument": 1}}]

Client = AsyncMongoClient[dict[str, Any]]


async def main(url: str, bootstrap: str) -> None:
    """Run until killed; says on standard output when it follows."""
    client: Client = AsyncMongoClient(url, w="majority", journal=True)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=0)
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, group_id="bare", auto_offset_reset="latest")
    await producer.start()
    await consumer.start()
    await asyncio.gather(_produce(client, producer), _consume(client, consumer))


async def _produce(client: Client, producer: AIOKafkaProducer) -> None:
    async with await client[DATABASE][CAME].watch(_INSERTS) as stream:
        print("follows", flush=True)
        async for change in stream:
            row = change["fullDocument"]
            await producer.send_and_wait(TOPIC, row["data"], key=str(row["_id"]).encode())


async def _consume(client: Client, consumer: AIOKafkaConsumer) -> None:
    async for record in consumer:
        await client[DATABASE][TOLD].insert_one({"_id": record.key.decode(), "data": record.value})


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:3]))
