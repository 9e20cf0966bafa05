"""Reads tables in a process of its own, with bounds on bytes, time and memory."""

import asyncio
import sys
from typing import Any, Final

import msgspec

from runtime.errors import Rejected, Retryable
from services.inspection.application.tables import MAX_FILE, Cell, File, Sheet

_MODULE: Final = "services.inspection.adapters.table_process"
_PATIENCE_S: Final = 30.0
_AT_ONCE: Final = 2
# Nothing of this process's environment, where secrets may be, is the business of the other one.
_ENVIRONMENT: Final = {"PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "1"}
_TEXTS: Final[dict[str, tuple[str, str, int]]] = {
    "table-too-large": ("表格过大：行、列、解压后的大小或内存超出上限", "the table is too large", 413),
    "table-unreadable": ("文件不是可读的 xlsx 或 CSV（UTF-8、GB18030）", "no readable xlsx or CSV file", 415),
    "table-active-content": (
        "文件含有外部链接、宏或嵌入对象，请另存为普通 xlsx",
        "the file has external links, macros or embedded objects",
        422,
    ),
    "table-formula": (
        "文件含有公式（{where}），请粘贴为值后再导入",
        "the file has a formula ({where}): paste as values first",
        422,
    ),
}


class ProcessTables:
    """A process a file, `_AT_ONCE` at a time."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def read(self, file: File) -> list[Sheet]:
        """Its sheets, a CSV's named after the file; raises `Rejected` (413, 415, 422), `Retryable`."""
        if len(file.data) > MAX_FILE:
            raise refused("table-too-large", file.name)
        async with self._places:
            said = await _run(file)
        if "refused" in said:
            raise refused(said["refused"], file.name)
        stem = file.name.rsplit("/", 1)[-1].rsplit(".", 1)[0][:60]
        return [Sheet(sheet["name"] or stem, [_row(row) for row in sheet["rows"]]) for sheet in said["sheets"]]


def refused(told: str, name: str) -> Rejected:
    """The refusal of a file, by what its reader told."""
    code, _, where = told.partition(":")
    zh, en, status = _TEXTS[code]
    return Rejected(code, zh.format(where=where), en.format(where=where), status, file=name[:120], cell=where)


def _row(row: list[list[str] | None]) -> list[Cell | None]:
    return [None if cell is None else Cell(cell[0], cell[1]) for cell in row]  # type: ignore[arg-type]


async def _run(file: File) -> dict[str, Any]:
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", _MODULE,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT,
        )  # fmt: skip
    except OSError as error:
        raise Retryable(f"no process could be started to read a table: {error}") from error
    try:
        out, _ = await asyncio.wait_for(process.communicate(file.data), _PATIENCE_S)
    except TimeoutError:
        raise refused("table-too-large", file.name) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        # The system ended it: it asked for more memory or time than it may have.
        return {"refused": "table-too-large"}
    said: dict[str, Any] = msgspec.json.decode(out)
    return said
