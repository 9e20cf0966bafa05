"""The sheets of a registry table: what its columns are called, in Chinese or as the fields are named."""

from dataclasses import dataclass
from typing import Final

from contracts import roles
from services.inspection.application.tables import Column

KINDS_OF_DIVISION: Final = {
    "市": "city", "区": "district", "县": "county", "县级市": "county_level_city", "市直": "city_direct",
}  # fmt: skip
LEVELS: Final = {"高中": "high", "中专": "vocational", "初中": "junior", "小学": "primary"}
ORGANISED: Final = {"独立": "own", "联合式": "joint", "挂靠式": "affiliated"}
KINDS_OF_BRANCH: Final = {"党委": "committee", "党总支": "general_branch", "党支部": "branch"}
FORMS: Final = {"独立": "independent", "联合式": "joint", "挂靠式": "affiliated"}
KINDS_OF_VENUE: Final = {
    "红色教育基地": "red_site", "党员活动室": "activity_room", "校史展馆": "exhibit", "业余党校": "party_school",
    "工作室": "studio",
}  # fmt: skip
ROLES: Final = {name: role for role, name in roles.CHINESE.items()}


@dataclass(frozen=True, slots=True)
class SheetOf:
    """One sheet: its title, the kind of its entries, its columns; a CSV file is called after `name`."""

    title: str
    name: str
    kind: str
    columns: tuple[Column, ...]


def _text(header: str, field: str, *also: str, optional: bool = False) -> Column:
    return Column(header, field, optional=optional, also=also)


def _own(header: str, field: str, *also: str) -> Column:
    return Column(header, field, exact=True, also=also)


def _number(header: str, field: str) -> Column:
    return Column(header, field, "number", optional=True, empty=0)


def _truth(header: str, field: str) -> Column:
    return Column(header, field, "truth", optional=True, empty=False)


SHEETS: Final = (
    SheetOf("机构", "divisions", "division", (
        _own("编号", "id", "code"), _text("名称", "name"), Column("类别", "kind", choices=KINDS_OF_DIVISION),
        _text("上级编号", "parent", optional=True), _truth("校长负责制试点", "principal_pilot"),
    )),
    SheetOf("学校", "schools", "school", (
        _own("编号", "id"), _own("代码", "code"), _text("名称", "name"), _text("机构编号", "division"),
        Column("学段", "level", choices=LEVELS), _text("地域", "locality"),
        Column("组织形式", "organised", choices=ORGANISED), _text("党组织编号", "branch"),
        _number("党员数", "party_members"), _number("教职工数", "teachers"),
    )),
    SheetOf("党组织", "branches", "branch", (
        _own("编号", "id"), _text("名称", "name"), Column("类别", "kind", choices=KINDS_OF_BRANCH),
        Column("形式", "form", choices=FORMS), _text("牵头学校编号", "lead_school"),
        _text("上级党组织编号", "parent", optional=True), _number("党员数", "members"),
    )),
    SheetOf("人员", "people", "person", (
        _own("编号", "id"), _text("姓名", "name"), _text("职务", "post"), _text("学校编号", "school", optional=True),
    )),
    SheetOf("授权", "grants", "grant", (
        _text("人员编号", "person"), Column("角色", "role", choices=ROLES), _text("单位编号", "organisation"),
        Column("编号", "id", exact=True, optional=True),
    )),
    SheetOf("阵地", "venues", "venue", (
        _own("编号", "id"), _text("名称", "name"),
        Column("类别", "kind", choices=KINDS_OF_VENUE, optional=True, empty="red_site"),
        _text("机构编号", "division"), _text("学校编号", "school", optional=True), _truth("免费开放", "free"),
    )),
    SheetOf("学校假期", "holidays", "holiday", (
        _own("编号", "id"), _text("机构编号", "division"), _text("名称", "name"),
        Column("开始日期", "starts", "day"), Column("结束日期", "ends", "day"),
    )),
)  # fmt: skip


def sheet_of(name: str) -> SheetOf | None:
    """The sheet of this title or file name."""
    return next((sheet for sheet in SHEETS if name.strip() in (sheet.title, sheet.name)), None)
