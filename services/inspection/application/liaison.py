"""联系点 and 诉求: each handler loads, makes one domain call and hands the change to the pipeline."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from pydantic import Field, StringConstraints

from contracts import liaison as shapes
from contracts import roles
from runtime.commands import Outcome
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.commands import Command, Day, Files, Id, Text
from services.inspection.application.evidence import require_evidence
from services.inspection.application.ports import Ports
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import liaison as domain
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue_explaining import Explanation, explanation
from services.inspection.domain.moment import Moment

Row = dict[str, Any]
Office = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=domain.OFFICE_LENGTH)]
Decide = Callable[[domain.Request, Authority, Moment], domain.RequestStep]


class LogLiaison(Command):
    """联系点记录."""

    school: Id
    kind: shapes.LiaisonKind
    day: Day
    text: Text
    evidence: Files = ()


class AskRequest(Command):
    """诉求."""

    text: Text
    evidence: Files = ()


class AcceptRequest(Command):
    """受理: which of the bureau's offices 科室 owns it."""

    office: Office


class ReplyRequest(Command):
    """答复."""

    text: Text
    evidence: Files = ()


class RateRequest(Command):
    """评价: 满意, 基本满意 or 不满意."""

    rating: shapes.Rating
    remark: Annotated[str, Field(max_length=5000)] | None = None


async def log_liaison(ports: Ports, act: Act, command: LogLiaison) -> Outcome:
    """记录."""
    _, authority = await standing(ports, act, command.school)
    await require_evidence(ports, act.person, command.evidence, command.school)
    given = (command.kind, command.day, command.text)
    made = domain.log(act.new_id("liaison"), *given, authority, act.moment, command.evidence)
    verbs = (("inspection.liaison.logged.v1", None),)
    return act.created("/v1/liaisons", of_school("liaison", made, 0, verbs, act.cause(made.by)))


async def ask_request(ports: Ports, act: Act, liaison: str, command: AskRequest) -> Outcome:
    """提出诉求: the number is given once the step was found to be allowed."""
    logged = (await ports.liaisons.within(liaison, await reach_for(ports.registry, act.person))).value
    site, authority = await standing(ports, act, logged.school)
    moment = act.moment.of_division(site.division.id)
    id = act.new_id("request")
    await require_evidence(ports, act.person, command.evidence, logged.school)
    domain.ask(id, "0", command.text, logged, authority, moment)
    number = await ports.requests.next_number(moment.day.year)
    step = domain.ask(id, number, command.text, logged, authority, moment, command.evidence)
    verbs = ((f"inspection.request.{step.verb}.v1", None),)
    return act.created("/v1/requests", of_school("request", step.request, 0, verbs, act.cause(step.actor)))


async def _take(ports: Ports, act: Act, request: str, decide: Decide) -> Outcome:
    loaded = await ports.requests.within(request, await reach_for(ports.registry, act.person))
    act.require(loaded)
    site, authority = await standing(ports, act, loaded.value.school)
    step = decide(loaded.value, authority, act.moment.of_division(site.division.id))
    verbs = ((f"inspection.request.{step.verb}.v1", None),)
    cause = act.cause(step.actor, step.note)
    return act.changed(of_school("request", step.request, loaded.version, verbs, cause))


async def accept_request(ports: Ports, act: Act, request: str, command: AcceptRequest) -> Outcome:
    """受理."""
    return await _take(ports, act, request, lambda r, a, m: domain.accept(r, a, m, command.office))


async def reply_request(ports: Ports, act: Act, request: str, command: ReplyRequest) -> Outcome:
    """答复."""
    asked = (await ports.requests.within(request, await reach_for(ports.registry, act.person))).value
    await require_evidence(ports, act.person, command.evidence, asked.school)
    return await _take(ports, act, request, lambda r, a, m: domain.reply(r, a, m, command.text, command.evidence))


async def rate_request(ports: Ports, act: Act, request: str, command: RateRequest) -> Outcome:
    """评价."""
    return await _take(ports, act, request, lambda r, a, m: domain.rate(r, a, m, command.rating, command.remark))


async def lit(ports: Ports, rows: list[Row], now: Moment) -> list[Row]:
    """Requests as they are answered, each with its `light`."""
    found = []
    for row in rows:
        here = now.of_division((await ports.registry.site(row["school"])).division.id)
        found.append({**row, "light": domain.request_light(msgspec.convert(row, domain.Request), here)})
    return found


async def explained(ports: Ports, request: domain.Request) -> Explanation:
    """Why the reply is due on its day."""
    division = (await ports.registry.site(request.school)).division.id
    calendars = (await ports.registry.calendars()).of_division(division)
    return explanation("reply_by", None, request.reply_by, (), calendars)


_NEXT: Final = {"asked": "accept_request", "accepted": "reply_request", "replied": "rate_request"}


def to_do(row: Row, held: set[tuple[str, str]], city: str) -> Row | None:
    """The request as a row of "mine to do", if one of these capacities must act on it next."""
    what = _NEXT.get(row["state"])
    who = (roles.SECRETARY, row["branch"]) if what == "rate_request" else (roles.BUREAU_OFFICER, city)
    if what is None or who not in held:
        return None
    due = row["reply_by"] if row["clock"]["owner"] == "body" else None
    return {
        "what": what,
        "subject": f"request/{row['id']}",
        "focus": None,
        "school": row["school"],
        "number": row["number"],
        "title": row["text"],
        "severity": None,
        "since": row["clock"]["since"],
        "due": due["day"] if due else None,
        "provisional": due["provisional"] if due else False,
        "version": row["version"],
    }
