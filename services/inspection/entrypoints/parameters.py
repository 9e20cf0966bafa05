"""Ids in paths and queries: bounded, and of harmless characters."""

from typing import Annotated, Final

from fastapi import Path, Query

ID: Final = r"^[A-Za-z0-9@._-]{1,80}$"
IdPath = Annotated[str, Path(pattern=ID)]
IdQuery = Annotated[str | None, Query(pattern=ID)]
