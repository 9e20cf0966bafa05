"""What people ask the lists: whose question, its parameters (the n-th time others), and what a plain system would ask.

A plain system knows the same indexes, lets the database choose among them, pages by offset and searches by a pattern.
"""

# ruff: noqa: ARG005 -- every question is a function of the city and of how often it was asked, needed or not

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from bench._listed_city import LAST_ROUND, ROUNDS, Listed, team_of
from bench._listed_issues import NOW, YEARS_DAYS
from contracts import roles
from runtime.http.paging import encode_cursor

Filter = dict[str, Any]
Asked = Mapping[str, Any]
ISSUES: Final = "/v1/issues"
TODAY: Final = "2026-11-24"
SOON: Final = "2026-11-27"
_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Plain:
    """One page as a plain system asks for it; `text`, if any, is looked for as a pattern."""

    match: Filter
    skip: int = 0
    by_due: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """`path`, `person` and `asked` of the n-th time; `plain` none where a plain system has no answer."""

    name: str
    person: Callable[[Listed, int], str]
    path: Callable[[Listed, int], str]
    plain: Callable[[Listed, int], Plain] | None = None


def url(path: str, asked: Asked) -> str:
    """The path with its query."""
    return f"{path}?{urlencode(asked, doseq=True)}" if asked else path


def _bureau(listed: Listed, n: int) -> str:
    return listed.one(roles.BUREAU_OFFICER, n)


def _county(listed: Listed, n: int) -> str:
    return listed.at(roles.COUNTY_OFFICER, _division(listed, n))


def _secretary(listed: Listed, n: int) -> str:
    return listed.at(roles.SECRETARY, _branch(listed, n).id)


def _branch(listed: Listed, n: int) -> Any:
    return listed.city.root_branches[n * 7 % len(listed.city.root_branches)]


def _school(listed: Listed, n: int) -> str:
    return listed.schools[n * 13 % len(listed.schools)]


def _division(listed: Listed, n: int) -> str:
    counties = [one.id for one in listed.city.divisions if one.kind not in ("city", "city_direct")]
    return counties[n % len(counties)]


def _in(listed: Listed, division: str) -> Filter:
    return {"entry.school": {"$in": [one.id for one in listed.city.schools if one.division == division]}}


def _of_level(listed: Listed, level: str) -> Filter:
    return {"entry.school": {"$in": [one.id for one in listed.city.schools if one.level == level]}}


_LEVELS: Final = ("high", "vocational", "junior", "primary")
_OPEN: Final = ("assigned", "acknowledged", "planned", "rectifying", "reported", "returned")
_AREAS: Final = ("主体责任", "组织设置", "基本制度", "问题整改")
_WORDS: Final = ("活动室", "党费", "签到", "台账", "纸质版", "红色阵地", "村小", "支委会")
_SPELT: Final = ("hds", "dfsj", "shyk", "wjsqz", "zzb", "hszd")


def _equal(**given: Any) -> Filter:
    return {f"entry.{name}": value for name, value in given.items()}


def _issues(name: str, asked: Callable[[Listed, int], Asked], match: Callable[[Listed, int], Filter] | None,
            person: Callable[[Listed, int], str] = _bureau, by_due: bool = False) -> Question:  # fmt: skip
    # Parts of tasks from above stand in a list of their own.
    plain = (
        None if match is None else lambda listed, n: Plain({"entry.assignment": None, **match(listed, n)}, 0, by_due)
    )
    return Question(name, person, lambda listed, n: url(ISSUES, asked(listed, n)), plain)


def _deep(part: float) -> Question:
    """The page that begins after so much of all issues, as somebody who went on page by page comes to it."""

    def path(_: Listed, n: int) -> str:
        drafted = NOW - timedelta(days=1) - timedelta(days=YEARS_DAYS * part, seconds=n)
        at = drafted.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return url(ISSUES, {"cursor": encode_cursor(f"{ISSUES}?", at, "f" * 32)})

    def plain(_: Listed, n: int) -> Plain:
        return Plain({}, skip=int(part * 1_000_000) + n)

    return Question(f"a page after {part:.0%} of all", _bureau, path, plain)


_LIGHTS: Final[Mapping[str, Filter]] = {
    "red": {"sought.due": {"$lt": TODAY}}, "yellow": {"sought.due": {"$gte": TODAY, "$lte": SOON}},
    "green": {"sought.due": {"$gt": SOON}},
}  # fmt: skip


def _light(light: str, due: Filter) -> Question:
    return _issues(f"{light} light", lambda _, n: {"light": light}, lambda _, n: due, by_due=True)


def _lights() -> list[Question]:
    return [_light(light, due) for light, due in _LIGHTS.items()]


def _filters() -> list[Question]:
    return [
        _issues("newest of the city", lambda _, n: {}, lambda _, n: {}),
        _issues("a county's", lambda _, n: {}, lambda c, n: _in(c, _division(c, n)), _county),
        _issues("a school's own", lambda _, n: {},
                lambda c, n: _equal(school={"$in": list(_branch(c, n).schools)}), _secretary),
        _issues("division", lambda c, n: {"division": _division(c, n)}, lambda c, n: _in(c, _division(c, n))),
        _issues("level", lambda _, n: {"level": _LEVELS[n % 4]}, lambda c, n: _of_level(c, _LEVELS[n % 4])),
        _issues("school", lambda c, n: {"school": _school(c, n)}, lambda c, n: _equal(school=_school(c, n))),
        _issues("state", lambda _, n: {"state": _OPEN[n % 6]}, lambda _, n: _equal(state=_OPEN[n % 6])),
        _issues("three states", lambda _, n: {"state": _OPEN[n % 4 : n % 4 + 3]},
                lambda _, n: _equal(state={"$in": list(_OPEN[n % 4 : n % 4 + 3])})),
        _issues("severity", lambda _, n: {"severity": "critical"}, lambda _, n: _equal(severity="critical")),
        _issues("mode", lambda _, n: {"mode": "standing"}, lambda _, n: _equal(mode="standing")),
        _issues("area", lambda _, n: {"area": _AREAS[n % 4]}, lambda _, n: _equal(area=_AREAS[n % 4])),
        _issues("source", lambda _, n: {"source": "liaison"}, lambda _, n: _equal(source="liaison")),
        _issues("round", lambda _, n: {"round": ROUNDS[n % 20]}, lambda _, n: _equal(round=ROUNDS[n % 20])),
        _issues("team", lambda _, n: {"team": team_of(LAST_ROUND, n)},
                lambda _, n: _equal(team=team_of(LAST_ROUND, n))),
        _issues("item", lambda _, n: {"item": f"C{n % 60:02d}"}, lambda _, n: _equal(item=f"C{n % 60:02d}")),
        _issues("lead", lambda c, n: {"lead": c.at(roles.CADRE, _school(c, n))},
                lambda c, n: {"entry.responsibilities.person": c.at(roles.CADRE, _school(c, n))}),
        _issues("yellow card", lambda _, n: {"card": "yellow"}, lambda _, n: {"entry.cards.colour": "yellow"}),
        _issues("soonest due", lambda _, n: {"order": "due"}, lambda _, n: {"sought.due": {"$exists": True}},
                by_due=True),
        _issues("due in a week", lambda _, n: {"due_from": TODAY, "due_to": f"2026-12-{1 + n % 9:02d}"},
                lambda _, n: {"sought.due": {"$gte": TODAY, "$lte": f"2026-12-{1 + n % 9:02d}"}}, by_due=True),
    ]  # fmt: skip


def _together() -> list[Question]:
    return [
        _issues("division, state, severity",
                lambda c, n: {"division": _division(c, n), "state": "rectifying", "severity": "critical"},
                lambda c, n: {**_in(c, _division(c, n)), **_equal(state="rectifying", severity="critical")}),
        _issues("level, red light", lambda _, n: {"level": _LEVELS[n % 4], "light": "red"},
                lambda c, n: {**_of_level(c, _LEVELS[n % 4]), **_LIGHTS["red"]}, by_due=True),
        _issues("round, item, closed",
                lambda _, n: {"round": ROUNDS[n % 20], "item": f"C{n % 60:02d}", "state": "closed"},
                lambda _, n: _equal(round=ROUNDS[n % 20], item=f"C{n % 60:02d}", state="closed")),
        _issues("area, source, mode", lambda _, n: {"area": _AREAS[n % 4], "source": "survey", "mode": "standing"},
                lambda _, n: _equal(area=_AREAS[n % 4], source="survey", mode="standing")),
        _issues("a county's overdue", lambda _, n: {"light": "red"},
                lambda c, n: {**_in(c, _division(c, n)), **_LIGHTS["red"]}, _county, by_due=True),
        _issues("a county's critical, objected", lambda _, n: {"severity": "critical", "state": "objected"},
                lambda c, n: {**_in(c, _division(c, n)), **_equal(severity="critical", state="objected")}, _county),
    ]  # fmt: skip


def _pattern(*words: str) -> Filter:
    return {"$and": [{"entry.description": {"$regex": word}} for word in words]}


def _texts() -> list[Question]:
    return [
        _issues("a word", lambda _, n: {"text": _WORDS[n % 8]}, lambda _, n: _pattern(_WORDS[n % 8])),
        _issues("two words", lambda _, n: {"text": f"{_WORDS[n % 3]} {_WORDS[3 + n % 5]}"},
                lambda _, n: _pattern(_WORDS[n % 3], _WORDS[3 + n % 5])),
        _issues("pinyin", lambda _, n: {"text": _SPELT[n % 6]}, None),
        _issues("a school's name", lambda c, n: {"text": c.city.schools[n * 13 % 231].name}, None),
        _issues("a word in a division", lambda c, n: {"text": _WORDS[n % 8], "division": _division(c, n)},
                lambda c, n: {**_in(c, _division(c, n)), **_pattern(_WORDS[n % 8])}),
        _issues("a word in a county", lambda _, n: {"text": _WORDS[n % 8]},
                lambda c, n: {**_in(c, _division(c, n)), **_pattern(_WORDS[n % 8])}, _county),
        _issues("a word in a school", lambda _, n: {"text": _WORDS[n % 8]},
                lambda c, n: {**_equal(school={"$in": list(_branch(c, n).schools)}), **_pattern(_WORDS[n % 8])},
                _secretary),
        _issues("a word nobody wrote", lambda _, n: {"text": f"鲲鹏{n}"}, lambda _, n: _pattern(f"鲲鹏{n}")),
    ]  # fmt: skip


def _todo() -> list[Question]:
    people: Mapping[str, Callable[[Listed, int], str]] = {
        "bureau officer": _bureau, "county officer": _county, "secretary": _secretary,
        "team leader": lambda c, n: c.leader(n), "cadre": lambda c, n: c.at(roles.CADRE, _school(c, n)),
    }  # fmt: skip
    return [
        Question(f"mine to do, {role}", person, lambda c, n: "/v1/me/todo") for role, person in people.items()
    ]  # fmt: skip


def questions() -> list[Question]:
    """All of them."""
    lists = [
        Question("three lists, secretary", _secretary, lambda c, n: f"/v1/schools/{_branch(c, n).lead_school}/lists",
                 lambda c, n: Plain(_equal(school=_branch(c, n).lead_school))),
        Question("three lists, bureau", _bureau, lambda c, n: f"/v1/schools/{_school(c, n)}/lists",
                 lambda c, n: Plain(_equal(school=_school(c, n)))),
        Question("like a finding", _bureau, lambda c, n: url("/v1/issues/similar", {
            "school": _school(c, n), "text": f"{_WORDS[n % 8]}没有标识，陈旧褪色", "item": f"C{n % 60:02d}"})),
    ]  # fmt: skip
    return [*_filters(), *_lights(), *_together(), *_texts(), *lists, *_todo(), _deep(0.1), _deep(0.5), _deep(0.9)]
