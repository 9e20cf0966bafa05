"""The mirror on a real MongoDB: every version as of its seq, in batches of any cut."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from runtime.canonical import encode
from runtime.ledger.model import Entry
from runtime.mirror import MIRROR, Mirror, MirrorProjection
from runtime.mongo import Database, Mongo
from tests.consumer_world import REGISTRY, OwnedLedger


class World:
    def __init__(self, mongo: Mongo, db: Database) -> None:
        self.mongo, self.db = mongo, db
        self.owner = OwnedLedger(REGISTRY)
        self.projection = MirrorProjection(db, ["person", "branch"])
        self.mirror = Mirror(db)

    def seal(self, subject: str, **fields: Any) -> Entry:
        return self.owner.seal(0, subject, encode({"entry": fields, "cause": {"command": "x"}}))

    async def apply(self, entries: Sequence[Entry]) -> None:
        await self.mongo.transaction(lambda session: self.projection.apply(entries, session))


@pytest.fixture
async def world(mongod_url: str, database: str) -> AsyncIterator[World]:
    client = Mongo(mongod_url)
    made = World(client, client.database(database))
    await made.projection.prepare()
    yield made
    await client.close()


@pytest.mark.parametrize("cuts", [[], [1], [2], [1, 2, 3], [3]])
async def test_every_version_is_found_as_of_its_seq_however_batches_were_cut(world: World, cuts: list[int]) -> None:
    entries = [
        world.seal("school/S1", name="a"),
        world.seal("school/S2", name="other"),
        world.seal("school/S1", name="b"),
        world.seal("school/S1", name="c"),
    ]
    for start, end in zip([0, *cuts], [*cuts, len(entries)], strict=True):
        await world.apply(entries[start:end])
    assert await world.mirror.get("school", "S1") == {"name": "c"}
    as_of = [await world.mirror.get("school", "S1", seq) for seq in range(6)]
    assert as_of == [None, {"name": "a"}, {"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "c"}]
    rows = await world.db[MIRROR].find({"id": "S1"}).sort("since", 1).to_list(None)
    assert [(row["_id"], row["since"], row["until"]) for row in rows] == [
        ("school/S1/1", 1, 3),
        ("school/S1/3", 3, 4),
        ("school/S1/4", 4, None),
    ]


async def test_find_matches_fields_today_and_as_of(world: World) -> None:
    await world.apply(
        [
            world.seal("grant/G2", person="P1", role="officer", revoked=False),
            world.seal("grant/G1", person="P1", role="cadre", revoked=False),
            world.seal("person/P1", name="x"),
            world.seal("grant/G2", person="P1", role="officer", revoked=True),
        ]
    )
    now = await world.mirror.find("grant", {"person": "P1", "revoked": False})
    assert [grant["role"] for grant in now] == ["cadre"]
    then = await world.mirror.find("grant", {"person": "P1", "revoked": False}, 3)
    assert [grant["role"] for grant in then] == ["cadre", "officer"]
    assert await world.mirror.find("grant", {"person": "P2"}) == []
    assert len(await world.mirror.find("grant")) == 2


async def test_lookups_use_their_index(world: World) -> None:
    await world.apply([world.seal(f"grant/G{number}", person=f"P{number}") for number in range(50)])
    plan = await world.db[MIRROR].find({"kind": "grant", "entry.person": "P7", "until": None}).explain()
    assert plan["queryPlanner"]["winningPlan"]["inputStage"]["indexName"] == "by_person"


async def test_fields_that_nobody_knows_are_kept(world: World) -> None:
    await world.apply([world.seal("school/S1", name="a", added_later={"$odd": 1, "a.b": [None, 1.5]})])
    assert await world.mirror.get("school", "S1") == {"name": "a", "added_later": {"$odd": 1, "a.b": [None, 1.5]}}


async def test_reads_in_a_transaction_see_what_it_wrote(world: World) -> None:
    entry = world.seal("school/S1", name="a")

    async def work(session: Any) -> list[dict[str, Any] | None]:
        await world.projection.apply([entry], session)
        return [await world.mirror.get("school", "S1", 1, session), await world.mirror.get("school", "S1", 1)]

    assert await world.mongo.transaction(work) == [{"name": "a"}, None]
