"""The form of the tables: one row per operation (and case), one letter per person. What the letters mean:

`+` allowed · `R` let in, and then refused by a named rule (409, 422) · `F` forbidden (403) · `N` does not exist (404) ·
`U` not signed in (401).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx

from tests.component.access import cast
from tests.component.access.requests import Sends

# Order of the letters: at home member, leader, secretary, deputy, cadre, responsible, contact (k), Liaison, County,
# Bureau, Organisation department, Tour reader, Administrator; elsewhere; then nobody, stranger, revoked.
ORDER: Final = "mlsdcrkLCBOTA mlsdcrkLC nsr"
SERVICE: Final = "a service"
ANONYMOUS: Final = "no token"
BAD_TOKENS: Final = ("expired", "of another issuer", "by another key")
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
_GENERIC: Final = frozenset({"/problems/invalid", "/problems/conflict", "/problems/idempotency-key-reused"})

Audience = Literal["people", "services", "everybody"]
_CREDENTIALS: Final[Mapping[str, tuple[str, str]]] = {
    # A service's token, and everything that is no good token.
    "people": ("F", "U"),
    "services": ("+", "U"),
    "everybody": ("+", "+"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What each caller gets. `case` tells rows of one operation apart."""

    operation: str
    letters: str
    sends: Sends
    case: str = ""
    audience: Audience = "people"

    @property
    def name(self) -> str:
        """Operation and case."""
        return f"{self.operation} ({self.case})" if self.case else self.operation

    def expected(self) -> dict[str, str]:
        """Caller → letter; raises `ValueError` for a row of the wrong length."""
        told = dict(zip(cast.EVERYBODY, self.letters.replace(" ", ""), strict=True))
        service, bad = _CREDENTIALS[self.audience]
        return {**told, SERVICE: service, **dict.fromkeys((ANONYMOUS, *BAD_TOKENS), bad)}


def letter(answer: httpx.Response) -> str:
    """What an answer means; its status where it means none of the letters."""
    status = answer.status_code
    if status < 300:
        return "+"
    kind = answer.json()["type"]
    if status in {409, 422} and kind not in _GENERIC:
        return "R"
    return {401: "U", 403: "F", 404: "N"}.get(status, f"{status} {kind}")


def everyone(letters: str = "+") -> str:
    """The same letter for every person."""
    return letters * len(cast.EVERYBODY)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and description of every operation of an OpenAPI document."""
    for path in document["paths"].values():
        for method, described in path.items():
            if method in _METHODS:
                yield described["operationId"], described


def unmatched(document: Mapping[str, Any], rows: Iterable[Row]) -> tuple[set[str], set[str]]:
    """Operations without a row, and rows without an operation."""
    published = {name for name, _ in operations(document)}
    tabled = {row.operation for row in rows}
    return published - tabled, tabled - published
