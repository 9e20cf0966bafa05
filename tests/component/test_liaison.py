"""Contact points 联系点 and requests 诉求 through the HTTP API, over a real MongoDB."""

from datetime import timedelta

import pytest

from tests import evidence_samples, small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
BUREAU, LEADER, OTHER, SECRETARY = small_city.BUREAU[0], "P-leader", "P-leader-2", "P-secretary-B1"


async def _city(world: World) -> None:
    await world.opened_city()
    people = [{"id": person, "name": "领导", "post": "副局长", "school": None} for person in (LEADER, OTHER)]
    grants = [
        {"id": f"G-{person}", "person": person, "role": "liaison_leader", "organisation": "B1"}
        for person in (LEADER, OTHER)
    ]
    await world.done(small_city.ADMIN, "/v1/registry/imports", {"people": people, "grants": grants})


def _log(**given: object) -> Entry:
    return {"school": "S25", "kind": "discussion", "day": "2026-09-21", "text": "与教师座谈", **given}


async def _asked(world: World, text: str = "缺少活动场地") -> Entry:
    logged = await world.done(LEADER, "/v1/liaisons", _log())
    return await world.done(LEADER, f"/v1/liaisons/{logged['id']}/requests", {"text": text})


async def _on(world: World, person: str, request: Entry, verb: str, body: Entry) -> Entry:
    return await world.done(person, f"/v1/requests/{request['id']}/{verb}", body, version=request["version"])


async def _refused(world: World, person: str, request: Entry, verb: str, body: Entry) -> tuple[int, str]:
    answer = await world.send(person, f"/v1/requests/{request['id']}/{verb}", body, version=request["version"])
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


async def _todo(world: World, person: str) -> list[tuple[str, str | None]]:
    rows = (await world.get(person, "/v1/me/todo")).json()["items"]
    return [(row["what"], row["due"]) for row in rows if row["subject"].startswith("request/")]


async def test_a_request_is_asked_accepted_replied_and_rated(inspection: World) -> None:
    await _city(inspection)
    request = await _asked(inspection)
    # 2026-09-21 + 10 working days: 中秋 and 国庆 are skipped, Saturday 2026-10-10 is worked.
    assert (request["number"], request["state"], request["reply_by"]["day"]) == ("SQ-2026-0001", "asked", "2026-10-12")
    assert request["clock"]["owner"] == "body"
    assert await _todo(inspection, BUREAU) == [("accept_request", "2026-10-12")]
    request = await _on(inspection, BUREAU, request, "accept", {"office": "基建科"})
    assert (request["state"], request["office"]) == ("accepted", "基建科")
    assert await _todo(inspection, BUREAU) == [("reply_request", "2026-10-12")]
    request = await _on(inspection, BUREAU, request, "reply", {"text": "已列入明年计划"})
    assert (request["on_time"], request["clock"]["owner"]) == (True, "school")
    assert (await _todo(inspection, BUREAU), await _todo(inspection, SECRETARY)) == ([], [("rate_request", None)])
    assert await _refused(inspection, SECRETARY, request, "rate", {"rating": "unsatisfied"}) == (
        422,
        "dissatisfaction-unexplained",
    )
    rating = {"rating": "unsatisfied", "remark": "明年太晚"}
    request = await _on(inspection, SECRETARY, request, "rate", rating)
    assert (request["state"], request["rating"], request["clock"]["owner"]) == ("rated", "unsatisfied", "none")
    told = (await inspection.get(LEADER, f"/v1/requests/{request['id']}/timeline")).json()["items"]
    assert [row["state"] for row in told] == ["asked", "accepted", "replied", "rated"]
    assert [row["actor"]["person"] for row in told] == [LEADER, BUREAU, BUREAU, SECRETARY]


async def test_the_day_to_reply_is_explained_and_a_late_reply_says_so(inspection: World) -> None:
    await _city(inspection)
    request = await _asked(inspection)
    (why,) = (await inspection.get(SECRETARY, f"/v1/requests/{request['id']}/deadlines")).json()["deadlines"]
    assert (why["rule"], why["working_days"], why["terms"]) == ("request_reply", 10, "terms@1")
    assert "2026-10-01" in {day["day"] for day in why["skipped"]}
    assert why["rule_zh"]
    request = await _on(inspection, BUREAU, request, "accept", {"office": "基建科"})
    inspection.clock.advance(timedelta(days=30))
    (late,) = (await inspection.get(BUREAU, "/v1/requests", light="red")).json()["items"]
    assert (late["id"], late["light"]) == (request["id"], "red")
    assert (await inspection.get(BUREAU, "/v1/requests", light="green")).json()["items"] == []
    request = await _on(inspection, BUREAU, request, "reply", {"text": "已解决"})
    assert request["on_time"] is False
    (shown,) = (await inspection.get(BUREAU, "/v1/requests", state="replied")).json()["items"]
    assert shown["light"] is None


async def test_the_terms_in_force_set_the_day_to_reply(inspection: World) -> None:
    await _city(inspection)
    await inspection.done(BUREAU, "/v1/terms", {"reason": "提速", "request_reply_days": 2})
    request = await _asked(inspection)
    assert (request["reply_by"]["day"], request["reply_by"]["basis"]["terms"]) == ("2026-09-23", "terms@2")


async def test_every_step_out_of_turn_is_refused_by_name(inspection: World) -> None:
    await _city(inspection)
    request = await _asked(inspection)
    illegal = (409, "illegal-request-step")
    assert await _refused(inspection, BUREAU, request, "reply", {"text": "x"}) == illegal
    assert await _refused(inspection, SECRETARY, request, "rate", {"rating": "fair"}) == illegal
    accepted = await _on(inspection, BUREAU, request, "accept", {"office": "基建科"})
    assert await _refused(inspection, BUREAU, accepted, "accept", {"office": "人事科"}) == illegal
    assert (await _refused(inspection, BUREAU, request, "reply", {"text": "x"}))[0] == 412
    replied = await _on(inspection, BUREAU, accepted, "reply", {"text": "已解决"})
    assert await _refused(inspection, "P-cadre-S25", replied, "rate", {"rating": "fair"}) == (403, "forbidden")
    assert (await _refused(inspection, "P-secretary-B2", replied, "rate", {"rating": "fair"}))[0] == 404


@pytest.mark.parametrize(
    ("person", "given", "status", "rule"),
    [
        (LEADER, {"day": "2026-09-22"}, 422, "liaison-in-future"),
        (LEADER, {"school": "S2"}, 403, "not-allowed"),
        (LEADER, {"text": "机密★座谈"}, 422, "state-secret"),
        (SECRETARY, {}, 403, "forbidden"),
    ],
)
async def test_only_what_was_is_logged_and_only_by_who_is_linked(
    inspection: World, person: str, given: Entry, status: int, rule: str
) -> None:
    await _city(inspection)
    answer = await inspection.send(person, "/v1/liaisons", _log(**given))
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{rule}")


async def test_what_another_leader_logged_is_read_but_nothing_is_asked_out_of_it(inspection: World) -> None:
    await _city(inspection)
    logged = await inspection.done(LEADER, "/v1/liaisons", _log())
    assert [row["id"] for row in (await inspection.get(OTHER, "/v1/liaisons")).json()["items"]] == [logged["id"]]
    assert (await inspection.get("P-secretary-B2", "/v1/liaisons")).json()["items"] == []
    answer = await inspection.send(OTHER, f"/v1/liaisons/{logged['id']}/requests", {"text": "缺少经费"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/other-liaison")
    assert (await inspection.get(BUREAU, "/v1/requests")).json()["items"] == []


async def test_evidence_hangs_on_the_log_on_the_request_and_on_the_reply(inspection: World) -> None:
    await _city(inspection)
    seen, wanted = [await inspection.evidence(LEADER, "S25", evidence_samples.photograph(n)) for n in (1, 2)]
    logged = await inspection.done(LEADER, "/v1/liaisons", _log(evidence=[seen]))
    path = f"/v1/liaisons/{logged['id']}/requests"
    request = await inspection.done(LEADER, path, {"text": "缺少场地", "evidence": [wanted]})
    answered = await inspection.evidence(BUREAU, "S25", evidence_samples.photograph(3))
    request = await _on(inspection, BUREAU, request, "accept", {"office": "基建科"})
    request = await _on(inspection, BUREAU, request, "reply", {"text": "已列入计划", "evidence": [answered]})
    assert (logged["evidence"], request["evidence"], request["reply_evidence"]) == ([seen], [wanted], [answered])
    subjects = {f"liaison/{logged['id']}": {seen}, f"request/{request['id']}": {wanted, answered}}
    for subject, pieces in subjects.items():
        rows = (await inspection.get(SECRETARY, "/v1/evidence", subject=subject)).json()["items"]
        assert {row["id"] for row in rows} == pieces
        assert (await inspection.get("P-secretary-B2", "/v1/evidence", subject=subject)).status_code == 404
    (row,) = (await inspection.get(SECRETARY, "/v1/evidence", subject=f"liaison/{logged['id']}")).json()["items"]
    assert row["on"] == [{"subject": f"liaison/{logged['id']}", "part": "liaison"}]
    # Whoever reads the entry sees the piece; nobody else does.
    for piece in (seen, wanted, answered):
        assert (await inspection.get(SECRETARY, f"/v1/evidence/{piece}")).status_code == 200
        assert (await inspection.get("P-secretary-B2", f"/v1/evidence/{piece}")).status_code == 404


async def test_evidence_of_another_school_hangs_on_no_log_and_no_reply(inspection: World) -> None:
    await _city(inspection)
    foreign = await inspection.evidence("P-cadre-S2", "S2")
    request = await _asked(inspection)
    request = await _on(inspection, BUREAU, request, "accept", {"office": "基建科"})
    unknown = (422, "evidence-unknown")
    answer = await inspection.send(LEADER, "/v1/liaisons", _log(evidence=[foreign]))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/evidence-unknown")
    assert await _refused(inspection, BUREAU, request, "reply", {"text": "见附件", "evidence": [foreign]}) == unknown
