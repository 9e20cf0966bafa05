"""Working-day calendars under `data/calendars`, one file a year, made by `dudao.city.make_calendars`."""

from pathlib import Path
from typing import Final

import msgspec

from contracts.registry import Calendar
from dudao.city.files import DATA, CityFileError

FOLDER: Final = DATA / "calendars"


def read_calendars(folder: Path = FOLDER) -> tuple[Calendar, ...]:
    """Every year's calendar of a folder, earliest first; raises `CityFileError`."""
    return tuple(read_calendar(path) for path in sorted(folder.glob("*.json")))


def read_calendar(path: Path) -> Calendar:
    """One year's calendar; raises `CityFileError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Calendar)
    except OSError as error:
        raise CityFileError(f"{path.name}：无法读取 / cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise CityFileError(f"{path.name}：不是有效的日历 / not a valid calendar: {error}") from error
