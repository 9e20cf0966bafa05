"""The city, seeded once for every test of this folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.component.access.city import City
from tests.component.access.raising import raised


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def city(mongod_url: str) -> AsyncIterator[City]:
    """Four services on one MongoDB, with everything in them that the tables speak of."""
    async with raised(mongod_url) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def tidy(city: City) -> AsyncIterator[City]:
    """The city, without the copies of entries that the test made."""
    yield city
    await city.forget_copies()


@pytest.fixture(autouse=True)
def _package(request: pytest.FixtureRequest) -> None:
    request.node.add_marker(pytest.mark.integration)
