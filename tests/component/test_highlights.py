"""Highlights 亮点 with material through the HTTP API, over a real MongoDB."""

from datetime import timedelta

import pytest

from tests import small_city
from tests.inspection_world import World

pytestmark = pytest.mark.integration
BUREAU = small_city.BUREAU[0]


async def test_a_highlight_has_material_and_stands_in_one_list(inspection: World) -> None:
    await inspection.opened_city()
    texts = {"S2": "“三双”做得实", "S3": "红色场馆进课堂"}
    for school, text in texts.items():
        leader, visit = await inspection.leader_at(school)
        piece = await inspection.evidence(leader, school)
        path = f"/v1/visits/{visit['id']}/highlights"
        await inspection.done(leader, path, {"text": text, "evidence": [piece]})
        inspection.clock.advance(timedelta(minutes=1))
    rows = (await inspection.get(BUREAU, "/v1/highlights")).json()["items"]
    assert [(row["school"], row["text"]) for row in rows] == [("S3", texts["S3"]), ("S2", texts["S2"])]
    assert (await inspection.get(BUREAU, "/v1/highlights", school="S2")).json()["items"] == rows[1:]
    assert (await inspection.get(BUREAU, "/v1/highlights", level="high")).json()["items"] == []
    first = (await inspection.get(BUREAU, "/v1/highlights", limit=1)).json()
    second = (await inspection.get(BUREAU, "/v1/highlights", limit=1, cursor=first["next"])).json()
    assert (first["items"], second["items"], second["next"]) == (rows[:1], rows[1:], None)
    # The school reads it, and sees the material, from the submission of the visit on.
    secretary, piece = "P-secretary-B2", rows[1]["evidence"][0]
    assert (await inspection.get(secretary, "/v1/highlights")).json()["items"] == []
    assert (await inspection.get(secretary, f"/v1/evidence/{piece}")).status_code == 404
    await inspection.visited("S2")
    assert [row["id"] for row in (await inspection.get(secretary, "/v1/highlights")).json()["items"]] == [rows[1]["id"]]
    assert (await inspection.get(secretary, f"/v1/evidence/{piece}")).status_code == 200
    (told,) = (await inspection.get(secretary, "/v1/evidence", school="S2")).json()["items"]
    assert told["on"] == [{"subject": f"visit/{rows[1]['visit']}", "part": "highlight"}]


async def test_material_of_another_school_is_refused(inspection: World) -> None:
    await inspection.opened_city()
    leader, visit = await inspection.leader_at("S2")
    elsewhere, _ = await inspection.leader_at("S3")
    piece = await inspection.evidence(elsewhere, "S3")
    path = f"/v1/visits/{visit['id']}/highlights"
    answer = await inspection.send(leader, path, {"text": "亮点", "evidence": [piece]})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/evidence-unknown")
