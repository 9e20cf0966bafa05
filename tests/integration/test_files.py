"""Files in both stores: GridFS, and an S3-compatible server that really runs."""

import asyncio
import io
import os
from collections.abc import AsyncIterator

import obstore
import pytest
from gridfs.synchronous.grid_file import GridIn
from obstore.store import S3Store
from pydantic import SecretStr, ValidationError
from pymongo.errors import AutoReconnect

from dudao.embedded.ports import free_port
from runtime.errors import Conflict, Retryable
from runtime.files import Bucket, FileSettings, bucket_of, whole
from runtime.mongo import FileBucket, Mongo


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    found = Mongo(mongod_url)
    yield found
    await found.close()


@pytest.fixture(params=["gridfs", "s3"])
def bucket(request: pytest.FixtureRequest, mongo: Mongo, database: str) -> Bucket:
    settings = request.getfixturevalue("s3_store") if request.param == "s3" else FileSettings()
    return bucket_of(settings, mongo.database(database))


async def test_what_is_kept_comes_back_whole_and_is_never_replaced(bucket: Bucket, database: str) -> None:
    await bucket.prepare()
    data = os.urandom(6_000_000)
    await bucket.put(f"{database}-a", io.BytesIO(data), "image/jpeg")
    await bucket.put(f"{database}-b", b"small", "image/jpeg")
    with pytest.raises(Conflict):
        await bucket.put(f"{database}-a", b"other", "image/jpeg")
    found = await bucket.open(f"{database}-a")
    assert found is not None
    assert found[0] == len(data)
    assert b"".join([chunk async for chunk in found[1]]) == data
    assert await whole(bucket, f"{database}-b") == b"small"


async def test_what_was_never_kept_is_not_there(bucket: Bucket) -> None:
    assert await bucket.open("never") is None
    assert await whole(bucket, "never") is None


async def test_the_type_stands_beside_the_bytes(s3_store: FileSettings, mongo: Mongo) -> None:
    await bucket_of(s3_store, mongo.database("any")).put("typed", b"%PDF", "application/pdf")
    store = S3Store(
        s3_store.files_s3_bucket, endpoint=s3_store.files_s3_endpoint, access_key_id="a", secret_access_key="b",
        client_options={"allow_http": True},
    )  # fmt: skip
    assert obstore.get(store, "typed").attributes["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("wrong", ["files_s3_bucket", "files_s3_endpoint"])
async def test_a_wrong_name_and_a_wrong_address_are_found_at_the_start(
    s3_store: FileSettings, mongo: Mongo, wrong: str
) -> None:
    other = {"files_s3_bucket": "another", "files_s3_endpoint": f"http://127.0.0.1:{free_port()}"}[wrong]
    found = bucket_of(s3_store.model_copy(update={wrong: other}), mongo.database("any"))
    with pytest.raises(Retryable) as told:
        await found.prepare()
    assert s3_store.files_s3_secret_key.get_secret_value() not in repr(told.value)


def test_half_a_store_is_refused() -> None:
    with pytest.raises(ValidationError, match="all four"):
        FileSettings(files_s3_endpoint="https://s3.example", files_s3_secret_key=SecretStr("x"))


async def test_what_a_killed_attempt_left_behind_does_not_pass_for_the_file(mongo: Mongo, database: str) -> None:
    db = mongo.database(database)
    # Chunks under the file's own name, without what ends it: so it was left where the name was the id.
    await db["fs.chunks"].insert_one({"files_id": "photo", "n": 0, "data": b"\xff\xd8"})
    bucket = FileBucket(db)
    assert await bucket.open("photo") is None
    data = os.urandom(300_000)
    await bucket.put("photo", io.BytesIO(data), "image/jpeg")
    assert await whole(bucket, "photo") == data


async def test_an_attempt_that_ended_half_way_is_made_anew(
    mongo: Mongo, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, data = FileBucket(mongo.database(database)), os.urandom(300_000)

    def cut_off(file: GridIn) -> None:
        file._flush_buffer(force=True)
        raise AutoReconnect("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(GridIn, "_flush", cut_off)
        with pytest.raises(Retryable):
            await bucket.put("photo", io.BytesIO(data), "image/jpeg")
    assert await mongo.database(database)["fs.chunks"].count_documents({}) == 2
    assert await bucket.open("photo") is None
    await bucket.put("photo", io.BytesIO(data), "image/jpeg")
    assert await whole(bucket, "photo") == data


async def test_of_two_attempts_at_once_one_counts_and_stays(mongo: Mongo, database: str) -> None:
    bucket = FileBucket(mongo.database(database))
    data = os.urandom(300_000)
    attempts = (bucket.put("photo", io.BytesIO(data), "image/jpeg") for _ in range(4))
    told = await asyncio.gather(*attempts, return_exceptions=True)
    assert [one for one in told if one is not None and not isinstance(one, Conflict)] == []
    assert None in told
    assert await whole(bucket, "photo") == data
    with pytest.raises(Conflict):
        await bucket.put("photo", b"other", "image/jpeg")
    assert await whole(bucket, "photo") == data
