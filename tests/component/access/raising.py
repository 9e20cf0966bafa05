"""The city raised: four services over one MongoDB, seeded and fed."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr

from runtime.clock import FixedClock
from runtime.mongo import Mongo
from services.inspection import bootstrap as inspection
from services.inspection.settings import Settings as InspectionSettings
from services.notification import bootstrap as notification
from services.notification.settings import Settings as NotificationSettings
from services.portal.adapters.inspection_grants import InspectionGrants
from services.portal.bootstrap import Portal, make_app
from services.reporting import bootstrap as reporting
from services.reporting.settings import ReportingSettings
from tests import small_city
from tests.component.access import cast
from tests.component.access.city import CLOCK_START, SERVICES, City, serving, verifier
from tests.component.access.feeding import feed
from tests.component.access.seeding import seed, seed_more
from tests.portal_world import settings_of


async def _accounts(city: City) -> None:
    people = sorted({*cast.EVERYBODY, cast.LOCAL_COUNTY, cast.SUB_SECRETARY} - {cast.STRANGER})
    made = await city.portal.administration.set_all([(person.lower(), person) for person in people])
    city.passwords = {one.person: one.password for one in made}


@asynccontextmanager
async def raised(mongod_url: str) -> AsyncIterator[City]:
    """Four services on one MongoDB, with everything in them that the tables speak of."""
    prefix = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{secrets.token_hex(4)}"
    clock, url, ending = FixedClock(CLOCK_START), SecretStr(mongod_url), asyncio.Event()
    portal = Portal(settings_of(mongod_url, prefix), clock)
    city = City(clock, Mongo(mongod_url), prefix, portal)
    own = InspectionSettings(mongo_url=url, database_prefix=prefix)
    await inspection.init(own, small_city.CITY, "佳木斯市", small_city.ADMIN)
    asked = inspection.make_api(own, verifier=verifier(portal, clock), clock=clock)
    # A live stream ends at once, since the transport waits for the end of every answer.
    ending.set()
    grants = InspectionGrants("http://inspection", httpx.AsyncClient(transport=httpx.ASGITransport(asked)))
    apps = {
        "inspection": asked,
        "notification": notification.make_api(
            NotificationSettings(mongo_url=url, database_prefix=prefix),
            ending=ending, verifier=verifier(portal, clock), clock=clock,
        ),
        "reporting": reporting.make_api(
            ReportingSettings(mongo_url=url, database_prefix=prefix), verifier=verifier(portal, clock), clock=clock
        ),
        "portal": make_app(portal, grants),
    }  # fmt: skip
    async with serving(city, apps):
        await _accounts(city)
        await seed(city)
        city.told = await feed(city)
        await seed_more(city)
        yield city
    for service in SERVICES:
        await city.mongo.drop(f"{prefix}_{service}")
    await city.mongo.close()
