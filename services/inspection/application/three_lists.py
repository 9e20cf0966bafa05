"""The three lists of a school as one resource: 问题清单, 任务清单, 责任清单."""

from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]


def three_lists(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Issues, and their tasks and responsibilities in force as rows of their own that name the issue."""
    issues = list(rows)
    return {
        "issues": issues,
        "tasks": [_of(issue, task) for issue in issues for task in issue["tasks"]],
        "responsibilities": [
            _of(issue, row) for issue in issues for row in issue["responsibilities"] if row["superseded_at"] is None
        ],
    }


def _of(issue: Row, row: Row) -> Row:
    return {**row, "issue": issue["id"], "number": issue["number"], "light": issue["light"]}
