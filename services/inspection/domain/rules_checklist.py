"""The rules of a checklist's life and of saving answers together."""

from services.inspection.domain.rules import Broken


class ChecklistNotPublished(Broken):
    """Neither a draft nor a retired version starts a visit."""

    code = "checklist-not-published"
    zh = "清单{checklist}未发布或已停用"
    en = "checklist {checklist} is not published, or retired"
    kind = "state"


class ChecklistNotADraft(Broken):
    """A published version never changes."""

    code = "checklist-not-a-draft"
    zh = "清单{checklist}已发布，不能更改，请另起新版本"
    en = "checklist {checklist} is published and never changes: begin a new version"
    kind = "state"


class ChecklistOverlap(Broken):
    """Versions follow each other."""

    code = "checklist-version"
    zh = "清单{name}的下一个版本应为{version}"
    en = "the next version of {name} is {version}"


class AnswerChanged(Broken):
    """Two members at one item: the second is told what the first one saved."""

    code = "answer-changed"
    zh = "条目{items}已被他人保存，请看后重填"
    en = "items {items} were saved by somebody else meanwhile"
    kind = "changed"


class NotSubmittedYet(Broken):
    """Only a submitted visit is corrected; before that, answers are simply saved."""

    code = "not-submitted-yet"
    zh = "督导尚未提交，直接填写即可"
    en = "the visit is not submitted: save the answers"
    kind = "state"


class NothingCorrected(Broken):
    """A correction changes at least one answer."""

    code = "answers-unchanged"
    zh = "与原答案相同，无须更正"
    en = "the answers are what they were"


class BadSentTime(Broken):
    """The client's time is an instant, and not after the server's."""

    code = "sent-time"
    zh = "离线保存时间有误：{at}"
    en = "this is no time at which it can have been saved: {at}"
