"""Material 材料报送 through the HTTP API, over a real MongoDB."""

from datetime import timedelta

import pytest

from tests import evidence_samples, small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
BUREAU, DEPARTMENT, COUNTY = small_city.BUREAU[0], "P-organisation", "P-county-230803-1"
# S1, S5 and S9 lie in county 230803, S2 in another one.
PIECES = [{"name": "党费收缴表", "item": "C1"}, {"name": "会议记录"}]


def _wanted(*schools: str, **given: object) -> Entry:
    return {"schools": list(schools), "title": "季度材料", "pieces": PIECES, "due": "2026-10-20", **given}


async def _asked(world: World, person: str, *schools: str, **given: object) -> Entry:
    return await world.done(person, "/v1/material", _wanted(*schools, **given))


async def _refused(world: World, person: str, path: str, body: Entry, version: int | None = None) -> Entry:
    answer = await world.send(person, path, body, version=version)
    told: Entry = answer.json()
    assert answer.status_code >= 400, answer.text
    assert told["zh"]
    assert told["en"]
    return {**told, "status": answer.status_code, "rule": told["type"].removeprefix("/problems/")}


async def _part(world: World, person: str, asked: Entry, n: int = 0) -> Entry:
    found: Entry = (await world.get(person, f"/v1/material/{asked['items'][n]['material']}")).json()
    return found


async def _give(world: World, person: str, part: Entry, *pieces: Entry) -> Entry:
    return await world.done(
        person, f"/v1/material/{part['id']}/give", {"pieces": list(pieces)}, version=part["version"]
    )


async def _todo(world: World, person: str) -> list[tuple[str, str, str]]:
    rows = (await world.get(person, "/v1/me/todo")).json()["items"]
    return [(row["what"], row["school"], row["due"]) for row in rows if row["subject"].startswith("material/")]


async def test_material_is_asked_of_many_schools_in_one_act_and_given(inspection: World) -> None:
    await inspection.opened_city()
    answer = await inspection.send(COUNTY, "/v1/material", _wanted("S1", "S5"), key="once")
    assert answer.status_code == 201, answer.text
    asked = answer.json()
    assert [(row["school"], row["asked"], row["offered"]) for row in asked["items"]] == [
        ("S1", ["党费收缴表", "会议记录"], []),
        ("S5", ["党费收缴表", "会议记录"], []),
    ]
    assert (await inspection.send(COUNTY, "/v1/material", _wanted("S1", "S5"), key="once")).json() == asked
    part = await _part(inspection, "P-cadre-S1", asked)
    assert (part["state"], part["term"], part["due"]["day"], part["light"]) == (
        "asked", "2026-autumn", "2026-10-20", "green",
    )  # fmt: skip
    assert part["asking"] == {"id": asked["id"], "number": "CL-2026-0001", "title": "季度材料", "schools": 2}
    due = [("give_material", "S1", "2026-10-20")]
    assert [await _todo(inspection, who) for who in ("P-secretary-B1", "P-cadre-S1", COUNTY)] == [due, due, []]
    piece = await inspection.evidence("P-cadre-S1", "S1")
    pieces = ({"name": "党费收缴表", "evidence": [piece]}, {"name": "会议记录", "note": "本季度未召开"})
    given = await _give(inspection, "P-cadre-S1", part, *pieces)
    assert (given["state"], given["on_time"], given["clock"]["owner"]) == ("given", True, "none")
    assert given["pieces"][0]["evidence"] == [piece]
    assert await _todo(inspection, "P-secretary-B1") == []
    assert (await inspection.get(COUNTY, f"/v1/evidence/{piece}")).status_code == 200
    (listed,) = (await inspection.get(COUNTY, "/v1/evidence", subject=f"material/{given['id']}")).json()["items"]
    assert listed["on"] == [{"subject": f"material/{given['id']}", "part": "material"}]
    told = (await inspection.get(COUNTY, f"/v1/material/{given['id']}/timeline")).json()["items"]
    assert [(row["state"], row["actor"]["person"]) for row in told] == [("asked", COUNTY), ("given", "P-cadre-S1")]
    rows = (await inspection.get(BUREAU, "/v1/material", asking=asked["id"])).json()["items"]
    assert sorted((row["school"], row["state"], row["light"]) for row in rows) == [
        ("S1", "given", None),
        ("S5", "asked", "green"),
    ]


async def test_the_contact_of_a_covered_school_gives_for_it(inspection: World) -> None:
    await inspection.opened_city()
    part = await _part(inspection, "P-contact-S25", await _asked(inspection, COUNTY, "S25"))
    assert await _todo(inspection, "P-contact-S25") == [("give_material", "S25", "2026-10-20")]
    notes = [{"name": piece["name"], "note": "无"} for piece in PIECES]
    assert (await _give(inspection, "P-contact-S25", part, *notes))["given_by"]["role"] == "contact"


async def test_what_was_given_once_is_offered_and_not_asked_again(inspection: World) -> None:
    await inspection.opened_city()
    part = await _part(inspection, COUNTY, await _asked(inspection, COUNTY, "S1"))
    first = await inspection.evidence("P-cadre-S1", "S1")
    same = await inspection.evidence("P-secretary-B1", "S1")
    other = await inspection.evidence("P-cadre-S1", "S1", evidence_samples.photograph(2))
    pieces = [{"name": "党费收缴表", "evidence": [first, same]}, {"name": "会议记录", "evidence": [other]}]
    await _give(inspection, "P-cadre-S1", part, *pieces)
    # By name at S1; by checklist item under another name; S5 gave nothing and is asked.
    again = await _asked(inspection, BUREAU, "S1", "S5")
    assert [(row["school"], row["asked"], row["material"] is None) for row in again["items"]] == [
        ("S1", [], True),
        ("S5", ["党费收缴表", "会议记录"], False),
    ]
    fees, minutes = again["items"][0]["offered"]
    # Twice the same file is one file.
    (one,) = fees["evidence"]
    assert one["id"] in {first, same}
    assert [(row["id"], row["given_for"]) for row in minutes["evidence"]] == [(other, [f"material/{part['id']}"])]
    named = await _asked(inspection, DEPARTMENT, "S1", pieces=[{"name": "党费", "item": "C1"}, {"name": "台账"}])
    assert (named["items"][0]["asked"], [row["name"] for row in named["items"][0]["offered"]]) == (["台账"], ["党费"])
    rest = await _part(inspection, "P-cadre-S1", named)
    assert [piece["name"] for piece in rest["pieces"]] == ["台账"]
    (seen,) = (await inspection.get("P-cadre-S1", "/v1/schools/S1/material", name="会议记录")).json()["items"]
    assert (seen["id"], seen["given_for"]) == (other, [f"material/{part['id']}"])
    once_more = await _asked(inspection, BUREAU, "S1", again=True)
    assert once_more["items"][0]["asked"] == ["党费收缴表", "会议记录"]
    # A file of that name counts, wherever it hangs.
    called = await _asked(inspection, COUNTY, "S1", pieces=[{"name": "现场"}])
    assert (called["items"][0]["asked"], len(called["items"][0]["offered"][0]["evidence"])) == ([], 2)


async def test_everything_that_is_there_already_burdens_nobody(inspection: World) -> None:
    await inspection.opened_city()
    part = await _part(inspection, COUNTY, await _asked(inspection, COUNTY, "S1", pieces=[{"name": "名册"}]))
    piece = await inspection.evidence("P-cadre-S1", "S1")
    await _give(inspection, "P-cadre-S1", part, {"name": "名册", "evidence": [piece]})
    asked = await _asked(inspection, COUNTY, "S1", pieces=[{"name": "名册"}])
    assert (asked["number"], asked["items"][0]["material"]) == (None, None)
    (row,) = [row for row in (await inspection.get(BUREAU, "/v1/burden")).json()["items"] if row["school"] == "S1"]
    assert row["material"] == 1


async def test_beyond_the_cap_only_the_bureau_asks_and_says_why(inspection: World) -> None:
    await inspection.opened_city()
    await inspection.done(BUREAU, "/v1/terms", {"reason": "减负", "material_a_term": 2})
    for person in (COUNTY, DEPARTMENT):
        await _asked(inspection, person, "S1")
    for person, given in ((COUNTY, {"reason": "急需"}), (DEPARTMENT, {"reason": "急需"}), (BUREAU, {})):
        refused = await _refused(inspection, person, "/v1/material", _wanted("S5", "S1", **given))
        assert (refused["status"], refused["rule"], refused["school"]) == (409, "material-cap", "S1")
        assert "市教育局机关党委" in refused["zh"]
    # All or none: S5 was not asked either.
    assert (await inspection.get(BUREAU, "/v1/material", school="S5")).json()["items"] == []
    lifted = await _asked(inspection, BUREAU, "S1", reason="上级核查")
    (told,) = (await inspection.get(BUREAU, f"/v1/material/{lifted['items'][0]['material']}/timeline")).json()["items"]
    assert told["note"] == "上级核查"
    (row,) = [row for row in (await inspection.get(BUREAU, "/v1/burden")).json()["items"] if row["school"] == "S1"]
    assert (row["material"], row["material_cap"], row["material_reached"]) == (3, 2, True)
    assert row["kinds"] == {"regular": 1}
    inspection.clock.advance(timedelta(days=150))
    # The next school term begins in February.
    assert (await _asked(inspection, COUNTY, "S1", due="2027-03-10"))["items"][0]["material"]


async def test_withdrawn_it_is_no_burden_and_is_not_given(inspection: World) -> None:
    await inspection.opened_city()
    part = await _part(inspection, COUNTY, await _asked(inspection, COUNTY, "S1"))
    path = f"/v1/material/{part['id']}/withdraw"
    gone = await inspection.done(COUNTY, path, {"reason": "已从系统取得"}, version=part["version"])
    assert (gone["state"], gone["withdrawn_reason"]) == ("withdrawn", "已从系统取得")
    (row,) = [row for row in (await inspection.get(BUREAU, "/v1/burden")).json()["items"] if row["school"] == "S1"]
    assert row["material"] == 0
    given = {"pieces": [{"name": "会议记录", "note": "无"}]}
    refused = await _refused(inspection, "P-cadre-S1", f"/v1/material/{part['id']}/give", given, gone["version"])
    assert (refused["status"], refused["rule"]) == (409, "illegal-material-step")


@pytest.mark.parametrize(
    ("person", "schools", "given", "status", "rule"),
    [
        (COUNTY, ("S1", "S2"), {}, 403, "not-allowed"),
        (BUREAU, ("S1", "S1"), {}, 422, "school-named-twice"),
        (BUREAU, ("S1",), {"due": "2026-09-01"}, 422, "deadline-in-past"),
        (BUREAU, ("S1",), {"title": "机密★材料"}, 422, "state-secret"),
        (BUREAU, ("S1",), {"pieces": [{"name": "表"}, {"name": "表"}]}, 422, "piece-named-twice"),
        (BUREAU, ("S1", "nowhere"), {}, 404, "not-found"),
        (BUREAU, ("S1",), {"visit": "nowhere"}, 404, "not-found"),
        ("P-cadre-S1", ("S1",), {}, 403, "forbidden"),
    ],
)
async def test_one_school_refused_asks_nobody(
    inspection: World, person: str, schools: tuple[str, ...], given: Entry, status: int, rule: str
) -> None:
    await inspection.opened_city()
    refused = await _refused(inspection, person, "/v1/material", _wanted(*schools, **given))
    assert (refused["status"], refused["rule"]) == (status, rule)
    assert (await inspection.get(BUREAU, "/v1/material")).json()["items"] == []


async def test_a_leader_asks_for_the_visit_and_no_other_school(inspection: World) -> None:
    await inspection.opened_city()
    leader, visit = await inspection.leader_at("S2")
    assert (await _refused(inspection, leader, "/v1/material", _wanted("S2")))["rule"] == "not-allowed"
    other = await _refused(inspection, leader, "/v1/material", _wanted("S3", visit=visit["id"]))
    assert (other["status"], other["rule"]) == (422, "material-for-other-visit")
    part = await _part(inspection, leader, await _asked(inspection, leader, "S2", visit=visit["id"]))
    assert (part["visit"], part["team"], part["asked_by"]["role"]) == (visit["id"], visit["team"], "team_leader")
    cancelled = await inspection.done(
        BUREAU, f"/v1/visits/{visit['id']}/cancel", {"reason": "停课"}, version=visit["version"]
    )
    assert cancelled["state"] == "cancelled"
    over = await _refused(inspection, leader, "/v1/material", _wanted("S2", visit=visit["id"]))
    assert (over["status"], over["rule"]) == (409, "visit-over")


async def test_every_piece_is_given_or_it_is_said_why_not(inspection: World) -> None:
    await inspection.opened_city()
    part = await _part(inspection, COUNTY, await _asked(inspection, COUNTY, "S1"))
    path, version = f"/v1/material/{part['id']}/give", part["version"]
    foreign = await inspection.evidence("P-cadre-S2", "S2")
    for person, pieces, status, rule in (
        ("P-cadre-S1", [{"name": "会议记录", "note": "无"}], 409, "piece-missing"),
        ("P-cadre-S1", [{"name": "会议记录", "evidence": [foreign]}], 422, "evidence-unknown"),
        ("P-cadre-S1", [{"name": "别的", "note": "无"}], 422, "piece-unknown"),
        ("P-cadre-S2", [{"name": "会议记录", "note": "无"}], 404, "not-found"),
        (COUNTY, [{"name": "会议记录", "note": "无"}], 403, "forbidden"),
    ):
        refused = await _refused(inspection, person, path, {"pieces": pieces}, version)
        assert (refused["status"], refused["rule"]) == (status, rule)
    assert (await _part(inspection, COUNTY, {"items": [{"material": part["id"]}]}))["state"] == "asked"


async def test_a_day_that_went_by_is_seen_in_the_light_and_in_what_was_given(inspection: World) -> None:
    await inspection.opened_city()
    part = await _part(inspection, COUNTY, await _asked(inspection, COUNTY, "S1"))
    inspection.clock.advance(timedelta(days=40))
    (late,) = (await inspection.get(COUNTY, "/v1/material", light="red")).json()["items"]
    assert late["id"] == part["id"]
    notes = [{"name": piece["name"], "note": "无"} for piece in PIECES]
    assert (await _give(inspection, "P-secretary-B1", part, *notes))["on_time"] is False
