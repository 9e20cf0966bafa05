"""Who may do what about an issue, whatever else stands in the way."""

from collections.abc import Callable

from tests.unit.issue_model import Model
from tests.unit.issue_model_city import Given


def is_drafter(model: Model, who: str) -> bool:
    """Who drafted it, in person."""
    return who == model.drafter


def _own_body(model: Model, who: str) -> bool:
    """Outside visits, whoever may submit for the drafter's own body."""
    city = model.city
    return {
        "self": city.acts_as_secretary(who),
        "survey": city.of("county", who),
        "liaison": who == "liaison",
        "supervision": False,
    }[model.source]


def _assigns(model: Model, who: str, severity: str, mode: str) -> bool:
    on_the_spot = (severity, mode) == ("minor", "immediate") and who in model.leaders
    return on_the_spot or model.city.bureau(who) or (severity != "critical" and model.city.county(who))


def _assigns_as_drafted(model: Model, who: str, _: object = None) -> bool:
    return _assigns(model, who, model.severity, model.mode)


def _issues(model: Model, who: str, _: object = None) -> bool:
    """Of the issuing body; the county's issue goes with its school to whichever body acts as its county now."""
    return model.city.of("city" if model.issuer == "city" else model.city.body, who)


def _secretary(model: Model, who: str, _: object = None) -> bool:
    return model.city.acts_as_secretary(who)


def _either_secretary(model: Model, who: str, _: object = None) -> bool:
    return who in {model.city.secretary, "deputy"}


def _answers(model: Model, who: str, _: object = None) -> bool:
    """Who acts for whoever rectifies."""
    return _secretary(model, who) if model.helper is None else model.city.of(model.helper, who)


def _checks(model: Model, who: str, _: object = None) -> bool:
    city, helper = model.city, model.helper
    if model.severity == "minor" and helper is None and who in model.leaders:
        return True
    if model.state == "checked" or helper == "city":
        return city.bureau(who)
    return city.county(who) or (city.bureau(who) and (model.severity != "critical" or city.division == "direct"))


def _amends(model: Model, who: str, _: object = None) -> bool:
    if model.state == "submitted":
        return _assigns_as_drafted(model, who)
    return is_drafter(model, who) or who in model.leaders or _own_body(model, who)


def _submits(model: Model, who: str, _: object = None) -> bool:
    return who in model.leaders if model.source == "supervision" else _own_body(model, who)


def _withdraws(model: Model, who: str, _: object = None) -> bool:
    if model.state == "drafted":
        return is_drafter(model, who)
    if model.state == "submitted":
        return is_drafter(model, who) or _assigns_as_drafted(model, who)
    return _issues(model, who)


def _bureau(model: Model, who: str, _: object = None) -> bool:
    return model.city.bureau(who)


MAY: dict[str, Callable[[Model, str, Given], bool]] = {
    "amend": _amends,
    "submit": _submits,
    "assign": lambda model, who, given: _assigns(model, who, given.severity, given.mode),
    "merge": _assigns_as_drafted,
    "withdraw": _withdraws,
    **dict.fromkeys(("acknowledge", "receive_card"), _either_secretary),
    **dict.fromkeys(("object", "ask_help"), _secretary),
    **dict.fromkeys(("plan", "replan", "report", "ask_extension"), _answers),
    "sign": lambda model, who, _: who in model.named,
    "progress": lambda model, who, _: who in model.named or (model.helper is None and model.city.cadre(who)),
    "check": _checks,
    "reopen": lambda model, who, _: model.city.bureau(who) or (model.closed_by_leader and model.city.county(who)),
    "decide_objection": lambda model, who, _: _issues(model, who) or model.city.bureau(who),
    **dict.fromkeys(("decide_extension", "correct"), _issues),
    "pass_up": lambda model, who, _: model.city.county(who),
    "decide_help": lambda model, who, _: model.city.of("city" if model.asked == "city" else model.city.body, who),
    "give_opinion": lambda model, who, _: who in model.team,
    **dict.fromkeys(("issue_card", "decide_card"), _bureau),
    "urge": lambda model, who, _: model.city.county(who) or model.city.bureau(who),
}
SUPERVISING = {
    "amend", "assign", "merge", "withdraw", "reopen", "decide_objection", "pass_up", "decide_help", "decide_extension",
    "correct", "give_opinion", "urge", "issue_card", "decide_card",
}  # fmt: skip
"""What nobody does about their own school; submitting with a visit too, and checking by a rule of its own."""
