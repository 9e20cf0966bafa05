"""A million issues as they are stored, the n-th always the same: ten years of a city, most of them closed.

Whole states of the domain, with tasks, responsibilities, reports and checks, and searched by what the product itself
derives from them. What one state costs to make is made once for all issues of the same day and kind.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import msgspec

from bench._listed_city import LAST_ROUND, ROUNDS, Listed, team_of, visit_of
from contracts import roles
from services.inspection.application.sought import RULE, sought_by
from services.inspection.application.words import grams
from services.inspection.domain.actor import Actor
from services.inspection.domain.issue import Card, Check, Clock, Closing, Help, Issue, Objection, Report, State, Stop
from services.inspection.domain.issue_rows import Area, Mode, Responsibility, Severity, Source, Task
from services.inspection.domain.workdays import Deadline

NOW: Final = datetime(2026, 11, 24, 2, tzinfo=UTC)
YEARS_DAYS: Final = 3650
CITY: Final = "230800"
Document = dict[str, Any]

_OPEN: Final[tuple[State, ...]] = (
    "drafted", "submitted", "assigned", "acknowledged", "planned", "rectifying", "rectifying", "reported", "checked",
    "returned", "objected", "help_asked",
)  # fmt: skip
_SEVERITIES: Final[tuple[Severity, ...]] = ("minor", "minor", "minor", "major", "major", "critical")
_MODES: Final[tuple[Mode, ...]] = ("deadline", "deadline", "deadline", "immediate", "standing")
_SOURCES: Final[tuple[Source, ...]] = (
    *("supervision",) * 14, "self", "self", "survey", "liaison", "superior", "inspection_tour"
)  # fmt: skip
_AREAS: Final[tuple[Area, ...]] = (
    "主体责任", "组织设置", "“六有”阵地", "基本制度", "党建载体", "党建与教学融合", "问题整改", "其他",
)  # fmt: skip
_WHAT: Final = (
    "党员活动室", "三会一课记录", "党费收缴台账", "主题党日方案", "书记讲党课", "组织生活会", "民主评议党员",
    "发展党员材料",
    "党务公开栏", "党旗", "支部手册", "学习笔记", "谈心谈话记录", "年度计划", "意识形态责任书", "师德师风档案",
    "校务会议纪要", "红色阵地", "党员先锋岗", "整改台账", "支委会会议", "入党积极分子培养", "流动党员名册", "党建经费",
)  # fmt: skip
_HOW: Final = (
    "不完整", "未及时更新", "缺少签到", "内容雷同", "流于形式", "未上墙", "陈旧褪色", "没有标识", "责任不清",
    "无人签字",
    "超期未报", "照抄照搬", "存放混乱", "与实际不符", "频次不足", "缺少影像资料",
)  # fmt: skip
_MORE: Final = (
    "，需补齐上季度材料", "，已连续两个月", "，负责人不清楚要求", "，学校尚未研究", "，与上轮督导相同",
    "，仅有目录没有正文",
    "，涉及三个年级组", "，教师反映较多", "，应由支部书记牵头", "，请于月底前报送", "，村小教学点尤为明显",
    "，未见整改痕迹",
    "，台账电子版缺失", "，纸质版破损", "，公示时间不够", "，没有征求意见",
)  # fmt: skip


def texts() -> int:
    """How many descriptions there are."""
    return len(_WHAT) * len(_HOW) * len(_MORE)


@lru_cache(maxsize=8192)
def _text(number: int) -> tuple[str, list[str]]:
    rest, what = divmod(number, len(_WHAT))
    more, how = divmod(rest, len(_HOW))
    text = f"{_WHAT[what]}{_HOW[how]}{_MORE[more]}"
    return text, grams(text)


def _spread(number: int, salt: int) -> int:
    """The same for the same number, and mixed well (Knuth's multiplicative hash over 32 bits)."""
    mixed = ((number + 1) * 2_654_435_761 + salt * 2_246_822_519) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 15)) * 2_246_822_519 >> 9 & 0x7FFFFF


def state_of(number: int, count: int) -> State:
    """Of the last twelfth most are open; of the others nearly none."""
    mixed = _spread(number, 1)
    if number >= count - count // 12 and mixed % 8:
        return _OPEN[mixed // 8 % len(_OPEN)]
    if mixed % 400 == 0:
        return _OPEN[mixed // 400 % len(_OPEN)]
    return "withdrawn" if mixed % 33 == 0 else "merged" if mixed % 47 == 0 else "closed"


def issues(listed: Listed, begin: int, end: int, count: int) -> Iterator[Document]:
    """Documents of the issues from `begin` up to `end`, of `count` in all."""
    for number in range(begin, end):
        yield _document(listed, number, count)


def _document(listed: Listed, number: int, count: int) -> Document:
    state = state_of(number, count)
    drafted = NOW - timedelta(days=1) - timedelta(days=YEARS_DAYS * (count - number) / count)
    pick = _spread(number, 2)
    kind = (_SEVERITIES[pick % 6], _MODES[pick // 6 % 5])
    text, found = _text(_spread(number, 3) % texts())
    entry = {**_made(state, *kind, drafted.date(), pick % 97 == 0)}
    entry |= _own(listed, number, drafted, text) | {"area": _AREAS[_spread(number, 5) % 8]}
    _name_lead(listed, entry)
    if state in ("closed", "withdrawn", "merged") and not entry["cards"]:
        sought: Document = {"rule": RULE, "grams": found, "day": drafted.date().toordinal()}
    else:
        sought = sought_by("issue", msgspec.convert(entry, Issue), entry)
    return {"_id": entry["id"], "version": 3 + pick % 9, "entry": entry, "sought": sought}


def _own(listed: Listed, number: int, drafted: datetime, text: str) -> Document:
    place, source = _spread(number, 4) % len(listed.schools), _SOURCES[_spread(number, 6) % len(_SOURCES)]
    school, round_ = listed.schools[place], ROUNDS[min(int(len(ROUNDS) * _age(drafted)), len(ROUNDS) - 1)]
    visited = source == "supervision"
    item = f"C{_spread(number, 7) % 60:02d}"
    return {
        "id": f"{number:032x}",
        "number": f"{round_[2:]}-{number:04d}",
        "school": school,
        "source": source,
        "item": item if visited else None,
        "checklist": "small@1" if visited else None,
        "visit": visit_of(round_, school) if visited else None,
        "round": round_ if visited else None,
        "team": team_of(round_, place) if visited else None,
        "description": text,
        "drafted_at": drafted.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def _age(drafted: datetime) -> float:
    return 1 - (NOW - drafted) / timedelta(days=YEARS_DAYS)


def _name_lead(listed: Listed, entry: Document) -> None:
    school = entry["school"]
    entry["drafted_by"] = {"person": listed.at(roles.CADRE, school), "role": roles.CADRE, "organisation": school}
    if entry["responsibilities"]:
        entry["responsibilities"] = [
            {**row, "person": listed.at(roles.CADRE, school)} for row in entry["responsibilities"]
        ]


@lru_cache(maxsize=200_000)
def _made(state: State, severity: Severity, mode: Mode, day: date, carded: bool) -> Document:
    """An issue of this kind that was drafted that day, but for what is its own."""
    made: Document = msgspec.to_builtins(_issue(state, severity, mode, day, carded))
    return made


def _at(day: date, days: int) -> str:
    return f"{(day + timedelta(days=days)).isoformat()}T03:00:00.000000Z"


def _due(day: date, days: int) -> Deadline:
    return Deadline(day=(day + timedelta(days=days)).isoformat())


_ORDER: Final = ("drafted", "submitted", "assigned", "acknowledged", "planned", "rectifying", "reported", "checked")
_LIKE: Final[dict[str, str]] = {
    "closed": "checked", "returned": "reported", "objected": "acknowledged", "help_asked": "rectifying",
    "withdrawn": "assigned", "merged": "submitted",
}  # fmt: skip
_ACTOR: Final = Actor(person="P-0002", role=roles.BUREAU_OFFICER, organisation=CITY)


def _issue(state: State, severity: Severity, mode: Mode, day: date, carded: bool) -> Issue:
    reached = _ORDER.index(_LIKE.get(state, state))
    by = _ACTOR
    # What is open is being worked on: its dates lie around today.
    due = _due(day, 90) if state in ("closed", "withdrawn", "merged") else _due(NOW.date(), day.toordinal() % 60 - 10)
    standing = mode == "standing"
    at = [_at(day, days) for days in (0, 1, 3, 5, 9, 12, 40, 44)]
    task = Task(
        id="t1", measure="补齐材料并由书记审核", target="材料齐全规范", deadline=due,
        percent=100 if reached >= 6 else 60, note="已补两月", evidence=("E-0001",),
        done_at=at[6] if reached >= 6 else None,
    )  # fmt: skip
    lead = Responsibility(
        id="r1", person="?", part="lead", since=at[4], sign_by=due, signed_at=at[4] if reached >= 5 else None,
        superseded_at=None, superseded_reason=None,
    )  # fmt: skip
    report = Report(at=at[6], by=by, note="整改完毕，材料已归档", deadline=due, on_time=True)
    first = Check(
        at=at[7], by=by, step="first", passed=True, method="evidence", reason=None, opinion=None, deadline=None
    )  # fmt: skip
    return Issue(
        id="", number=None, school="", state=state, source="supervision", area="其他", item=None, checklist=None,
        visit=None, round=None, team=None, description="", evidence=("E-0002",), severity=severity, mode=mode,
        issuer=CITY if severity == "critical" else "230803", drafted_by=by, drafted_at="",
        submitted_at=at[1] if reached else None, assigned_by=by if reached >= 2 else None,
        assigned_at=at[2] if reached >= 2 else None, deadline=None if standing or reached < 2 else due,
        acknowledge_by=due if reached >= 2 else None, acknowledged_by=by if reached >= 3 else None,
        acknowledged_at=at[3] if reached >= 3 else None, plan_by=due if reached >= 3 else None,
        planned_by=by if reached >= 4 else None, planned_at=at[4] if reached >= 4 else None,
        tasks=(task,) if reached >= 4 else (), responsibilities=(lead,) if reached >= 4 else (),
        reports=(report,) if reached >= 6 else (), checks=(first,) if reached >= 7 else (),
        next_check=due if standing and reached >= 2 else None, stages_passed=0,
        closings=(Closing(at=at[7], kind="closed", by=by, on_time=True, worked_days=28),) if state == "closed" else (),
        withdrawn_reason="重复登记" if state == "withdrawn" else None,
        clock=Clock(owner="none" if reached == 0 else "school", since=at[min(reached, 7)], due=due, reason=state),
        stops=(Stop(since=at[5], until=None, reason="objected", days=None),) if state == "objected" else (),
        objections=(Objection(at=at[5], by=by, reason="事实有出入", state="acknowledged", decide_by=due),)
        if state == "objected" else (),
        helps=(Help(at=at[5], by=by, reason="经费无法自筹", state="rectifying", body="230803", decide_by=due),)
        if state == "help_asked" else (),
        cards=(Card(number="DB-2026-0001", colour="yellow", at=at[6], by=by, reason="逾期", deadline=due),)
        if carded and reached >= 5 else (),
    )  # fmt: skip


def visits_of_last_round(listed: Listed) -> list[str]:
    """Ids of the visits that are to come."""
    return [visit_of(LAST_ROUND, school) for school in listed.schools]
