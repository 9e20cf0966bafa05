"""Evidence in an S3-compatible store: taken in, shown and proved as it is from GridFS."""

import hashlib
from collections.abc import AsyncIterator

import msgspec
import obstore
import pytest
from obstore.store import S3Store
from pydantic import SecretStr

from contracts.ledgers import LISTS
from dudao.verify.evidence import check_evidence
from dudao.verify.findings import Findings
from dudao.verify.log import Log, Sealed
from runtime.files import FileSettings, S3Bucket
from runtime.mongo import Mongo
from services.inspection.settings import Settings
from tests import evidence_samples as samples
from tests.component.conftest import running
from tests.component.test_evidence import CADRE, SCHOOL, uploaded
from tests.inspection_world import Entry, World


@pytest.fixture
async def with_s3(mongod_url: str, database: str, s3_store: FileSettings) -> AsyncIterator[World]:
    given = s3_store.model_dump(include={name for name in FileSettings.model_fields if name.startswith("files_")})
    async with running(Settings(mongo_url=SecretStr(mongod_url), database_prefix=database, **given)) as world:
        yield world


@pytest.fixture
def store(s3_store: FileSettings) -> S3Store:
    return S3Store(
        s3_store.files_s3_bucket, endpoint=s3_store.files_s3_endpoint, access_key_id="a", secret_access_key="b",
        client_options={"allow_http": True},
    )  # fmt: skip


def ledger_with(entry: Entry) -> Log:
    """A ledger of lists with the one event that tells of this evidence."""
    data = msgspec.json.encode({"entry": entry})
    event = Sealed(
        ledger="lists", stream=0, seq=1, id="r/0/0", type="inspection.evidence.added.v1",
        subject=f"evidence/{entry['id']}", key=SCHOOL, version=1, registry=1, at=1, sealed_at=1, hash=b"", data=data,
    )  # fmt: skip
    return Log(LISTS, "id", events={0: [event]})


async def problems(store: S3Store, entry: Entry) -> list[str]:
    findings = Findings()
    await check_evidence(S3Bucket(store), ledger_with(entry), findings)
    assert findings.checked["evidence"] == 1
    return [found.detail for found in findings.shown]


async def test_evidence_is_shown_and_proved_from_the_bucket(
    with_s3: World, store: S3Store, mongod_url: str, database: str
) -> None:
    await with_s3.opened_city()
    data = samples.taken(2)
    entry = await uploaded(with_s3, CADRE, SCHOOL, data)
    shown = await with_s3.get(CADRE, f"/v1/evidence/{entry['id']}")
    assert hashlib.sha256(shown.content).hexdigest() == entry["shown_sha256"]
    assert obstore.get(store, entry["id"]).bytes().to_bytes() == data
    mongo = Mongo(mongod_url)
    assert not [
        name for name in await mongo.database(f"{database}_inspection").list_collection_names() if "fs." in name
    ]
    await mongo.close()
    assert await problems(store, entry) == []
    obstore.put(store, entry["id"], data[:-1])
    assert await problems(store, entry) == ["other bytes"]
    obstore.delete(store, [entry["id"], f"{entry['id']}.whole"])
    assert await problems(store, entry) == ["missing", "missing"]
    gone = await with_s3.get(CADRE, f"/v1/evidence/{entry['id']}")
    assert gone.status_code == 404
