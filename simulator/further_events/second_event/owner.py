"""The organizer, who does everything by the server's own routes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from server.accounts.models import LoginSession
from server.accounts.tokens import TYPE_ACCESS, TokenClaims, TokenSigner
from server.db.tenancy import SYSTEM
from server.organizations.members_and_last_owner import list_members
from shared.kernel import ids
from shared.kernel.id_types import UserId
from shared.kernel.instant import HOUR, MINUTE, SECOND
from simulator.kernel.network import Request, Response
from simulator.nodes.server_node import ServerNode
from simulator.venue import Venue
from simulator.world import World

LIFETIME: Final = 48 * HOUR
WRONG: Final = 400
BROKEN: Final = 500
"""What a server answers that is down or busy is more."""


class Owner:
    """Signed in for the whole evening.

    Args:
        world: The world.
        name: What the keys of its requests begin with: one for each who signs in.
        server: Where; None for the world's own.

    Attributes:
        refused: What the server refused, as sentences.
    """

    def __init__(self, world: World, name: str = "fair", server: ServerNode | None = None) -> None:
        self._world, self._name = world, name
        self._server = server or world.server
        self._venue: Venue | None = None
        self._claims: TokenClaims | None = None
        self._asked = 0
        self.refused: list[str] = []

    @property
    def name(self) -> str:
        """What the keys of its requests begin with."""
        return self._name

    async def sign_in(self, venue: Venue | None = None, user_id: UserId | None = None) -> None:
        """Have a session, as after a password was checked.

        Args:
            venue: At another one; None for the world's.
            user_id: Who; None for the first owner.
        """
        self._venue, context = venue or self._world.venue, self._server.context
        async with context.write(self._venue.organization_id) as unit:
            first = (await list_members(unit))[0]
        user_id, now = user_id or first.user_id, context.clock.wall()
        made = LoginSession(
            id=ids.new_id("ls", context.entropy),
            user_id=user_id,
            created_at=now,
            last_used_at=now,
            expires_at=now + LIFETIME,
            revoked_at=None,
            revoked_because=None,
            client="192.0.2.1",
        )
        async with context.database.write(org=SYSTEM) as session:
            session.add(made)
        self._claims = TokenClaims(user_id, made.id)

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask for something of the organization until the server answers.

        Args:
            method: GET and such.
            path: Below the organization.
            body: Bytes are a list of commas; all else is said as JSON.

        Returns:
            The answer; None if it was refused.
        """
        status, answer = await self.attempt(method, path, body)
        if status < WRONG:
            return answer
        self.refused.append(f"{method} {path}: {status} {answer}")
        return None

    async def must(self, method: str, path: str, body: object = None) -> Any:
        """Ask for what no server refuses."""
        answer = await self.ask(method, path, body)
        assert answer is not None, self.refused[-1]
        return answer

    async def attempt(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Ask for what may be refused; returns with which status it was, and the answer."""
        self._asked += 1
        # Others ask meanwhile: the same question again has the same key.
        key = f"{self._name}-{self._asked}"
        while True:
            status, answer = await self._once(method, path, body, key)
            if status <= BROKEN:
                return status, answer
            await asyncio.sleep(1)

    async def ask_once(self, method: str, path: str, body: object = None) -> int:
        """Ask once, whatever comes of it; returns the status, 503 while the server is down."""
        self._asked += 1
        status, _ = await self._once(method, path, body, f"{self._name}-{self._asked}")
        return status

    async def _once(self, method: str, path: str, body: object, key: str) -> tuple[int, Any]:
        """Ask once; status 503 while the server is down, or where it went down meanwhile."""
        server, stage = self._server, self._world.stage
        if not server.is_up:
            return 503, None
        assert self._venue is not None
        now = server.context.clock.wall()
        headers = (
            ("authorization", f"Bearer {self._bearer()}"),
            ("content-type", "text/csv" if isinstance(body, bytes) else "application/json"),
            ("idempotency-key", key),
        )
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            content = msgspec.json.encode(body)
        place = f"/api/v1/organizations/{self._venue.organization_id}{path}"
        request = Request(method, place, headers, content)
        is_done, response = await stage.loop.outcome(
            server.process, server.serve_local("owner", request)
        )
        if not is_done or response is None:
            return 503, None
        answer = _read(response)
        stage.trace.note("owner", f"{method} {path}: {response.status} at {now // SECOND}")
        return response.status, answer

    def _bearer(self) -> str:
        """Return what says who asks, as of now."""
        assert self._claims is not None
        signer = TokenSigner(self._server.settings.access_token_secret)
        now = self._server.context.clock.wall()
        return signer.sign(self._claims, now, kind=TYPE_ACCESS, lifetime=15 * MINUTE)


def _read(response: Response) -> Any:
    """Return what an answer says; the bytes of one that is a file."""
    kind = dict(response.headers).get("content-type", "").partition(";")[0]
    if not response.body:
        return {}
    return msgspec.json.decode(response.body) if kind.endswith("json") else response.body
