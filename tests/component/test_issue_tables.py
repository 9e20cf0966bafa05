"""Existing tables of issues: each row an ordinary issue, by the same rules, in one act, and only once."""

import json
from typing import Any

import httpx

from tests import small_city
from tests.inspection_world import World

COUNTY = "P-county-230804-1"
OTHER = "P-county-230805-1"
BUREAU = small_city.BUREAU[0]
SECRETARY = "P-secretary-B2"
HEADER = "责任单位,存在问题,严重程度,整改方式,整改期限,联系电话"


async def send(inspection: World, text: str, person: str = COUNTY, **fields: str) -> httpx.Response:
    return await inspection.http.post(
        "/v1/issues/tables",
        data={"source": "survey", **fields},
        files={"file": ("整改台账.csv", text.encode(), "text/csv")},
        headers={"Authorization": f"Bearer {person}"},
    )


async def seen(inspection: World, text: str, person: str = COUNTY, **fields: str) -> dict[str, Any]:
    answer = await send(inspection, text, person, **fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def activated(inspection: World, staging: str, person: str = COUNTY) -> dict[str, Any]:
    return await inspection.done(person, f"/v1/issues/tables/{staging}/activate")


async def imported(inspection: World) -> None:
    await inspection.done(small_city.ADMIN, "/v1/registry/imports", small_city.bundle())


async def test_rows_become_issues_by_the_same_steps_as_by_hand(inspection: World) -> None:
    await imported(inspection)
    table = f"{HEADER}\n第2学校,无标识,较重,限期整改,2026-10-20,13812345678\nS6,书报不全,,,,\n"
    staged = await seen(inspection, table)
    assert (staged["ready"], staged["new"], staged["assigned"]) == (True, 2, 1)
    assert staged["mapping"] == {
        "school": "责任单位", "description": "存在问题", "severity": "严重程度", "mode": "整改方式",
        "deadline": "整改期限",
    }  # fmt: skip
    done = await activated(inspection, staged["id"])
    first, second = [(await inspection.get(COUNTY, f"/v1/issues/{id_}")).json() for id_ in done["issues"]]
    assert (first["school"], first["state"], first["severity"], first["source"]) == (
        "S2",
        "assigned",
        "major",
        "survey",
    )
    assert first["deadline"]["day"] == "2026-10-20"
    assert first["number"].startswith("2026-0-")
    assert (second["state"], second["area"], second["number"]) == ("submitted", "其他", None)
    timeline = (await inspection.get(COUNTY, f"/v1/issues/{first['id']}/timeline")).json()["items"]
    assert [event["type"].split(".")[2] for event in timeline] == ["drafted", "assigned"]
    assert {event["actor"]["person"] for event in timeline} == {COUNTY}
    # From there on it lives like any other.
    assert (await inspection.on_issue(SECRETARY, first, "acknowledge"))["state"] == "acknowledged"


async def test_the_row_is_kept_beside_the_ledger_for_who_may_read_the_issue(inspection: World) -> None:
    await imported(inspection)
    staged = await seen(inspection, f"{HEADER}\nS2,无标识,较重,限期整改,2026-10-20,13812345678\n")
    (id_,) = (await activated(inspection, staged["id"]))["issues"]
    came_from = (await inspection.get(COUNTY, f"/v1/issues/{id_}/provenance")).json()
    assert came_from["cells"]["联系电话"] == "13812345678"
    assert (came_from["sheet"], came_from["row"]) == ("整改台账", 2)
    issue = await inspection.get(COUNTY, f"/v1/issues/{id_}")
    assert "13812345678" not in issue.text
    assert issue.json()["provenance"]["digest"] == came_from["digest"]
    assert (await inspection.get(OTHER, f"/v1/issues/{id_}/provenance")).status_code == 404


async def test_the_same_table_again_makes_nothing_twice(inspection: World) -> None:
    await imported(inspection)
    table = f"{HEADER}\nS2,无标识,较重,限期整改,2026-10-20,\n"
    await activated(inspection, (await seen(inspection, table))["id"])
    again = await seen(inspection, f"{table}S6,书报不全,,,,\n")
    assert (again["new"], again["known"]) == (1, 1)
    done = await activated(inspection, again["id"])
    assert (done["new"], done["known"]) == (1, 1)


async def test_every_wrong_row_is_told_at_its_cell_and_none_is_taken(inspection: World) -> None:
    await imported(inspection)
    rows = [
        "第99学校,无标识,,,,", "S2,,,,,", "S2,无标识,特重,,,", "S2,无标识,较重,限期整改,2026-01-05,",
        "S3,别县的,,,,", "S6,机密★,,,,", "S6,书报不全,重大,限期整改,,", "S6,重复,,,,", "S6,重复,,,,",
    ]  # fmt: skip
    staged = await seen(inspection, "\n".join([HEADER, *rows]))
    assert [(error["cell"], error["code"]) for error in staged["errors"]] == [
        ("整改台账!B3", "cell-empty"), ("整改台账!C4", "cell-choice"), ("整改台账!A2", "school-unknown"),
        ("整改台账!E5", "deadline-in-past"), ("整改台账!A6", "not-allowed"), ("整改台账!B7", "state-secret"),
        ("整改台账!A8", "not-allowed"), ("整改台账!A10", "import-double"),
    ]  # fmt: skip
    refused = await inspection.send(COUNTY, f"/v1/issues/tables/{staged['id']}/activate")
    assert (refused.status_code, refused.json()["count"]) == (422, 8)
    assert (await inspection.get(COUNTY, "/v1/issues")).json()["items"] == []


async def test_a_mapping_is_remembered_for_tables_of_the_same_headers(inspection: World) -> None:
    await imported(inspection)
    table = "哪里,什么,别的\nS2,无标识,\n"
    unknown = await seen(inspection, table)
    assert [error["code"] for error in unknown["errors"]] == ["header-missing"]
    assert unknown["headers"] == ["哪里", "什么", "别的"]
    mapping = json.dumps({"school": "哪里", "description": "什么"})
    assert (await seen(inspection, table, mapping=mapping))["ready"]
    assert (await seen(inspection, table.replace("无标识", "又一个")))["ready"]
    # By another officer the table has not been read before.
    assert not (await seen(inspection, table, BUREAU))["ready"]
    wrong = await send(inspection, table, mapping=json.dumps({"school": "没有"}))
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/mapping-unknown")


async def test_what_an_inspection_tour_reported_exists_for_those_who_must_act_alone(inspection: World) -> None:
    await imported(inspection)
    staged = await seen(
        inspection, f"{HEADER}\nS2,无标识,较重,限期整改,2026-10-20,\n", BUREAU, source="inspection_tour"
    )
    (id_,) = (await activated(inspection, staged["id"], BUREAU))["issues"]
    assert (await inspection.get(SECRETARY, f"/v1/issues/{id_}")).json()["source"] == "inspection_tour"
    for person in ("P-cadre-S2", "P-organisation", OTHER):
        assert (await inspection.get(person, f"/v1/issues/{id_}")).status_code == 404
        assert (await inspection.get(person, f"/v1/issues/{id_}/provenance")).status_code == 404


async def test_a_schools_holiday_is_no_working_day_there(inspection: World) -> None:
    await imported(inspection)
    holiday = {"id": "H-1", "division": "230804", "name": "秋假", "starts": "2026-09-22", "ends": "2026-09-24"}
    await inspection.done(BUREAU, "/v1/holidays", holiday)
    staged = await seen(inspection, f"{HEADER}\nS2,无标识,一般,立行立改,,\nS3,无标识,一般,立行立改,,\n", BUREAU)
    done = await activated(inspection, staged["id"], BUREAU)
    found = [(await inspection.get(BUREAU, f"/v1/issues/{id_}")).json() for id_ in done["issues"]]
    # Three working days after Monday the 21st; the county of S2 is on holiday until the 24th, 中秋 is the 25th.
    assert {one["school"]: one["deadline"]["day"] for one in found} == {"S2": "2026-09-30", "S3": "2026-09-24"}
