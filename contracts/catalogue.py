"""Every event type there is, with the shape of its data."""

from msgspec import Struct

from contracts import alerts, ledgers, liaison, lists, material, persons, registry

_REGISTRY: dict[str, tuple[type[Struct], tuple[str, ...]]] = {
    "division": (registry.DivisionEvent, ("registered", "changed", "retired")),
    "school": (registry.SchoolEvent, ("registered", "changed", "retired")),
    "branch": (registry.BranchEvent, ("registered", "changed", "retired")),
    "person": (registry.PersonEvent, ("registered", "changed", "retired")),
    "grant": (registry.GrantEvent, ("given", "revoked")),
    "checklist": (registry.ChecklistEvent, ("published", "begun", "changed", "retired")),
    "team": (registry.TeamEvent, ("formed", "changed")),
    "round": (registry.RoundEvent, ("opened", "planned", "changed")),
    "calendar": (registry.CalendarEvent, ("published",)),
    "venue": (registry.VenueEvent, ("registered", "changed", "retired")),
    "holiday": (registry.HolidayEvent, ("registered", "changed", "retired")),
    "absence": (persons.AbsenceEvent, ("declared", "ended")),
    "commitment": (persons.CommitmentEvent, ("proposed", "signed", "retired")),
    "nomination": (persons.NominationEvent, ("proposed", "confirmed", "declined")),
    "planning": (registry.PlanningEvent, ("set",)),
    "draw": (registry.DrawEvent, ("committed", "drawn")),
    "terms": (registry.TermsEvent, ("published",)),
}

REGISTRY_EVENTS = tuple(f"inspection.{kind}.{verb}.v1" for kind, (_, verbs) in _REGISTRY.items() for verb in verbs)

SHAPES: dict[str, type[Struct]] = {
    **{f"inspection.{kind}.{verb}.v1": shape for kind, (shape, verbs) in _REGISTRY.items() for verb in verbs},
    **dict.fromkeys(lists.ISSUE_EVENTS, lists.IssueEvent),
    **dict.fromkeys(lists.VISIT_EVENTS, lists.VisitEvent),
    **dict.fromkeys(lists.EVIDENCE_EVENTS, lists.EvidenceEvent),
    **dict.fromkeys(liaison.LIAISON_EVENTS, liaison.LiaisonEvent),
    **dict.fromkeys(liaison.REQUEST_EVENTS, liaison.RequestEvent),
    **dict.fromkeys(material.MATERIAL_EVENTS, material.MaterialEvent),
    **dict.fromkeys(alerts.ALERT_EVENTS, alerts.AlertEvent),
}

TYPES_OF: dict[str, tuple[str, ...]] = {
    ledgers.REGISTRY.name: REGISTRY_EVENTS,
    ledgers.LISTS.name: (
        *lists.ISSUE_EVENTS,
        *lists.VISIT_EVENTS,
        *lists.EVIDENCE_EVENTS,
        *liaison.LIAISON_EVENTS,
        *liaison.REQUEST_EVENTS,
        *material.MATERIAL_EVENTS,
    ),
    ledgers.ALERTS.name: alerts.ALERT_EVENTS,
}
