"""The ledger over HTTP: what was sealed, for services only, with everything that proves it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.access.principal import Principal
from runtime.clock import SystemClock
from runtime.errors import Rejected
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.ledger import lease as leases
from runtime.ledger.backlog import load_heads
from runtime.ledger.http import ledger_router
from runtime.ledger.initialise import initialise
from runtime.ledger.model import Entry
from runtime.ledger.read import LedgerReader
from runtime.ledger.sealer import Sealer
from runtime.ledger.wire import heads_from_json, heads_to_json, page_of
from runtime.ledger.writer import GroupWriter
from runtime.mongo import Database, Mongo
from tests.ledger_world import LEDGERS, change, everything, unit


class ByName:
    """The token is who calls."""

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        if token == "person":
            return Principal("P-1", "person")
        if token == "service":
            return Principal("service:reporting", "service")
        raise Rejected("token-invalid", "无效", "invalid", status=401)


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
async def db(mongo: Mongo, database: str) -> Database:
    """A ledger of three batches in one stream, and a commit that is not sealed."""
    made = mongo.database(database)
    await initialise(mongo, made, LEDGERS, ["things"])
    writer = GroupWriter(mongo, made)
    writer.start()
    session = await mongo.session()
    lease = await leases.acquire(mongo, made, session, "test", 60_000)
    assert lease is not None
    sealer = Sealer(
        mongo, made, SystemClock(), lease,
        heads=await load_heads(made), registry="registry", hand_over=lambda _: None,
    )  # fmt: skip
    for version in range(3):
        await writer.write(unit(change("a", version, events=4)))
        await sealer.seal(await made["commits"].find({"version": version + 1}).to_list(None), None)
    await writer.write(unit(change("b")))
    await session.end_session()
    await writer.stop()
    return made


@pytest.fixture
async def http(mongo: Mongo, db: Database) -> AsyncIterator[httpx.AsyncClient]:
    router = ledger_router(LedgerReader(mongo, db, LEDGERS))
    app = create_app(title="test", version="1", routers=[router], gate=Gate(ByName()))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", headers={"Authorization": "Bearer service"}
    ) as client:
        yield client


async def test_heads_are_told_whole(http: httpx.AsyncClient, mongo: Mongo, db: Database) -> None:
    told = await http.get("/ledger/lists/heads")

    heads = await LedgerReader(mongo, db, LEDGERS).heads("lists")
    assert told.status_code == 200
    assert heads_from_json(told.json()) == heads
    assert heads.streams[3][0] == 12
    assert len(heads.streams) == 8
    assert heads.sealed_through > 0


async def test_pages_of_entries_are_gapless_whatever_the_limit(
    http: httpx.AsyncClient, mongo: Mongo, db: Database
) -> None:
    found: list[Entry] = []
    after = 0
    while page := page_of((await http.get("/ledger/lists/3", params={"after": after, "limit": 5})).content):
        assert len(page) <= 5
        found.extend(page)
        after = found[-1].seq

    assert found == await everything(mongo, db)
    assert [entry.seq for entry in found] == list(range(1, 13))


async def test_what_is_not_sealed_is_not_told(http: httpx.AsyncClient) -> None:
    told = page_of((await http.get("/ledger/lists/3", params={"after": 0})).content)

    assert told
    assert "thing/b" not in {entry.aggregate for entry in told}
    assert (await http.get("/ledger/lists/3", params={"after": 12})).json() == {"entries": []}
    assert (await http.get("/ledger/registry/0")).json() == {"entries": []}


@pytest.mark.parametrize(("token", "status"), [("person", 403), ("nobody", 401)])
async def test_only_services_may_read_it(http: httpx.AsyncClient, token: str, status: int) -> None:
    for path in ("/ledger/lists/heads", "/ledger/lists/3"):
        assert (await http.get(path, headers={"Authorization": f"Bearer {token}"})).status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ledger/unknown/heads", 404),
        ("/ledger/unknown/0", 404),
        ("/ledger/lists/8", 404),
        ("/ledger/lists/-1", 404),
        ("/ledger/lists/3?after=-1", 422),
        ("/ledger/lists/3?limit=0", 422),
        ("/ledger/lists/3?limit=1001", 422),
        ("/ledger/lists/three", 422),
    ],
)
async def test_what_is_not_there_or_makes_no_sense_is_refused(http: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await http.get(path)).status_code == status


@pytest.mark.parametrize("plain", [{}, {"ledger_id": "x", "sealed_through": 1, "streams": {"0": {}}}, {"streams": []}])
def test_other_answers_are_not_heads(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not the heads"):
        heads_from_json(plain)


async def test_heads_survive_the_wire(mongo: Mongo, db: Database) -> None:
    heads = await LedgerReader(mongo, db, LEDGERS).heads("lists")

    assert heads_from_json(heads_to_json(heads)) == heads
