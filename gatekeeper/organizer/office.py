"""The organizer's side of the server's REST API, as the desk and the demo use it."""

from __future__ import annotations

from typing import Any, Final

import httpx
import msgspec

from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.system_words import words_of_system

_TIMEOUT_S: Final = 30.0
_OK: Final = range(200, 300)
Fields = dict[str, Any]


class EventSite(msgspec.Struct, frozen=True):
    """Where an event's resources are.

    Attributes:
        organization_id: Whose event.
        event_id: Which event.
    """

    organization_id: OrganizationId
    event_id: EventId

    @property
    def path(self) -> str:
        """The event's path below the API's root."""
        return f"/organizations/{self.organization_id}/events/{self.event_id}"


class Office:
    """A signed-in person at the server's REST API."""

    def __init__(self, url: str) -> None:
        """Name the server; nothing is sent yet."""
        self._http = httpx.AsyncClient(
            base_url=f"{url}/api/v1", timeout=_TIMEOUT_S, trust_env=False
        )

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in; later calls carry the access token.

        Raises:
            Rejected: if address and password do not fit.
            ServerFault: if the server cannot be reached.
        """
        answer = await self.post("/sessions", {"email": email, "password": password})
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"

    async def get(self, path: str, **query: str | int) -> Any:
        """Read a resource; the JSON body."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, fields: Fields | None = None) -> Any:
        """Make something, or ask for an action; the JSON body of the answer."""
        return await self._ask("POST", path, json=fields)

    async def put(self, path: str, fields: Fields) -> Any:
        """Replace a resource; the JSON body of the answer."""
        return await self._ask("PUT", path, json=fields)

    async def list_all(self, path: str) -> list[Any]:
        """Read every page of a list."""
        found: list[Any] = []
        after: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=100, **after)
            found += page["items"]
            if page.get("next") is None:
                return found
            after = {"after": page["next"]}

    async def close(self) -> None:
        """Let connections go."""
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            answer = await self._http.request(method, path, **request)
        except httpx.HTTPError as fault:
            message = (
                f"the server at {self._http.base_url} cannot be reached: {words_of_system(fault)}"
            )
            raise ServerFault(message) from fault
        if answer.status_code in _OK:
            return answer.json() if answer.content else None
        raise _refusal(answer)


def _refusal(answer: httpx.Response) -> Rejected | ServerFault:
    """Turn a problem document into words."""
    try:
        problem = answer.json()
        said = problem.get("detail") or problem.get("title") or ""
        slug = str(problem.get("type", "")).rsplit("/", 1)[-1]
        fields = "; ".join(f"{e['field']}: {e['message']}" for e in problem.get("errors", ()))
    except (ValueError, AttributeError, KeyError, TypeError):
        return ServerFault(f"the server answered {answer.status_code}, and nothing readable")
    text = f"the server refused: {said}" + (f" ({fields})" if fields else "")
    return Rejected(text, problem=slug, status=answer.status_code)
