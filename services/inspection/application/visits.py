"""Visits: answers, highlights, submission with all findings in one act."""

from dataclasses import dataclass, replace

import msgspec

from runtime.commands import Outcome
from services.inspection.application import commands as c
from services.inspection.application import commands_visits as cv
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.evidence import require_evidence
from services.inspection.application.history import had_previous_round, system_answers
from services.inspection.application.ports import Loaded, Ports, Site
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import issue_drafting, visit_correcting, visit_submitting
from services.inspection.domain import visit as visits
from services.inspection.domain import visit_progress as visits_progress
from services.inspection.domain.authority import Authority
from services.inspection.domain.registry import facts_of
from services.inspection.domain.visit import Sent, Visit, VisitStep
from services.inspection.domain.visit_answering import Given, Sheet, answer, sent_by_now


@dataclass(frozen=True, slots=True)
class _At:
    """A visit with everything its commands are read against."""

    loaded: Loaded[Visit]
    site: Site
    authority: Authority
    sheet: Sheet


async def _load(ports: Ports, act: Act, visit: str) -> _At:
    loaded = await ports.visits.within(visit, await reach_for(ports.registry, act.person))
    act.require(loaded)
    site, authority = await standing(ports, act, loaded.value.school)
    sheet = Sheet(
        checklist=await ports.registry.checklist(loaded.value.checklist),
        facts=facts_of(site.school, site.division),
        had_previous_round=await had_previous_round(ports, loaded.value),
    )
    return _At(loaded, site, authority, sheet)


def _changed(act: Act, at: _At, step: VisitStep) -> Outcome:
    cause = act.cause(step.actor, step.note)
    return act.changed(of_school("visit", step.visit, at.loaded.version, step.events, cause))


def _given(one: c.GivenAnswer) -> Given:
    saved = one if isinstance(one, cv.SavedAnswer) else None
    return Given(
        item=one.item,
        value=one.value,
        not_applicable=one.not_applicable,
        shared_with=one.shared_with,
        note=one.note,
        evidence=one.evidence,
        seen=saved.seen if saved else None,
        sent=_sent(saved.sent) if saved else None,
    )


def _sent(sent: c.SentBy | None) -> Sent | None:
    return None if sent is None else Sent(id=sent.id, at=sent.at)


def _as_it_is(loaded: Loaded[Visit]) -> Outcome:
    """Taken before, under another key: nothing happens a second time."""
    body = {**msgspec.to_builtins(loaded.value), "version": loaded.version}
    return Outcome(changes=(), status=200, body=body, etag=f'"{loaded.version}"')


async def answer_items(ports: Ports, act: Act, visit: str, command: cv.SaveItems) -> Outcome:
    """Answers to some of the items; members who save different items do not disturb each other."""
    at = await _load(ports, act, visit)
    evidence = tuple(piece for given in command.answers for piece in given.evidence)
    await require_evidence(ports, act.person, evidence, at.loaded.value.school)
    given = tuple(map(_given, command.answers))
    step = answer(at.loaded.value, at.authority, act.moment, given, at.sheet)
    # All of it was taken before, under another key.
    return _as_it_is(at.loaded) if step.visit == at.loaded.value else _changed(act, at, step)


async def correct_visit(ports: Ports, act: Act, visit: str, command: cv.CorrectVisit) -> Outcome:
    """Answers corrected after submission; the old ones are kept."""
    at = await _load(ports, act, visit)
    evidence = tuple(piece for given in command.answers for piece in given.evidence)
    await require_evidence(ports, act.person, evidence, at.loaded.value.school)
    then = at.loaded.value.facts
    sheet = at.sheet if then is None else replace(at.sheet, facts=then)
    given = tuple(map(_given, command.answers))
    step = visit_correcting.correct(at.loaded.value, at.authority, act.moment, given, (command.reason, sheet))
    return _changed(act, at, step)


async def visit_progress(ports: Ports, person: str, visit: str) -> visits_progress.VisitProgress:
    """How far the checklist is filled; for the team and the offices."""
    loaded = await ports.visits.within(visit, await reach_for(ports.registry, person))
    site = await ports.registry.site(loaded.value.school)
    sheet = Sheet(
        checklist=await ports.registry.checklist(loaded.value.checklist),
        facts=facts_of(site.school, site.division),
        had_previous_round=await had_previous_round(ports, loaded.value),
    )
    return visits_progress.progress_of(loaded.value, sheet)


async def record_highlight(ports: Ports, act: Act, visit: str, command: c.RecordHighlight) -> Outcome:
    """亮点."""
    at = await _load(ports, act, visit)
    id_ = act.new_id("highlight")
    sent = sent_by_now(_sent(command.sent), act.moment)
    if sent is not None and any(known.sent and known.sent.id == sent.id for known in at.loaded.value.highlights):
        return _as_it_is(at.loaded)
    await require_evidence(ports, act.person, command.evidence, at.loaded.value.school)
    step = visits.record_highlight(at.loaded.value, at.authority, act.moment, id_, command.text, sent, command.evidence)
    return _changed(act, at, step)


async def cancel_visit(ports: Ports, act: Act, visit: str, command: c.CancelVisit) -> Outcome:
    """With a reason."""
    at = await _load(ports, act, visit)
    return _changed(act, at, visits.cancel(at.loaded.value, at.authority, act.moment, command.reason))


async def _receivers(ports: Ports, site: Site) -> frozenset[str]:
    held = await ports.registry.granted_at([site.place.branch, site.place.school])
    grants = [(grant.person, grant.role, grant.organisation) for grant in held]
    return visit_submitting.receivers_of(site.place, site.school.organised, grants)


async def submit_visit(ports: Ports, act: Act, visit: str, command: c.SubmitVisit) -> Outcome:
    """The visit and every finding drafted in it, in one act; sent again from offline, it is taken once."""
    known = await ports.visits.within(visit, await reach_for(ports.registry, act.person))
    if command.sent is not None and known.value.sent is not None and known.value.sent.id == command.sent.id:
        return _as_it_is(known)
    at = await _load(ports, act, visit)
    drafts = await ports.issues.drafted_in(visit)
    submission = visit_submitting.Submission(
        person=command.feedback.person,
        outcome=command.feedback.outcome,
        remark=command.feedback.remark,
        receivers=await _receivers(ports, at.site),
        issues=tuple(draft.value.id for draft in drafts),
        system=await system_answers(ports, at.loaded.value, at.sheet, drafts),
        sent=_sent(command.sent),
    )
    step = visit_submitting.submit_visit(at.loaded.value, at.authority, act.moment, submission, at.sheet)
    cause = act.cause(step.actor, step.note)
    changes = [of_school("visit", step.visit, at.loaded.version, step.events, cause)]
    for draft in drafts:
        made = issue_drafting.submit(draft.value, at.authority, act.moment, step.visit)
        changes.append(of_school("issue", made.issue, draft.version, made.events, act.cause(made.actor)))
    return act.changed(*changes)


async def read_visit(ports: Ports, person: str, visit: str) -> tuple[Loaded[Visit], list[visit_submitting.Proposal]]:
    """The visit, and the findings that its failed items propose while nobody has drafted them."""
    loaded = await ports.visits.within(visit, await reach_for(ports.registry, person))
    if not loaded.value.open:
        return loaded, []
    checklist = await ports.registry.checklist(loaded.value.checklist)
    drafted = {draft.value.item for draft in await ports.issues.drafted_in(visit)}
    proposed = visit_submitting.proposals(loaded.value, checklist)
    return loaded, [one for one in proposed if one.item not in drafted]
