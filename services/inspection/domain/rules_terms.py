"""The rules about the terms: the numbers that are configuration and not law."""

from services.inspection.domain.rules import Broken


class TermsUnchanged(Broken):
    """A new version of the terms changes a number."""

    code = "terms-unchanged"
    zh = "新版本与现行参数相同"
    en = "the new version is the same as the one in force"
    kind = "state"


class StepsNotRising(Broken):
    """The steps of overdue alerts rise."""

    code = "steps-not-rising"
    zh = "逾期提醒的天数须逐级递增"
    en = "the days of the overdue alerts rise from step to step"


class NoticeBeforeTalk(Broken):
    """通报 is proposed after as many red cards as 约谈, or more."""

    code = "notice-before-talk"
    zh = "建议通报的红牌数不得少于建议约谈的红牌数"
    en = "a public notice takes at least as many red cards as a talk"
