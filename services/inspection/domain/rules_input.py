"""The rules about what is written into an entry: texts, dates, persons, evidence."""

from services.inspection.domain.rules import Broken


class TextMissing(Broken):
    """A text that people need is not there."""

    code = "text-missing"
    zh = "请填写{what_zh}"
    en = "the {what_en} is missing"


class TextTooLong(Broken):
    """A text is longer than its bound."""

    code = "text-too-long"
    zh = "{what_zh}不得超过{limit}字"
    en = "the {what_en} has more than {limit} characters"


class StateSecret(Broken):
    """Text that carries a mark of classification is not taken in."""

    code = "state-secret"
    zh = "严禁涉密：{what_zh}带有密级标志"
    en = "no state secrets: the {what_en} carries a classification mark"


class ItemOrArea(Broken):
    """A finding names a checklist item, or else an area."""

    code = "item-or-area"
    zh = "请选择清单条目或所属方面"
    en = "a finding needs a checklist item or an area"


class AreaMismatch(Broken):
    """A finding about an item is in the item's area."""

    code = "area-mismatch"
    zh = "所属方面与清单条目不一致"
    en = "the area is not the one of the checklist item"


class EvidenceMissing(Broken):
    """The checklist item asks for evidence."""

    code = "evidence-missing"
    zh = "该条目要求附佐证材料"
    en = "the checklist item asks for evidence"


class TooMuchEvidence(Broken):
    """Pieces of evidence of one finding or task are bounded."""

    code = "too-much-evidence"
    zh = "佐证材料不得超过{limit}份"
    en = "more than {limit} pieces of evidence"


class TooManyOpinions(Broken):
    """Opinions of the team on one issue are bounded."""

    code = "too-many-opinions"
    zh = "督导组意见不得超过{limit}条"
    en = "more than {limit} opinions of the team"


class DeadlineMissing(Broken):
    """A returned or reopened issue gets a new deadline."""

    code = "deadline-missing"
    zh = "退回或撤销销号须给出新的期限"
    en = "a returned or reopened issue needs a new deadline"


class DeadlineInPast(Broken):
    """A deadline lies today or later."""

    code = "deadline-in-past"
    zh = "期限不得早于今天"
    en = "a deadline cannot lie before today"


class DeadlineNeedless(Broken):
    """An issue that closes takes no date."""

    code = "deadline-needless"
    zh = "通过核查并销号的问题不再设期限"
    en = "an issue that passes its check takes no new deadline"


class NotADay(Broken):
    """A day is a calendar day."""

    code = "not-a-day"
    zh = "“{text}”不是日期"
    en = "not a calendar day: {text}"


class TaskMissing(Broken):
    """A plan has tasks, at most so many."""

    code = "task-missing"
    zh = "整改方案须有1至{limit}项任务，编号不重复"
    en = "a plan has 1 to {limit} tasks with ids of their own"


class TaskBeyondIssue(Broken):
    """A task's deadline lies within the issue's."""

    code = "task-beyond-issue"
    zh = "任务期限须在今天与问题期限（{deadline}）之间"
    en = "a task's deadline lies between today and the issue's ({deadline})"


class UnknownTask(Broken):
    """Progress is about a task of the plan."""

    code = "unknown-task"
    zh = "没有这项任务"
    en = "there is no such task"


class ResponsibleTwice(Broken):
    """Everybody is responsible at most once: one lead, others beside."""

    code = "responsible-twice"
    zh = "牵头责任人只有一名，且不得重复列入其他责任人"
    en = "there is one lead, and nobody is named twice"


class OutsiderResponsible(Broken):
    """Responsible are people of the school or its branch."""

    code = "outsider-responsible"
    zh = "责任人须为本校或所属党组织人员：{people}"
    en = "responsible people belong to the school or its branch: {people}"


class PercentOutOfRange(Broken):
    """Progress is 0 to 100 per cent."""

    code = "percent-out-of-range"
    zh = "进度须为0至100的整数"
    en = "progress is a whole number from 0 to 100"
