"""The rules of changing plans, of draws and of visits outside rounds."""

from services.inspection.domain.rules import Broken


class NotInPlan(Broken):
    """A change is about teams, cadres and schools of the plan."""

    code = "not-in-plan"
    zh = "本轮计划中没有“{what}”"
    en = "{what} is not in the round's plan"


class BreaksPlan(Broken):
    """A change keeps every hard rule of planning."""

    code = "breaks-plan"
    zh = "调整违反规则：{rules_zh}"
    en = "the change breaks: {rules_en}"
    kind = "state"


class RoundNotPlanned(Broken):
    """Only a planned round's plan is changed."""

    code = "round-not-planned"
    zh = "轮次尚未排出计划"
    en = "the round has no plan yet"
    kind = "state"


class VisitBegun(Broken):
    """What has begun or is over is not moved."""

    code = "visit-begun"
    zh = "该次督导已开始或已结束，不能调整：{visit}"
    en = "the visit has begun or is over and is not moved: {visit}"
    kind = "state"


class DayGone(Broken):
    """A visit is put on a day to come."""

    code = "day-gone"
    zh = "不能安排在过去的日子：{day}"
    en = "{day} lies in the past"


class NotAWorkingDay(Broken):
    """Visits are made on working days."""

    code = "not-a-working-day"
    zh = "{day}不是工作日"
    en = "{day} is no working day"


class TopicMissing(Broken):
    """专项 has a topic, 回头看 follows issues of the school, 抽查 came out of a draw; each exactly its own."""

    code = "visit-purpose"
    zh = "专项督导须有主题，回头看须指明该校问题，抽查须出自抽签，三者各取其一"
    en = "special: a topic; follow-up: issues of the school; spot check: a draw; each exactly its own"


class NotDrawn(Broken):
    """A spot check goes to a school that was drawn."""

    code = "not-drawn"
    zh = "{school}未被抽中"
    en = "{school} was not drawn"


class OtherSeed(Broken):
    """The seed is the one whose SHA-256 was published before."""

    code = "other-seed"
    zh = "种子与事先公布的摘要不符"
    en = "the seed is not the one that was committed to"


class AlreadyDrawn(Broken):
    """A draw is made once."""

    code = "already-drawn"
    zh = "该抽签已进行"
    en = "this draw was made already"
    kind = "state"


class BadDraw(Broken):
    """As many schools are drawn as the pool holds, at most."""

    code = "bad-draw"
    zh = "抽取数量须在1至{most}之间，名单不得重复，摘要须为64位十六进制"
    en = "between 1 and {most} of a pool without repeats; the commitment is 64 hexadecimal digits"
