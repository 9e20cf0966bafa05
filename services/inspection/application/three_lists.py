"""The three lists of a school as one resource: 问题清单, 任务清单, 责任清单."""

from collections.abc import Iterable
from typing import Any, Final

Row = dict[str, Any]
MOST_COMMITMENTS: Final = 500


def three_lists(rows: Iterable[Row], commitments: Iterable[Row]) -> dict[str, list[Row]]:
    """Issues; parts of tasks from above; and the tasks and responsibilities in force of both, as rows of their own that
    name what they are of. `commitments` are the other part of the list of responsibilities: the year's letters and
    posts of the school.
    """
    entries = list(rows)
    return {
        "issues": [entry for entry in entries if entry.get("assignment") is None],
        "assignments": [entry for entry in entries if entry.get("assignment") is not None],
        "tasks": [_of(entry, task) for entry in entries for task in entry["tasks"]],
        "responsibilities": [
            _of(entry, row) for entry in entries for row in entry["responsibilities"] if row["superseded_at"] is None
        ],
        "commitments": list(commitments),
    }


def _of(issue: Row, row: Row) -> Row:
    return {**row, "issue": issue["id"], "number": issue["number"], "light": issue["light"]}
