"""Evidence through the HTTP API: what is taken in, shown, listed, attached to forms, and flagged."""

import hashlib
import io
import secrets
from datetime import timedelta

import httpx
import pytest
from PIL import Image

from tests import evidence_samples as samples
from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
# S2 lies in the second county, S3 in the third; S4 is city-direct.
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
OTHER, OTHER_CADRE = "S3", "P-cadre-S3"
BUREAU = small_city.BUREAU[0]


async def upload(
    world: World, person: str, school: str, data: bytes, name: str = "现场.png", **form: str
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {person}", "Idempotency-Key": secrets.token_hex(8)}
    files = {"file": (name, data, "text/html")}
    return await world.http.post("/v1/evidence", data={"school": school, **form}, files=files, headers=headers)


async def uploaded(world: World, person: str, school: str, data: bytes, **given: str) -> Entry:
    answer = await upload(world, person, school, data, **given)
    assert answer.status_code == 201, answer.text
    found: Entry = answer.json()
    return found


async def listed(world: World, person: str, path: str = "/v1/evidence", **asked: str) -> list[Entry]:
    answer = await world.get(person, path, **asked)
    assert answer.status_code == 200, answer.text
    items: list[Entry] = answer.json()["items"]
    return items


async def survey(
    world: World, source: str = "survey", school: str = SCHOOL, officer: str = COUNTY, **given: object
) -> Entry:
    body = {"school": school, "source": source, "area": "其他", "description": "活动室无标识", **given}
    issue = await world.done(officer, "/v1/issues", body)
    issue = await world.on_issue(officer, issue, "submit")
    return await world.on_issue(officer, issue, "assign", {"severity": "major", "mode": "deadline"})


async def test_a_picture_is_shown_anew_as_an_attachment_that_nothing_runs(inspection: World) -> None:
    await inspection.opened_city()
    data = samples.taken(2)
    entry = await uploaded(inspection, CADRE, SCHOOL, data)
    assert (entry["sha256"], entry["media_type"]) == (hashlib.sha256(data).hexdigest(), "image/jpeg")
    assert entry["picture"]["latitude"] == 46_800_000
    shown = await inspection.get(CADRE, f"/v1/evidence/{entry['id']}")
    assert hashlib.sha256(shown.content).hexdigest() == entry["shown_sha256"]
    assert b"TelephoneMaker" in data
    assert b"TelephoneMaker" not in shown.content
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA.jpg"
    assert "sandbox" in shown.headers["content-security-policy"]
    thumb = await inspection.get(CADRE, f"/v1/evidence/{entry['id']}", size="thumb")
    assert max(Image.open(io.BytesIO(thumb.content)).size) == 320


async def test_a_document_comes_as_it_went_and_has_no_thumbnail(inspection: World) -> None:
    await inspection.opened_city()
    data = samples.package()
    entry = await uploaded(inspection, CADRE, SCHOOL, data, name="方案.docx")
    shown = await inspection.get(CADRE, f"/v1/evidence/{entry['id']}")
    assert shown.content == data
    assert shown.headers["content-type"].endswith("wordprocessingml.document")
    assert (await inspection.get(CADRE, f"/v1/evidence/{entry['id']}", size="thumb")).status_code == 404


async def test_a_large_file_goes_in_and_comes_out_and_a_larger_one_is_refused(inspection: World) -> None:
    await inspection.opened_city()
    padding = bytes(range(256)) * 4096
    data = samples.paper().replace(b"2 0 obj", b"9 0 obj<<>>stream\n" + padding * 19 + b"\nendstream endobj\n2 0 obj")
    entry = await uploaded(inspection, CADRE, SCHOOL, data, name="大.pdf")
    assert entry["size"] == len(data) > 19 * 1024 * 1024
    assert (await inspection.get(CADRE, f"/v1/evidence/{entry['id']}")).content == data
    assert (await upload(inspection, CADRE, SCHOOL, data + bytes(1024 * 1024 + 100_000))).status_code == 413


@pytest.mark.parametrize(
    ("data", "status", "rule"),
    [
        (b"<svg/>", 422, "evidence-type"),
        (samples.said_pixels(60_000, 60_000), 422, "picture-too-large"),
        (samples.package({"../x": b"1"}), 422, "document-path"),
        (samples.photograph(1) + samples.package(), 422, "file-polyglot"),
    ],
)
async def test_a_hostile_file_leaves_nothing_behind(inspection: World, data: bytes, status: int, rule: str) -> None:
    await inspection.opened_city()
    answer = await upload(inspection, CADRE, SCHOOL, data)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{rule}")
    assert answer.json()["zh"]
    assert await listed(inspection, BUREAU, school=SCHOOL) == []


async def test_who_may_not_add_is_refused_before_the_file_is_opened(inspection: World) -> None:
    await inspection.opened_city()
    assert (await upload(inspection, OTHER_CADRE, SCHOOL, b"<svg/>")).status_code == 403


async def test_a_signed_scan_belongs_to_its_form_and_is_seen_by_whoever_sees_that(inspection: World) -> None:
    await inspection.opened_city()
    issue = await survey(inspection)
    form = {"form": "responsibility", "subject": f"issue/{issue['id']}"}
    scan = await uploaded(inspection, CADRE, SCHOOL, samples.paper(), name="责任书.pdf", **form)
    assert scan["form"] == {"kind": "responsibility", "subject": f"issue/{issue['id']}"}
    found = await listed(inspection, COUNTY, subject=f"issue/{issue['id']}")
    assert [(row["id"], row["on"]) for row in found] == [
        (scan["id"], [{"subject": f"issue/{issue['id']}", "part": "form"}])
    ]
    assert (await inspection.get(COUNTY, f"/v1/evidence/{scan['id']}")).status_code == 200
    assert (await inspection.get(OTHER_CADRE, f"/v1/evidence/{scan['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("data", "form", "status", "rule"),
    [
        (samples.paper(), {"form": "feedback"}, 422, "form-incomplete"),
        (samples.paper(), {"form": "feedback", "subject": "issue/{issue}"}, 422, "form-kind"),
        (samples.paper(), {"form": "plan", "subject": "issue/unknown"}, 404, "not-found"),
        (samples.package(), {"form": "plan", "subject": "issue/{issue}"}, 422, "form-scan"),
    ],
)
async def test_a_scan_without_its_form_is_refused(
    inspection: World, data: bytes, form: dict[str, str], status: int, rule: str
) -> None:
    await inspection.opened_city()
    issue = await survey(inspection)
    given = {name: value.format(issue=issue["id"]) for name, value in form.items()}
    answer = await upload(inspection, CADRE, SCHOOL, data, **given)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{rule}")


async def test_a_scan_of_another_schools_form_is_refused(inspection: World) -> None:
    await inspection.opened_city()
    issue = await survey(inspection)
    answer = await upload(inspection, BUREAU, OTHER, samples.paper(), form="plan", subject=f"issue/{issue['id']}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/form-elsewhere")


async def test_the_same_photograph_for_another_school_is_told_to_whoever_sees_both(inspection: World) -> None:
    await inspection.opened_city()
    first = await uploaded(inspection, COUNTY, SCHOOL, samples.photograph(5))
    county = "P-county-230805-1"
    again = await uploaded(inspection, county, OTHER, samples.photograph(5, (320, 240), quality=60))
    await uploaded(inspection, county, OTHER, samples.photograph(6))
    await survey(inspection, evidence=[first["id"]])
    await survey(inspection, school=OTHER, officer=county, evidence=[again["id"]])
    (flag,) = await listed(inspection, BUREAU, f"/v1/evidence/{first['id']}/alike")
    assert (flag["id"], flag["why"], flag["same_file"]) == (again["id"], "other_school", False)
    assert flag["distance"] <= 7
    assert await listed(inspection, COUNTY, f"/v1/evidence/{first['id']}/alike") == []


async def test_one_photograph_as_finding_and_as_proof_of_its_rectification_is_told(inspection: World) -> None:
    await inspection.opened_city()
    before = await uploaded(inspection, COUNTY, SCHOOL, samples.photograph(9))
    issue = await survey(inspection, evidence=[before["id"]])
    issue = await inspection.on_issue(SECRETARY, issue, "acknowledge")
    tasks = [{"measure": "补挂标识", "target": "标识齐全"}]
    issue = await inspection.on_issue(SECRETARY, issue, "plan", {"tasks": tasks, "lead": CADRE})
    issue = await inspection.on_issue(CADRE, issue, "sign")
    after = await uploaded(inspection, CADRE, SCHOOL, samples.photograph(9))
    done = {"percent": 100, "evidence": [after["id"]]}
    await inspection.on_issue(CADRE, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    (flag,) = await listed(inspection, COUNTY, f"/v1/evidence/{after['id']}/alike")
    assert (flag["id"], flag["why"], flag["same_file"]) == (before["id"], "before_and_after", True)


async def test_evidence_of_an_inspection_tour_does_not_exist_for_others(inspection: World) -> None:
    await inspection.opened_city()
    data = samples.photograph(7)
    hidden = await uploaded(inspection, COUNTY, SCHOOL, data)
    tour = await survey(inspection, "inspection_tour", evidence=[hidden["id"]])
    open_ = await uploaded(inspection, COUNTY, SCHOOL, data)
    await survey(inspection, evidence=[open_["id"]])
    cadre = {row["id"] for row in await listed(inspection, CADRE, school=SCHOOL)}
    secretary = {row["id"] for row in await listed(inspection, SECRETARY, school=SCHOOL)}
    assert (cadre, secretary) == ({open_["id"]}, {open_["id"], hidden["id"]})
    assert (await inspection.get(CADRE, "/v1/evidence", subject=f"issue/{tour['id']}")).status_code == 404
    for part in ("", "?size=thumb"):
        assert (await inspection.get(CADRE, f"/v1/evidence/{hidden['id']}{part}")).status_code == 404
    leader, _ = await inspection.leader_at(SCHOOL)
    own = await uploaded(inspection, leader, SCHOOL, data)
    assert await listed(inspection, leader, f"/v1/evidence/{own['id']}/alike") == []
    (flag,) = await listed(inspection, BUREAU, f"/v1/evidence/{open_['id']}/alike")
    assert flag["id"] == hidden["id"]


async def test_pages_of_evidence_are_whole_and_newest_first(inspection: World) -> None:
    await inspection.opened_city()
    ids = []
    for number in range(5):
        ids.append((await uploaded(inspection, CADRE, SCHOOL, samples.paper(), name=f"{number}.pdf"))["id"])
        inspection.clock.advance(timedelta(seconds=1))
    seen: list[str] = []
    asked: dict[str, str | int] = {"school": SCHOOL, "limit": 2}
    while True:
        page = (await inspection.get(CADRE, "/v1/evidence", **asked)).json()
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert seen == ids[::-1]
