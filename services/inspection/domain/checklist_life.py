"""A checklist's life: draft → published → retired, and what one version changed of another."""

from dataclasses import dataclass, fields, replace

from services.inspection.domain.checklist import Checklist, Item, published, require_published
from services.inspection.domain.rules_checklist import ChecklistNotADraft, ChecklistOverlap


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemChange:
    """An item that both versions have: the fields that differ, before and after."""

    code: str
    before: dict[str, object]
    after: dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What the later version adds, drops and changes; items are told apart by their code."""

    added: tuple[Item, ...]
    dropped: tuple[Item, ...]
    changed: tuple[ItemChange, ...]


def begun(draft: Checklist, versions: tuple[int, ...]) -> Checklist:
    """A new draft; raises `ChecklistOverlap` unless its version follows those there are."""
    following = max(versions, default=0) + 1
    if draft.version != following:
        raise ChecklistOverlap(name=draft.name, version=following)
    return replace(draft, state="draft")


def redrafted(before: Checklist, draft: Checklist) -> Checklist:
    """The draft, written anew; raises `ChecklistNotADraft`."""
    _require_draft(before)
    return replace(draft, id=before.id, name=before.name, version=before.version, state="draft")


def published_draft(before: Checklist) -> Checklist:
    """The draft published, for ever as it is; raises `ChecklistNotADraft`, `BadChecklist`."""
    _require_draft(before)
    return published(replace(before, state="published"))


def retired(before: Checklist) -> Checklist:
    """No visit starts with it any more; those that did keep it. Raises `ChecklistNotPublished`."""
    require_published(before)
    return replace(before, state="retired")


def difference(before: Checklist, after: Checklist) -> Difference:
    """From one version to another."""
    old = {item.code: item for item in before.items}
    new = {item.code: item for item in after.items}
    both = ((old[code], item) for code, item in new.items() if code in old)
    return Difference(
        added=tuple(item for code, item in new.items() if code not in old),
        dropped=tuple(item for code, item in old.items() if code not in new),
        changed=tuple(_change(one, other) for one, other in both if one != other),
    )


def _change(before: Item, after: Item) -> ItemChange:
    names = [field.name for field in fields(Item) if getattr(before, field.name) != getattr(after, field.name)]
    return ItemChange(
        code=after.code,
        before={name: getattr(before, name) for name in names},
        after={name: getattr(after, name) for name in names},
    )


def _require_draft(checklist: Checklist) -> None:
    if checklist.state != "draft":
        raise ChecklistNotADraft(checklist=checklist.id)
