"""A city small enough to read: three counties and the city-direct unit, twenty-five schools, one of them joint."""

from typing import Any

from contracts import roles

CITY = "230800"
DIRECT = "230890"
COUNTIES = ("230803", "230804", "230805")
OWN = 24
JOINT = OWN + 1
ADMIN = "P-admin"
BUREAU = ("P-bureau-1", "P-bureau-2", "P-bureau-3")

Entry = dict[str, Any]


def divisions() -> list[Entry]:
    named: list[Entry] = [{"id": id, "name": f"县{id}", "kind": "county", "parent": CITY} for id in COUNTIES]
    city: Entry = {"id": CITY, "name": "佳木斯市", "kind": "city", "parent": None}
    direct: Entry = {"id": DIRECT, "name": "市直", "kind": "city_direct", "parent": CITY}
    return [{**one, "principal_pilot": False} for one in (city, direct, *named)]


def _school(number: int, division: str, branch: str, organised: str = "own") -> Entry:
    return {
        "id": f"S{number}", "code": f"{division}-{number}", "name": f"第{number}学校", "division": division,
        "level": "junior", "locality": "urban", "organised": organised, "branch": branch, "party_members": 20,
        "teachers": 60,
    }  # fmt: skip


def schools() -> list[Entry]:
    places = [(n, (*COUNTIES, DIRECT)[(n - 1) % 4]) for n in range(1, OWN + 1)]
    return [*(_school(n, division, f"B{n}") for n, division in places), _school(JOINT, COUNTIES[0], "B1", "joint")]


def branches() -> list[Entry]:
    covered = {f"B{n}": [f"S{n}"] for n in range(1, OWN + 1)}
    covered["B1"].append(f"S{JOINT}")
    return [
        {
            "id": id, "name": f"{id}党支部", "kind": "branch", "form": "joint" if len(ids) > 1 else "independent",
            "lead_school": ids[0], "parent": None, "schools": ids, "members": 20,
        }
        for id, ids in covered.items()
    ]  # fmt: skip


def _parts() -> list[tuple[str, str, str, str | None]]:
    """(person, role, organisation, school)."""
    found: list[tuple[str, str, str, str | None]] = [(p, roles.BUREAU_OFFICER, CITY, None) for p in BUREAU]
    for division in COUNTIES:
        found += [(f"P-county-{division}-{n}", roles.COUNTY_OFFICER, division, None) for n in (1, 2)]
    for n in range(1, OWN + 1):
        found.append((f"P-secretary-B{n}", roles.SECRETARY, f"B{n}", f"S{n}"))
    for n in range(1, OWN + 2):
        found.append((f"P-cadre-S{n}", roles.CADRE, f"S{n}", f"S{n}"))
    found.append((f"P-contact-S{JOINT}", roles.CONTACT, f"S{JOINT}", f"S{JOINT}"))
    found.append(("P-organisation", roles.ORGANISATION_DEPARTMENT, CITY, None))
    found.append(("P-tour", roles.INSPECTION_TOUR_READER, CITY, None))
    return found


def people() -> list[Entry]:
    named = {person: school for person, _, _, school in _parts()}
    return [{"id": id, "name": f"姓名{id}", "post": "职务", "school": school} for id, school in named.items()]


def grants() -> list[Entry]:
    return [
        {"id": f"G-{number}", "person": person, "role": role, "organisation": organisation}
        for number, (person, role, organisation, _) in enumerate(_parts())
    ]


def bundle() -> dict[str, list[Entry]]:
    return {
        "divisions": divisions(), "schools": schools(), "branches": branches(), "people": people(), "grants": grants(),
    }  # fmt: skip


def _item(code: str, **given: Any) -> Entry:
    plain: Entry = {
        "code": code, "section": "“六有”阵地", "area": "“六有”阵地", "text": f"条目{code}", "how": "实地看",
        "costs": None, "type": "yes_no", "subject": "school", "weight": 5, "max": None, "pass_mark": None,
        "severity": "minor", "mode": "deadline", "evidence": False, "indicator": None, "by": "person", "levels": [],
        "organised": [], "principal_pilot": None, "members_at_least": None, "had_previous_round": None,
        "records": "answer",
    }  # fmt: skip
    return {**plain, **given}


def checklist() -> Entry:
    items = [
        _item("C1", severity="major", evidence=True),
        _item("C2"),
        _item("C3", mode="immediate"),
        _item("D1", type="score", max=10, pass_mark=6, severity="critical"),
        _item("D2", severity="minor", mode="standing"),
        _item("C8", type="count", indicator="activity_room", severity=None, mode=None, weight=0),
    ]
    return {"name": "small", "version": 1, "title": "小清单", "items": items}
