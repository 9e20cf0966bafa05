"""The summary on a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from dudao.demo.summary import Summary

STATES: Final[Mapping[str, str]] = {
    "drafted": "登记",
    "submitted": "提交",
    "assigned": "交办",
    "acknowledged": "签收",
    "planned": "已定方案",
    "rectifying": "整改中",
    "reported": "申请销号",
    "checked": "已初核",
    "closed": "销号",
    "returned": "退回",
    "withdrawn": "撤销",
}
RULES: Final[Mapping[str, str]] = {
    "assigned": "交办",
    "returned": "退回",
    "reopened": "撤销销号",
    "withdrawn": "撤销",
    "submitted": "待交办",
    "reported": "待核查",
    "checked": "待复核",
    "to_sign": "待签字",
    "closed": "已销号",
}
LEVELS: Final[Mapping[str, str]] = {"high": "高中", "vocational": "中专", "junior": "初中", "primary": "小学"}
FIGURES: Final[Mapping[str, str]] = {
    "schools_visited": "督导学校",
    "joint_or_affiliated": "其中联合式、挂靠式",
    "activity_room": "党员活动室",
    "amateur_party_school": "业余党校",
    "history_exhibit": "校史馆、红色走廊、红色展室",
    "red_army_school": "红军学校",
    "red_tutor": "红色辅导员",
    "red_reader": "红色读物",
    "master_studio": "党员名师工作室",
    "studio_teacher": "工作室带动教师",
}


def show_summary(summary: Summary, divisions: Mapping[str, str], console: Console) -> None:
    """Print it; `divisions` names divisions by id."""
    console.print(f"截至 / as of {summary.as_of}", highlight=False)
    console.print(_counts("问题状态 / issues by state", summary.issues, STATES))
    console.print(_counts("提醒种类 / alerts by kind", summary.alerts, RULES))
    console.print(_rates("按学段 / by level", summary.by_level, LEVELS, summary.total))
    console.print(_rates("按县区 / by county", summary.by_division, divisions, summary.total))
    console.print(_figures(summary))


def _counts(title: str, counts: Mapping[str, int], names: Mapping[str, str]) -> Table:
    table = Table("", "件 / count", title=title, title_justify="left")
    for key, count in counts.items():
        table.add_row(f"{names.get(key, key)} {key}", str(count))
    table.add_row("合计 / total", str(sum(counts.values())), style="bold")
    return table


def _rates(title: str, rows: Iterable[Mapping[str, Any]], names: Mapping[str, str], total: Mapping[str, Any]) -> Table:
    table = Table("", "交办 / assigned", "整改率 / closed", "按期整改率 / on time", title=title, title_justify="left")
    for row in rows:
        table.add_row(names.get(row["key"], row["key"]), *_rate_cells(row))
    table.add_row("全市 / city", *_rate_cells(total), style="bold")
    return table


def _rate_cells(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(row["assigned"]), _percent(row["rectification_rate"]), _percent(row["on_time_rate"])


def _percent(rate: Mapping[str, int | None]) -> str:
    """`n/d = 12.34%`; a dash where there is nothing to divide by."""
    share = rate["per_10000"]
    return "—" if share is None else f"{rate['n']}/{rate['d']} = {share // 100}.{share % 100:02}%"


def _figures(summary: Summary) -> Table:
    title = "指标与来源 / indicators and their source"
    table = Table("", "统计 / reported", "来源 / source", "", title=title, title_justify="left")
    for figure in summary.figures:
        mark = "✓" if figure.agrees else "✗"
        table.add_row(FIGURES[figure.name], str(figure.reported), str(figure.source), mark)
    return table
