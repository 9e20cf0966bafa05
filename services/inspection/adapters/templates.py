"""Templates to fill in: an xlsx workbook with a sheet a kind, or one sheet as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter

from services.inspection.application.tables import Column

_WIDTH: Final = 18
_ROWS: Final = 5000
_LONGEST_LIST: Final = 255
_OPTIONS: Final = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
Titled = tuple[str, Sequence[Column]]


class FileTemplates:
    """By xlsxwriter, and by the standard library."""

    def workbook(self, sheets: Iterable[Titled], notes: Iterable[str]) -> bytes:
        """All columns as text, so that zeros stay; what has choices offers them."""
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, _OPTIONS) as book:
            bold, text = book.add_format({"bold": True, "num_format": "@"}), book.add_format({"num_format": "@"})
            for title, columns in sheets:
                sheet = book.add_worksheet(title)
                sheet.freeze_panes(1, 0)
                sheet.set_column(0, len(columns) - 1, _WIDTH, text)
                for place, column in enumerate(columns):
                    sheet.write_string(0, place, column.header, bold)
                    _offer(sheet, place, column)
            about = book.add_worksheet("说明")
            about.set_column(0, 0, 100)
            for number, note in enumerate(notes):
                about.write_string(number, 0, note)
        return file.getvalue()

    def csv(self, columns: Sequence[Column]) -> bytes:
        """The header alone; UTF-8 with a mark that spreadsheets know it by."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerow([column.header for column in columns])
        return b"\xef\xbb\xbf" + text.getvalue().encode()


def _offer(sheet: Any, place: int, column: Column) -> None:
    words = list(column.choices) if column.choices else (["是", "否"] if column.kind == "truth" else [])
    if words and len(",".join(words)) <= _LONGEST_LIST:
        sheet.data_validation(1, place, _ROWS, place, {"validate": "list", "source": words})
