"""A data folder with a whole city's ledger and the states that follow from it: what there is to back up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from pymongo import MongoClient

from bench._city import registry_events
from bench._issues import Told, life_of_city, some
from bench._ledger import BulkLedger, insert_all
from dudao.bench import Wanted
from dudao.embedded import Mongod
from dudao.folder import OWN, Addresses, Folder, Lock
from dudao.verify.states import COLLECTIONS
from runtime import canonical
from runtime.mongo import Mongo
from runtime.settings import CommonSettings

_CACHE_GB: Final = 1.0

Document = dict[str, Any]


def database() -> str:
    """The one that holds it all."""
    return CommonSettings().database_name("inspection")


@asynccontextmanager
async def stored_system(folder: Folder, count: int, wanted: Wanted) -> AsyncIterator[str]:
    """The folder's system as one that runs, as far as a backup can tell, with so many events; the URL of its mongod."""
    folder.make_secrets()
    with (
        Lock(folder),
        Mongod(folder.mongo, cache_gb=_CACHE_GB) as mongod,
        MongoClient[Document](mongod.url, w="majority") as client,
    ):
        folder.system = OWN
        folder.addresses = Addresses(processes={}, mongo=mongod.url, kafka="")
        wanted.tell(f"写入 {count:,} 个事件 / writing events")
        told = some(life_of_city("b0c0"), count)
        await _seal(client, mongod.url, told)
        _keep_states(client, told)
        yield mongod.url


async def _seal(client: MongoClient[Document], url: str, told: Sequence[Told]) -> None:
    mongo, ledger = Mongo(url), BulkLedger(client, database())
    try:
        await ledger.begin(mongo)
    finally:
        await mongo.close()
    ledger.seal(told)
    ledger.tell()


def _keep_states(client: MongoClient[Document], told: Sequence[Told]) -> None:
    states = {
        one.issue: {"_id": one.issue, "version": one.version, "entry": canonical.decode(one.data)["entry"]}
        for one in told
    }
    insert_all(client, database(), COLLECTIONS["lists"]["issue"], list(states.values()))
    for type_, event in registry_events():
        entry = canonical.decode(canonical.encode(event))["entry"]
        kept = COLLECTIONS["registry"][type_.split(".")[1]]
        client[database()][kept].insert_one({"_id": entry["id"], "version": 1, "entry": entry})
