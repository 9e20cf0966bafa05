"""Working-day calendars from `chinesecalendar`, which follows the State Council's yearly notices."""

from datetime import date, timedelta
from typing import Final

import chinese_calendar

from services.inspection.domain.registry import Calendar

FIRST_YEAR: Final = 2024
SATURDAY: Final = 5
NOTICES: Final = {2024: "国办发明电〔2023〕7号", 2025: "国办发明电〔2024〕12号", 2026: "国办发明电〔2025〕7号"}


def published_calendars() -> list[Calendar]:
    """A calendar for each year from 2024 that the library knows; an unpublished year has none."""
    last = max(day.year for day in chinese_calendar.holidays)
    return [_calendar(year) for year in range(FIRST_YEAR, last + 1)]


def _calendar(year: int) -> Calendar:
    days = [date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    off = [d.isoformat() for d in days if d.weekday() < SATURDAY and not chinese_calendar.is_workday(d)]
    worked = [d.isoformat() for d in days if d.weekday() >= SATURDAY and chinese_calendar.is_workday(d)]
    notice = f"（{NOTICES[year]}）" if year in NOTICES else ""
    source = f"国务院办公厅关于{year}年部分节假日安排的通知{notice}"
    return Calendar(id=str(year), year=year, days_off=tuple(off), days_worked=tuple(worked), source=source)
