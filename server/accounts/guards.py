"""Who may call what: every route names one of these guards, in its declaration.

A route without a guard is open to everybody; a test lists the few that are.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar.connection import ASGIConnection, Request
from litestar.handlers import BaseRouteHandler

from server.accounts.principal import SCOPES, Principal, Role
from server.accounts.principal_of_request import identify
from server.accounts.tokens import TokenSigner
from server.db.tenancy import is_tenant
from server.db.unit import Context
from server.http.asgi import LOG_FIELDS, note_caller
from server.problem_answers import Problem, not_found, refuse
from server.settings import Settings
from shared.kernel.id_types import OrganizationId

ROLE_HELD_S: Final = 1.0
"""Seconds that a body may take until who sends it is looked up once more: it may be on its way for
a quarter of an hour, and somebody who was removed meanwhile sold and gave away by it."""

PRINCIPAL = "gatekeeper.principal"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_TAKEN_OVER: Final = (
    "Another machine has taken over from this server: continue there. Nothing was changed here."
)
Connection = ASGIConnection[Any, Any, Any, Any]


class Guard:
    """A condition on the principal, with what it asks for, so that tests can list it."""

    def __init__(
        self,
        *,
        role: Role | None = None,
        scope: str | None = None,
        is_for_admins: bool = False,
        is_for_persons: bool = False,
    ) -> None:
        assert scope is None or scope in SCOPES
        self.role = role
        self.scope = scope
        self.is_for_admins = is_for_admins
        self.is_for_persons = is_for_persons

    @property
    def needs(self) -> str:
        """Say in a sentence, for the API's description, who is let through."""
        if self.role is not None:
            key = f"an API key needs `{self.scope}`" if self.scope else "no API key may"
            return f"From the role `{self.role}` on; {key}."
        return "The platform admin." if self.is_for_admins else "Anyone who is signed in."

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let the request through, with its principal in the scope.

        Raises:
            Problem: `unauthenticated`, `forbidden`, `second-factor-missing`, `not-found` for an
                organization whose existence is not theirs to know, or `ledger-closed` for a
                change at a server that another machine took over from.
        """
        del handler
        await self._let_through(connection)
        if isinstance(connection, Request) and connection.method not in _READING:
            loop = asyncio.get_running_loop()
            began = loop.time()
            await connection.body()
            # Who was removed or signed out while it came may not do it any more.
            if loop.time() - began > ROLE_HELD_S:
                await self._let_through(connection)

    async def _let_through(self, connection: Connection) -> None:
        organization_id = connection.path_params.get("organization_id")
        principal = await _identify(connection, organization_id)
        fields = connection.scope.get(LOG_FIELDS, {})
        assert isinstance(fields, dict)
        fields["actor"] = principal.actor
        note_caller(connection.scope, principal.actor)
        self.check(principal)
        is_change = connection.scope.get("method", "GET") not in _READING
        if self.role is not None and is_change and principal.is_too_late:
            raise Problem("ledger-closed", _TAKEN_OVER)
        if organization_id is not None:
            # Whoever runs the installation belongs to none, and may ask for anything.
            if not is_tenant(organization_id):
                raise not_found("organization")
            fields["organization_id"] = organization_id
        connection.scope[PRINCIPAL] = principal  # type: ignore[literal-required]  # own key

    def check(self, principal: Principal) -> None:
        """Tell whether somebody may go on, as they are known now.

        Raises:
            Problem: as when they are called, but for `unauthenticated`.
        """
        if self.is_for_admins and not principal.is_platform_admin:
            raise Problem("forbidden", "Only a platform admin may do this.")
        if self.is_for_persons and principal.session_id is None:
            raise Problem("forbidden", "An API key may not do this; sign in.")
        if self.role is not None:
            self._check_role(principal)
        if principal.lacks_factor:
            told = (
                "Set up a second factor (/api/v1/me/second-factor): this organization requires it."
            )
            raise Problem("second-factor-missing", told)

    def lets(self, principal: Principal) -> bool:
        """Tell whether somebody could go on, for what another route shows only to such."""
        try:
            self.check(principal)
        except Problem:
            return False
        return True

    def _check_role(self, principal: Principal) -> None:
        if principal.role is None and not principal.is_platform_admin:
            raise not_found("organization")
        assert self.role is not None
        if not principal.has_role(self.role) and not principal.is_platform_admin:
            raise role_needed(self.role, principal.role)
        if not principal.has_scope(self.scope):
            wanted = self.scope or "a person's sign-in"
            raise Problem("forbidden", f"This API key does not have {wanted}.")


def role_needed(role: Role, own: Role | None) -> Problem:
    """Make the answer for a member, or the platform's, whose own role is not enough."""
    said = "none" if own is None else own.value
    return refuse("forbidden", "role.needed", role_needed=role.value, role_own=said)


def requires(role: Role, scope: str | None = None) -> Guard:
    """Guard a route under `/organizations/{organization_id}`.

    Args:
        role: The least role; members of other organizations see 404.
        scope: What an API key needs; None keeps API keys out.
    """
    return Guard(role=role, scope=scope)


def signed_in() -> Guard:
    """Guard a route for any person who signed in."""
    return Guard(is_for_persons=True)


def platform_admin() -> Guard:
    """Guard a route for those who run the installation."""
    return Guard(is_for_admins=True, is_for_persons=True)


def principal_of(request: Connection) -> Principal:
    """Return the principal that a guard let through."""
    found = request.scope.get(PRINCIPAL)
    assert isinstance(found, Principal), "the route has no guard"
    return found


def bearer_token(connection: Connection) -> str:
    """Return the request's bearer token.

    Raises:
        Problem: `unauthenticated` if there is none.
    """
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem("unauthenticated", "Send an Authorization header: Bearer TOKEN.")
    return token.strip()


async def _identify(connection: Connection, organization_id: OrganizationId | None) -> Principal:
    context: Context = connection.app.state["context"]
    settings: Settings = connection.app.state["settings"]
    signer = TokenSigner(settings.access_token_secret)
    token = bearer_token(connection)
    principal = await identify(context, signer, token, organization_id)
    if principal is None:
        raise Problem("unauthenticated", "The token is invalid, expired or revoked.")
    return principal
