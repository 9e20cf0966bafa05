"""Passwords: what is refused, what is told, how hashes are made."""

import asyncio
from collections.abc import Iterator

import pytest

from runtime.errors import Rejected, Retryable
from services.portal import passwords
from services.portal.passwords import Hasher, check_password, derived_password, normalised, random_password

USERNAME = "Secretary-b001"


@pytest.fixture
def hasher() -> Iterator[Hasher]:
    made = Hasher(memory_kib=8_192, rounds=1)
    yield made
    made.close()


@pytest.mark.parametrize(
    "password", ["correct horse battery", "春眠不觉晓处处闻啼鸟", "x7!Kq-2fZ0p", "密码很长但是不常见12", "a1b2c3d4e5"]
)
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password, USERNAME, 10)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x7!Kq-2fZ", "password-too-short"),
        ("春眠不觉晓处处闻啼", "password-too-short"),
        ("x7!Kq-2fZ0p" * 40, "password-too-long"),
        ("secretary-b001", "password-is-username"),
        ("my SECRETARY-B001!", "password-is-username"),
        ("ｓｅｃｒｅｔａｒｙ-b001", "password-is-username"),
        ("Password123", "password-common"),
        ("qwertyuiop", "password-common"),
        ("1234567890", "password-common"),
        ("13812345678", "password-common"),
        ("2026-09-01!", "password-common"),
        ("woaini1314520", "password-common"),
        ("Jiamusi2026!", "password-common"),
        ("ababababab", "password-common"),
        ("aaaaaaaaaaaa", "password-common"),
    ],
)
def test_a_bad_password_is_refused_by_the_name_of_its_rule(password: str, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        check_password(password, USERNAME, 10)
    assert refusal.value.code == code
    assert password not in f"{refusal.value} {refusal.value.zh} {refusal.value.detail}"


def test_one_time_passwords_differ_and_pass_the_rules() -> None:
    made = {random_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert len(password) == 19
        check_password(password, USERNAME, 10)


def test_a_derived_password_depends_on_key_and_request_and_nothing_else() -> None:
    told = derived_password(b"k" * 32, "r-1")
    assert told == derived_password(b"k" * 32, "r-1")
    assert told not in (derived_password(b"k" * 32, "r-2"), derived_password(b"l" * 32, "r-1"))
    check_password(told, USERNAME, 10)


async def test_a_hash_is_argon2id_and_salted_and_matches_its_password_only(hasher: Hasher) -> None:
    first, second = await asyncio.gather(hasher.hash("correct horse"), hasher.hash("correct horse"))
    assert first.startswith("$argon2id$v=19$m=8192,t=1,p=1$")
    assert first != second
    assert await hasher.matches(first, "correct horse")
    assert not await hasher.matches(first, "correct horsf")
    assert not await hasher.matches("not a hash", "correct horse")


async def test_nobodys_hash_never_matches_whatever_is_typed(hasher: Hasher) -> None:
    assert not await hasher.matches(None, "")
    assert not await hasher.matches(None, "correct horse")


async def test_the_same_characters_typed_otherwise_are_the_same_password(hasher: Hasher) -> None:
    stored = await hasher.hash("ｃorrect 书é horse")
    assert await hasher.matches(stored, "correct 书e\u0301 horse")
    assert normalised("ﬁ") == "fi"


async def test_a_hash_of_other_parameters_is_outdated(hasher: Hasher) -> None:
    stored = await hasher.hash("x")
    assert not hasher.outdated(stored)
    stronger = Hasher(memory_kib=16_384, rounds=1)
    assert stronger.outdated(stored)
    assert await stronger.matches(stored, "x")
    stronger.close()


async def test_too_many_sign_ins_at_once_are_told_to_come_back(hasher: Hasher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MAX_WAITING", 2)
    stored = await hasher.hash("x")
    results = await asyncio.gather(*(hasher.matches(stored, "x") for _ in range(5)), return_exceptions=True)
    assert [result for result in results if result is True] == [True, True]
    assert sum(isinstance(result, Retryable) for result in results) == 3
    assert await hasher.matches(stored, "x")
