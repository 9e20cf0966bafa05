"""What the workers do, once and at once: seal the ledgers, and fold them into the mirror, the alerts and the counts."""

from collections.abc import Sequence

from contracts.ledgers import ALERTS, LISTS, REGISTRY, Ledger
from runtime.clock import to_micros
from runtime.consumer.ports import Projection
from runtime.ledger import lease as leases
from runtime.ledger.backlog import load_heads, unsealed
from runtime.ledger.model import Entry
from runtime.ledger.read import LedgerReader
from runtime.ledger.seal import by_version, portions
from runtime.ledger.sealer import Sealer
from runtime.mirror import Mirror, MirrorProjection
from runtime.mongo import Database
from services.notification.adapters.mirror_structures import LOOKUPS, MirrorStructures
from services.notification.adapters.mongo_alert_writing import MongoAlertWriting
from services.notification.application.raise_alerts import RaiseAlerts
from services.reporting.bootstrap import prepare_database, projections
from tests.component.access.city import City

_BATCH = 1000


async def seal(city: City, db: Database, ledgers: Sequence[Ledger], registry: str | None) -> list[Entry]:
    """Everything committed and not sealed, sealed; all entries, the registry's first."""
    session = await city.mongo.session()
    try:
        lease = await leases.acquire(city.mongo, db, session, "tests", 60_000)
        assert lease is not None
        heads = await load_heads(db)
        sealer = Sealer(
            city.mongo, db, city.clock, lease, heads=heads, registry=registry, hand_over=lambda _: None
        )  # fmt: skip
        ranks = {ledger.name: rank for rank, ledger in enumerate(ledgers)}
        ids = [row["_id"] for row in by_version(await unsealed(city.mongo, db), ranks)]
        rows = await db["commits"].find({"_id": {"$in": ids}}).to_list(None)
        by_id = {row["_id"]: row for row in rows}
        for portion in portions([by_id[id] for id in ids], _BATCH):
            await sealer.seal(portion, None)
        await leases.release(db, lease)
    finally:
        await session.end_session()
    return await entries(city, db, ledgers)


async def entries(city: City, db: Database, ledgers: Sequence[Ledger]) -> list[Entry]:
    """What was sealed, stream by stream."""
    reader = LedgerReader(city.mongo, db, ledgers)
    found: list[Entry] = []
    for ledger in ledgers:
        for stream in range(ledger.streams):
            after = 0
            while page := await reader.entries(ledger.name, stream, after):
                found += page
                after = page[-1].seq
    return found


async def _fold(city: City, projection: Projection, ledger: Ledger, sealed: Sequence[Entry]) -> None:
    wanted = [entry for entry in sealed if entry.ledger == ledger.name]
    if wanted:
        await city.mongo.transaction(lambda session: projection.apply(wanted, session))


async def _reach(city: City, service: str, ledgers: Sequence[Ledger], sealed: Sequence[Entry]) -> None:
    through = max(entry.sealed_at for entry in sealed)
    row = {"ledger_id": "L", "sealed_through": through, "confirmed_at": to_micros(city.clock.now())}
    for ledger in ledgers:
        await city.database(service)["reached"].replace_one({"_id": ledger.name}, row, upsert=True)


Told = frozenset[tuple[str, str]]


async def feed(city: City, told: Told = frozenset()) -> Told:
    """Inspection's ledgers into notification and reporting, notification's into reporting; but for what was `told`.

    Gives everything that is told now: ledger and id of each entry.
    """
    sealed = await seal(city, city.database("inspection"), (REGISTRY, LISTS), REGISTRY.name)
    new = [entry for entry in sealed if (entry.ledger, entry.id) not in told]
    notified = city.database("notification")
    await _fold(city, MirrorProjection(notified, LOOKUPS), REGISTRY, new)
    raising = RaiseAlerts(MirrorStructures(Mirror(notified)), MongoAlertWriting(notified))
    await _fold(city, raising, LISTS, new)
    alerts = await seal(city, notified, (ALERTS,), None)
    new += [entry for entry in alerts if (entry.ledger, entry.id) not in told]
    counted = city.database("reporting")
    await prepare_database(counted)
    folding = projections(counted)
    for ledger in (REGISTRY, LISTS, ALERTS):
        await _fold(city, folding[ledger.name], ledger, new)
    await _reach(city, "notification", (REGISTRY,), sealed)
    await _reach(city, "reporting", (REGISTRY, LISTS, ALERTS), [*sealed, *alerts])
    return frozenset((entry.ledger, entry.id) for entry in (*sealed, *alerts))
