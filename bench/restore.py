"""A backup, and its restore with all that is proved of it, beside a plain dump and a plain load of the same.

Both restores begin with an empty folder and the file, start a mongod of their own and end when it has stopped. The
oracle is the server's own hash over every collection. No goal: it says what an operator must reckon with.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from pymongo import MongoClient

from bench._plain_dump import plain_dump, plain_load
from bench._rounds import Side, against, alone, take_turns
from bench._stored_system import database, stored_system
from dudao.bench import Arm, Wanted, WrongOutputError
from dudao.embedded import Mongod
from dudao.folder import Folder
from dudao.operations.archive import SignedManifest
from dudao.operations.backup import backup
from dudao.operations.restore import Wish, restore

EVENTS: Final = 60_000
QUICK: Final = 5_000
_MB: Final = 1_000_000
_PROOF: Final = "重算账本"

Document = dict[str, Any]


@dataclass(slots=True)
class _Run:
    """What is measured in one place, and what must come of it."""

    place: Path
    folder: Folder
    url: str
    hashes: dict[str, str]
    indexes: dict[str, list[dict[str, Any]]]
    documents: int
    bytes: int = 0
    file_size: int = 0
    proofs: list[float] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The backup of the last round."""
        return self.place / "backup.zip"

    @property
    def dumped(self) -> Path:
        """The plain dump of the last round."""
        return self.place / "dump"

    async def backup(self, _number: int) -> float:
        self.file.unlink(missing_ok=True)
        began = time.monotonic()
        signed = await asyncio.to_thread(backup, self.folder.path, self.file, _quiet)
        return self._noted(signed, time.monotonic() - began)

    def _noted(self, signed: SignedManifest, seconds: float) -> float:
        self.file_size = self.file.stat().st_size
        self.bytes = sum(one.size for one in signed.manifest.members if one.name.endswith(".bson"))
        return self.documents / seconds

    async def dump(self, _number: int) -> float:
        shutil.rmtree(self.dumped, ignore_errors=True)
        began = time.monotonic()
        count = await asyncio.to_thread(plain_dump, self.url, database(), self.dumped)
        seconds = time.monotonic() - began
        if count != self.documents or self.bytes != sum(one.stat().st_size for one in self.dumped.iterdir()):
            raise WrongOutputError("the plain dump is another than the backup")
        return count / seconds

    async def restore(self, _number: int) -> float:
        anew = self.place / "anew"
        reached: dict[str, float] = {}
        began = time.monotonic()
        restored = await asyncio.to_thread(restore, Wish(self.file, anew), _noting(reached))
        ended = time.monotonic()
        self.proofs.append((ended - reached[_PROOF]) / (ended - began))
        await asyncio.to_thread(self._require_same, anew / "mongo")
        return restored.documents / (ended - began)

    async def load(self, _number: int) -> float:
        anew = self.place / "plain"
        began = time.monotonic()
        count = await asyncio.to_thread(self._load, anew)
        seconds = time.monotonic() - began
        await asyncio.to_thread(self._require_same, anew)
        return count / seconds

    def _load(self, anew: Path) -> int:
        with Mongod(anew) as mongod:
            return plain_load(mongod.url, database(), self.dumped, self.indexes)

    def _require_same(self, anew: Path) -> None:
        with Mongod(anew) as mongod:
            found = hashes_of(mongod.url)
        if found != self.hashes:
            raise WrongOutputError("what was restored is not what was backed up")
        shutil.rmtree(anew.parent if anew.name == "mongo" else anew)


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    return asyncio.run(_measure(wanted))


async def _measure(wanted: Wanted) -> list[Arm]:
    with tempfile.TemporaryDirectory(prefix="dudao-bench-") as name:
        place = Path(name)
        folder = Folder(place / "system")
        async with stored_system(folder, wanted.size(EVENTS, QUICK), wanted) as url:
            run = _Run(place, folder, url, hashes_of(url), indexes_of(url), documents_of(url))
            plain = [Side("plain dump", run.dump, unit="documents/s")] if wanted.peers else []
            figures = await take_turns([Side("backup", run.backup, unit="documents/s"), *plain], wanted)
            plain = [Side("plain load", run.load, unit="documents/s")] if wanted.peers else []
            figures |= await take_turns([Side("restore", run.restore, unit="documents/s"), *plain], wanted)
    return _arms(run, figures, wanted)


def _arms(run: _Run, figures: dict[str, list[float]], wanted: Wanted) -> list[Arm]:
    def told(name: str, peer: str, note: str) -> Arm:
        note = f"{median(figures[name]) * run.bytes / run.documents / _MB:.1f} MB/s of BSON; {note}"
        if not wanted.peers:
            return alone(name, figures, ours=name, unit="documents/s", note=note)
        return against(name, figures, ours=name, peer=peer, goal=None, unit="documents/s", note=note)

    size = f"{run.documents:,} documents, {run.bytes / _MB:.0f} MB, file {run.file_size / _MB:.0f} MB"
    return [
        told("backup", "plain dump", size),
        told("restore", "plain load", f"the proof takes {median(run.proofs):.0%} of it"),
    ]


def hashes_of(url: str) -> dict[str, str]:
    """Collection → the server's hash over all its documents."""
    with MongoClient[Document](url) as client:
        return dict(client[database()].command("dbHash")["collections"])


def indexes_of(url: str) -> dict[str, list[dict[str, Any]]]:
    """Collection → its indexes but that of ids."""
    with MongoClient[Document](url) as client:
        db = client[database()]
        return {
            name: [
                {key: value for key, value in dict(index).items() if key != "v"}
                for index in db[name].list_indexes()
                if index["name"] != "_id_"
            ]
            for name in db.list_collection_names()
        }


def documents_of(url: str) -> int:
    """How many there are in all."""
    with MongoClient[Document](url) as client:
        db = client[database()]
        return sum(db[name].count_documents({}) for name in db.list_collection_names())


def _quiet(_text: str) -> None:
    """Progress is for people."""


def _noting(reached: dict[str, float]) -> Callable[[str], None]:
    def say(text: str) -> None:
        reached[text.partition(" ")[0]] = time.monotonic()

    return say
