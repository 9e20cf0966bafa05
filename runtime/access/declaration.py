"""What an operation says about who may call it, and the one check of it. Deny by default."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from runtime.access.principal import Grant, Principal
from runtime.errors import Rejected

Scope = Literal["public", "self", "service", "team", "school", "division", "city", "administrator"]
_WITHOUT_ROLES: Final = frozenset({"public", "self", "service"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """Access of one operation: `roles` (one of them is needed, at some organisation) and the `scope` of its data.

    `purpose` names a restricted kind of token which is good for this operation as well (see `TokenVerifier`).
    Raises `ValueError` where roles and scope contradict each other.
    """

    scope: Scope
    roles: tuple[str, ...] = ()
    purpose: str | None = None

    def __post_init__(self) -> None:
        if self.scope not in get_args(Scope):
            raise ValueError(f"no such scope: {self.scope}")
        if bool(self.roles) == (self.scope in _WITHOUT_ROLES):
            raise ValueError(f"scope {self.scope} and roles {self.roles} do not go together")

    def as_extension(self) -> dict[str, Any]:
        """The OpenAPI extension `x-access`."""
        extension: dict[str, Any] = {"roles": list(self.roles), "scope": self.scope}
        return extension if self.purpose is None else extension | {"purpose": self.purpose}


def declared(extension: object) -> Declaration | None:
    """The declaration in an `x-access` extension; none when it is missing or malformed."""
    if not isinstance(extension, dict):
        return None
    try:
        return Declaration(extension["scope"], tuple(extension["roles"]), extension.get("purpose"))
    except (KeyError, TypeError, ValueError):
        return None


def forbidden() -> Rejected:
    """The refusal of somebody known who may not do this."""
    return Rejected("forbidden", "您没有执行此操作的权限", "You may not do this", status=403)


def unauthenticated() -> Rejected:
    """The refusal of somebody unknown."""
    return Rejected("token-missing", "请先登录", "Sign in first", status=401)


def require(principal: Principal | None, grants: Iterable[Grant], declaration: Declaration) -> None:
    """Raise `Rejected` (401, 403) unless the declaration lets this principal in.

    Only whether one of the roles is held *somewhere* is checked here: which organisation it must be is for the
    service's query or handler to decide.
    """
    if declaration.scope == "public":
        return
    if principal is None:
        raise unauthenticated()
    wanted = "service" if declaration.scope == "service" else "person"
    if principal.kind != wanted:
        raise forbidden()
    if declaration.roles and not any(grant.role in declaration.roles for grant in grants):
        raise forbidden()
