"""What the administrator does with accounts, each command once; on a real MongoDB."""

import asyncio
import io
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from runtime.errors import Rejected
from services.portal.__main__ import demo_accounts, init
from services.portal.signing import new_key_pem
from tests.portal_world import ADMIN, CLERK, GOOD, World, settings_of


@pytest.fixture
async def world(mongod_url: str, database: str) -> AsyncIterator[World]:
    made = World(settings_of(mongod_url, database))
    async with made.app.router.lifespan_context(made.app):
        yield made
        await made.portal.mongo.drop(made.portal.settings.database_name("portal"))
    await made.http.aclose()


@pytest.fixture
async def admin(world: World) -> str:
    return await world.person("admin-1", ADMIN)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def create(world: World, token: str, username: str, person: str, key: str | None = None) -> httpx.Response:
    return await world.command("/v1/accounts", token, {"username": username, "person": person}, key)


async def test_the_administrator_makes_an_account_and_its_owner_signs_in(world: World, admin: str) -> None:
    answer = await create(world, admin, "书记-B001", "P-3")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["username"], body["person"]) == ("书记-B001", "P-3")
    signed_in = (await world.sign_in("书记-b001", body["one_time_password"])).json()
    assert signed_in["must_change_password"] is True
    assert (await world.audit())[-1] == (ADMIN, "account-created", "书记-b001")


async def test_a_command_repeated_with_its_key_is_answered_the_same_and_done_once(world: World, admin: str) -> None:
    first = await create(world, admin, "cadre-1", "P-3", key="k")
    again = await asyncio.gather(*(create(world, admin, "cadre-1", "P-3", key="k") for _ in range(5)))
    assert {answer.content for answer in again} == {first.content}
    assert [row for row in await world.audit() if row[1] == "account-created"] == [
        ("operator", "account-created", "admin-1"),
        (ADMIN, "account-created", "cadre-1"),
    ]


async def test_the_same_command_sent_at_once_is_done_once(world: World, admin: str) -> None:
    answers = await asyncio.gather(*(create(world, admin, "cadre-1", "P-3", key="k") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    resets = await asyncio.gather(*(world.command("/v1/accounts/cadre-1/reset", admin, key="r") for _ in range(6)))
    assert {answer.status_code for answer in resets} == {200}
    assert len({answer.content for answer in resets}) == 1
    assert sum(row[1] == "password-reset" for row in await world.audit()) == 1


async def test_a_key_used_for_something_else_is_refused(world: World, admin: str) -> None:
    await create(world, admin, "cadre-1", "P-3", key="k")
    assert code_of(await create(world, admin, "cadre-2", "P-4", key="k")) == (422, "idempotency-key-reused")
    other = await world.command("/v1/accounts/cadre-1/reset", admin, key="k")
    assert code_of(other) == (422, "idempotency-key-reused")


async def test_a_repeated_command_never_tells_a_password_that_no_longer_counts(world: World, admin: str) -> None:
    await create(world, admin, "cadre-1", "P-3", key="k")
    await world.command("/v1/accounts/cadre-1/reset", admin)
    assert code_of(await create(world, admin, "cadre-1", "P-3", key="k")) == (409, "one-time-password-used")


async def test_a_name_or_a_person_has_one_account(world: World, admin: str) -> None:
    await create(world, admin, "cadre-1", "P-3")
    assert code_of(await create(world, admin, "CADRE-1", "P-4")) == (409, "account-exists")
    assert code_of(await create(world, admin, "cadre-2", "P-3")) == (409, "account-exists")


@pytest.mark.parametrize(
    ("username", "person", "code"),
    [("a b", "P-3", "username-invalid"), ("cadre-1", "service:x", "person-invalid"), ("", "P-3", "invalid")],
)
async def test_malformed_input_is_refused(world: World, admin: str, username: str, person: str, code: str) -> None:
    assert code_of(await create(world, admin, username, person)) == (422, code)


async def test_a_reset_voids_password_lock_and_tokens(world: World, admin: str) -> None:
    cadre = await world.person("cadre-1", CLERK)
    for _ in range(5):
        await world.sign_in("cadre-1", "wrong")
    answer = await world.command("/v1/accounts/CADRE-1/reset", admin)
    assert answer.status_code == 200
    fresh = answer.json()["one_time_password"]
    assert code_of(await world.change(cadre, GOOD, "another good one")) == (401, "token-revoked")
    assert code_of(await world.sign_in("cadre-1", GOOD)) == (401, "sign-in-failed")
    assert (await world.sign_in("cadre-1", fresh)).json()["must_change_password"] is True
    assert (ADMIN, "password-reset", "cadre-1") in await world.audit()


async def test_an_administrator_who_was_reset_administers_nothing_with_the_old_token(world: World, admin: str) -> None:
    await world.command("/v1/accounts/admin-1/reset", admin)
    assert code_of(await create(world, admin, "cadre-1", "P-3")) == (401, "token-revoked")


async def test_an_unknown_account_cannot_be_reset(world: World, admin: str) -> None:
    for name in ("nobody", "%00", "a%2Fb", "%24where"):
        assert (await world.command(f"/v1/accounts/{name}/reset", admin)).status_code == 404


async def test_accounts_are_listed_in_pages_without_their_hashes(world: World, admin: str) -> None:
    for number in range(5):
        await create(world, admin, f"cadre-{number}", f"P-3{number}")
    headers = {"Authorization": f"Bearer {admin}"}
    seen: list[str] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        answer = await world.http.get("/v1/accounts", params=query, headers=headers)
        assert "argon2" not in answer.text
        seen += [row["username"] for row in answer.json()["items"]]
        if answer.json()["next"] is None:
            break
        query["cursor"] = answer.json()["next"]
    assert seen == ["admin-1", *(f"cadre-{number}" for number in range(5))]


async def test_a_command_needs_its_key(world: World, admin: str) -> None:
    answer = await world.http.post(
        "/v1/accounts", json={"username": "x-1", "person": "P"}, headers={"Authorization": f"Bearer {admin}"}
    )
    assert code_of(answer) == (400, "idempotency-key-missing")


async def test_a_revoked_administrator_is_one_no_longer_at_once(world: World, admin: str) -> None:
    assert (await create(world, admin, "cadre-1", "P-3")).status_code == 201
    del world.inspection.roles[ADMIN]
    assert code_of(await create(world, admin, "cadre-2", "P-4")) == (403, "forbidden")


async def test_while_inspection_is_away_nobody_administers(world: World, admin: str) -> None:
    world.inspection.down = True
    answer = await create(world, admin, "cadre-1", "P-3")
    assert code_of(answer) == (503, "unavailable")
    assert "retry-after" in answer.headers
    assert (await world.sign_in("admin-1", GOOD)).status_code == 200


async def test_after_a_change_of_keys_a_repeated_command_is_refused_and_not_done_again(
    world: World, admin: str, mongod_url: str
) -> None:
    await create(world, admin, "cadre-1", "P-3", key="k")
    prefix = world.portal.settings.database_prefix
    old = world.portal.settings.signing_key.get_secret_value()
    renewed = World(settings_of(mongod_url, prefix, signing_key=new_key_pem() + old))
    answer = await create(renewed, admin, "cadre-1", "P-3", key="k")
    # What a command asked for is hashed with a key derived from the signing key, so it cannot be recognised any more.
    assert code_of(answer) == (422, "idempotency-key-reused")
    assert sum(row[1] == "account-created" and row[2] == "cadre-1" for row in await world.audit()) == 1
    await renewed.portal.close()
    await renewed.http.aclose()


async def test_the_operator_makes_the_first_account_once_and_may_reset_it(world: World) -> None:
    out = io.StringIO()
    administration = world.portal.administration
    await init(administration, "boss-1", "P-7", reset=False, out=out)
    first = out.getvalue().strip()
    assert (await world.sign_in("boss-1", first)).json()["must_change_password"] is True
    for person, reset in (("P-7", False), ("P-8", True)):
        with pytest.raises(Rejected, match="account-exists"):
            await init(administration, "boss-1", person, reset=reset, out=out)
    with pytest.raises(Rejected, match="account-exists"):
        await init(administration, "boss-2", "P-7", reset=False, out=out)
    assert out.getvalue().strip() == first
    await init(administration, "boss-1", "P-7", reset=True, out=out)
    assert code_of(await world.sign_in("boss-1", first)) == (401, "sign-in-failed")
    assert (await world.sign_in("boss-1", out.getvalue().split()[-1])).status_code == 200


async def test_the_document_is_valid_and_says_who_may_do_what(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    found = [operation for path in document["paths"].values() for operation in path.values()]
    assert {operation["operationId"]: operation["x-access"] for operation in found} == {
        "live": {"scope": "public", "roles": []},
        "ready": {"scope": "public", "roles": []},
        "metrics": {"scope": "public", "roles": []},
        "signIn": {"scope": "public", "roles": []},
        "serviceToken": {"scope": "public", "roles": []},
        "jwks": {"scope": "public", "roles": []},
        "changePassword": {"scope": "self", "roles": [], "purpose": "password"},
        "createAccount": {"scope": "administrator", "roles": ["administrator"]},
        "resetPassword": {"scope": "administrator", "roles": ["administrator"]},
        "listAccounts": {"scope": "administrator", "roles": ["administrator"]},
    }
    assert all(" / " in operation["summary"] for operation in found)


async def run_demo(world: World, rows: list[tuple[str, str]]) -> dict[str, str]:
    lines = "".join(json.dumps({"username": name, "person": person}) + "\n" for name, person in rows)
    out = io.StringIO()
    await demo_accounts(world.portal.administration, io.StringIO(lines), out)
    return {row["username"]: row["password"] for row in map(json.loads, out.getvalue().splitlines())}


async def test_demonstration_accounts_are_made_in_bulk_and_reset_the_next_time(world: World) -> None:
    rows = [(f"cadre-{number}", f"P-3{number}") for number in range(30)]
    first = await run_demo(world, rows)
    assert len(set(first.values())) == 30
    assert (await world.sign_in("cadre-7", first["cadre-7"])).json()["must_change_password"] is False
    second = await run_demo(world, [*rows, ("cadre-30", "P-330")])
    assert not set(first.values()) & set(second.values())
    assert code_of(await world.sign_in("cadre-7", first["cadre-7"])) == (401, "sign-in-failed")
    assert (await world.sign_in("cadre-30", second["cadre-30"])).status_code == 200


async def test_demonstration_accounts_never_take_anothers_name_or_person(world: World, admin: str) -> None:
    for rows in ([("admin-1", "P-9")], [("other-1", ADMIN)], [("a-1", "P-1"), ("A-1", "P-2")], [("a-1", "P-1")] * 2):
        with pytest.raises(Rejected, match=r"account-exists|account-twice"):
            await run_demo(world, rows)
    assert (await world.sign_in("admin-1", GOOD)).status_code == 200
    assert await run_demo(world, []) == {}
