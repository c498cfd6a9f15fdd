"""Who may take away the right of a used ticket, and do more than the event's terms say."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter

from server.accounts.guards import principal_of
from server.accounts.principal import Role
from server.problem_answers import Problem

AnyRequest = Request[Any, Any, Any]
EvenIfUsed = Annotated[
    bool,
    QueryParameter(
        description="Go on although somebody has come in on the ticket; needs the role manager."
    ),
]
InFull = Annotated[
    bool,
    QueryParameter(
        description="Owe all that was paid back, whatever the event's refund terms say; needs the"
        " role manager."
    ),
]


def may_take_used(request: AnyRequest, *, even_if_used: bool) -> bool:
    """Tell whether a request may take used tickets' rights away.

    Raises:
        Problem: `forbidden` if it asks to and may not.
    """
    if even_if_used and not is_managers(request):
        raise Problem("forbidden", "This needs the role manager.")
    return even_if_used


def is_managers(request: AnyRequest) -> bool:
    """Tell whether a manager, or the platform's, asks."""
    principal = principal_of(request)
    return principal.has_role(Role.MANAGER) or principal.is_platform_admin


def may_give_all(request: AnyRequest, *, in_full: bool) -> bool:
    """Tell whether a request may owe more back than the event's refund terms say.

    Raises:
        Problem: `forbidden` if it asks to and may not.
    """
    return may_take_used(request, even_if_used=in_full)
