"""Files that were sent and looked at, and wait to be activated by who sent them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from runtime.ids import derive_id
from services.inspection.application.ports import Files
from services.inspection.application.tables import File, Sheet, Tables, Templates

Purpose = Literal["registry", "issues"]
MAX_FILES: Final = 10
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Staging:
    """What was sent: names and SHA-256 of the files, by whom, and how their columns are to be read."""

    id: str
    purpose: Purpose
    by: str
    at: str
    files: tuple[tuple[str, str], ...]
    options: Mapping[str, Any] = field(default_factory=dict)


class Stagings(Protocol):
    """Stagings, for some days."""

    async def keep(self, staging: Staging) -> None:
        """Store, once; the same id again changes nothing."""
        ...

    async def of(self, staging: str, by: str, purpose: Purpose) -> Staging:
        """What this person sent; raises `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes files in, and gives their sheets back."""

    tables: Tables
    templates: Templates
    files: Files
    stagings: Stagings

    async def take(
        self, purpose: Purpose, by: str, at: str, files: Sequence[File], options: Mapping[str, Any]
    ) -> tuple[Staging, list[Sheet]]:
        """Read first: what is refused is not kept."""
        sheets = [sheet for file in files for sheet in await self.tables.read(file)]
        return await self.put(purpose, by, at, files, options), sheets

    async def put(
        self, purpose: Purpose, by: str, at: str, files: Sequence[File], options: Mapping[str, Any]
    ) -> Staging:
        """Keep what was read. The same files with the same options are the same staging."""
        sums = tuple((file.name[-120:], hashlib.sha256(file.data).hexdigest()) for file in files)
        told = (part for pair in sums for part in pair)
        id_ = derive_id("staging", purpose, by, repr(sorted(options.items())), *told)
        staging = Staging(id=id_, purpose=purpose, by=by, at=at, files=sums, options=options)
        for file, (_, digest) in zip(files, sums, strict=True):
            await self.files.keep(f"table-{digest}", file.data, XLSX)
        await self.stagings.keep(staging)
        return staging

    async def sheets(self, staging: Staging) -> list[Sheet]:
        """The files' sheets, read again."""
        found: list[Sheet] = []
        for name, digest in staging.files:
            stored = await self.files.open(f"table-{digest}")
            data = b"".join([chunk async for chunk in stored.chunks])
            found += await self.tables.read(File(name, data))
        return found
