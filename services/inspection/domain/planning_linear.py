"""Linear programmes as plain data, and what may solve them. The solver is trusted with nothing: every plan is checked
and every bound is proved elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(slots=True)
class Linear:
    """Minimise cost · x, each row between its bounds, 0 ≤ x ≤ upper; `whole` columns take integers.

    `None` is no bound. Columns and rows are numbered in the order of their making.
    """

    costs: list[float] = field(default_factory=list)
    uppers: list[float | None] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    entries: list[dict[int, float]] = field(default_factory=list)
    rows: list[tuple[float | None, float | None]] = field(default_factory=list)

    def row(self, lower: float | None, upper: float | None) -> int:
        """A new row; its number."""
        self.rows.append((lower, upper))
        return len(self.rows) - 1

    def column(
        self, cost: float, entries: Mapping[int, float], *, upper: float | None = None, whole: bool = False
    ) -> int:
        """A new column; its number."""
        self.costs.append(cost)
        self.uppers.append(upper)
        self.whole.append(whole)
        self.entries.append(dict(entries))
        return len(self.costs) - 1


@dataclass(frozen=True, slots=True)
class Solved:
    """Values per column and, of a relaxation, prices per row."""

    values: tuple[float, ...]
    prices: tuple[float, ...]


class Solver(Protocol):
    """Solves a linear programme; None when it has no solution, or none was found in time."""

    def relaxed(self, model: Linear) -> Solved | None:
        """Without the integers."""
        ...

    def whole(self, model: Linear, *, gap: float, seconds: float) -> Solved | None:
        """With the integers, at most `gap` (a share) above the optimum, for at most so long."""
        ...
