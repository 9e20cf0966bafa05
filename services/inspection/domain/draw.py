"""抽查: schools drawn at random, so that nobody can steer the draw and anybody can repeat it.

Before: the pool, how many, the SHA-256 of a secret seed, and a public value that nobody knows yet (a lottery's numbers
of a coming day). After: seed and public value. Each school of the pool gets the number
SHA-256(`dudao-draw-1/seed/public value/school`), read as hexadecimal; the smallest numbers are drawn, in their order.
Who chose the seed did not know the public value, and who knows the public value cannot change the seed.
"""

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Literal

from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_planning import AlreadyDrawn, BadDraw, OtherSeed
from services.inspection.domain.wording import required

RECIPE: Final = "dudao-draw-1"
_LENGTH: Final = 200
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """Pool, number and the seed's SHA-256 are published before the draw, seed and public value after it."""

    id: str
    title: str
    pool: tuple[str, ...]
    number: int
    commitment: str
    public_source: str
    state: Literal["committed", "drawn"]
    committed_at: str
    seed: str | None = None
    public_value: str | None = None
    drawn: tuple[str, ...] = ()
    drawn_at: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Commitment:
    """What is published before the draw."""

    title: str
    pool: tuple[str, ...]
    number: int
    commitment: str
    public_source: str


def commit(id: str, wanted: Commitment, moment: Moment) -> Draw:
    """A draw that nobody can change any more; raises `BadDraw`."""
    pool = tuple(sorted(set(wanted.pool)))
    digest = _DIGEST.fullmatch(wanted.commitment)
    if len(pool) != len(wanted.pool) or not 1 <= wanted.number <= len(pool) or digest is None:
        raise BadDraw(most=len(pool))
    return Draw(
        id=id,
        title=required(wanted.title, _LENGTH, "名称", "title"),
        pool=pool,
        number=wanted.number,
        commitment=wanted.commitment,
        public_source=required(wanted.public_source, _LENGTH, "公开随机源", "public source"),
        state="committed",
        committed_at=moment.text,
    )


def draw(before: Draw, seed: str, public_value: str, moment: Moment) -> Draw:
    """The draw made; raises `OtherSeed`, `AlreadyDrawn`."""
    if before.state == "drawn":
        raise AlreadyDrawn
    if not compare_digest(commitment_to(seed), before.commitment):
        raise OtherSeed
    value = required(public_value, _LENGTH, "公开随机值", "public value")
    return replace(
        before,
        state="drawn",
        seed=seed,
        public_value=value,
        drawn=drawn_from(before.pool, before.number, seed, value),
        drawn_at=moment.text,
    )


def commitment_to(seed: str) -> str:
    """What is published of a seed before the draw: SHA-256 of `dudao-draw-1/<seed>`, in hexadecimal."""
    return sha256(f"{RECIPE}/{seed}".encode()).hexdigest()


def drawn_from(pool: tuple[str, ...], number: int, seed: str, public_value: str) -> tuple[str, ...]:
    """The schools drawn, in the order of their numbers."""

    def lot(school: str) -> str:
        return sha256(f"{RECIPE}/{seed}/{public_value}/{school}".encode()).hexdigest()

    return tuple(sorted(pool, key=lot)[:number])
