"""The checker sees planted defects: a few quick ones here, all of them by `python -m tests.faults --defects`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults import proof
from tests.faults.campaign import Campaign
from tests.faults.defects.catalogue import DEFECTS
from tests.faults.trial import Amount

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(480)]
QUICK = ("never-answered", "stored-contribution-forgotten", "alert-id-random")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def campaign(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Campaign]:
    """A campaign whose system lives for the whole module."""
    made = proof.impatient(tmp_path_factory.mktemp("defects"), lambda _: None, Amount(30, 30, 10, asleep=2.0))
    yield made
    await made.close()


@pytest.mark.parametrize("name", QUICK)
async def test_a_planted_defect_is_caught(campaign: Campaign, name: str) -> None:
    found = await proof.prove(campaign, DEFECTS[name], lambda _: None)
    assert "not-begun" not in found.findings, "\n".join(found.examples)
    assert found.caught_by is not None
