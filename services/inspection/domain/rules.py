"""The rules of an issue's life, one class each: a stable code, and why, in Chinese and English."""

from typing import ClassVar, Literal


class Broken(Exception):
    """A rule was broken. `kind` tells callers apart: not for you, not now, not like this, or not any more."""

    code: ClassVar[str] = "broken"
    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""
    kind: ClassVar[Literal["forbidden", "state", "input", "changed"]] = "input"

    def __init__(self, **detail: object) -> None:
        self.detail = detail
        self.text_zh = self.zh.format(**detail)
        self.text_en = self.en.format(**detail)
        super().__init__(f"{self.code}: {self.text_en}")


class NotAllowed(Broken):
    """The actor holds no role that may do this here."""

    code = "not-allowed"
    zh = "只有{who_zh}可以{command_zh}"
    en = "only {who_en} may {command_en}"
    kind = "forbidden"


class OwnSchool(Broken):
    """A supervisor belongs to the school or to its branch."""

    code = "own-school"
    zh = "不得督导本校或同一党组织所辖学校"
    en = "nobody supervises their own school or one of the same branch"
    kind = "forbidden"


class JudgesOwnWork(Broken):
    """Who belongs to the school, planned, reported or is responsible checks nothing of the entry."""

    code = "judges-own-work"
    zh = "不得核查自己的工作：本单位人员、方案制定人、责任人、申请人不得核查"
    en = "nobody judges their own work: who belongs to the school, planned, is responsible or reported may not check"
    kind = "forbidden"


class TwoOfficers(Broken):
    """First and final check are two people."""

    code = "two-officers"
    zh = "初核与复核须由不同的人进行"
    en = "the first and the final check are done by two different people"
    kind = "forbidden"


class CheckedItBefore(Broken):
    """Who checked a closed issue does not reopen it."""

    code = "checked-it-before"
    zh = "核查过该问题的人不得撤销其销号"
    en = "an officer who checked the issue may not reopen it"
    kind = "forbidden"


class NotResponsible(Broken):
    """Only a responsible person signs, and only their own responsibility."""

    code = "not-responsible"
    zh = "只有现任责任人本人可以签字"
    en = "only a person responsible now may sign, and personally"
    kind = "forbidden"


class IllegalStep(Broken):
    """The issue's state does not allow the command."""

    code = "illegal-step"
    zh = "“{state_zh}”状态下不能{command_zh}"
    en = "an issue that is {state} cannot take the step: {command_en}"
    kind = "state"


class IssueEnded(Broken):
    """Closed and withdrawn issues take no further step but reopening."""

    code = "issue-ended"
    zh = "问题{state_zh}，不能再{command_zh}"
    en = "the issue is {state} and cannot take the step: {command_en}"
    kind = "state"


class SignBeforeProgress(Broken):
    """Who answers for the work signs before the first progress."""

    code = "sign-before-progress"
    zh = "责任人签字之前不能填报进展"
    en = "progress comes after the signature of who is responsible"
    kind = "state"


class AlreadySigned(Broken):
    """A responsibility is signed once."""

    code = "already-signed"
    zh = "责任已签字"
    en = "this responsibility is signed already"
    kind = "state"


class LeadUnsigned(Broken):
    """The lead in force signs before the report."""

    code = "lead-unsigned"
    zh = "牵头责任人尚未签字，不能申请销号"
    en = "the lead has to sign before the issue is reported"
    kind = "state"


class TasksUnfinished(Broken):
    """Every task is done before the report."""

    code = "tasks-unfinished"
    zh = "还有任务未完成：{tasks}"
    en = "tasks are not done yet: {tasks}"
    kind = "state"


class TaskWithoutEvidence(Broken):
    """Every task has evidence before the report."""

    code = "task-without-evidence"
    zh = "任务缺少佐证材料：{tasks}"
    en = "tasks have no evidence: {tasks}"
    kind = "state"


class FeedbackMissing(Broken):
    """Issues of a visit are submitted with it, after the feedback on site."""

    code = "feedback-missing"
    zh = "现场反馈之后，由组长随督导一并提交"
    en = "issues of a visit are submitted with it, after the feedback on site"
    kind = "state"


class OtherVisit(Broken):
    """A finding of a visit is about the visited school, by the team's own checklist."""

    code = "other-visit"
    zh = "问题不属于该次督导的学校或清单"
    en = "the finding is not about the school or the checklist of this visit"


class VisitOver(Broken):
    """A submitted or cancelled visit takes no more findings."""

    code = "visit-over"
    zh = "该次督导已提交或取消"
    en = "the visit is submitted or cancelled"
    kind = "state"
