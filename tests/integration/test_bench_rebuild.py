"""The benchmarks' ledger made in bulk is one that services follow, and their oracles look at what these wrote."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from bench._issues import Told, life_of_city, some
from bench._ledger import city_ledger
from bench._machine import Machine
from bench._rebuilder import NOTIFICATION, REPORTING
from bench._rebuilder import main as rebuild_here
from bench._reporting import require_exact
from bench.rebuild import hash_of, rebuilt
from contracts.ledgers import LISTS
from dudao.bench import WrongOutputError
from services.reporting.projections import ROLLUPS

EVENTS = 600


async def test_state_built_anew_is_exact_and_has_the_same_hash_and_a_wrong_sum_is_caught(
    mongod_url: str, database: str, tmp_path: Path
) -> None:
    told = some(life_of_city("0005"), EVENTS)
    with ExitStack() as stack:
        servers = Machine(tmp_path, stack, mongod_url, "127.0.0.1:1")
        ledger = await city_ledger(servers, database)
        ledger.seal(told)
        ledger.tell()
        assert ledger.length(LISTS) == EVENTS
        owner = servers.owner(database)
        made = [(service, f"{database}{copy}") for copy in "ab" for service in (REPORTING, NOTIFICATION)]
        try:
            # One in a process of its own, as it is measured; the others here, since a process takes seconds to begin.
            assert await rebuilt(servers, *made[0], owner) > 0
            for service, prefix in made[1:]:
                assert await rebuild_here(service, mongod_url, prefix, owner) > 0
            hashes = [await hash_of(servers, service, f"{prefix}_{service}") for service, prefix in made]
            assert hashes[:2] == hashes[2:]
            assert hashes[0] != hashes[1]
            plant_a_wrong_sum(servers.client, f"{database}a_{REPORTING}", told)
        finally:
            for service, prefix in made:
                servers.client.drop_database(f"{prefix}_{service}")


def plant_a_wrong_sum(client: MongoClient[dict[str, Any]], reporting: str, told: list[Told]) -> None:
    require_exact(client, reporting, told)
    rollups = client[reporting][ROLLUPS]
    rollups.update_one({"subject": "issues"}, {"$inc": {"moved.all.all.assigned": 1}})
    with pytest.raises(WrongOutputError, match="1 schools differ"):
        require_exact(client, reporting, told)
