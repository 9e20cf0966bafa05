"""Chinese and pinyin search: texts by the pairs of their characters and by the initials of their sounds."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final

from pypinyin import Style, pinyin

# A run: letters, digits and Chinese characters without a break; a pair never reaches over a comma.
_RUN: Final = re.compile(r"[0-9a-z\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN: Final = re.compile(r"[0-9a-z]+")
_CHARACTERS: Final = 16_384
_SOUNDS: Final = 3
PAIR: Final = 2


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


@lru_cache(_CHARACTERS)
def _sound(character: str) -> str:
    if _LATIN.fullmatch(character):
        return character
    return pinyin(character, style=Style.FIRST_LETTER, errors="ignore")[0][0] if character else ""


def initials(text: str) -> str:
    """The first letters of how it sounds, `hdswbs` for 活动室无标识; letters and digits stand for themselves."""
    return "".join(_sound(character) for run in _runs(text) for character in run)


def _pairs(run: str) -> set[str]:
    return {a + b for a, b in pairwise(run)}


def _sounds(run: str) -> set[str]:
    # Three of 36 letters and digits tell about as much as two of some thousand characters.
    return {f"~{run[at : at + _SOUNDS]}" for at in range(len(run) - _SOUNDS + 1)}


def grams(text: str) -> list[str]:
    """What a text is found by: character pairs, and `~` with three initials in a row; sorted, each once."""
    found: set[str] = set()
    for run in _runs(text):
        found |= _pairs(run) | _sounds(initials(run))
    return sorted(found)


def pairs(text: str) -> list[str]:
    """Its character pairs alone; sorted, each once."""
    return sorted(set[str]().union(*map(_pairs, _runs(text))))


def has_letters(text: str) -> bool:
    """Whether any letter or digit stands in it, as initials are made of."""
    return _LATIN.search(text) is not None


def terms(question: str) -> list[str]:
    """The terms of a question, of two characters and more; all must be met."""
    return [run for run in dict.fromkeys(_runs(question)) if len(run) >= PAIR]


def asked(term: str) -> list[str]:
    """The grams that a text with this term has: by its sound if it is spelt in letters, else by its characters."""
    spelt = _LATIN.fullmatch(term) and len(term) >= _SOUNDS
    return sorted(_sounds(term) if spelt else _pairs(term))


def names(term: str, name: str) -> bool:
    """Whether a term stands in a name, written or spelt by its initials."""
    return term in "".join(_runs(name)) or (_LATIN.fullmatch(term) is not None and term in initials(name))
