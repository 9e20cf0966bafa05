"""Tables into the registry: looked at first, errors at their cells, all or nothing, the same again changes nothing."""

import io
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests import small_city
from tests.inspection_world import World

ADMIN = small_city.ADMIN
SCHOOL_HEADER = (
    "编号", "代码", "名称", "机构编号", "学段", "地域", "组织形式", "党组织编号", "党员数", "教职工数",
)  # fmt: skip
BRANCH_HEADER = ("编号", "名称", "类别", "形式", "牵头学校编号", "上级党组织编号", "党员数")
Rows = Sequence[Sequence[Any]]


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for y, row in enumerate(rows):
                for x, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(y, x, value)
                    else:
                        sheet.write(y, x, value)
    return file.getvalue()


def school_row(id_: str = "S30", branch: str = "B30", **other: Any) -> list[Any]:
    plain = {
        "id": id_, "code": f"0{id_}", "name": f"{id_}学校", "division": "230803", "level": "小学", "locality": "rural",
        "organised": "独立", "branch": branch, "party_members": 12, "teachers": 30,
    }  # fmt: skip
    return list((plain | other).values())


def branch_row(id_: str = "B30", lead: str = "S30") -> list[Any]:
    return [id_, f"{id_}党支部", "党支部", "独立", lead, "", 12]


def new_school(**other: Any) -> bytes:
    return xlsx({"学校": [SCHOOL_HEADER, school_row(**other)], "党组织": [BRANCH_HEADER, branch_row()]})


async def send(inspection: World, data: bytes, name: str = "表.xlsx", person: str = ADMIN) -> httpx.Response:
    headers = {"Authorization": f"Bearer {person}", "Idempotency-Key": secrets.token_hex(8)}
    files = {"file": (name, data, "application/octet-stream")}
    return await inspection.http.post("/v1/registry/tables", files=files, headers=headers)


async def staged(inspection: World, data: bytes, name: str = "表.xlsx") -> dict[str, Any]:
    answer = await send(inspection, data, name)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def activated(inspection: World, staging: Mapping[str, Any]) -> httpx.Response:
    return await inspection.send(ADMIN, f"/v1/registry/tables/{staging['id']}/activate")


async def imported(inspection: World) -> None:
    await inspection.done(ADMIN, "/v1/registry/imports", small_city.bundle())


async def test_a_table_changes_nothing_before_it_is_activated_and_then_all_at_once(inspection: World) -> None:
    await imported(inspection)
    seen = await staged(inspection, new_school())
    assert seen["ready"]
    assert seen["changes"] == {
        "school": {"new": 1, "changed": 0, "unchanged": 0}, "branch": {"new": 1, "changed": 0, "unchanged": 0},
    }  # fmt: skip
    assert (await inspection.get(ADMIN, "/v1/schools/S30")).status_code == 404
    done = await activated(inspection, seen)
    assert (done.status_code, done.json()["changed"]) == (200, {"school": 1, "branch": 1})
    school = (await inspection.get(ADMIN, "/v1/schools/S30")).json()
    assert (school["code"], school["level"], school["party_members"]) == ("0S30", "primary", 12)
    assert (await inspection.get(ADMIN, "/v1/branches/B30")).json()["schools"] == ["S30"]


async def test_the_same_table_again_changes_nothing(inspection: World) -> None:
    await imported(inspection)
    # One file: made again it would say another second of its making.
    table = new_school()
    first = await staged(inspection, table)
    done = await activated(inspection, first)
    assert done.status_code == 200, done.text
    again = await staged(inspection, table)
    assert again["id"] == first["id"]
    assert again["changes"]["school"] == {"new": 0, "changed": 0, "unchanged": 1}
    done = await activated(inspection, again)
    assert (done.status_code, done.json()["changed"]) == (200, {"school": 0, "branch": 0})
    assert (await inspection.get(ADMIN, "/v1/schools/S30")).json()["version"] == 1


@pytest.mark.parametrize(
    ("other", "cell", "code"),
    [
        ({"level": "大学"}, "学校!E2", "cell-choice"),
        ({"party_members": "十二"}, "学校!I2", "cell-number"),
        ({"party_members": -1}, "学校!I2", "cell-number"),
        ({"code": 454}, "学校!B2", "cell-not-text"),
        ({"name": ""}, "学校!C2", "cell-empty"),
        ({"division": "230899"}, "学校!D2", "unknown-reference"),
        ({"branch": "B31"}, "学校!H2", "unknown-reference"),
        ({"name": "学校13812345678"}, "学校!C2", "contact-in-registry"),
    ],
)
async def test_what_is_wrong_is_told_at_its_cell_and_nothing_is_taken(
    inspection: World, other: dict[str, Any], cell: str, code: str
) -> None:
    await imported(inspection)
    seen = await staged(inspection, new_school(**other))
    assert not seen["ready"]
    assert (cell, code) in [(error["cell"], error["code"]) for error in seen["errors"]]
    assert all(error["zh"] and error["en"] for error in seen["errors"])
    refused = await activated(inspection, seen)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/import-refused")
    assert cell in [problem["cell"] for problem in refused.json()["problems"]]
    assert (await inspection.get(ADMIN, "/v1/branches/B30")).status_code == 404


async def test_every_wrong_row_is_told_at_once(inspection: World) -> None:
    await imported(inspection)
    rows = [SCHOOL_HEADER, school_row("S30", level="x"), school_row("S31", "B1"), school_row("S31", "B1"), ["S32"]]
    seen = await staged(inspection, xlsx({"学校": rows, "备注": [["随便"]]}))
    cells = [error["cell"] for error in seen["errors"]]
    assert {"学校!E2", "学校!A4", "学校!B5", "学校!H5"} <= set(cells)
    assert seen["ignored"] == ["备注"]


async def test_a_missing_column_is_named(inspection: World) -> None:
    await imported(inspection)
    seen = await staged(inspection, xlsx({"学校": [SCHOOL_HEADER[:-3], school_row()[:-3]]}))
    assert [(error["cell"], error["code"]) for error in seen["errors"]] == [("学校!A1", "header-missing")]
    assert "党组织编号" in seen["errors"][0]["zh"]


async def test_what_waits_is_looked_at_again_against_the_registry_of_then(inspection: World) -> None:
    await imported(inspection)
    seen = await staged(inspection, xlsx({"学校": [SCHOOL_HEADER, school_row("S31", "B24")]}))
    await inspection.done(
        ADMIN, "/v1/schools/S31".removesuffix("/S31"), {**small_city.schools()[0], "id": "S31", "branch": "B23"}
    )
    again = (await inspection.get(ADMIN, f"/v1/registry/tables/{seen['id']}")).json()
    assert again["changes"]["school"] == {"new": 0, "changed": 1, "unchanged": 0}
    assert (await activated(inspection, seen)).status_code == 200
    assert (await inspection.get(ADMIN, "/v1/branches/B23")).json()["schools"] == ["S23"]


async def test_roles_come_by_table_but_for_those_that_take_two(inspection: World) -> None:
    await imported(inspection)
    people = [("编号", "姓名", "职务", "学校编号"), ("P-31", "王某一", "书记", "S5")]
    grants = [("人员编号", "角色", "单位编号"), ("P-31", "书记", "B5"), ("P-31", "市教育局机关党委", small_city.CITY)]
    seen = await staged(inspection, xlsx({"人员": people, "授权": grants}))
    assert [error["code"] for error in seen["errors"]] == ["second-person-needed"]
    seen = await staged(inspection, xlsx({"人员": people, "授权": grants[:2]}))
    assert (await activated(inspection, seen)).json()["changed"] == {"person": 1, "grant": 1}
    again = await staged(inspection, xlsx({"授权": grants[:2]}))
    assert again["changes"]["grant"] == {"new": 0, "changed": 0, "unchanged": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
async def test_csv_comes_in_the_encodings_that_offices_write(inspection: World, encoding: str) -> None:
    await imported(inspection)
    text = "编号,机构编号,名称,开始日期,结束日期\r\nH-1,230803,寒假,2027/1/10,2027年2月28日\r\n"
    seen = await staged(inspection, text.encode(encoding), "学校假期.csv")
    assert seen["ready"], seen
    await activated(inspection, seen)
    holiday = (await inspection.get(ADMIN, "/v1/holidays/H-1")).json()
    assert (holiday["starts"], holiday["ends"]) == ("2027-01-10", "2027-02-28")


async def test_the_template_has_every_sheet_and_is_itself_a_table(inspection: World) -> None:
    await imported(inspection)
    answer = await inspection.get(ADMIN, "/v1/registry/template")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["机构", "学校", "党组织", "人员", "授权", "阵地", "学校假期", "说明"]
    assert tuple(book.get_sheet_by_name("学校").to_python()[0]) == SCHOOL_HEADER
    assert (await staged(inspection, answer.content))["ready"]
    text = await inspection.get(ADMIN, "/v1/registry/template", format="csv", sheet="学校")
    assert text.content == b"\xef\xbb\xbf" + ",".join(SCHOOL_HEADER).encode() + b"\r\n"
    assert (await inspection.get(ADMIN, "/v1/registry/template", format="csv", sheet="x")).status_code == 404


async def test_what_one_administrator_sent_is_not_anothers(inspection: World) -> None:
    await imported(inspection)
    seen = await staged(inspection, new_school())
    bureau = small_city.BUREAU[0]
    assert (await inspection.get(bureau, f"/v1/registry/tables/{seen['id']}")).status_code == 403
    assert (await inspection.get(ADMIN, "/v1/registry/tables/none")).status_code == 404


def packed(parts: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def repacked(change: Mapping[str, Any]) -> bytes:
    """A sound workbook with parts changed (by a function of their bytes) or added (bytes)."""
    with zipfile.ZipFile(io.BytesIO(new_school())) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    for name, new in change.items():
        parts[name] = new(parts[name]) if callable(new) else new
    return packed(parts)


SHEET = "xl/worksheets/sheet1.xml"


def in_sheet(more: bytes) -> bytes:
    return repacked({SHEET: lambda text: text.replace(b"</sheetData>", more + b"</sheetData>")})


HOSTILE: dict[str, tuple[Any, int, str]] = {
    "no table at all": (lambda: b"\x00\x01\x02", 415, "table-unreadable"),
    "a broken archive": (lambda: b"PK\x03\x04broken", 415, "table-unreadable"),
    "an archive of something else": (lambda: packed({"a.txt": b"x"}), 415, "table-unreadable"),
    "a zip bomb": (lambda: repacked({"xl/media/a.bin": b"\0" * (65 * 1024 * 1024)}), 413, "table-too-large"),
    "a formula": (lambda: in_sheet(b'<row r="9"><c r="C9"><f>1+1</f><v>2</v></c></row>'), 422, "table-formula"),
    "an external link": (
        lambda: repacked({"xl/externalLinks/externalLink1.xml": b"<x/>"}), 422, "table-active-content",
    ),
    "a macro": (lambda: repacked({"xl/vbaProject.bin": b"x"}), 422, "table-active-content"),
    "a cell at the far corner": (
        lambda: in_sheet(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), 413, "table-too-large",
    ),
    "a million empty rows": (lambda: in_sheet(b'<row r="9"/>' * 1_000_000), 413, "table-too-large"),
    "a million shared texts": (
        lambda: repacked({"xl/sharedStrings.xml": b"<sst>" + b"<si><t>x</t></si>" * 4_000_000 + b"</sst>"}),
        413, "table-too-large",
    ),
    "a long CSV": (lambda: b"a,b\r\n" * 30_000, 413, "table-too-large"),
    "a wide CSV": (lambda: b"," * 200, 413, "table-too-large"),
    "a CSV of one huge cell": (lambda: b'"' + b"x" * 5000 + b'"', 415, "table-unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_refused_by_name(inspection: World, name: str) -> None:
    make, status, code = HOSTILE[name]
    answer = await send(inspection, make())
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
    if name == "a formula":
        assert answer.json()["cell"] == "C9"


async def test_a_file_beyond_the_bound_is_not_even_read(inspection: World) -> None:
    assert (await send(inspection, b"x" * (9 * 1024 * 1024))).status_code == 413
