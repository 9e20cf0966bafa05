"""The database of the lists benchmark: made once in `.bench/lists-<count>`, slice by slice, and used again.

Whoever ends it half-way loses nothing: the n-th issue is always the same, and the next run goes on after the last one.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from pymongo import IndexModel, MongoClient
from pymongo.database import Database

from bench._listed_city import Listed, store_city
from bench._listed_issues import CITY, issues
from bench._machine import await_ready
from dudao.bench import Wanted
from dudao.bench_results import ROOT
from dudao.embedded import Mongod, Process
from dudao.embedded.ports import LOOPBACK, free_port
from services.inspection.adapters.issue_filters import SEARCH_INDEXES
from services.inspection.adapters.mongo_derived import RULE_INDEXES
from services.inspection.adapters.mongo_lists import INDEXES
from services.inspection.adapters.mongo_recount import PROVISIONAL_INDEXES
from services.inspection.adapters.mongo_waiting import WAITING_INDEXES
from services.inspection.application.sought import RULE
from services.inspection.bootstrap import init
from services.inspection.settings import Settings

PREFIX: Final = "lists"
DATABASE: Final = f"{PREFIX}_inspection"
ADMINISTRATOR: Final = "P-0001"
_SLICE: Final = 5000
_CACHE_GB: Final = 2.0
_OPLOG_MB: Final = 990
_READY_S: Final = 120.0

Document = dict[str, Any]


@contextmanager
def store(listed: Listed, count: int, wanted: Wanted) -> Iterator[str]:
    """The URL of a mongod that has the city and its issues, indexes and all."""
    folder = ROOT / ".bench" / f"lists-{count}-{RULE}"
    folder.mkdir(parents=True, exist_ok=True)
    with Mongod(folder, cache_gb=_CACHE_GB, oplog_mb=_OPLOG_MB) as mongod, MongoClient[Document](mongod.url) as client:
        db = client[DATABASE]
        if db["issues"].estimated_document_count() < count:
            _fill(db, listed, count, wanted)
        _index(db, wanted)
        yield mongod.url


async def begin(url: str, listed: Listed) -> None:
    """City, calendars and everybody in it."""
    settings = Settings(mongo_url=SecretStr(url), database_prefix=PREFIX)
    await init(settings, CITY, "佳木斯市", ADMINISTRATOR)
    with MongoClient[Document](url) as client:
        store_city(client[DATABASE], listed)


def _fill(db: Database[Document], listed: Listed, count: int, wanted: Wanted) -> None:
    begin = db["issues"].count_documents({})
    wanted.tell(f"写入 {count - begin:,} 个问题 / writing issues")
    for start in range(begin, count, _SLICE):
        db["issues"].insert_many(issues(listed, start, min(start + _SLICE, count), count))
        if start // _SLICE % 20 == 0:
            wanted.tell(f"{start:,}")


def _index(db: Database[Document], wanted: Wanted) -> None:
    """One after the other: what one took is kept when the next is broken off."""
    plain: Sequence[IndexModel] = [IndexModel(keys) for keys in INDEXES["issues"]]
    there = set(db["issues"].index_information())
    for model in (*plain, *PROVISIONAL_INDEXES, *SEARCH_INDEXES, *WAITING_INDEXES, *RULE_INDEXES["issues"]):
        if model.document["name"] not in there:
            wanted.tell(f"索引 / index {model.document['name']}")
            db["issues"].create_indexes([model])


@contextmanager
def api(url: str, folder: Path) -> Iterator[str]:
    """The product's API as a process of its own; gives its base URL."""
    port = free_port()
    argv = [sys.executable, "-m", "bench._lists_api", url, str(port)]
    with Process("inspection", argv, log=folder / "inspection.log", cwd=ROOT) as process:
        base = f"http://{LOOPBACK}:{port}"
        await_ready(process, f"{base}/health/ready", _READY_S)
        yield base
