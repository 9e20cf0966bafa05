"""`dudao republish`: the sealed bytes once more to Kafka, after the broker has lost what it had."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.ledgers import Ledger
from dudao.folder import Folder
from dudao.verify.command import NotRunningError
from dudao.verify.run import LEDGERS
from runtime.ledger.model import Entry
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet, OutletError
from runtime.ledger.read import LedgerReader
from runtime.mongo import Mongo
from runtime.settings import CommonSettings

_PAGE: Final = 1000
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Part:
    """Which entries: of all ledgers or one, all its streams or one, from a number up to and including another."""

    ledger: str | None = None
    stream: int | None = None
    first: int = 1
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Servers:
    """Where ledgers are read and records sent; `idempotence` must be off where the broker has none."""

    mongo: str
    prefix: str
    kafka: KafkaAddress


def servers_of(data: Path | None) -> Servers:
    """Those of a data folder's running system, or without one those that the settings name."""
    settings = CommonSettings()
    if data is None:
        address = KafkaAddress(settings.kafka, settings.kafka_idempotence)
        return Servers(settings.mongo_url.get_secret_value(), settings.database_prefix, address)
    addresses = Folder(data).addresses if data.is_dir() else None
    if addresses is None:
        raise NotRunningError(f"{data} 没有运行过系统 / no system ever ran there")
    return Servers(addresses.mongo, settings.database_prefix, KafkaAddress(addresses.kafka, idempotence=False))


async def republish(servers: Servers, part: Part, say: Callable[[str], None]) -> dict[str, int]:
    """Send them, stream by stream in order, each acknowledged; returns how many by ledger.

    Consumers pass over what they have had, by its number. Raises `OutletError`, `Retryable`.
    """
    mongo, sent = Mongo(servers.mongo), dict[str, int]()
    try:
        await mongo.ping()
        for ledger in LEDGERS:
            if part.ledger in (None, ledger.name):
                say(f"{ledger.name} → {ledger.topic}")
                sent[ledger.name] = await _ledger(mongo, servers, ledger, part)
    finally:
        await mongo.close()
    return sent


async def _ledger(mongo: Mongo, servers: Servers, ledger: Ledger, part: Part) -> int:
    reader = LedgerReader(mongo, mongo.database(f"{servers.prefix}_{ledger.owner}"), [ledger])
    heads = await reader.heads(ledger.name)
    outlet = KafkaOutlet(servers.kafka, [ledger], f"/dudao/{ledger.owner}")
    await outlet.open()
    try:
        count = 0
        for stream, (end, _) in sorted(heads.streams.items()):
            if part.stream in (None, stream):
                count += await _stream(reader, outlet, (ledger.name, stream), part, end)
        return count
    finally:
        await outlet.close()


async def _stream(reader: LedgerReader, outlet: KafkaOutlet, place: tuple[str, int], part: Part, end: int) -> int:
    last = end if part.last is None else min(part.last, end)
    after = part.first - 1
    while after < last:
        page = await reader.entries(*place, after, min(_PAGE, last - after))
        await _send(outlet, page)
        after = page[-1].seq
    return max(0, last - part.first + 1)


async def _send(outlet: KafkaOutlet, page: Sequence[Entry]) -> None:
    done, late = await asyncio.wait(await outlet.send(page), timeout=_PATIENCE_S)
    failed = [error for error in (future.exception() for future in done) if error is not None]
    if late or failed:
        raise OutletError(repr(failed[0]) if failed else f"no answer within {_PATIENCE_S:g} s")
