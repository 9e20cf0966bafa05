"""Passwords: the rules of a good one, argon2id hashes, one-time passwords."""

import asyncio
import hashlib
import hmac
import os
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from runtime.errors import Rejected, Retryable
from services.portal.accounts import username_key

# Without what is easily taken for something else: 0 o, 1 i l.
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS: Final = 4
_GROUP: Final = 4
MAX_LENGTH: Final = 256
_MIN_DIFFERENT: Final = 5
_MAX_WAITING: Final = 256

# What is left of a common password when digits and signs are taken away; nothing at all is left of a number.
_COMMON: Final = frozenset(("", *(files("services.portal") / "common_passwords.txt").read_text("utf-8").split()))


def normalised(password: str) -> str:
    """The same characters typed on another keyboard are the same password (NFKC, as in RFC 8265)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, username: str, least: int) -> None:
    """Raise `Rejected` naming the rule that a new password breaks; `least` is the least number of characters."""
    text = normalised(password)
    folded = username_key(text)
    if len(text) < least:
        raise Rejected(
            "password-too-short", f"密码至少 {least} 个字符", f"A password has at least {least} characters", least=least
        )
    if len(text) > MAX_LENGTH:
        raise Rejected("password-too-long", "密码过长", f"A password has at most {MAX_LENGTH} characters")
    if username_key(username) in folded:
        raise Rejected("password-is-username", "密码不得包含用户名", "A password must not contain the user name")
    letters = "".join(character for character in folded if character.isalpha())
    if letters in _COMMON or len(set(text)) < _MIN_DIFFERENT:
        raise Rejected("password-common", "密码过于常见", "This password is among the common ones")


def random_password() -> str:
    """A password nobody can guess (79 bits), easy to read out."""
    return _grouped([secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP)])


def derived_password(key: bytes, request: str) -> str:
    """The one-time password of a request: the same request repeated is told the same, and nothing need be kept."""
    number = int.from_bytes(hmac.digest(key, b"one-time password\0" + request.encode(), hashlib.sha512))
    characters = []
    for _ in range(_GROUPS * _GROUP):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return _grouped(characters)


def _grouped(characters: list[str]) -> str:
    groups = ("".join(characters[i : i + _GROUP]) for i in range(0, len(characters), _GROUP))
    return "-".join(groups)


class Hasher:
    """argon2id (RFC 9106) in threads of its own, as many as cores; a sign-in never waits behind a long queue."""

    def __init__(self, memory_kib: int, rounds: int) -> None:
        self._argon2 = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="argon2")
        self._waiting = 0
        # Of a password nobody has: an unknown user costs the same time as a known one.
        self._nobody = self._argon2.hash(secrets.token_hex(32))

    async def hash(self, password: str) -> str:
        """The encoded hash with a fresh salt."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._argon2.hash, normalised(password))

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one; none as hash takes as long and never matches. Raises `Retryable` if busy."""
        if self._waiting >= _MAX_WAITING:
            raise Retryable("too many sign-ins at once")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._threads, self._verify, password_hash or self._nobody, password)
        finally:
            self._waiting -= 1
        return found and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(password_hash)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, normalised(password))
        except (VerificationError, InvalidHashError):
            return False
