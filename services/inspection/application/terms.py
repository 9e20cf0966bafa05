"""The numbers that are configuration and not law, in versions: published by the bureau, in force at once."""

from typing import Annotated

from pydantic import Field

from contracts import roles
from runtime.commands import Outcome
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry
from services.inspection.application.commands import Command, Text
from services.inspection.application.ports import Ports
from services.inspection.application.registry import office
from services.inspection.domain.terms import DEFAULT_TERMS, Terms, published

Days = Annotated[int, Field(ge=0, le=250)]
Some = Annotated[int, Field(ge=1, le=250)]
Length = Annotated[int, Field(ge=1, le=5000)]


class PublishTerms(Command):
    """The numbers that change; all others stay as they are in force. A reason is told."""

    reason: Text
    acknowledge_days: Days | None = None
    plan_days: Days | None = None
    plan_critical_days: Days | None = None
    plan_immediate_days: Days | None = None
    sign_days: Days | None = None
    sign_immediate_days: Days | None = None
    check_days: Days | None = None
    immediate_days: Days | None = None
    deadline_critical_days: Days | None = None
    deadline_major_days: Days | None = None
    deadline_minor_days: Days | None = None
    standing_stages: Some | None = None
    object_days: Days | None = None
    objection_decision_days: Days | None = None
    help_decision_days: Days | None = None
    extensions: Days | None = None
    red_cards_talk: Some | None = None
    red_cards_notice: Some | None = None
    red_cards_months: Annotated[int, Field(ge=1, le=120)] | None = None
    request_reply_days: Days | None = None
    yellow_light_days: Days | None = None
    unread_days: Some | None = None
    overdue_steps: Annotated[tuple[Some, ...], Field(min_length=1, max_length=9)] | None = None
    team_divisions: Annotated[int, Field(ge=1, le=15)] | None = None
    visits_a_day: Annotated[int, Field(ge=1, le=20)] | None = None
    visits_a_term: Annotated[int, Field(ge=1, le=50)] | None = None
    material_a_term: Annotated[int, Field(ge=1, le=50)] | None = None
    description_length: Length | None = None
    note_length: Length | None = None
    task_length: Length | None = None
    tasks: Annotated[int, Field(ge=1, le=50)] | None = None
    evidence_pieces: Annotated[int, Field(ge=1, le=50)] | None = None
    revisions: Annotated[int, Field(ge=1, le=100)] | None = None


async def publish_terms(ports: Ports, act: Act, command: PublishTerms) -> Outcome:
    """The next version: what was counted by an earlier one stays as it was counted."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    # Not the remembered ones: two who publish at once must not make the same version twice.
    versions: list[Terms] = await ports.registry.all("terms")
    before = max(versions, key=lambda terms: terms.version, default=DEFAULT_TERMS)
    terms = published(before, command.model_dump(exclude={"reason"}, exclude_none=True))
    return act.created("/v1/terms", of_registry("terms", terms, 0, "published", act.cause(actor, command.reason)))
