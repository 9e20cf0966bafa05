"""The rules about what is asked and decided beside the straight way: objection, help, extension, merging, cards."""

from services.inspection.domain.rules import Broken


class ObjectedBefore(Broken):
    """A school objects to an issue once."""

    code = "objected-before"
    zh = "每个问题只能提出一次异议"
    en = "an issue is objected to once"
    kind = "state"


class TooLateToObject(Broken):
    """An objection comes within so many working days of 签收."""

    code = "too-late-to-object"
    zh = "异议须在签收后{days}个工作日内提出，已于{day}届满"
    en = "an objection comes within {days} working days of the receipt, by {day}"
    kind = "state"


class DecidesOwnAssignment(Broken):
    """Who assigned an issue does not decide the objection to it."""

    code = "decides-own-assignment"
    zh = "交办人不得复核对其交办问题的异议"
    en = "who assigned the issue may not decide the objection to it"
    kind = "forbidden"


class HelpLeads(Broken):
    """A higher body leads the issue: what is the school's to do no longer is."""

    code = "help-leads"
    zh = "该问题已由上级牵头整改，学校不再{command_zh}"
    en = "a higher body leads this issue now; the school no longer takes the step: {command_en}"
    kind = "state"


class NothingAbove(Broken):
    """Only the county passes a request for help up."""

    code = "nothing-above"
    zh = "已提请至市教育局，不能再向上转请"
    en = "the bureau is asked already; there is nothing above it"
    kind = "state"


class AskedBefore(Broken):
    """An extension is asked for so many times."""

    code = "asked-before"
    zh = "每个问题最多申请延期{limit}次"
    en = "an extension is asked for at most {limit} times"
    kind = "state"


class TooLateToExtend(Broken):
    """An extension is asked for before the due day."""

    code = "too-late-to-extend"
    zh = "须在期限（{day}）之前申请延期"
    en = "an extension is asked for before the due day ({day})"
    kind = "state"


class NotLater(Broken):
    """An extended deadline lies after the one in force."""

    code = "not-later"
    zh = "延期后的期限须晚于现期限（{day}）"
    en = "an extended deadline lies after the one in force ({day})"


class NothingAsked(Broken):
    """There is nothing to decide."""

    code = "nothing-asked"
    zh = "没有待决定的延期申请"
    en = "no extension is asked for"
    kind = "state"


class DecidesOwnRequest(Broken):
    """Nobody decides what they asked for themselves."""

    code = "decides-own-request"
    zh = "不得决定本人提出的申请"
    en = "nobody decides their own request"
    kind = "forbidden"


class BadMerge(Broken):
    """A double is merged into another issue of the same school that is assigned and open."""

    code = "bad-merge"
    zh = "只能合并到同一学校另一个已交办、未办结的问题，且来源同为或同非巡察"
    en = "a double is merged into another issue of the same school, assigned and open, both or neither of a tour"


class NamedTwice(Broken):
    """In one act an issue is named once."""

    code = "named-twice"
    zh = "同一问题在一次交办中只能出现一次"
    en = "in one act an issue is named once"


class BadRecurrence(Broken):
    """A recurrence names an issue of the same school that was closed."""

    code = "bad-recurrence"
    zh = "反弹须指明同一学校已销号的问题，且来源同为或同非巡察"
    en = "a recurrence names a closed issue of the same school, both or neither of a tour"


class NothingCorrected(Broken):
    """A correction changes something."""

    code = "nothing-corrected"
    zh = "更正内容与原内容相同"
    en = "the correction changes nothing"


class TooManyRevisions(Broken):
    """A finding is amended and corrected a bounded number of times."""

    code = "too-many-revisions"
    zh = "同一问题最多修改、更正{limit}次"
    en = "a finding is amended and corrected at most {limit} times"
    kind = "state"


class LeadOfBody(Broken):
    """Where a higher body leads, one of its officers is the lead."""

    code = "lead-of-body"
    zh = "上级牵头整改的，牵头责任人须为该单位人员"
    en = "where a higher body leads, the lead is one of its officers"


class UrgedToday(Broken):
    """One urging a day is enough."""

    code = "urged-today"
    zh = "今天已催办过"
    en = "the issue was urged today already"
    kind = "state"


class UnknownCard(Broken):
    """A card is one of the issue's."""

    code = "unknown-card"
    zh = "没有这张督办单"
    en = "there is no such card"


class CardReceived(Broken):
    """A card is received once."""

    code = "card-received"
    zh = "督办单已签收"
    en = "the card is received already"
    kind = "state"


class CardDecided(Broken):
    """A card is decided once."""

    code = "card-decided"
    zh = "督办单已办结"
    en = "the card is decided already"
    kind = "state"
