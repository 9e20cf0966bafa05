"""The rules of the registry: who and what there is, and rounds."""

from services.inspection.domain.rules import Broken


class ImportRefused(Broken):
    """An import is taken whole or not at all; `problems` has every reason found."""

    code = "import-refused"
    zh = "导入被拒绝，共{count}处问题：{first}"
    en = "the import was refused, {count} problems: {first}"

    def __init__(self, problems: "tuple[Broken, ...]") -> None:
        self.problems = problems
        first = "; ".join(str(problem) for problem in problems[:5])
        listed = [{"code": p.code, "zh": p.text_zh, "en": p.text_en} for p in problems[:100]]
        super().__init__(count=len(problems), first=first, problems=listed)


class DuplicateId(Broken):
    """Ids are unique and not empty."""

    code = "duplicate-id"
    zh = "{what}“{id}”编号为空或重复"
    en = "{what} {id!r}: the id is empty or used twice"


class UnknownReference(Broken):
    """What an entry points to is there and not retired."""

    code = "unknown-reference"
    zh = "{what}“{id}”的{field}“{missing}”不存在或已停用"
    en = "{what} {id}: {field} {missing!r} is unknown or retired"


class BranchCoverage(Broken):
    """A school belongs to the one top branch that covers it."""

    code = "branch-coverage"
    zh = "学校“{school}”与党组织“{branch}”的隶属关系不一致"
    en = "school {school} and branch {branch} disagree on who covers whom"


class BranchLoop(Broken):
    """Branches are trees; sub-branches cover no school of their own."""

    code = "branch-loop"
    zh = "党组织“{branch}”的上下级关系有误"
    en = "branch {branch}: its parents run in a circle, or it is below another and yet covers schools"


class CityMissing(Broken):
    """There is one city, the parent of all other divisions."""

    code = "city-missing"
    zh = "须有且只有一个市级单位，其余均隶属于它"
    en = "there is exactly one city, and every other division is below it"


class UnknownRole(Broken):
    """A grant is of a known role."""

    code = "unknown-role"
    zh = "没有“{role}”这一角色"
    en = "there is no role {role}"


class WrongOrganisation(Broken):
    """A role is granted at an organisation of its kind."""

    code = "wrong-organisation"
    zh = "“{role}”须授予{expected}，“{organisation}”不是"
    en = "{role} is granted at a {expected}; {organisation} is none"


class NegativeNumber(Broken):
    """Counts are not negative."""

    code = "negative-number"
    zh = "{what}“{id}”的人数不得为负"
    en = "{what} {id}: a count is negative"


class BadCalendar(Broken):
    """A year's calendar has its own weekdays off and weekend days worked."""

    code = "bad-calendar"
    zh = "{year}年日历有误：{day}"
    en = "calendar of {year}: {day} is no day of that year, or not the right half of the week"


class GrantRevoked(Broken):
    """A grant is revoked once."""

    code = "grant-revoked"
    zh = "授权已撤销"
    en = "the grant is revoked already"
    kind = "state"


class BadPeriod(Broken):
    """A round starts in its year and ends no earlier, within a year."""

    code = "bad-period"
    zh = "轮次须在当年开始，结束不早于开始，且不超过一年"
    en = "a round starts within its year, ends no earlier, and lasts a year at most"


class RoundNotOpen(Broken):
    """A round is planned once."""

    code = "round-not-open"
    zh = "本轮已排定或已结束"
    en = "the round is planned or finished already"
    kind = "state"


class CalendarTooShort(Broken):
    """A year's notice names its holidays."""

    code = "calendar-too-short"
    zh = "{year}年日历没有列出放假日"
    en = "the calendar of {year} names no day off"


class CorrectionNeedsReason(Broken):
    """A published calendar is changed for a reason that is told."""

    code = "correction-needs-reason"
    zh = "{year}年日历已公布，更正须说明理由"
    en = "the calendar of {year} is published: a correction needs a reason"
    kind = "state"


class BadHoliday(Broken):
    """A school holiday is a span of days within bounds."""

    code = "bad-holiday"
    zh = "假期“{id}”的起止日期有误（最长{most}天）"
    en = "holiday {id}: its days are no days, in the wrong order, or more than {most}"


class BadId(Broken):
    """Ids are of letters, digits and @ . _ -."""

    code = "bad-id"
    zh = "{what}编号“{id}”只能由字母、数字和 @ . _ - 组成，最长80位"
    en = "{what} {id!r}: an id has letters, digits and @ . _ - only, 80 at most"


class BadName(Broken):
    """Names are there, of one line, and bounded."""

    code = "bad-name"
    zh = "{what}“{id}”的{field}为空、过长（最多{limit}字）或含有控制字符"
    en = "{what} {id}: {field} is empty, longer than {limit} characters, or has control characters"


class ContactInRegistry(Broken):
    """No phone number and no address enters the registry: contacts are kept apart and can be erased."""

    code = "contact-in-registry"
    zh = "{what}“{id}”的{field}含有电话或邮箱，联系方式不得写入基础数据"
    en = "{what} {id}: {field} holds a phone number or an address; contacts do not belong here"


class NotOwnBranch(Broken):
    """A school and its first branch that are registered together belong to each other."""

    code = "not-own-branch"
    zh = "一并登记的党组织须由该校牵头，该校须属于该党组织"
    en = "a branch that is registered with a school is led by it, and is the one the school names"


class AlreadyRegistered(Broken):
    """An id is registered once."""

    code = "already-registered"
    zh = "“{id}”已登记"
    en = "{id} is registered already"
    kind = "state"


class AlreadyRetired(Broken):
    """An entry is retired once."""

    code = "already-retired"
    zh = "“{id}”已停用"
    en = "{id} is retired already"
    kind = "state"


class GrantToOneself(Broken):
    """Nobody gives a role to themselves."""

    code = "grant-to-oneself"
    zh = "不得给自己授权"
    en = "nobody gives a role to themselves"
    kind = "forbidden"


class SecondPersonNeeded(Broken):
    """A role of the city is proposed by one person and confirmed by another."""

    code = "second-person-needed"
    zh = "“{role}”是市级角色，须先提名，再由另一人确认"
    en = "{role} is a role of the city: it is nominated by one person and confirmed by another"
    kind = "forbidden"


class DecidesOwnNomination(Broken):
    """Neither who nominated nor who was nominated decides."""

    code = "decides-own-nomination"
    zh = "提名人和被提名人不得确认该提名"
    en = "neither who nominated nor who was nominated decides on it"
    kind = "forbidden"


class NominationDecided(Broken):
    """A nomination is decided once."""

    code = "nomination-decided"
    zh = "该提名已有决定"
    en = "the nomination is decided already"
    kind = "state"


class RoleNeedsNoNomination(Broken):
    """Only roles of the city are nominated for."""

    code = "role-needs-no-nomination"
    zh = "“{role}”不是市级角色，直接授权即可"
    en = "{role} is no role of the city: give it directly"


class LastAdministrator(Broken):
    """There is always an administrator."""

    code = "last-administrator"
    zh = "不得撤销最后一名管理员"
    en = "the last administrator is not revoked"
    kind = "state"
