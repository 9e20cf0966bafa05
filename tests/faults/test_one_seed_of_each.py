"""One seed of every fault, on the real processes: what `python -m tests.faults` does with many."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.campaign import Campaign
from tests.faults.catalogue import FAULTS, QUICK
from tests.faults.trial import Amount, Fault

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(480)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def campaign(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Campaign]:
    """A campaign whose systems live for the whole module."""
    made = Campaign(tmp_path_factory.mktemp("faults"), lambda _: None, Amount(12, 24, 12, asleep=2.0, times=1))
    yield made
    await made.close()


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name)
async def test_nothing_is_lost_doubled_or_altered(campaign: Campaign, fault: Fault) -> None:
    outcome = await campaign.seed(fault, 1)
    if outcome.verdict == "skipped":
        pytest.skip("; ".join(outcome.notes))
    assert outcome.findings == {}, "\n".join(outcome.examples)
    assert outcome.verdict == "ok"
    assert outcome.commands["acknowledged"] > 10


async def test_every_fault_is_tried() -> None:
    names = [part.name for fault in QUICK for part in fault.parts() or [fault]]
    assert sorted(names) == sorted(FAULTS)
