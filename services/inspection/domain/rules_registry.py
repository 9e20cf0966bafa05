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
