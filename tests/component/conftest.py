"""The inspection API as a whole, on a real MongoDB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
    async with running(Settings(mongo_url=SecretStr(mongod_url), database_prefix=database)) as world:
        yield world


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[World]:
    """The API with these settings; its database is dropped at the end."""
    await init(settings, small_city.CITY, "佳木斯市", small_city.ADMIN)
    clock = FixedClock(NOW)
    app = make_api(settings, verifier=TokenIsThePerson(), clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inspection") as http,
    ):
        yield World(http, clock)
    mongo = Mongo(settings.mongo_url.get_secret_value())
    await mongo.drop(settings.database_name("inspection"))
    await mongo.close()
