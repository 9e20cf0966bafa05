"""The rules of what persons undertake: absences of secretaries, and commitments."""

from services.inspection.domain.rules import Broken


class DeputyActs(Broken):
    """While a secretary is away and somebody else acts, the secretary does not."""

    code = "deputy-acts"
    zh = "您已登记外出，期间由副书记（或另一位书记）行使职责；如已返回，请先结束外出"
    en = "you are away and your deputy (or another secretary) acts meanwhile: end the absence first"
    kind = "forbidden"


class BadAbsence(Broken):
    """An absence starts today at the earliest and is a span of days within bounds."""

    code = "bad-absence"
    zh = "外出起止日期有误：不得早于今天，结束不早于开始，最长{most}天"
    en = "an absence starts today at the earliest, ends no earlier than it starts, and lasts {most} days at most"


class AbsenceOverlaps(Broken):
    """A person is away once at a time."""

    code = "absence-overlaps"
    zh = "与已登记的外出重叠：{starts}至{ends}"
    en = "there is an absence already from {starts} to {ends}"
    kind = "state"


class AbsenceOver(Broken):
    """An absence is ended once, while it lasts or before it begins."""

    code = "absence-over"
    zh = "该外出已结束"
    en = "the absence is over already"
    kind = "state"


class AbsenceOfNoSecretary(Broken):
    """Absences are those of secretaries and their deputies: for others nobody acts."""

    code = "absence-of-no-secretary"
    zh = "只登记书记、副书记的外出"
    en = "absences are of secretaries and deputy secretaries only"


class ContactInText(Broken):
    """No phone number and no address enters the ledger."""

    code = "contact-in-text"
    zh = "内容含有电话或邮箱，不得写入"
    en = "the text holds a phone number or an address, which do not belong here"


class CommitmentYear(Broken):
    """A letter or post is for this year or the next."""

    code = "commitment-year"
    zh = "责任书、岗位按年度：只能是{this}年或{next}年"
    en = "a letter or a post is for {this} or {next}"


class CommitmentOfOutsider(Broken):
    """A letter or post is of a person of the school or its branch."""

    code = "commitment-of-outsider"
    zh = "须为本校或同一党组织人员"
    en = "the person belongs neither to the school nor to its branch"


class CommitmentThere(Broken):
    """A person has each letter and each post once a year."""

    code = "commitment-there"
    zh = "该人员本年度已有此项责任书或岗位"
    en = "the person has this letter or post for the year already"
    kind = "state"


class CommitmentRetired(Broken):
    """What was retired is neither signed nor retired again."""

    code = "commitment-retired"
    zh = "该责任书或岗位已撤下"
    en = "this letter or post is retired"
    kind = "state"


class SignsForAnother(Broken):
    """A signature is personal."""

    code = "signs-for-another"
    zh = "须由本人签字，他人不得代签"
    en = "a signature is personal: nobody signs for somebody else"
    kind = "forbidden"


class NoLongerHere(Broken):
    """Whoever left the school, or the body that leads, neither signs nor reports progress there."""

    code = "no-longer-here"
    zh = "您已不在该校（或牵头单位），不能再签字或填报；请由书记（或牵头单位）调整责任人"
    en = "you no longer belong to the school (or the body that leads): its secretary (or that body) names somebody else"
    kind = "forbidden"


class NobodyAnswers(Broken):
    """From the plan on somebody answers for each open issue: whoever goes last has a successor first."""

    code = "nobody-answers"
    zh = "“{organisation}”还有未办结的问题，须先任命接任者"
    en = "{organisation} has open issues and nobody would answer for them: appoint a successor first"
    kind = "state"


class SchoolHasOpenIssues(Broken):
    """A school with open issues is not retired."""

    code = "school-has-open-issues"
    zh = "学校“{school}”还有未办结的问题，须先办结或撤销"
    en = "school {school} has open issues: close or withdraw them first"
    kind = "state"
