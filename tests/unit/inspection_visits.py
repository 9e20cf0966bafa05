"""A checklist, a school's sheet, and answers given by the visiting team."""

from typing import Any

from services.inspection.domain.checklist import Checklist
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import facts_of
from services.inspection.domain.visit import Visit, VisitStep
from services.inspection.domain.visit_answering import Given, Sheet, answer
from services.inspection.domain.visit_submitting import Submission, submit_visit
from tests.unit.inspection_city import CALENDARS, DIVISIONS, MONDAY, SCHOOLS, authority, item, place, visit

NOW = Moment(MONDAY, CALENDARS)
LIST = Checklist(
    id="list@1",
    name="list",
    version=1,
    title="督导清单",
    items=(
        item("A1", type="score", max=9, pass_mark=6, weight=5, subject="branch"),
        item("B2", organised=("joint", "affiliated"), weight=4),
        item("C1", weight=3),
        item("C2", weight=2, severity="minor"),
        item("C8", type="count", weight=0, indicator="activity_room"),
        item("C9", type="choice", weight=0),
        item("G1", type="score", max=10, pass_mark=8, weight=6, by="system"),
        item("H1", type="text", weight=0, records="highlight"),
    ),
)
ALL = (
    Given(item="A1", value=6),
    Given(item="C1", value=True),
    Given(item="C2", value=False, note="设施不全", evidence=("E1",)),
    Given(item="C8", value=2),
    Given(item="C9", value="甲"),
)


def sheet(at: str = "S1", **other: Any) -> Sheet:
    facts = facts_of(SCHOOLS[at], DIVISIONS[SCHOOLS[at].division])
    plain: dict[str, Any] = {"checklist": LIST, "facts": facts, "had_previous_round": False}
    return Sheet(**plain | other)


def answered(*given: Given, who: str = "member", at: str = "S1", before: Visit | None = None) -> VisitStep:
    return answer(before or visit("planned", at), authority(who, place(at)), NOW, given, sheet(at))


def submission(**other: Any) -> Submission:
    plain: dict[str, Any] = {
        "person": "secretary", "outcome": "countersigned", "remark": None, "receivers": frozenset({"secretary"}),
    }  # fmt: skip
    return Submission(**plain | other)


def submitted(who: str = "leader", given: tuple[Given, ...] = ALL, **other: Any) -> VisitStep:
    return submit_visit(answered(*given).visit, authority(who), NOW, submission(**other), sheet())
