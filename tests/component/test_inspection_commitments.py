"""责任书 and 岗位 over HTTP: proposed, signed personally, retired, and part of the school's lists."""

from typing import Any

from tests import small_city
from tests.component.test_inspection_absences import city, refusal
from tests.inspection_world import World

BUREAU, SECRETARY, DEPUTY, CADRE, COUNTY = (
    small_city.BUREAU[0],
    "P-secretary-B1",
    "P-deputy",
    "P-cadre-S1",
    "P-county-230803-1",
)
OTHER_SECRETARY = "P-secretary-B3"
LETTER = {"person": CADRE, "school": "S1", "year": 2026, "kind": "teaching_letter", "title": "2026年教育教学责任书"}
POST = {**LETTER, "kind": "vanguard_post", "title": "党员先锋岗"}
PATH = "/v1/commitments"
Entry = dict[str, Any]


async def todo(inspection: World, person: str) -> list[tuple[str, str]]:
    rows = (await inspection.get(person, "/v1/me/todo")).json()["items"]
    return [(row["what"], row["subject"]) for row in rows]


async def test_a_letter_holds_once_the_person_has_signed_it(inspection: World) -> None:
    await city(inspection)
    letter = await inspection.done(SECRETARY, PATH, LETTER)
    assert (letter["signed_at"], letter["version"]) == (None, 1)
    assert await todo(inspection, CADRE) == [("sign_commitment", f"commitment/{letter['id']}")]
    sign = f"{PATH}/{letter['id']}/sign"
    for person in (SECRETARY, DEPUTY, COUNTY, BUREAU):
        assert await refusal(inspection, person, sign, version=1) == (403, "signs-for-another")
    assert await refusal(inspection, OTHER_SECRETARY, sign, version=1) == (404, "not-found")
    signed = await inspection.done(CADRE, sign, version=1)
    assert (signed["signed_at"], signed["version"]) == ("2026-09-21T01:00:00.000000Z", 2)
    assert await todo(inspection, CADRE) == []
    assert await refusal(inspection, CADRE, sign, version=2) == (409, "already-signed")
    assert await refusal(inspection, SECRETARY, PATH, LETTER) == (409, "commitment-there")


async def test_letters_come_from_the_school_or_above_and_posts_are_claimed(inspection: World) -> None:
    await city(inspection)
    own = {**LETTER, "person": SECRETARY, "kind": "integrity_letter", "title": "党风廉政责任书"}
    assert await refusal(inspection, DEPUTY, PATH, own) == (403, "not-allowed")
    assert await refusal(inspection, OTHER_SECRETARY, PATH, own) == (403, "not-allowed")
    assert (await inspection.done(COUNTY, PATH, own))["person"] == SECRETARY
    # A deputy claims a post of their own, but no letter, and nothing for others.
    assert (await inspection.done(DEPUTY, PATH, {**POST, "person": DEPUTY}))["kind"] == "vanguard_post"
    assert await refusal(inspection, DEPUTY, PATH, POST) == (403, "not-allowed")
    # The deputy who acts for the secretary does what the secretary does.
    away = {"starts": "2026-09-21", "ends": "2026-09-23", "reason": "外出培训"}
    await inspection.done(SECRETARY, "/v1/absences", away)
    assert (await inspection.done(DEPUTY, PATH, POST))["person"] == CADRE
    assert await refusal(inspection, SECRETARY, PATH, {**POST, "title": "又一岗"}) == (403, "not-allowed")


async def test_what_is_no_commitment_is_refused_by_name(inspection: World) -> None:
    await city(inspection)
    for changes, problem in (
        ({"year": 2025}, (422, "commitment-year")),
        ({"year": 2028}, (422, "commitment-year")),
        ({"person": "P-cadre-S3"}, (422, "commitment-of-outsider")),
        ({"person": "P-who"}, (422, "commitment-of-outsider")),
        ({"title": "找13812345678"}, (422, "contact-in-text")),
        ({"kind": "another"}, (422, "invalid")),
    ):
        assert await refusal(inspection, SECRETARY, PATH, {**LETTER, **changes}) == problem
    # Of the branch is near enough: S25 is covered by it.
    assert (await inspection.done(SECRETARY, PATH, {**LETTER, "person": "P-cadre-S25"}))["school"] == "S1"


async def test_what_was_retired_is_kept_and_may_be_proposed_anew(inspection: World) -> None:
    await city(inspection)
    post = await inspection.done(CADRE, PATH, POST)
    path = f"{PATH}/{post['id']}"
    assert await refusal(inspection, DEPUTY, f"{path}/retire", {"reason": "调岗"}, version=1) == (403, "not-allowed")
    gone = await inspection.done(CADRE, f"{path}/retire", {"reason": "调岗"}, version=1)
    assert (gone["retired"], gone["id"]) == (True, post["id"])
    assert await refusal(inspection, CADRE, f"{path}/retire", {"reason": "调岗"}, version=2) == (
        409,
        "commitment-retired",
    )
    assert await refusal(inspection, CADRE, f"{path}/sign", version=2) == (409, "commitment-retired")
    again = await inspection.done(SECRETARY, PATH, POST)
    assert (again["id"], again["retired"], again["signed_at"], again["version"]) == (post["id"], False, None, 3)


async def test_who_left_the_school_signs_nothing_there(inspection: World) -> None:
    await city(inspection)
    letter = await inspection.done(SECRETARY, PATH, {**LETTER, "person": DEPUTY})
    grant = (await inspection.get(small_city.ADMIN, "/v1/grants", person=DEPUTY)).json()["items"][0]
    await inspection.done(small_city.ADMIN, f"/v1/grants/{grant['id']}/revoke", {"reason": "调离"})
    moved = {"name": "副书记", "post": "教师", "school": "S5"}
    await inspection.done(small_city.ADMIN, f"/v1/people/{DEPUTY}", moved, version=1, method="PUT")
    sign = f"{PATH}/{letter['id']}/sign"
    assert await refusal(inspection, DEPUTY, sign, version=1) == (422, "commitment-of-outsider")


async def test_the_schools_lists_show_the_letters_and_posts_of_the_year(inspection: World) -> None:
    await city(inspection)
    letter = await inspection.done(SECRETARY, PATH, LETTER)
    next_year = await inspection.done(SECRETARY, PATH, {**LETTER, "year": 2027})
    post = await inspection.done(CADRE, PATH, POST)
    await inspection.done(CADRE, f"{PATH}/{post['id']}/retire", {"reason": "调岗"}, version=1)
    lists = (await inspection.get(SECRETARY, "/v1/schools/S1/lists")).json()
    assert [(row["id"], row["signed_at"]) for row in lists["commitments"]] == [(letter["id"], None)]

    async def ids(reader: str, **asked: Any) -> set[str]:
        rows = (await inspection.get(reader, PATH, **asked)).json()["items"]
        return {row["id"] for row in rows}

    assert await ids(COUNTY, school="S1") == {letter["id"], next_year["id"], post["id"]}
    assert await ids(COUNTY, year=2027) == {next_year["id"]}
    assert await ids(COUNTY, signed=True) == set()
    await inspection.done(CADRE, f"{PATH}/{letter['id']}/sign", version=1)
    assert await ids(BUREAU, signed=True, kind="teaching_letter") == {letter["id"]}
    assert await ids(OTHER_SECRETARY) == set()
    assert (await inspection.get(OTHER_SECRETARY, f"{PATH}/{letter['id']}")).status_code == 404
    assert (await inspection.get(OTHER_SECRETARY, "/v1/schools/S1/lists")).json()["commitments"] == []
