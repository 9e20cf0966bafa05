"""From sums to the figures of an answer. Pure."""

from collections.abc import Mapping
from typing import Any

from services.reporting.catalogue import Report
from services.reporting.contribution import NONE, Measures
from services.reporting.folding import VISITS
from services.reporting.summing import CITY, Sums, groups, schools, total


def figures(report: Report, sums: Sums) -> dict[str, Any]:
    """Groups by key (null: of none) without those that count nothing, and all together."""
    told = {key: measures for key, measures in groups(sums).items() if any(measures.values())}
    per_school = visited(sums) if report.subject == VISITS else {}
    rows = [
        {"key": None if key == NONE else key, **report.formula(_nonzero(told[key])), **per_school.get(key, {})}
        for key in sorted(told)
    ]
    everything = report.formula(_nonzero(total(told.values())))
    if report.subject == VISITS:
        everything |= visited({(CITY, school): measures for school, measures in schools(sums).items()}).get(
            CITY, _no_schools()
        )
    return {"groups": rows, "total": everything}


def visited(sums: Sums) -> dict[str, dict[str, Any]]:
    """Group → schools with a submitted visit, each once; and by how they were organised when it was submitted."""
    found: dict[str, dict[str, Any]] = {}
    for (group, _), measures in sums.items():
        row = found.setdefault(group, _no_schools())["schools"]
        forms = [form for form in ("own", "joint", "affiliated") if measures.get(f"submitted:{form}", 0) > 0]
        for form in forms:
            row[form] += 1
        row["visited"] += bool(forms)
        row["joint_or_affiliated"] += bool(set(forms) - {"own"})
    return found


def _no_schools() -> dict[str, Any]:
    return {"schools": dict.fromkeys(("visited", "own", "joint", "affiliated", "joint_or_affiliated"), 0)}


def _nonzero(measures: Mapping[str, int]) -> Measures:
    return {name: n for name, n in measures.items() if n}
