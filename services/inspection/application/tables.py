"""Tables as people send them: cells with addresses, headers found by name, errors that say where."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

Kind = Literal["s", "n", "d", "b"]
TRUE: Final = frozenset({"是", "有", "yes", "true", "1", "√"})
FALSE: Final = frozenset({"否", "无", "no", "false", "0", "×", ""})
MOST_ERRORS: Final = 200
MAX_FILE: Final = 8 * 1024 * 1024
"""Bytes of the files of one upload together."""
_LONGEST_EXACT: Final = 15


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, a number, a day or a truth value, as text; numbers lost their leading zeros on the way."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; rows and columns count from 0, rows may be of different lengths."""

    name: str
    rows: Sequence[Sequence[Cell | None]]

    def address(self, row: int, column: int) -> str:
        """As in `学校!C17`."""
        return f"{self.name}!{letters(column)}{row + 1}"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at an address."""

    cell: str
    code: str
    zh: str
    en: str

    def as_plain(self) -> dict[str, str]:
        """For an answer."""
        return {"cell": self.cell, "code": self.code, "zh": self.zh, "en": self.en}


class Tables(Protocol):
    """Reads files that nobody vouches for."""

    async def read(self, file: File) -> list[Sheet]:
        """Its sheets, a CSV's named after the file; raises `Rejected` (413, 415, 422)."""
        ...


class Templates(Protocol):
    """Makes files to fill in."""

    def workbook(self, sheets: Iterable[tuple[str, Sequence["Column"]]], notes: Iterable[str]) -> bytes:
        """An xlsx with a sheet for each title."""
        ...

    def csv(self, columns: Sequence["Column"]) -> bytes:
        """The header of one sheet."""
        ...


def letters(column: int) -> str:
    """0 → A, 26 → AA."""
    text, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        text = chr(65 + digit) + text
    return text


def headers(sheet: Sheet) -> dict[str, int]:
    """Column by header, of the first row; the first of two of the same name counts."""
    found: dict[str, int] = {}
    for column, cell in enumerate(sheet.rows[0] if sheet.rows else ()):
        if cell is not None and cell.text.strip():
            found.setdefault(cell.text.strip(), column)
    return found


def filled(sheet: Sheet) -> Iterator[tuple[int, Sequence[Cell | None]]]:
    """Rows below the header that hold anything, with their numbers from 0."""
    for number, row in enumerate(sheet.rows):
        if number > 0 and any(cell is not None and cell.text.strip() for cell in row):
            yield number, row


class CellError(Exception):
    """A cell does not hold what its column asks for."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en = code, zh, en


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is called, which field it fills, and of what kind it is.

    `exact` texts are ids and codes: a number there may have lost zeros. `choices` map the words of the table to the
    registry's. An empty cell of an optional column is `empty`.
    """

    header: str
    field: str
    kind: Literal["text", "number", "truth", "day"] = "text"
    exact: bool = False
    optional: bool = False
    empty: Any = None
    choices: Mapping[str, str] | None = None
    also: tuple[str, ...] = ()

    def find(self, found: Mapping[str, int]) -> int | None:
        """Its place in a header row, by its Chinese name, its field's or another."""
        return next((found[name] for name in (self.header, self.field, *self.also) if name in found), None)

    def value(self, cell: Cell | None) -> Any:
        """The field's value; raises `CellError`."""
        text = "" if cell is None else cell.text.strip()
        if cell is None or not text:
            if self.optional:
                return self.empty
            raise CellError("cell-empty", f"“{self.header}”不能为空", f"{self.field} is empty")
        if self.choices is not None:
            return self._choice(text)
        return getattr(self, f"_{self.kind}")(cell, text)

    def _choice(self, text: str) -> str:
        choices = self.choices or {}
        wanted = text.replace("-", "_").replace(" ", "_")
        found = choices.get(text) or (wanted if wanted in choices.values() else None)
        if found is None:
            told = "、".join(choices)
            raise CellError(
                "cell-choice",
                f"“{self.header}”只能是：{told}",
                f"{self.field} is one of {', '.join(dict.fromkeys(choices.values()))}",
            )
        return found

    def _text(self, cell: Cell, text: str) -> str:
        if cell.kind == "n" and (self.exact or "e" in text or len(text) > _LONGEST_EXACT):
            raise CellError(
                "cell-not-text",
                f"“{self.header}”须设为文本格式，数字会丢失前导零和末尾位数",
                f"{self.field} has to be text: a number loses its leading zeros and last digits",
            )
        return text

    def _number(self, _: Cell, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_EXACT):
            raise CellError("cell-number", f"“{self.header}”须为非负整数", f"{self.field} is a whole number from 0")
        return int(text)

    def _truth(self, _: Cell, text: str) -> bool:
        if text.lower() in TRUE:
            return True
        if text.lower() in FALSE:
            return False
        raise CellError("cell-truth", f"“{self.header}”填写“是”或“否”", f"{self.field} is yes or no")

    def _day(self, _: Cell, text: str) -> str:
        parts = (
            text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-").split("-")
        )
        if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 -- y, m, d
            return f"{int(parts[0]):04d}-{int(parts[1]):02d}-{int(parts[2]):02d}"
        raise CellError("cell-day", f"“{self.header}”须为日期，如 2026-09-01", f"{self.field} is a day like 2026-09-01")


@dataclass(frozen=True, slots=True)
class Row:
    """One row's values by field, and where they stand."""

    sheet: Sheet
    number: int
    values: Mapping[str, Any]
    places: Mapping[str, int]

    def address(self, field: str = "") -> str:
        """Of a field's cell; of the row's first where the field has none."""
        return self.sheet.address(self.number, self.places.get(field, 0))


def rows_of(sheet: Sheet, columns: Iterable[Column]) -> tuple[list[Row], list[Fault]]:
    """The rows that can be read, and what is wrong with the others, cell by cell."""
    wanted, found = list(columns), headers(sheet)
    places = {column.field: place for column in wanted if (place := column.find(found)) is not None}
    missing = [column for column in wanted if column.field not in places and not column.optional]
    if missing:
        names = "、".join(column.header for column in missing)
        fault = Fault(
            sheet.address(0, 0), "header-missing", f"缺少列：{names}",
            f"columns are missing: {', '.join(column.field for column in missing)}",
        )  # fmt: skip
        return [], [fault]
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, cells in filled(sheet):
        values, wrong = _values(sheet, number, cells, wanted, places)
        faults += wrong
        if not wrong:
            rows.append(Row(sheet, number, values, places))
    return rows, faults


def _values(
    sheet: Sheet, number: int, cells: Sequence[Cell | None], wanted: Sequence[Column], places: Mapping[str, int]
) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column in wanted:
        place = places.get(column.field)
        cell = cells[place] if place is not None and place < len(cells) else None
        try:
            values[column.field] = column.value(cell)
        except CellError as error:
            faults.append(Fault(sheet.address(number, place or 0), error.code, error.zh, error.en))
    return values, faults
