"""Bodies that are registry entries themselves: read into the domain's shapes."""

from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from runtime.errors import Rejected
from services.inspection.domain.checklist import Checklist, Item


class ChecklistBody(BaseModel):
    """A checklist version as it is published; its id is `name@version`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = None
    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    version: Annotated[int, Field(ge=1, le=999)]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=300)]

    def checklist(self) -> Checklist:
        """The domain's checklist; raises `Rejected` naming the item that is wrong."""
        own = f"{self.name}@{self.version}"
        if self.id not in (None, own):
            raise Rejected("checklist-id", f"清单编号应为 {own}", f"the id of this version is {own}")
        items = tuple(self._item(number, raw) for number, raw in enumerate(self.items))
        return Checklist(id=own, name=self.name, version=self.version, title=self.title, items=items)

    def _item(self, number: int, raw: dict[str, Any]) -> Item:
        try:
            return msgspec.convert(raw, Item)
        except msgspec.ValidationError as error:
            raise Rejected(
                "checklist-item", f"第 {number + 1} 个条目有误", f"item {number + 1}: {error}", row=number + 1
            ) from error


Rows = Annotated[list[dict[str, Any]], Field(default_factory=list)]


class BundleBody(BaseModel):
    """Rows of the registry by kind, taken whole or not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    divisions: Rows
    branches: Rows
    schools: Rows
    people: Rows
    grants: Rows
    calendars: Rows
    venues: Rows
    holidays: Rows
