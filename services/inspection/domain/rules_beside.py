"""The rules of what stands beside issues: tasks from above, contacts, requests, highlights, the burden on schools."""

from services.inspection.domain.rules import Broken


class NamedSchoolTwice(Broken):
    """A task is given to each school once."""

    code = "school-named-twice"
    zh = "同一学校只能交办一次"
    en = "each school is named once"


class NotATerm(Broken):
    """A school term is spring or autumn of a year."""

    code = "not-a-term"
    zh = "学期应写作“2026-spring”或“2026-autumn”，收到“{text}”"
    en = "a school term is written 2026-spring or 2026-autumn, not {text}"


class BurdenCap(Broken):
    """A school that had its visits of the term is visited again only for a reason that is told."""

    code = "burden-cap"
    zh = "该校本学期已安排到校{visits}次（上限{cap}次），再次到校须说明理由"
    en = "the school has {visits} visits this term (the cap is {cap}): another one needs a reason"
    kind = "state"


class BurdenCapPlanned(Broken):
    """A round that visits schools beyond their cap is planned only for a reason that is told."""

    code = "burden-cap-planned"
    zh = "编排后以下{count}所学校本学期到校次数将超过上限（{cap}次），须说明理由：{names}"
    en = "the plan takes {count} schools beyond the cap of {cap} visits this term, which needs a reason: {names}"
    kind = "state"


class IllegalRequestStep(Broken):
    """The request's state does not allow the command."""

    code = "illegal-request-step"
    zh = "“{state_zh}”状态的诉求不能{command_zh}"
    en = "a request that is {state} cannot take the step: {command_en}"
    kind = "state"


class LiaisonInFuture(Broken):
    """Only what was is logged."""

    code = "liaison-in-future"
    zh = "联系日期不能晚于今天"
    en = "the day of the contact lies in the future"


class OtherLiaison(Broken):
    """A request comes from the leader who was there."""

    code = "other-liaison"
    zh = "只有记录该次联系的领导可以据此提出诉求"
    en = "only the leader who logged the contact asks out of it"
    kind = "forbidden"


class DissatisfactionUnexplained(Broken):
    """Who is not satisfied says why."""

    code = "dissatisfaction-unexplained"
    zh = "评价为“不满意”时须说明原因"
    en = "a reply that is rated unsatisfying needs a remark"


class SchoolGone(Broken):
    """Nothing is given to a school that is no more."""

    code = "school-gone"
    zh = "{name}已停用，不能交办"
    en = "{name} is retired: nothing is given to it"
    kind = "state"
