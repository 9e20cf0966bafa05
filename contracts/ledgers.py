"""The three ledgers, their topics and streams, and the consumers that must exist for each."""

from zlib import crc32

from msgspec import Struct


class Ledger(Struct, frozen=True):
    """One gapless log: a topic of the same content, split into `streams` chains for ever."""

    name: str
    topic: str
    streams: int
    owner: str
    consumers: tuple[str, ...]


REGISTRY = Ledger("registry", "inspection.registry", 1, "inspection", ("notification", "reporting"))
LISTS = Ledger("lists", "inspection.lists", 64, "inspection", ("notification", "reporting"))
ALERTS = Ledger("alerts", "notification.alerts", 64, "notification", ("reporting",))

LEDGERS: dict[str, Ledger] = {ledger.name: ledger for ledger in (REGISTRY, LISTS, ALERTS)}


def stream_of(ledger: Ledger, key: str) -> int:
    """Stream of an entity: CRC-32 of the immutable school id, modulo the ledger's streams (never the partitions)."""
    return crc32(key.encode()) % ledger.streams
