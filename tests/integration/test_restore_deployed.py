"""A backup restored into servers with passwords, by an account that may write and no more."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from bench._stored_system import stored_system
from deploy.setup import mongo
from dudao.bench import Wanted
from dudao.folder import Folder
from dudao.operations.archive import ArchiveError, checked
from dudao.operations.backup import backup
from dudao.operations.restore import Wish
from dudao.operations.restore_deployed import NotEmptyError, restore_deployed
from dudao.operations.servers import StillRunningError
from tests.servers import guarded_mongod

SET = "dudao"
Document = dict[str, Any]


def url_of(server: mongo.Server, user: str, password: str) -> str:
    return f"mongodb://{user}:{password}@{server.host}/?replicaSet={SET}&authSource=admin"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a system with a life of 300 events."""
    place = tmp_path_factory.mktemp("made")

    async def made() -> None:
        folder = Folder(place / "system")
        async with stored_system(folder, 300, Wanted()):
            await asyncio.to_thread(backup, folder.path, place / "backup.zip", lambda _: None)

    asyncio.run(made())
    return place / "backup.zip"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo.Server]:
    with guarded_mongod(tmp_path_factory.mktemp("guarded"), SET) as made, pytest.MonkeyPatch.context() as patch:
        asyncio.run(mongo.prepare(made, SET, []))
        with MongoClient[Document](url_of(made, made.user, made.password)) as client:
            roles = ["readWriteAnyDatabase", "dbAdminAnyDatabase"]
            client.admin.command("createUser", "operator", pwd="0perat0r", roles=roles)
        patch.setenv("DUDAO_MONGO_URL", url_of(made, "operator", "0perat0r"))
        yield made


@pytest.fixture
def client(server: mongo.Server) -> Iterator[MongoClient[Document]]:
    with MongoClient[Document](url_of(server, server.user, server.password)) as made:
        yield made
        for name in made.list_database_names():
            if name.startswith("dudao_"):
                made.drop_database(name)


def test_what_is_there_becomes_a_backup_and_what_the_backup_has_not_is_gone(
    file: Path, client: MongoClient[Document], tmp_path: Path
) -> None:
    wish = Wish(file, tmp_path / "operator")
    first = restore_deployed(wish, lambda _: None)
    assert first.documents > 300
    assert first.aside is None
    issues = client["dudao_inspection"]["issues"]
    count = issues.count_documents({})
    issues.delete_many({})
    client["dudao_reporting"]["watermarks"].insert_one({"_id": "lists/0", "seq": 9})
    with pytest.raises(NotEmptyError):
        restore_deployed(wish, lambda _: None)
    again = restore_deployed(Wish(file, wish.data, replace=True), lambda _: None)
    assert (again.documents, issues.count_documents({})) == (first.documents, count)
    assert [name for name in client.list_database_names() if name.startswith("dudao_")] == ["dudao_inspection"]
    assert again.aside is not None
    with checked(again.aside) as kept:
        assert "data/dudao_reporting/watermarks.bson" in kept


@pytest.mark.parametrize("collection", ["lease", "sessions"])
def test_nothing_is_replaced_under_a_worker_that_runs(
    file: Path, client: MongoClient[Document], tmp_path: Path, collection: str
) -> None:
    alive = {"lease": {"holder": "w", "until": {"$add": ["$$NOW", 60_000]}}, "sessions": {"seen_at": "$$NOW"}}
    rows = client["dudao_notification"][collection]
    rows.update_one({"_id": "relay"}, [{"$set": alive[collection]}], upsert=True)
    wish = Wish(file, tmp_path / "operator", replace=True)
    with pytest.raises(StillRunningError, match="notification 仍在运行"):
        restore_deployed(wish, lambda _: None)
    assert client.list_database_names().count("dudao_inspection") == 0


def test_a_backup_of_another_system_is_refused_where_there_is_a_key(
    file: Path, client: MongoClient[Document], tmp_path: Path
) -> None:
    Folder(tmp_path / "operator").make_heads_key()
    with pytest.raises(ArchiveError, match="another system's key"):
        restore_deployed(Wish(file, tmp_path / "operator"), lambda _: None)
    assert [name for name in client.list_database_names() if name.startswith("dudao_")] == []
