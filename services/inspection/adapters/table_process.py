"""A program of its own that reads one table from its input: what a hostile file does, it does to this process alone.

`python -m services.inspection.adapters.table_process`: the file on standard input, `{"sheets": […]}` on standard
output. Memory and processor time are bounded by the system, so that nothing a file says has to be believed.
"""

import csv
import io
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import msgspec

MEMORY_BYTES: Final = 768 * 1024 * 1024
CPU_S: Final = 20
MAX_UNPACKED: Final = 64 * 1024 * 1024
MAX_PARTS: Final = 400
MAX_SHEETS: Final = 30
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 4_000
_CHUNK: Final = 1024 * 1024
_OVERLAP: Final = 256
_CELL: Final = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*\s)?r="([A-Z]{1,3})([0-9]{1,7})"')
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_BANNED: Final = re.compile(
    r"^xl/externalLinks/|vbaProject|^xl/embeddings/|^xl/activeX|^xl/connections\.xml|^xl/queryTables/"
)
_EXACT: Final = 10**15


class RefusedError(Exception):
    """The file is refused; the code is told to who sent it."""


def read(data: bytes) -> list[dict[str, Any]]:
    """Sheets as `{name, rows}`, a cell as `[type, text]` or none; raises `RefusedError`."""
    if data.startswith(b"PK"):
        return _workbook(data)
    return [{"name": "", "rows": _csv_rows(data)}]


def _csv_rows(data: bytes) -> list[list[Any]]:
    csv.field_size_limit(MAX_CELL)
    rows: list[list[Any]] = []
    try:
        for row in csv.reader(io.StringIO(_decoded(data), newline=""), strict=True):
            if len(rows) >= MAX_ROWS or len(row) > MAX_COLUMNS:
                raise RefusedError("table-too-large")
            rows.append([["s", _unquoted(text)] if text else None for text in row])
    except csv.Error as error:
        raise RefusedError("table-unreadable") from error
    return rows


def _unquoted(text: str) -> str:
    # What is written with a quote before = + - @, so that no spreadsheet runs it, is read without.
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def _decoded(data: bytes) -> str:
    if b"\x00" in data:
        raise RefusedError("table-unreadable")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RefusedError("table-unreadable")


def _workbook(data: bytes) -> list[dict[str, Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _inspect(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zipfile.LargeZipFile) as error:
        raise RefusedError("table-unreadable") from error
    return list(_sheets(data))


def _inspect(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise RefusedError("table-too-large")
    if len({part.filename for part in parts}) < len(parts):
        raise RefusedError("table-unreadable")
    for part in parts:
        if _BANNED.search(part.filename):
            raise RefusedError("table-active-content")
    left = MAX_UNPACKED
    for part in parts:
        with archive.open(part) as stream:
            scan = _scan if part.filename.startswith("xl/worksheets/") else _pass
            left -= sum(map(scan, _chunks(stream, left)))


def _chunks(stream: Any, left: int) -> Iterator[tuple[bytes, int]]:
    """Overlapping pieces, and how many bytes of each are new; the sizes that an archive tells are not believed."""
    tail, rows = b"", 0
    while piece := stream.read(_CHUNK):
        left -= len(piece)
        rows += len(_ROW.findall(piece))
        if left < 0 or rows > MAX_ROWS:
            raise RefusedError("table-too-large")
        yield tail + piece, len(piece)
        tail = (tail + piece)[-_OVERLAP:]


def _pass(piece: tuple[bytes, int]) -> int:
    return piece[1]


def _scan(piece: tuple[bytes, int]) -> int:
    text, size = piece
    if formula := _FORMULA.search(text):
        before = [m for m in _CELL.finditer(text, 0, formula.start())]
        where = b"".join(before[-1].groups()).decode() if before else ""
        raise RefusedError(f"table-formula:{where}")
    for column, row in _CELL.findall(text):
        if int(row) > MAX_ROWS or _column(column) > MAX_COLUMNS:
            raise RefusedError("table-too-large")
    return size


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheets(data: bytes) -> Iterator[dict[str, Any]]:
    # Only here, within the bounds: what reads the file allocates what the file asks for.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if len(book.sheet_names) > MAX_SHEETS:
            raise RefusedError("table-too-large")
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield {"name": name, "rows": [[_cell(value) for value in row] for row in rows]}
    except CalamineError as error:
        raise RefusedError("table-unreadable") from error


def _cell(value: object) -> list[str] | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return ["b", "true" if value else "false"]
    if isinstance(value, (int, float)):
        return ["n", _number(value)]
    if isinstance(value, date):
        return ["d", (value.date() if isinstance(value, datetime) else value).isoformat()]
    if len(text := str(value)) > MAX_CELL:
        raise RefusedError("table-too-large")
    return ["s", text]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < _EXACT else repr(value)


def main() -> None:
    """Bound this process, read, answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        answer: dict[str, Any] = {"sheets": read(sys.stdin.buffer.read())}
    except RefusedError as refused:
        answer = {"refused": str(refused)}
    except (MemoryError, OverflowError):
        answer = {"refused": "table-too-large"}
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main()
