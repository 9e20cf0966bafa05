"""Signing in, locking out, changing the own password; on a real MongoDB."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from runtime.access.tokens import TokenVerifier
from runtime.errors import Rejected
from services.portal.passwords import Hasher
from services.portal.signing import new_key_pem
from tests.portal_world import ADMIN, BETTER, CLERK, GOOD, SERVICE_SECRET, World, settings_of


@pytest.fixture
async def world(mongod_url: str, database: str) -> AsyncIterator[World]:
    made = World(settings_of(mongod_url, database))
    async with made.app.router.lifespan_context(made.app):
        yield made
        await made.portal.mongo.drop(made.portal.settings.database_name("portal"))
    await made.http.aclose()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def verify(world: World, token: str) -> str:
    async def fetch() -> dict[str, Any]:
        keys: dict[str, Any] = (await world.http.get("/.well-known/jwks.json")).json()
        return keys

    return (await TokenVerifier(fetch, "dudao-portal", clock=world.clock).verify(token)).subject


async def test_a_person_signs_in_and_every_service_knows_who_it_is(world: World) -> None:
    await world.person("admin-1", ADMIN)
    answer = await world.sign_in("ADMIN-1", GOOD)
    assert answer.status_code == 200
    body = answer.json()
    assert await verify(world, body.pop("access_token")) == ADMIN
    assert body == {"token_type": "Bearer", "expires_in": 900, "must_change_password": False}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer_by_the_same_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.person("admin-1", ADMIN)
    work: list[bool] = []
    verified = Hasher._verify

    def counted(self: Hasher, password_hash: str, password: str) -> bool:
        work.append(password_hash.startswith("$argon2id$v=19$m=8192,t=1,p=1$"))
        return verified(self, password_hash, password)

    monkeypatch.setattr(Hasher, "_verify", counted)
    known = await world.sign_in("admin-1", "wrong")
    unknown = await world.sign_in("nobody-1", "wrong")
    assert work == [True, True]
    assert known.content == unknown.content
    assert code_of(known) == (401, "sign-in-failed")


@pytest.mark.parametrize("username", ["admin-1", "nobody-1"])
async def test_five_failures_lock_for_a_quarter_of_an_hour_known_or_not(world: World, username: str) -> None:
    await world.person("admin-1", ADMIN)
    for _ in range(5):
        assert code_of(await world.sign_in(username, "wrong")) == (401, "sign-in-failed")
    locked = await world.sign_in(username, GOOD)
    assert code_of(locked) == (429, "locked-out")
    assert locked.headers["retry-after"] == "900"
    world.clock.advance(timedelta(seconds=899))
    assert code_of(await world.sign_in(username, GOOD)) == (429, "locked-out")
    world.clock.advance(timedelta(seconds=1))
    assert (await world.sign_in(username, GOOD)).status_code == (200 if username == "admin-1" else 401)


async def test_trying_while_locked_out_does_not_lock_for_longer(world: World) -> None:
    await world.person("admin-1", ADMIN)
    for _ in range(5):
        await world.sign_in("admin-1", "wrong")
    for _ in range(10):
        world.clock.advance(timedelta(seconds=89))
        await world.sign_in("admin-1", "wrong")
    world.clock.advance(timedelta(seconds=10))
    assert (await world.sign_in("admin-1", GOOD)).status_code == 200


async def test_a_success_forgets_the_failures(world: World) -> None:
    await world.person("admin-1", ADMIN)
    for _ in range(3):
        for _ in range(4):
            await world.sign_in("admin-1", "wrong")
        assert (await world.sign_in("admin-1", GOOD)).status_code == 200


async def test_guesses_made_at_once_get_no_more_tries(world: World) -> None:
    await world.person("admin-1", ADMIN)
    answers = await asyncio.gather(*(world.sign_in("admin-1", f"guess {number}") for number in range(40)))
    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 35}


async def test_a_lock_is_on_the_audit_trail_and_an_unknown_name_is_not_written_down(world: World) -> None:
    await world.person("admin-1", ADMIN)
    for name in ("admin-1", "MyRealPassword!"):
        for _ in range(5):
            await world.sign_in(name, "wrong")
    assert (await world.audit())[-2:] == [
        ("anybody", "locked-out", "admin-1"),
        ("anybody", "locked-out", "unknown"),
    ]
    assert "myrealpassword" not in (await world.everything_stored()).lower()


async def test_a_one_time_password_is_good_for_changing_it_and_nothing_else(world: World) -> None:
    made = await world.portal.administration.init("admin-1", ADMIN, reset=False)
    answer = (await world.sign_in("admin-1", made.password)).json()
    assert answer["must_change_password"] is True
    token = answer["access_token"]
    with pytest.raises(Rejected, match="password-change-required"):
        await verify(world, token)
    listing = await world.http.get("/v1/accounts", headers={"Authorization": f"Bearer {token}"})
    assert code_of(listing) == (403, "password-change-required")
    changed = await world.change(token, made.password, GOOD)
    assert changed.json()["must_change_password"] is False
    assert await verify(world, changed.json()["access_token"]) == ADMIN


async def test_after_a_change_the_old_password_and_the_old_tokens_are_void(world: World) -> None:
    old = await world.person("admin-1", ADMIN)
    new = (await world.change(old, GOOD, BETTER)).json()["access_token"]
    assert code_of(await world.sign_in("admin-1", GOOD)) == (401, "sign-in-failed")
    assert code_of(await world.change(old, BETTER, GOOD)) == (401, "token-revoked")
    assert (await world.change(new, BETTER, GOOD)).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        ("wrong", BETTER, (422, "password-wrong")),
        (GOOD, GOOD, (422, "password-unchanged")),
        (GOOD, "short", (422, "password-too-short")),
        (GOOD, "1234567890", (422, "password-common")),
        (GOOD, "i am admin-1 !", (422, "password-is-username")),
        (GOOD, "", (422, "invalid")),
    ],
)
async def test_a_bad_change_is_refused_and_changes_nothing(
    world: World, current: str, new: str, expected: tuple[int, str]
) -> None:
    token = await world.person("admin-1", ADMIN)
    assert code_of(await world.change(token, current, new)) == expected
    assert (await world.sign_in("admin-1", GOOD)).status_code == 200


async def test_guessing_the_current_password_locks_out_as_well(world: World) -> None:
    token = await world.person("admin-1", ADMIN)
    for _ in range(5):
        assert code_of(await world.change(token, "wrong", BETTER)) == (422, "password-wrong")
    assert code_of(await world.change(token, GOOD, BETTER)) == (429, "locked-out")


async def test_of_two_changes_at_once_one_counts(world: World) -> None:
    token = await world.person("admin-1", ADMIN)
    answers = await asyncio.gather(*(world.change(token, GOOD, f"a brand new one {n}") for n in range(4)))
    won = [number for number, answer in enumerate(answers) if answer.status_code == 200]
    assert len(won) == 1
    assert (await world.sign_in("admin-1", f"a brand new one {won[0]}")).status_code == 200


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(world: World, mongod_url: str) -> None:
    await world.person("admin-1", ADMIN)
    prefix = world.portal.settings.database_prefix
    stronger = World(settings_of(mongod_url, prefix, argon2_memory_kib=16_384))
    assert (await stronger.sign_in("admin-1", GOOD)).status_code == 200
    account = await world.portal.accounts.find("admin-1")
    assert account is not None
    assert "m=16384" in account.password_hash
    assert (await world.audit())[-1] == (ADMIN, "hash-renewed", "admin-1")
    assert (await stronger.sign_in("admin-1", GOOD)).status_code == 200
    await stronger.portal.close()
    await stronger.http.aclose()


async def test_a_service_buys_a_token_that_is_no_persons(world: World) -> None:
    body = {"service": "reporting", "secret": SERVICE_SECRET}
    token = (await world.http.post("/v1/service-tokens", json=body)).json()["access_token"]
    assert await verify(world, token) == "service:reporting"
    assert code_of(await world.change(token, GOOD, BETTER)) == (403, "forbidden")
    for wrong in ({"service": "inspection"}, {"secret": "x"}):
        answer = await world.http.post("/v1/service-tokens", json=body | wrong)
        assert code_of(answer) == (401, "service-refused")


async def test_a_token_of_another_portal_is_refused(world: World, mongod_url: str) -> None:
    await world.person("admin-1", ADMIN)
    prefix = world.portal.settings.database_prefix
    other = World(settings_of(mongod_url, prefix))
    token = await other.token("admin-1", GOOD)
    assert code_of(await world.change(token, GOOD, BETTER)) == (401, "token-invalid")
    await other.portal.close()
    await other.http.aclose()


async def test_a_person_without_an_account_has_no_say_even_with_a_good_token(world: World) -> None:
    token = world.portal.signer.sign("P-9999").text
    assert code_of(await world.change(token, GOOD, BETTER)) == (401, "token-revoked")


async def test_no_secret_is_logged_stored_or_repeated(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.INFO)
    token = await world.person("admin-1", ADMIN)
    sent = [
        await world.sign_in("admin-1", "wrong-and-secret-1"),
        await world.http.post("/v1/sign-in", json={"username": "admin-1", "password": ["wrong-and-secret-2"]}),
        await world.http.post("/v1/sign-in", json={"username": "a", "passwort": "wrong-and-secret-3"}),
        await world.http.post("/v1/sign-in", content=b'{"password": "wrong-and-secret-4"'),
        await world.change(token, GOOD, "short-se-5"[:9]),
        await world.change(token, GOOD, BETTER),
    ]
    told = "".join(answer.text for answer in sent[:-1]) + caplog.text + await world.everything_stored()
    secrets = [f"wrong-and-secret-{number}" for number in range(1, 5)]
    assert [secret for secret in (*secrets, "short-se-", GOOD, BETTER, token, SERVICE_SECRET) if secret in told] == []


async def test_the_key_may_be_changed_while_people_are_signed_in(world: World, mongod_url: str) -> None:
    token = await world.person("admin-1", ADMIN)
    old = world.portal.settings.signing_key.get_secret_value()
    prefix = world.portal.settings.database_prefix
    renewed = World(settings_of(mongod_url, prefix, signing_key=new_key_pem() + old))
    assert (await renewed.change(token, GOOD, BETTER)).status_code == 200
    await renewed.portal.close()
    await renewed.http.aclose()


async def test_the_clerk_is_not_the_administrator(world: World) -> None:
    token = await world.person("clerk-1", CLERK)
    answer = await world.command("/v1/accounts", token, {"username": "x-1", "person": "P-3"})
    assert code_of(answer) == (403, "forbidden")
