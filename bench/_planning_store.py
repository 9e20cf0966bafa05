"""The registry of a city to be planned, as it is stored: schools, a branch and a cadre each, one bureau officer."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from pymongo import InsertOne
from pymongo.database import Database

from bench._accepting_api import CITY
from contracts import roles
from services.inspection.application.changes import COLLECTIONS
from services.inspection.domain.registry import Branch, Division, Grant, Person, School

PREFIX: Final = "plan"
DATABASE: Final = f"{PREFIX}_inspection"
BUREAU: Final = "P-bureau"

Document = dict[str, Any]


def store_schools(db: Database[Document], schools: tuple[School, ...]) -> None:
    """Put everything into an empty registry."""
    by_kind: dict[str, list[InsertOne[Document]]] = {}
    for kind, value in _entries(schools):
        entry = msgspec.to_builtins(value)
        by_kind.setdefault(kind, []).append(InsertOne({"_id": entry["id"], "version": 1, "entry": entry}))
    for kind, rows in by_kind.items():
        db[COLLECTIONS[kind]].bulk_write(rows, ordered=False)


def _entries(schools: tuple[School, ...]) -> Iterator[tuple[str, Any]]:
    for division in sorted({school.division for school in schools}):
        yield "division", Division(id=division, name=division, kind="county", parent=CITY, principal_pilot=False)
    yield "person", Person(id=BUREAU, name="干部", post="科员", school=None)
    yield "grant", Grant(id="G-bureau", person=BUREAU, role=roles.BUREAU_OFFICER, organisation=CITY)
    for school in schools:
        cadre = f"P-cadre-{school.id}"
        yield "school", school
        yield "branch", Branch(
            id=school.branch, name=school.branch, kind="branch", form="independent", lead_school=school.id,
            parent=None, schools=(school.id,), members=20,
        )  # fmt: skip
        yield "person", Person(id=cadre, name="干事", post="党务干部", school=school.id)
        yield "grant", Grant(id=f"G-{school.id}", person=cadre, role=roles.CADRE, organisation=school.id)
