"""An account's identity, and which tokens still count for it."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.errors import Rejected
from services.portal.accounts import new_account, username_key

NOW = datetime(2026, 9, 1, 8, 0, 0, 400_000, tzinfo=UTC)
SECOND = int(NOW.timestamp())


def test_a_user_name_is_the_same_whatever_its_case_or_width() -> None:
    assert {username_key(name) for name in ("Admin-1", "ADMIN-1", "ａｄｍｉｎ-1")} == {"admin-1"}
    assert username_key("张书记") == "张书记"


@pytest.mark.parametrize("username", ["ab", "a" * 65, "a b c", "a/b/c", "a\nbc", "", "a$bc", "../x"])
def test_a_malformed_user_name_is_refused(username: str) -> None:
    with pytest.raises(Rejected, match="username-invalid"):
        new_account(username, "P-1", "h", must_change=True, now=NOW)


@pytest.mark.parametrize("person", ["", "P 1", "service:portal", "人", "P" * 65, "$where", "-x"])
def test_a_malformed_person_is_refused(person: str) -> None:
    with pytest.raises(Rejected, match="person-invalid"):
        new_account("admin-1", person, "h", must_change=True, now=NOW)


def test_a_new_account_takes_tokens_of_its_own_second() -> None:
    account = new_account("admin-1", "P-1", "h", must_change=True, now=NOW)
    assert account.accepts_token_of(SECOND)
    assert not account.accepts_token_of(SECOND - 1)


def test_a_new_password_voids_every_token_made_before_it() -> None:
    account = new_account("admin-1", "P-1", "h", must_change=True, now=NOW)
    changed = account.with_password("h2", must_change=False, now=NOW + timedelta(milliseconds=300))
    assert not changed.accepts_token_of(SECOND)
    assert changed.accepts_token_of(SECOND + 1)
    assert (changed.version, changed.must_change, changed.password_hash) == (2, False, "h2")
    assert (account.version, account.password_hash) == (1, "h")


def test_a_second_change_within_the_second_voids_the_first_ones_tokens_too() -> None:
    account = new_account("admin-1", "P-1", "h", must_change=True, now=NOW)
    once = account.with_password("h2", must_change=False, now=NOW)
    twice = once.with_password("h3", must_change=False, now=NOW)
    assert not twice.accepts_token_of(once.tokens_from)
