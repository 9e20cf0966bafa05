"""Reading a city's folder of CSV files into contract shapes; whatever does not add up is refused with its row."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from contracts.registry import Branch, Distance, Division, School

DATA: Final = Path(__file__).resolve().parents[2] / "data"

Row = Mapping[str, str]
T = TypeVar("T")


class CityFileError(Exception):
    """A file of the city cannot be used; the message names the file, the row and the reason, Chinese first."""


@dataclass(frozen=True, slots=True)
class City:
    """Structure and counted indicators of one city; `indicators[school][indicator]` is a count ≥ 0.

    `distances` are those between its divisions, for planning; none where nobody measured them.
    """

    divisions: tuple[Division, ...]
    schools: tuple[School, ...]
    branches: tuple[Branch, ...]
    indicators: Mapping[str, Mapping[str, int]]
    distances: tuple[Distance, ...] = ()

    @property
    def root_branches(self) -> tuple[Branch, ...]:
        """Branches without a parent: each has its own secretary and covers one school or several."""
        return tuple(branch for branch in self.branches if branch.parent is None)


def read_city(folder: Path) -> City:
    """Divisions, schools, branches and, where there are any, indicators and distances; raises `CityFileError`."""
    divisions = tuple(_rows(folder / "divisions.csv", _division))
    schools = tuple(_rows(folder / "schools.csv", _school))
    covered: dict[str, list[str]] = defaultdict(list)
    for school in schools:
        covered[school.branch].append(school.id)
    branches = tuple(_rows(folder / "branches.csv", lambda row: _branch(row, covered)))
    city = City(
        divisions, schools, branches, _indicators(folder / "indicators.csv"), _distances(folder / "distances.csv")
    )
    _require_whole(city)
    return city


def _rows(path: Path, shape: Callable[[Row], T]) -> Iterator[T]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield _shaped(path, row, shape)
    except OSError as error:
        raise CityFileError(f"{path.name}：无法读取 / cannot be read: {error.strerror}") from error


def _shaped(path: Path, row: Row, shape: Callable[[Row], T]) -> T:
    try:
        return shape(row)
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise CityFileError(f"{path.name}：{dict(row)}：数据有误 / bad row: {error}") from error


def _made(shape: type[T], values: Mapping[str, Any]) -> T:
    return msgspec.convert(values, shape)


def _division(row: Row) -> Division:
    values = {
        "id": row["code"],
        "name": row["name"],
        "kind": row["kind"].replace("-", "_").replace(" ", "_"),
        "parent": row["parent"] or None,
        "principal_pilot": row["principal_pilot"] == "yes",
    }
    return _made(Division, values)


def _school(row: Row) -> School:
    numbers = {name: int(row[name]) for name in ("party_members", "teachers")}
    texts = ("id", "code", "name", "division", "level", "locality", "organised", "branch")
    return _made(School, {**{name: row[name] for name in texts}, **numbers})


def _branch(row: Row, covered: Mapping[str, list[str]]) -> Branch:
    values = {
        **{name: row[name] for name in ("id", "name", "kind", "form", "lead_school")},
        "parent": row["parent"] or None,
        "schools": tuple(covered.get(row["id"], ())),
        "members": int(row["members"]),
    }
    return _made(Branch, values)


def _indicators(path: Path) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    if not path.exists():
        return {}
    for school, indicator, value in _rows(path, lambda row: (row["school"], row["indicator"], int(row["value"]))):
        counts[school][indicator] = value
    return dict(counts)


def _distances(path: Path) -> tuple[Distance, ...]:
    if not path.exists():
        return ()
    return tuple(_rows(path, lambda row: Distance(start=row["from"], end=row["to"], km=int(row["km"]))))


def _require_whole(city: City) -> None:
    """Every row that a row names must exist: better told here, with its file, than by a refused import."""
    divisions = {division.id for division in city.divisions}
    schools = {school.id for school in city.schools}
    branches = {branch.id for branch in city.branches}
    wrong = [
        *(f"schools.csv {s.id} → {s.division}" for s in city.schools if s.division not in divisions),
        *(f"schools.csv {s.id} → {s.branch}" for s in city.schools if s.branch not in branches),
        *(f"branches.csv {b.id} → {b.lead_school}" for b in city.branches if b.lead_school not in schools),
        *(f"branches.csv {b.id} → {b.parent}" for b in city.branches if b.parent and b.parent not in branches),
        *(f"divisions.csv {d.id} → {d.parent}" for d in city.divisions if d.parent and d.parent not in divisions),
        *(f"distances.csv {d.start}, {d.end}" for d in city.distances if not {d.start, d.end} <= divisions),
        *(f"indicators.csv {school}" for school in city.indicators if school not in schools),
    ]
    if wrong:
        raise CityFileError(f"指向不存在的编号 / names something that is not there: {'; '.join(wrong[:5])}")
