"""Who may take away the right of a used ticket, and do more than the event's terms say."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from server.accounts.guards import principal_of, role_needed
from server.accounts.principal import Role
from server.http.parameters import AnyRequest

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


def is_managers(request: AnyRequest) -> bool:
    """Tell whether a manager, or the platform's, asks."""
    principal = principal_of(request)
    return principal.has_role(Role.MANAGER) or principal.is_platform_admin


def may_as_manager(request: AnyRequest, *, asks: bool) -> bool:
    """Tell whether a request asks for what managers alone may.

    Raises:
        Problem: `forbidden` if it asks to and may not.
    """
    if asks and not is_managers(request):
        raise role_needed(Role.MANAGER, principal_of(request).role)
    return asks
