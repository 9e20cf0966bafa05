"""Every operation of every service, called by everybody: what the tables say, and no operation missing in them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import pytest
from fastapi import APIRouter

from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.http.operation import operation
from tests.component.access import (
    cast,
    tables_asides,
    tables_beside,
    tables_inspection,
    tables_issues,
    tables_material,
    tables_others,
    tables_people,
    tables_planning,
)
from tests.component.access.city import SERVICES, City, verifier
from tests.component.access.requests import get
from tests.component.access.table import ANONYMOUS, SERVICE, Row, everyone, letter, operations, unmatched

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABLES: Final[Mapping[str, Sequence[Row]]] = {
    "inspection": (
        *tables_inspection.ROWS,
        *tables_issues.ROWS,
        *tables_asides.ROWS,
        *tables_beside.ROWS,
        *tables_material.ROWS,
        *tables_planning.ROWS,
        *tables_people.ROWS,
        *tables_others.HEALTH,
    ),
    "notification": (*tables_others.NOTIFICATION, *tables_others.HEALTH),
    "reporting": (*tables_others.REPORTING, *tables_others.HEALTH),
    "portal": (*tables_others.PORTAL, *tables_others.HEALTH),
}
CELLS: Final = [(service, row) for service, rows in TABLES.items() for row in rows]


async def _document(city: City, service: str) -> dict[str, Any]:
    answer = await city.http[service].get("/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.parametrize("service", SERVICES)
async def test_every_operation_has_a_row_and_every_row_an_operation(city: City, service: str) -> None:
    assert unmatched(await _document(city, service), TABLES[service]) == (set(), set())


@pytest.mark.parametrize("service", SERVICES)
async def test_every_operation_publishes_its_rule_and_the_row_is_of_that_audience(city: City, service: str) -> None:
    audiences = {"public": "everybody", "service": "services"}
    published = dict(operations(await _document(city, service)))
    for row in TABLES[service]:
        access = published[row.operation]["x-access"]
        assert audiences.get(access["scope"], "people") == row.audience, row.name


async def test_an_operation_without_a_row_is_found(city: City) -> None:
    router = APIRouter()

    @router.get("/v1/planted", **operation("planted", summary="x / x", scope="self"))
    async def planted() -> None:
        return None

    app = create_app(title="t", version="1", routers=[router], gate=Gate(verifier(city.portal, city.clock)))
    rows = (*tables_others.HEALTH, Row("gone", everyone(), get("/gone")))
    assert unmatched(app.openapi(), rows) == ({"planted"}, {"gone"})


def _tokens(city: City) -> dict[str, str | None]:
    people: dict[str, str | None] = {person: city.token(person) for person in cast.EVERYBODY}
    return {**people, SERVICE: city.token("service:reporting"), ANONYMOUS: None, **city.bad_tokens(cast.BUREAU)}


async def _called(city: City, service: str, row: Row, token: str | None) -> httpx.Response:
    sent = await row.sends(city)
    return await city.ask(
        service, sent.method, sent.path, token,
        body=sent.body, params=sent.params, version=sent.version, school=sent.school,
        table=sent.table,
    )  # fmt: skip


@pytest.mark.parametrize(("service", "row"), CELLS, ids=[f"{service}-{row.name}" for service, row in CELLS])
async def test_everybody_gets_what_the_table_says(tidy: City, service: str, row: Row) -> None:
    tokens = _tokens(tidy)
    expected = row.expected()
    assert set(expected) == set(tokens)
    answers = [await _called(tidy, service, row, tokens[caller]) for caller in expected]
    for answer in answers:
        tidy.made(answer)
    told = {caller: letter(answer) for caller, answer in zip(expected, answers, strict=True)}
    wrong = [
        f"{c}: {told[c]} for {expected[c]}: {a.text[:200]}"
        for c, a in zip(expected, answers, strict=True)
        if told[c] != expected[c]
    ]
    assert not wrong, "\n".join(wrong)
    assert {"+", "R"} & set(told.values()), "nobody at all is let in: the request itself may be wrong"
