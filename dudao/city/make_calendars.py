"""Write `data/calendars/<year>.json` from the published holidays: `python -m dudao.city.make_calendars`."""

import sys

import msgspec

from contracts.registry import Calendar
from dudao.city.calendars import FOLDER
from services.inspection.adapters.chinese_calendars import published_calendars


def calendar_text(calendar: Calendar) -> str:
    """The file's content: indented JSON, one day a line, so that a change of the holidays reads well in a diff."""
    return msgspec.json.format(msgspec.json.encode(calendar), indent=2).decode() + "\n"


def published() -> tuple[Calendar, ...]:
    """Every published year from 2024 on, as an empty system has them from its first day."""
    return tuple(msgspec.convert(msgspec.to_builtins(one), Calendar) for one in published_calendars())


def main() -> None:
    """Write the calendars of the published years."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for calendar in published():
        path = FOLDER / f"{calendar.year}.json"
        path.write_text(calendar_text(calendar), encoding="utf-8")
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
