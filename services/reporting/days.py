"""Calendar days in Asia/Shanghai, as `YYYY-MM-DD` texts: they sort like the days themselves."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from runtime.clock import from_micros, shanghai_day

# Every offset from UTC there has been in China is a whole number of quarters, so one quarter lies in one day.
_QUARTER: Final = 15 * 60 * 1_000_000


@lru_cache(maxsize=65_536)
def _day_of_quarter(quarter: int) -> str:
    return shanghai_day(from_micros(quarter * _QUARTER)).isoformat()


def day_of(micros: int) -> str:
    """The day in China of an instant in microseconds since 1970."""
    return _day_of_quarter(micros // _QUARTER)


@lru_cache(maxsize=4096)
def day_after(day: str) -> str:
    """The next calendar day; raises `ValueError` on anything but a day."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
