"""The rules of what stands beside issues: tasks from above, contacts, requests, highlights, the burden on schools."""

from services.inspection.domain.rules import Broken


class NamedSchoolTwice(Broken):
    """A task is given to each school once."""

    code = "school-named-twice"
    zh = "同一学校只能交办一次"
    en = "each school is named once"


class SchoolGone(Broken):
    """Nothing is given to a school that is no more."""

    code = "school-gone"
    zh = "{name}已停用，不能交办"
    en = "{name} is retired: nothing is given to it"
    kind = "state"
