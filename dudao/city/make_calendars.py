"""Write `data/calendars/<year>.json` from the published holidays: `python -m dudao.city.make_calendars`."""

import sys
from datetime import date, timedelta
from importlib.metadata import version
from typing import Final

import chinese_calendar
import msgspec

from contracts.registry import Calendar
from dudao.city.calendars import FOLDER

YEARS: Final = (2024, 2025, 2026)
_SATURDAY: Final = 5


def published_calendar(year: int) -> Calendar:
    """The year's calendar as `chinesecalendar` has it; raises `NotImplementedError` for a year not yet published."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    off = tuple(str(day) for day in days if day.weekday() < _SATURDAY and not chinese_calendar.is_workday(day))
    worked = tuple(str(day) for day in days if day.weekday() >= _SATURDAY and chinese_calendar.is_workday(day))
    source = f"国务院办公厅节假日安排，取自 chinesecalendar {version('chinesecalendar')}"
    return Calendar(id=str(year), year=year, days_off=off, days_worked=worked, source=source)


def calendar_text(calendar: Calendar) -> str:
    """The file's content: indented JSON, one day a line, so that a change of the holidays reads well in a diff."""
    return msgspec.json.format(msgspec.json.encode(calendar), indent=2).decode() + "\n"


def main() -> None:
    """Write the calendars of the published years."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for year in YEARS:
        path = FOLDER / f"{year}.json"
        path.write_text(calendar_text(published_calendar(year)), encoding="utf-8")
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
