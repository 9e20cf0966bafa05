"""The demonstration city: the files under `data/` as contract shapes, and the people who act in it."""

from dudao.city.calendars import read_calendar, read_calendars
from dudao.city.checklist import read_checklist
from dudao.city.files import DATA, City, CityFileError, read_city
from dudao.city.people import Cast, cast_people

__all__ = [
    "DATA",
    "Cast",
    "City",
    "CityFileError",
    "cast_people",
    "read_calendar",
    "read_calendars",
    "read_checklist",
    "read_city",
]
