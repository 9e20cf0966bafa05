"""What somebody tries who means ill: other people's ids and keys, doubled headers, fields nobody asked for."""

import base64
import secrets
from typing import Any, Final

import httpx
import pytest

from tests.component.access import cast
from tests.component.access.city import SERVICES, City, problem
from tests.component.access.seeding import MAJOR
from tests.component.access.test_lists import whole

pytestmark = pytest.mark.asyncio(loop_scope="session")

SURVEY: Final = {"school": cast.SCHOOL, "source": "survey", "area": "其他", "description": "x"}
OPEN: Final = {
    "inspection": "/v1/me", "notification": "/v1/inbox", "reporting": "/v1/reports/issues", "portal": "/v1/accounts",
}  # fmt: skip
READER: Final = {"portal": cast.ADMIN}
Headers = list[tuple[str, str]]


def bearer(city: City, person: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {city.token(person)}"


@pytest.mark.parametrize("service", SERVICES)
async def test_two_authorization_headers_are_nobodys(city: City, service: str) -> None:
    good = bearer(city, READER.get(service, cast.BUREAU))
    assert (await city.http[service].get(OPEN[service], headers=[good])).status_code == 200
    for second in (good, bearer(city, cast.NOBODY), ("Authorization", "")):
        for pair in ([good, second], [second, good]):
            answer = await city.http[service].get(OPEN[service], headers=pair)
            assert problem(answer) == (401, "/problems/token-invalid")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_token_counts_in_its_header_alone(city: City, service: str) -> None:
    token = city.token(READER.get(service, cast.BUREAU))
    for query, headers in (
        ({"access_token": token, "token": token}, {}),
        ({}, {"Cookie": f"access_token={token}; Authorization=Bearer {token}"}),
        ({}, {"X-Authorization": f"Bearer {token}", "Proxy-Authorization": f"Bearer {token}"}),
        ({}, {"Authorization": f"Basic {token}"}),
        ({}, {"Authorization": token}),
        ({}, {"Authorization": f"Bearer {token} {token}"}),
        ({}, {"Authorization": f"Bearer {token}, Bearer {token}"}),
        ({}, {"X-User": cast.BUREAU, "X-Forwarded-User": cast.BUREAU, "X-Remote-User": cast.BUREAU}),
    ):
        answer = await city.http[service].get(OPEN[service], params=query, headers=headers)
        assert answer.status_code == 401, (query.keys(), headers.keys())


@pytest.mark.parametrize("service", SERVICES)
async def test_a_token_that_was_tampered_with_is_invalid(city: City, service: str) -> None:
    header, claims, signature = city.token(cast.NOBODY).split(".")
    raw = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(
        cast.NOBODY.encode(), READER.get(service, cast.BUREAU).encode()
    )
    other = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    for token in (
        f"{header}.{other}.{signature}",
        f"{none}.{other}.",
        f"{none}.{claims}.{signature}",
        "x",
        "..",
        "a.b.c",
    ):
        answer = await city.ask(service, "GET", OPEN[service], token)
        assert problem(answer) == (401, "/problems/token-invalid"), token[:20]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_one_time_passwords_token_only_changes_it(city: City, service: str) -> None:
    token = city.portal.signer.sign(READER.get(service, cast.BUREAU), purpose="password").text
    answer = await city.ask(service, "GET", OPEN[service], token)
    assert problem(answer) == (403, "/problems/password-change-required")


async def _commanded(city: City, person: str, path: str, body: Any, more: Headers) -> httpx.Response:
    return await city.http["inspection"].post(path, json=body, headers=[bearer(city, person), *more])


async def test_two_idempotency_keys_or_versions_are_malformed(tidy: City) -> None:
    key = ("Idempotency-Key", secrets.token_hex(8))
    other = ("Idempotency-Key", secrets.token_hex(8))
    twice = await _commanded(tidy, cast.COUNTY, "/v1/issues", SURVEY, [key, other])
    assert problem(twice) == (400, "/problems/idempotency-key-invalid")
    entry, version = await tidy.copy("issues", "main.submitted")
    path = f"/v1/issues/{entry['id']}/assign"
    seen = [("If-Match", f'"{version}"'), ("If-Match", f'"{version + 1}"')]
    for pair in (seen, seen[::-1]):
        answer = await _commanded(tidy, cast.COUNTY, path, MAJOR, [key, *pair])
        assert problem(answer) == (400, "/problems/if-match-invalid")


async def test_another_persons_key_tells_nothing_and_stands_in_nobodys_way(tidy: City) -> None:
    key = secrets.token_hex(8)
    entry, version = await tidy.copy("issues", "tour.submitted")
    path = f"/v1/issues/{entry['id']}/assign"
    first = await tidy.world.send(cast.COUNTY, path, MAJOR, key=key, version=version)
    assert first.status_code == 200
    for person in (cast.OTHER_COUNTY, cast.LEADER):
        stolen = await tidy.world.send(person, path, MAJOR, key=key, version=version)
        assert problem(stolen) == (404, "/problems/not-found")
        assert entry["description"] not in stolen.text
    assert (await tidy.world.send(cast.SECRETARY, path, MAJOR, key=key, version=version)).status_code == 403
    repeated = await tidy.world.send(cast.COUNTY, path, MAJOR, key=key, version=version)
    assert repeated.content == first.content


async def test_keys_of_two_people_never_meet(tidy: City) -> None:
    """`P-x` with key `1y` is not `P-x1` with key `y`."""
    body = {"id": f"P-{tidy.word()}", "name": "新人", "post": "职务"}
    await tidy.world.done(cast.ADMIN, "/v1/people", body)
    for person in (cast.COUNTY, cast.COUNTY + "1"):
        token = tidy.token(person)
        key = "11" if person == cast.COUNTY else "1"
        answer = await tidy.ask("inspection", "POST", "/v1/issues", token, body=SURVEY, key=f"{key}{body['id']}")
        assert answer.status_code == (201 if person == cast.COUNTY else 403)
        if answer.status_code == 201:
            await tidy.database("inspection")["issues"].delete_one({"_id": answer.json()["id"]})


async def test_a_key_does_not_outlive_the_grant_it_was_used_under(tidy: City) -> None:
    person, key = f"P-{tidy.word()}", secrets.token_hex(8)
    await tidy.world.done(cast.ADMIN, "/v1/people", {"id": person, "name": "新人", "post": "职务"})
    grant = await tidy.world.done(
        cast.ADMIN, "/v1/grants", {"person": person, "role": "county_officer", "organisation": cast.DIVISION}
    )
    entry, version = await tidy.copy("issues", "main.submitted")
    path = f"/v1/issues/{entry['id']}/assign"
    assert (await tidy.world.send(person, path, MAJOR, key=key, version=version)).status_code == 200
    await tidy.world.done(cast.ADMIN, f"/v1/grants/{grant['id']}/revoke", {"reason": "调离"})
    repeated = await tidy.world.send(person, path, MAJOR, key=key, version=version)
    assert problem(repeated) == (403, "/problems/forbidden")


async def test_a_cursor_of_another_person_opens_nothing(city: City) -> None:
    for path in ("/v1/issues", "/v1/visits"):
        first = (await city.get("inspection", cast.BUREAU, path, limit=1)).json()["next"]
        stolen = await city.get("inspection", cast.OTHER_SECRETARY, path, limit=200, cursor=first)
        own = {row["id"] for row in await whole(city, "inspection", cast.OTHER_SECRETARY, path)}
        assert {row["id"] for row in stolen.json()["items"]} <= own
    first = (await city.get("notification", cast.SECRETARY, "/v1/inbox", limit=1)).json()["next"]
    assert (await city.get("notification", cast.NOBODY, "/v1/inbox", cursor=first)).json()["items"] == []


async def test_a_cursor_of_another_query_is_invalid(city: City) -> None:
    cursor = (await city.get("inspection", cast.BUREAU, "/v1/issues", limit=1)).json()["next"]
    for path, params in (
        ("/v1/visits", {}),
        ("/v1/issues", {"school": cast.OTHER_SCHOOL}),
        ("/v1/grants", {}),
        ("/v1/issues", {"x": "1"}),
    ):
        answer = await city.get("inspection", cast.BUREAU, path, cursor=cursor, **params)
        assert problem(answer) == (400, "/problems/cursor-invalid"), path
    for broken in (cursor[:-1], cursor[1:], "x", cursor + cursor, f"{cursor}!"):
        answer = await city.get("inspection", cast.BUREAU, "/v1/issues", cursor=broken)
        assert problem(answer) == (400, "/problems/cursor-invalid")


@pytest.mark.parametrize(("kind", "person"), [("issues", cast.OTHER_SECRETARY), ("issues", cast.CADRE),
                                              ("visits", cast.OTHER_LEADER), ("evidence", cast.CADRE)])  # fmt: skip
async def test_what_is_hidden_looks_like_what_is_not_there(tidy: City, kind: str, person: str) -> None:
    hidden = tidy.evidence["tour"] if kind == "evidence" else ""
    if kind != "evidence":
        seed = "tour.planned" if kind == "issues" else "answered"
        hidden = (await tidy.copy(kind, seed))[0]["id"]
    answers = [await tidy.get("inspection", person, f"/v1/{kind}/{id}") for id in (hidden, "nothing-at-all")]
    told = [{**answer.json(), "instance": ""} for answer in answers]
    assert told[0] == told[1]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert set(answers[0].headers) == set(answers[1].headers)


async def test_operators_and_doubled_parameters_do_not_widen_a_query(city: City) -> None:
    own = await whole(city, "inspection", cast.OTHER_SECRETARY, "/v1/issues")
    token = city.token(cast.OTHER_SECRETARY)
    for query in (
        "school=S3&school=S25", "school=S25&school=S3", "school[$ne]=x", "filter[school]=S25", "limit=200&reach=city",
        "person=P-bureau-1", "mine=false", "as=P-bureau-1", "team=", "scope=city",
    ):  # fmt: skip
        answer = await city.ask("inspection", "GET", f"/v1/issues?{query}", token)
        if answer.status_code == 200:
            assert {row["id"] for row in answer.json()["items"]} <= {row["id"] for row in own}, query
        else:
            assert problem(answer) == (422, "/problems/invalid"), query
    for school in ('{"$ne":null}', "S25' || '1'=='1", "*", ".*", "S25,S3", "S25%00"):
        answer = await city.get("inspection", cast.OTHER_SECRETARY, "/v1/issues", school=school)
        assert problem(answer) == (422, "/problems/invalid"), school


@pytest.mark.parametrize("path", [
    "/v1/issues/", "//v1/issues", "/v1//issues", "/V1/issues", "/v1/issues/%2e%2e/grants", "/v1/me/../grants",
    "/v1/issues;a=b", "/v1/issues/%2F", "/v1/accounts/..%2f", "/internal", "/admin", "/docs/../v1/grants",
])  # fmt: skip
async def test_no_spelling_of_a_path_gets_round_the_gate(city: City, path: str) -> None:
    for service in SERVICES:
        answer = await city.http[service].get(path)
        assert answer.status_code in {401, 404}, service
        signed = await city.ask(service, "GET", path, city.token(cast.NOBODY))
        assert signed.status_code in {401, 403, 404, 422}, service


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
async def test_a_method_is_what_the_request_line_says(tidy: City, header: str) -> None:
    entry, version = await tidy.copy("issues", "main.assigned")
    headers = [bearer(tidy, cast.SECRETARY), (header, "POST"), ("If-Match", f'"{version}"'), ("Idempotency-Key", "k")]
    answer = await tidy.http["inspection"].get(f"/v1/issues/{entry['id']}/acknowledge", headers=headers)
    assert answer.status_code == 405
    for original in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"):
        got = await tidy.http["inspection"].get("/v1/me", headers=[bearer(tidy, cast.NOBODY), (original, "/v1/grants")])
        assert got.json()["person"] == cast.NOBODY


async def test_a_person_cannot_be_named_like_a_service(city: City) -> None:
    for name in ("service:reporting", "service:"):
        answer = await city.world.send(cast.ADMIN, "/v1/people", {"id": name, "name": "x", "post": "x"})
        assert problem(answer) == (422, "/problems/invalid")
        body = {"username": f"user-{city.word()}", "person": name}
        made = await city.ask("portal", "POST", "/v1/accounts", city.token(cast.ADMIN), body=body)
        assert made.status_code == 422


async def test_a_secret_of_one_service_is_not_anothers(city: City) -> None:
    for service, secret in (
        ("inspection", "z" * 43),
        ("reporting", "y" * 43),
        ("", "z" * 43),
        ("administrator", "z" * 43),
    ):
        answer = await city.http["portal"].post("/v1/service-tokens", json={"service": service, "secret": secret})
        assert answer.status_code in {401, 422}
