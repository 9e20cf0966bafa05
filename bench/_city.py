"""A city for the benchmarks: 231 schools in ten counties, and who is told what; as registry events."""

from collections.abc import Iterator
from typing import Final

import msgspec

from contracts import roles
from contracts.cause import Actor, Cause
from contracts.registry import Branch, BranchEvent, Division, DivisionEvent, Grant, GrantEvent, School, SchoolEvent

CITY: Final = "230800"
COUNTIES: Final = tuple(f"2308{number:02}" for number in range(1, 11))
SCHOOLS: Final = tuple(f"S{number:03}" for number in range(1, 232))

_BEFORE: Final = "2025-12-01T01:00:00.000000Z"
_CAUSE: Final = Cause(
    command="RegisterCity",
    request="0" * 32,
    actor=Actor(person="P-admin", role=roles.ADMINISTRATOR, organisation=CITY),
    at=_BEFORE,
)


def division_of(school: str) -> str:
    """The county of a school."""
    return COUNTIES[int(school[1:]) % len(COUNTIES)]


def registry_events() -> Iterator[tuple[str, msgspec.Struct]]:
    """(type, event) of everything that is registered, in order."""
    yield _division(CITY, "city", None)
    for county in COUNTIES:
        yield _division(county, "county", CITY)
    for school in SCHOOLS:
        yield from _school(school)
    yield _grant("P-bureau", roles.BUREAU_OFFICER, CITY)
    for county in COUNTIES:
        yield _grant(f"P-county-{county}", roles.COUNTY_OFFICER, county)


def _division(id: str, kind: str, parent: str | None) -> tuple[str, msgspec.Struct]:
    entry = msgspec.convert(
        {"id": id, "name": f"区划{id}", "kind": kind, "parent": parent, "principal_pilot": False}, Division
    )
    return "inspection.division.registered.v1", DivisionEvent(entry=entry, cause=_CAUSE)


def _school(school: str) -> Iterator[tuple[str, msgspec.Struct]]:
    branch = f"B{school[1:]}"
    yield (
        "inspection.branch.registered.v1",
        BranchEvent(
            entry=Branch(
                id=branch, name=f"{school}党支部", kind="branch", form="independent", lead_school=school, parent=None,
                schools=(school,), members=20,
            ),
            cause=_CAUSE,
        ),
    )  # fmt: skip
    yield (
        "inspection.school.registered.v1",
        SchoolEvent(
            entry=School(
                id=school, code=f"{division_of(school)}-{school}", name=f"第{school[1:]}学校",
                division=division_of(school), level="junior", locality="urban", organised="own", branch=branch,
                party_members=20, teachers=60,
            ),
            cause=_CAUSE,
        ),
    )  # fmt: skip
    yield _grant(f"P-secretary-{school}", roles.SECRETARY, branch)


def _grant(person: str, role: str, organisation: str) -> tuple[str, msgspec.Struct]:
    grant = Grant(id=f"G-{person}", person=person, role=role, organisation=organisation)
    return "inspection.grant.given.v1", GrantEvent(entry=grant, cause=_CAUSE)
