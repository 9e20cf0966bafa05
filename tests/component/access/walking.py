"""Every question and every command that the services publish, found by walking their OpenAPI documents.

A later operation is asked like all others without anybody thinking of it: what a parameter may stand for is told by its
name where that matters, and else it is tried with whatever was planted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from tests.component.access import cast

Document = Mapping[str, Any]
SERVICES: Final = ("inspection", "notification", "reporting")
PLANTED: Final = "<planted>"
WORD: Final = "驴唇马嘴"
# Where in the structure, and which part of a list: none of them is an entry.
_PLACES: Final = frozenset(
    {"limit", "cursor", "as_of", "division", "branch", "person", "organisation", "round", "level"}
)
# What says when it was asked, and in a workbook when it was made.
_TELLS_THE_TIME: Final = frozenset(
    {"/metrics", "/health/live", "/health/ready", "/v1/inbox/stream", "/v1/registry/template"}
)
# What is tried for a parameter of this name; any other is tried with the word and with what was planted.
_TRIED: Final[Mapping[str, Sequence[str]]] = {
    "school": (cast.SCHOOL,), "text": (WORD, PLANTED), "lead": (cast.SECRETARY,), "subject": (f"issue/{PLANTED}",),
    "due_from": ("2026-01-01",), "due_to": ("2027-12-31",), "day": ("2026-09-21",), "year": ("2026",),
}  # fmt: skip
_FILED_UNDER: Final = frozenset({
    "planned", "major", "inspection_tour", "其他", "all", "due", "red", "source", "school",
})  # fmt: skip
_SAID: Final = {"day": "2026-12-31", "deadline": "2026-12-31", "starts": "2026-12-01", "ends": "2026-12-31"}


@dataclass(frozen=True, slots=True)
class Question:
    """One GET; where `PLANTED` stands in it, it is asked with an id that was planted and with one that never was."""

    service: str
    operation: str
    path: str
    params: tuple[tuple[str, str], ...] = ()

    @property
    def names_planted(self) -> bool:
        """Whether it asks for something planted by name."""
        return PLANTED in self.path or any(PLANTED in value for _, value in self.params)

    def naming(self, id: str) -> tuple[str, dict[str, str]]:
        """Path and parameters, with this id."""
        return self.path.replace(PLANTED, id), {name: value.replace(PLANTED, id) for name, value in self.params}


@dataclass(frozen=True, slots=True)
class Order:
    """One command that names something planted, in its path or in its body."""

    service: str
    operation: str
    method: str
    path: str
    body: Any = field(hash=False)

    def naming(self, id: str) -> tuple[str, Any]:
        """Path and body, with this id."""
        return self.path.replace(PLANTED, id), _replaced(self.body, id)


def questions(service: str, document: Document, there: Mapping[str, Sequence[str]]) -> Iterator[Question]:
    """Every GET for people, bare and with each parameter; `there` are ids that exist, by parameter or folder."""
    for path, described in document["paths"].items():
        operation = described.get("get")
        if operation is None or operation["x-access"]["scope"] == "service" or path in _TELLS_THE_TIME:
            continue
        name, parameters = operation["operationId"], operation.get("parameters", [])
        needed = tuple((p["name"], _tried(document, p)[0]) for p in parameters if p["in"] == "query" and p["required"])
        for filled in _paths(path, parameters, there):
            yield Question(service, name, filled, needed)
            for one in parameters:
                if one["in"] == "query" and one["name"] not in _PLACES:
                    rest = tuple(pair for pair in needed if pair[0] != one["name"])
                    for value in _tried(document, one):
                        yield Question(service, name, filled, (*rest, (one["name"], value)))


def orders(service: str, document: Document) -> Iterator[Order]:
    """Every command for people that takes an id somewhere."""
    for path, described in document["paths"].items():
        for method, operation in described.items():
            if method == "get" or operation["x-access"]["scope"] in {"public", "service"}:
                continue
            names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]
            filled = path
            for name in names:
                filled = filled.replace(f"{{{name}}}", PLANTED)
            content = operation.get("requestBody", {}).get("content", {})
            shape = content.get("application/json", {}).get("schema")
            body = None if shape is None else _filled(document, shape, "")
            if PLANTED in filled or PLANTED in str(body):
                yield Order(service, operation["operationId"], method.upper(), filled, body)


def _paths(path: str, parameters: Sequence[Document], there: Mapping[str, Sequence[str]]) -> Iterator[str]:
    names = [p["name"] for p in parameters if p["in"] == "path"]
    if not names:
        yield path
        return
    folder = path.split("/")[2]
    for id in (PLANTED, *there.get(names[0], there.get(folder, ()))):
        filled = path.replace(f"{{{names[0]}}}", id)
        for name in names[1:]:
            filled = filled.replace(f"{{{name}}}", PLANTED)
        yield filled


def _resolved(document: Document, shape: Document) -> Document:
    """The schema itself, of several the first that is not null."""
    if "$ref" in shape:
        return _resolved(document, document["components"]["schemas"][shape["$ref"].rsplit("/", 1)[1]])
    options = [one for one in shape.get("anyOf", ()) if one.get("type") != "null"]
    return _resolved(document, options[0]) if options else shape


def _tried(document: Document, parameter: Document) -> Sequence[str]:
    shape = _resolved(document, parameter["schema"])
    if shape.get("type") == "array":
        shape = _resolved(document, shape["items"])
    if "enum" in shape:
        # What the planted entry is filed under, or else anything.
        return [str(one) for one in shape["enum"] if one in _FILED_UNDER] or [str(shape["enum"][0])]
    if shape.get("type") == "boolean":
        return ("true", "false")
    default = ("1",) if shape.get("type") == "integer" else (PLANTED,)
    return _TRIED.get(parameter["name"], default)


def _filled(document: Document, shape: Document, name: str) -> Any:
    """A body that fits the schema, with something planted wherever an id is taken."""
    found = _resolved(document, shape)
    if "enum" in found or "const" in found:
        return found.get("const", found.get("enum", [None])[0])
    kind = found.get("type")
    if kind == "object" or "properties" in found:
        return {key: _filled(document, one, key) for key, one in found.get("properties", {}).items()}
    if kind == "array":
        return [_filled(document, found.get("items", {}), name)]
    if kind == "string":
        return _text(found, name)
    return {"integer": max(1, found.get("minimum", 1)), "number": 1, "boolean": False}.get(str(kind))


def _text(shape: Document, name: str) -> str:
    if name in {"school", "schools", "shared_with"}:
        return cast.SCHOOL
    if name in {"person", "lead", "others", "people"}:
        return cast.SECRETARY
    if "A-Z" in shape.get("pattern", ""):
        return PLANTED
    return _SAID.get(name, WORD if shape.get("maxLength", 99) >= len(WORD) else "1")


def _replaced(body: Any, id: str) -> Any:
    if isinstance(body, str):
        return body.replace(PLANTED, id)
    if isinstance(body, list):
        return [_replaced(one, id) for one in body]
    if isinstance(body, dict):
        return {key: _replaced(one, id) for key, one in body.items()}
    return body


def named(found: Sequence[Question | Order]) -> set[str]:
    """The operations that are asked."""
    return set(chain(one.operation for one in found))
