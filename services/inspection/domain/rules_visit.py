"""The rules of visits and checklists."""

from services.inspection.domain.rules import Broken


class UnknownItem(Broken):
    """The checklist version of the visit has no such item."""

    code = "unknown-item"
    zh = "督导清单中没有条目“{item}”"
    en = "the checklist has no item {item}"


class SystemItem(Broken):
    """Some items are answered by the system, from the ledger."""

    code = "system-item"
    zh = "条目“{item}”由系统填报，不能人工填写"
    en = "item {item} is answered by the system, not by a person"
    kind = "forbidden"


class ItemDoesNotApply(Broken):
    """The item is not asked at this school."""

    code = "item-does-not-apply"
    zh = "条目“{item}”不适用于该校"
    en = "item {item} does not apply to this school"


class AnsweredTwice(Broken):
    """One submission answers an item once."""

    code = "answered-twice"
    zh = "条目“{item}”重复填写"
    en = "item {item} is answered twice"


class OneAnswer(Broken):
    """An answer is a value, or 不适用, or 共用: exactly one of them."""

    code = "one-answer"
    zh = "条目“{item}”须在填写、不适用、共用中三选一"
    en = "item {item} takes exactly one of a value, not applicable, shared"


class WrongAnswerType(Broken):
    """The value is of the item's type."""

    code = "wrong-answer-type"
    zh = "条目“{item}”的答案类型应为{expected}"
    en = "the value of item {item} is not of type {expected}"


class AnswerOutOfRange(Broken):
    """The value lies within the item's bounds."""

    code = "answer-out-of-range"
    zh = "条目“{item}”的答案须在0至{limit}之间"
    en = "the value of item {item} lies between 0 and {limit}"


class SharedOutsideBranch(Broken):
    """A thing is shared with another school of the same branch."""

    code = "shared-outside-branch"
    zh = "条目“{item}”只能与同一党组织所辖的其他学校共用"
    en = "item {item} can be shared only with another school of the same branch"


class ItemsUnanswered(Broken):
    """A visit is submitted when every applicable item is answered."""

    code = "items-unanswered"
    zh = "尚有条目未填写：{items}"
    en = "items are not answered yet: {items}"
    kind = "state"


class FeedbackFromSchool(Broken):
    """The feedback on site is the secretary's, at a covered school the contact's."""

    code = "feedback-from-school"
    zh = "现场反馈须由书记（教学点由负责人）确认"
    en = "the feedback is the secretary's, at a covered school the contact's"


class RemarkMissing(Broken):
    """Who remarks or refuses says what."""

    code = "remark-missing"
    zh = "有意见或拒签的，请写明"
    en = "a remark or a refusal says why"


class FactsOfOtherSchool(Broken):
    """The facts recorded with a visit are the visited school's."""

    code = "facts-of-other-school"
    zh = "学校信息与被督导学校不符"
    en = "the facts are not those of the visited school"


class BadChecklist(Broken):
    """A checklist is published only when it can be answered and scored."""

    code = "bad-checklist"
    zh = "清单有误：{problems}"
    en = "the checklist cannot be used: {problems}"


class EmptyFile(Broken):
    """A file has bytes, up to the bound."""

    code = "file-size"
    zh = "文件须不为空且不超过{limit}字节"
    en = "a file has between 1 and {limit} bytes"


class MediaTypeRefused(Broken):
    """Only some kinds of files are evidence."""

    code = "media-type"
    zh = "不接受此类文件：{media_type}"
    en = "files of this type are not accepted: {media_type}"


class BadFileName(Broken):
    """A file's name is a name, not a path."""

    code = "file-name"
    zh = "文件名不合规"
    en = "this is no file name"


class BadDigest(Broken):
    """A digest is 64 hexadecimal digits."""

    code = "digest"
    zh = "文件摘要不合规"
    en = "the digest is not SHA-256 in hexadecimal"
