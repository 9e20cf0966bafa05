"""The inspection API as a whole, on a real MongoDB."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from runtime.clock import FixedClock
from runtime.mongo import Mongo
from services.inspection.bootstrap import init, make_api
from services.inspection.settings import Settings
from tests import small_city
from tests.inspection_world import NOW, TokenIsThePerson, World


@pytest.fixture
async def inspection(mongod_url: str, database: str) -> AsyncIterator[World]:
    settings = Settings(mongo_url=SecretStr(mongod_url), database_prefix=database)
    await init(settings, small_city.CITY, "佳木斯市", small_city.ADMIN)
    clock = FixedClock(NOW)
    app = make_api(settings, verifier=TokenIsThePerson(), clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inspection") as http,
    ):
        yield World(http, clock)
    mongo = Mongo(mongod_url)
    await mongo.drop(f"{database}_inspection")
    await mongo.close()
