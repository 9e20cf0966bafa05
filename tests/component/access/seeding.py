"""A city with a history: real commands of real people, and the states they passed through, kept for copies."""

from typing import Any, Final

from tests import small_city
from tests.component.access import cast
from tests.component.access.city import City

Entry = dict[str, Any]
MAJOR: Final = {"severity": "major", "mode": "deadline"}
PASSED: Final = {"passed": True, "method": "on_site"}
TASKS: Final = [{"measure": "补挂标识", "target": "标识齐全"}]
REASON: Final = {"reason": "另有安排"}
ANSWERS: Final = [
    {"item": "C1", "value": True}, {"item": "C2", "value": False}, {"item": "C3", "value": False},
    {"item": "D1", "value": 5}, {"item": "D2", "value": False}, {"item": "C8", "value": 2},
]  # fmt: skip
FEEDBACK: Final = {"feedback": {"person": cast.SECRETARY, "outcome": "countersigned"}}


async def seed(city: City) -> None:
    """Registry, round, cast; a visit and its findings at S25; issues of every source that matters, here and there."""
    world = city.world
    await world.opened_city()
    city.team = (await world.leader_at(cast.SCHOOL))[1]["team"]
    city.other_team = await _another_team(city)
    await world.done(small_city.ADMIN, "/v1/registry/imports", cast.joining(city.team, city.other_team))
    await world.done(small_city.ADMIN, f"/v1/grants/G-of-{cast.REVOKED}/revoke", REASON)
    await city.keep("grants", "grant", f"G-of-{cast.MEMBER}")
    await _beside(city)
    visit = await _answered_visit(city)
    issue = await _drafted_issue(city, visit)
    await _submitted_visit(city, visit)
    await _life(city, issue["id"], cast.COUNTY, "main")
    await _bare_drafts(city, visit)
    await _listed(city, cast.SCHOOL, "survey", cast.COUNTY, "survey")
    await _tour(city)
    await _office_draft(city)
    await _listed(city, cast.OTHER_SCHOOL, "survey", cast.OTHER_COUNTY, "other")
    await _listed(city, cast.OTHER_SCHOOL, "inspection_tour", cast.OTHER_COUNTY, "other.tour")


async def _beside(city: City) -> None:
    """One venue, one holiday, one nomination."""
    world = city.world
    venue = {"id": "V-1", "name": "红色基地", "kind": "red_site", "division": "230804", "school": None, "free": True}
    await world.done(small_city.ADMIN, "/v1/venues", venue)
    holiday = {"id": "H-1", "division": "230804", "name": "寒假", "starts": "2001-01-15", "ends": "2001-02-25"}
    await world.done(small_city.ADMIN, "/v1/holidays", holiday)
    await world.done(small_city.ADMIN, "/v1/people", {"id": "P-nominee", "name": "新人", "post": "职务"})
    wanted = {"person": "P-nominee", "role": "bureau_officer", "organisation": small_city.CITY}
    nomination = await world.done(small_city.ADMIN, "/v1/nominations", wanted)
    for collection, id_ in (("venues", "V-1"), ("holidays", "H-1"), ("nominations", nomination["id"])):
        await city.keep(collection, "one", id_)


async def _another_team(city: City) -> str:
    teams = (await city.get("inspection", cast.BUREAU, "/v1/teams")).json()["items"]
    return next(str(team["id"]) for team in teams if team["id"] != city.team)


async def _answered_visit(city: City) -> str:
    world = city.world
    _, visit = await world.leader_at(cast.SCHOOL)
    await city.keep("visits", "planned", visit["id"])
    city.evidence["visit"] = await world.evidence(cast.MEMBER, cast.SCHOOL)
    answers = [{**ANSWERS[0], "evidence": [city.evidence["visit"]]}, *ANSWERS[1:]]
    await world.done(cast.MEMBER, f"/v1/visits/{visit['id']}/answers", {"answers": answers}, method="PUT")
    await city.keep("visits", "answered", visit["id"])
    return str(visit["id"])


async def _drafted_issue(city: City, visit: str) -> Entry:
    world = city.world
    city.evidence["issue"] = await world.evidence(cast.LEADER, cast.SCHOOL)
    body = {
        "school": cast.SCHOOL, "visit": visit, "source": "supervision", "item": "C1", "description": "无标识",
        "evidence": [city.evidence["issue"]],
    }  # fmt: skip
    issue = await world.done(cast.LEADER, "/v1/issues", body)
    await city.keep("issues", "drafted", issue["id"])
    dropped = await world.done(cast.LEADER, "/v1/issues", {**body, "item": "C2", "description": "误记"})
    await world.on_issue(cast.LEADER, dropped, "withdraw", {"reason": "误记"})
    await city.keep("issues", "dropped", dropped["id"])
    return issue


async def _submitted_visit(city: City, visit: str) -> None:
    version = city.kept["visits", "answered"]["version"]
    await city.world.done(cast.LEADER, f"/v1/visits/{visit}/submit", FEEDBACK, version=version)
    await city.keep("visits", "submitted", visit)


async def _life(city: City, issue: str, county: str, name: str) -> None:
    """Submitted → closed, each state kept."""
    world = city.world
    task = {"tasks": TASKS, "lead": cast.RESPONSIBLE}
    await city.keep("issues", f"{name}.submitted", issue)
    entry = (await city.get("inspection", county, f"/v1/issues/{issue}")).json()
    city.evidence["task"] = await world.evidence(cast.RESPONSIBLE, cast.SCHOOL)
    steps: list[tuple[str, str, Any, str]] = [
        (county, "assign", MAJOR, "assigned"),
        (cast.SECRETARY, "acknowledge", None, "acknowledged"),
        (cast.SECRETARY, "plan", task, "planned"),
        (cast.RESPONSIBLE, "sign", None, "signed"),
        (cast.RESPONSIBLE, "progress", {"percent": 100, "evidence": [city.evidence["task"]]}, "rectifying"),
        (cast.SECRETARY, "report", {"note": "整改完毕"}, "reported"),
        (county, "check", PASSED, "closed"),
    ]
    for person, verb, body, state in steps:
        path = f"tasks/{entry['tasks'][0]['id']}/progress" if verb == "progress" else verb
        entry = await world.on_issue(person, entry, path, body)
        await city.keep("issues", f"{name}.{state}", issue)


async def _listed(city: City, school: str, source: str, county: str, name: str) -> None:
    """An issue that the county lists outside visits, as far as its assignment."""
    world = city.world
    city.evidence[name] = await world.evidence(county, school)
    body = {
        "school": school, "source": source, "area": "其他", "description": f"问题 {name}",
        "evidence": [city.evidence[name]], "severity": "major", "mode": "deadline",
    }  # fmt: skip
    issue = await world.done(county, "/v1/issues", body)
    await city.keep("issues", f"{name}.drafted", issue["id"])
    issue = await world.on_issue(county, issue, "submit")
    await city.keep("issues", f"{name}.submitted", issue["id"])
    issue = await world.on_issue(county, issue, "assign", MAJOR)
    await city.keep("issues", f"{name}.assigned", issue["id"])


async def _tour(city: City) -> None:
    """An inspection tour's issue, planned: only the secretary is named in it."""
    await _listed(city, cast.SCHOOL, "inspection_tour", cast.COUNTY, "tour")
    world = city.world
    issue = city.kept["issues", "tour.assigned"]["_id"]
    entry = (await city.get("inspection", cast.COUNTY, f"/v1/issues/{issue}")).json()
    entry = await world.on_issue(cast.SECRETARY, entry, "acknowledge")
    entry = await world.on_issue(cast.SECRETARY, entry, "plan", {"tasks": TASKS, "lead": cast.SECRETARY})
    await city.keep("issues", "tour.planned", entry["id"])


async def _office_draft(city: City) -> None:
    """A draft of the county's that nobody has submitted."""
    body = {"school": cast.SCHOOL, "source": "survey", "area": "其他", "description": "未提交"}
    draft = await city.world.done(cast.COUNTY, "/v1/issues", body)
    await city.keep("issues", "office.drafted", draft["id"])


async def seed_more(city: City) -> None:
    """What no ledger need know of: a minor issue closed by the team leader, evidence that hangs on nothing."""
    entry, version = await city.copy("issues", "main.reported", severity="minor")
    checked = await city.world.on_issue(cast.LEADER, {**entry, "version": version}, "check", PASSED)
    await city.keep("issues", "main.closed by the leader", checked["id"])
    await _asides(city)
    await _linked(city)
    await _material(city)
    city.evidence["unattached"] = await city.world.evidence(cast.COUNTY, cast.SCHOOL)
    await city.forget_copies()
    wanted = {"entry.person": cast.SECRETARY, "entry.must_acknowledge": True, "entry.source": "supervision"}
    alert = await city.database("notification")["alerts"].find_one(wanted)
    assert alert is not None
    city.kept["alerts", "secretary"] = alert


async def _asides(city: City) -> None:
    """What was asked and is not decided yet, what a higher body leads, and a card."""
    asked = {"reason": "另有安排", "day": "2026-12-31"}
    card = {"colour": "red", "deadline": "2026-12-31", **REASON}
    for state, name, person, verb, body in (
        ("acknowledged", "objected", cast.SECRETARY, "object", REASON),
        ("planned", "help_asked", cast.SECRETARY, "ask-help", REASON),
        ("help_asked", "helped", cast.COUNTY, "decide-help", {"accepted": True, **REASON}),
        ("planned", "extension_asked", cast.SECRETARY, "ask-extension", asked),
        ("planned", "carded", cast.BUREAU, "cards", card),
    ):
        entry, version = await city.copy("issues", f"main.{state}")
        after = await city.world.on_issue(person, {**entry, "version": version}, verb, body)
        await city.keep("issues", f"main.{name}", after["id"])


async def _bare_drafts(city: City, visit: str) -> None:
    """A draft of the school itself, and one of the team that came in while its visit was being submitted."""
    body = {"school": cast.SCHOOL, "source": "self", "area": "其他", "description": "自查"}
    own = await city.world.done(cast.CADRE, "/v1/issues", body)
    await city.keep("issues", "self.drafted", own["id"])
    await city.copy("issues", "drafted", id=f"late-{visit}")


async def _material(city: City) -> None:
    """What the county and the leader of the visiting team ask the school for."""
    wanted = {"schools": [cast.SCHOOL], "title": "党费台账", "pieces": [{"name": "党费收缴表"}], "due": "2026-12-31"}
    visit, _ = await city.copy("visits", "planned")
    for name, person, body in (
        ("county", cast.COUNTY, wanted),
        ("leader", cast.LEADER, {**wanted, "visit": visit["id"]}),
    ):
        asked = await city.world.done(person, "/v1/material", body)
        await city.keep("materials", name, asked["items"][0]["material"])


async def _linked(city: City) -> None:
    """What the linked leader logged, and a request in each of its states."""
    world = city.world
    logged = {"school": cast.SCHOOL, "kind": "discussion", "day": "2026-09-21", "text": "座谈"}
    liaison = await world.done(cast.LIAISON, "/v1/liaisons", logged)
    await city.keep("liaisons", "one", liaison["id"])
    asked = await world.done(cast.LIAISON, f"/v1/liaisons/{liaison['id']}/requests", {"text": "缺少活动场地"})
    await city.keep("requests", "asked", asked["id"])
    for verb, body, state in (
        ("accept", {"office": "基建科"}, "accepted"),
        ("reply", {"text": "已列入计划"}, "replied"),
        ("rate", {"rating": "satisfied"}, "rated"),
    ):
        person = cast.SECRETARY if verb == "rate" else cast.BUREAU
        path = f"/v1/requests/{asked['id']}/{verb}"
        asked = await world.done(person, path, body, version=asked["version"])
        await city.keep("requests", state, asked["id"])
