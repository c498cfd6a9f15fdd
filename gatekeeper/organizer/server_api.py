"""The organizer's side of the server's REST API, as the desk and the demo use it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import httpx
import msgspec

from gatekeeper.sync.http_connections import make_connections
from gatekeeper.sync.tls_trust import fixed_name, make_context
from gatekeeper.sync.transport import explain_http_fault
from gatekeeper.sync.typed_server_address import checked_url
from gatekeeper.wording.wall_clocks import zone_named
from shared.kernel.errors import BadInput, Rejected, ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.trouble import TroubleKind
from shared.wire.work_reasons import WorkReason

DESK_ANSWER_SECONDS: Final = 30.0
"""For the server's answer to the desk."""

T = TypeVar("T")

_READY_S: Final = 5.0
"""Of a question that can be asked again: another program at a port may take it and be mute."""
_UNAUTHENTICATED: Final = 401
_TOO_LARGE: Final = 413
_FAILED: Final = 500
_OK: Final = range(200, 300)
_LIVE_PATH: Final = "/health/live"
_LIVE: Final = {"status": "ok"}
"""What that says of a server of ours."""
Fields = dict[str, Any]
UNTAGGED: Final = ""
"""For what takes no tag: acts upon tickets and orders, and what can only be ended."""


class WrongField(msgspec.Struct, frozen=True):
    """A part of a request that the server does not take, and why; by a code if that has one."""

    field: str
    message: str
    because: WorkReason | None = None


class WhoChanged(msgspec.Struct, frozen=True):
    """Who changed something meanwhile, and when; `by` is "" where the server cannot say."""

    by: str
    at: datetime


_NO_ORGANIZATION: Final = "There is no such organization."
"""What the server says to everybody who does not belong to it, so that none learns of it."""


class Refused(Rejected):
    """A request of the desk's that the server refused, with what it says of why.

    Attributes:
        fields: What of the request was wrong, where that was it.
        change: Somebody else's change, where that came between.
        because: Why, by a code; None of an older server, and of what has none.
    """

    def __init__(
        self,
        text: str,
        fields: tuple[WrongField, ...],
        *,
        problem: str,
        status: int,
        change: WhoChanged | None = None,
        because: WorkReason | None = None,
    ) -> None:
        super().__init__(text, problem=problem, status=status)
        self.fields, self.change, self.because = fields, change, because


CODE_NEEDED: Final = "second-factor-needed"
CODE_WRONG: Final = "second-factor-wrong"
FACTOR_MISSING: Final = "second-factor-missing"


def moment_of(text: str | None) -> datetime | None:
    """Return the instant that the server's answer spells; None where it spells none."""
    return None if text is None else datetime.fromisoformat(text)


def is_session_over(fault: BaseException) -> bool:
    """Whether the person has to sign in again."""
    return isinstance(fault, Rejected) and fault.status == _UNAUTHENTICATED


def is_no_member(fault: BaseException) -> bool:
    """Whether the person does not belong to the organization that the desk works for."""
    return isinstance(fault, Refused) and str(fault).endswith(_NO_ORGANIZATION)


def wants_code(fault: BaseException) -> bool:
    """Whether the password was right, and only the second factor's code is missing or wrong."""
    return isinstance(fault, Rejected) and fault.problem in {CODE_NEEDED, CODE_WRONG}


class EventSite(msgspec.Struct, frozen=True):
    """The event that the desk asks the server about, and the organization that it belongs to.

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


class ChannelTerms(msgspec.Struct, frozen=True):
    """How a channel to the server is opened.

    Attributes:
        more: What else the WebSocket's client is told: the name in the server's certificate.
    """

    address: str
    headers: dict[str, str]
    context: ssl.SSLContext | None
    more: dict[str, Any]


class ServerApi:
    """A signed-in person at the server's REST API.

    Attributes:
        url: The server's address, without a trailing slash.
        server_time: What the server's clock said in its last answer, to the second; None while
            it has said nothing.
    """

    def __init__(self, url: str, authority_pem: str | None = None) -> None:
        """Name the server; nothing is sent yet.

        Args:
            url: The server's address.
            authority_pem: The one authority to trust, or None for the system's.

        Raises:
            BadInput: if the address or the authority's certificate cannot be used.
        """
        self.url = checked_url(url)
        is_tls = self.url.startswith("https:")
        name = fixed_name(authority_pem) if is_tls else None
        self.server_time: datetime | None = None
        self._extensions = {} if name is None else {"sni_hostname": name}
        self._context = make_context(authority_pem) if is_tls else None
        self._http = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            transport=make_connections(self._context, takes_lines=True),
            timeout=DESK_ANSWER_SECONDS,
            trust_env=False,
        )

    def move_to(self, url: str) -> None:
        """Ask the same server at another address from now on, in the same session.

        Raises:
            BadInput: if the address cannot be used.
        """
        self.url = checked_url(url)
        self._http.base_url = f"{self.url}/api/v1"

    async def follow_to(self, url: str) -> None:
        """Ask the same server at another address from now on, once it has answered there.

        Its certificate is checked as ever, and the session is told nowhere before.

        Raises:
            BadInput: if the address cannot be used, or is of less secrecy.
            ServerFault: if no server of ours answers there; the former address stays.
        """
        there = checked_url(url)
        if not there.startswith(self.url.partition(":")[0] + ":"):
            message = "the address must start as before: to use another one, join the server again"
            raise BadInput(message, kind=TroubleKind.ADDRESS)
        await self.check(there)
        self.move_to(there)

    async def sign_in(self, email: str, password: str, code: str = "") -> None:
        """Sign in; later calls carry the access token.

        Args:
            email: Whose account.
            password: As typed.
            code: Of the second factor; "" where none was asked for yet.

        Raises:
            Rejected: if address and password do not fit; see `wants_code`.
            ServerFault: if the server cannot be reached.
        """
        if self._context is None:  # in clear, a guest network's own page answers for everybody
            await self.check()
        self._http.headers.pop("Authorization", None)  # of a session that has ended
        fields = {"email": email, "password": password}
        answer = await self.post("/sessions", fields | ({"code": code.strip()} if code else {}))
        self._carry(answer)

    async def check(self, url: str = "") -> None:
        """See whether a server of ours answers at the address, or at another one.

        Raises:
            ServerFault: if none does; with what to look at.
        """
        url, bare = url or self.url, {"Authorization": ""}
        answer = await self._send("GET", f"{url}{_LIVE_PATH}", timeout=_READY_S, headers=bare)
        if answer.status_code not in _OK or not _says_live(answer):
            message = f"what answers at {url} is not a Gatekeeper server; check the address"
            raise ServerFault(message, kind=TroubleKind.ADDRESS)

    async def is_ready(self) -> bool:
        """Whether the server answers, and is the one that is trusted here."""
        try:
            answer = await self._http.get(
                f"{self.url}/health/ready", extensions=self._extensions, timeout=_READY_S
            )
        except httpx.HTTPError:
            return False
        return answer.status_code in _OK

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody has signed in, as far as is known here."""
        return "Authorization" in self._http.headers

    async def get(self, path: str, /, **query: str | int | list[str]) -> Any:
        """Read a resource; the JSON body."""
        return await self._ask("GET", path, params=query)

    async def read(self, kind: type[T], path: str, /, **query: str | int | list[str]) -> T:
        """Read a resource as a value of the desk's own."""
        return msgspec.convert(await self.get(path, **query), kind)

    async def get_bytes(self, path: str) -> bytes:
        """Read a document that is no JSON value, such as evidence, as it came."""
        return (await self._answer("GET", path)).content

    async def stream(self, path: str, **query: str) -> AsyncIterator[bytes]:
        """Read a long document piece by piece; whoever reads no further ends it.

        Raises:
            Rejected: if the server refused.
            ServerFault: if the line broke before its end.
        """
        try:
            async with self._http.stream(
                "GET", path, params=query, extensions=self._extensions
            ) as answer:
                if answer.status_code not in _OK:
                    await answer.aread()
                    raise _refusal(answer)
                async for piece in answer.aiter_bytes():
                    yield piece
        except httpx.HTTPError as fault:
            raise explain_http_fault(fault, self.url) from fault

    async def post(
        self, path: str, fields: Fields | None = None, *, key: str = "", etag: str = UNTAGGED
    ) -> Any:
        """Make something, or ask for an action; the JSON body of the answer.

        Args:
            path: Where.
            fields: What.
            key: Sent again with the same one, it is not done twice; "" for none.
            etag: As `patch`, where the action is meant for a thing as it was read.
        """
        headers = ({"Idempotency-Key": key} if key else {}) | _expecting(etag)
        return await self._ask("POST", path, json=fields, headers=headers)

    async def make(
        self,
        kind: type[T],
        path: str,
        fields: Fields | None = None,
        *,
        key: str = "",
        etag: str = UNTAGGED,
    ) -> T:
        """As `post`; the answer as a value of the desk's own."""
        return msgspec.convert(await self.post(path, fields, key=key, etag=etag), kind)

    async def post_for_bytes(self, path: str, fields: Fields) -> bytes:
        """Ask for a document whose question names somebody; as it came."""
        return (await self._answer("POST", path, json=fields)).content

    async def post_bytes(self, path: str, content: bytes, media_type: str) -> Any:
        """Send a file, such as a spreadsheet; the JSON body of the answer."""
        headers = {"Content-Type": media_type}
        return await self._ask("POST", path, content=content, headers=headers)

    async def patch(self, path: str, fields: Fields, etag: str) -> Any:
        """Change what is named, leave the rest; the JSON body of the answer.

        Args:
            path: The resource.
            fields: What is named.
            etag: What the resource was read under; the server refuses (412) if it is another one.
                `UNTAGGED` where its route takes none.
        """
        return await self._ask("PATCH", path, json=fields, headers=_expecting(etag))

    async def delete(self, path: str, etag: str) -> None:
        """Take a resource away; of `etag` see `patch`."""
        await self._ask("DELETE", path, headers=_expecting(etag))

    async def put(self, path: str, fields: Fields, etag: str) -> Any:
        """Replace a resource; the JSON body of the answer; of `etag` see `patch`."""
        return await self._ask("PUT", path, json=fields, headers=_expecting(etag))

    def channel_to(self, path: str) -> ChannelTerms:
        """Tell how a channel at a path is opened as whoever is signed in now."""
        name = self._extensions.get("sni_hostname")
        return ChannelTerms(
            address=f"ws{self.url.removeprefix('http')}/api/v1{path}",
            headers={"Authorization": self._http.headers.get("Authorization", "")},
            context=self._context,
            more={} if name is None else {"server_hostname": name},
        )

    async def list_all(self, path: str, **wanted: str) -> list[Any]:
        """Read every page of a list.

        Args:
            path: Without a query: what stands there is not sent.
            wanted: What narrows it, such as a state.
        """
        found: list[Any] = []
        after: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=100, **wanted, **after)
            found += page["items"]
            if page.get("next") is None:
                return found
            after = {"after": page["next"]}

    async def zone_of(self, site: EventSite) -> tzinfo:
        """Return the time zone in which an event's times are shown, wherever this laptop is."""
        event = await self.get(site.path)
        return zone_named(str(event["timezone"]))

    async def close(self) -> None:
        """Let connections go."""
        await self._http.aclose()

    async def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask once, and once more with a new access token where the former has ended.

        Raises:
            Rejected: if the server refused; with status 401 where the person must sign in again.
            ServerFault: if no useful answer came.
        """
        answer = await self._send(method, path, **request)
        if answer.status_code == _UNAUTHENTICATED and self.is_signed_in:
            renewed = await self._send("POST", "/sessions/refresh")
            if renewed.status_code in _OK:
                self._carry(_json_of(renewed))
                answer = await self._send(method, path, **request)
        if answer.status_code not in _OK:
            raise _refusal(answer)
        return answer

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        answer = await self._answer(method, path, **request)
        return _json_of(answer) if answer.content else None

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, extensions=self._extensions, **request)
        except httpx.HTTPError as fault:
            url = path.removesuffix(_LIVE_PATH) if path.endswith(_LIVE_PATH) else self.url
            raise explain_http_fault(fault, url) from fault
        with suppress(ValueError, TypeError):  # what stands in its place is no time
            said = parsedate_to_datetime(answer.headers.get("Date", ""))
            self.server_time = said.astimezone(UTC)
        return answer

    def _carry(self, tokens: Fields) -> None:
        """Let later requests carry the access token; the refresh token is a cookie."""
        self._http.headers["Authorization"] = f"Bearer {tokens['access_token']}"


def _says_live(answer: httpx.Response) -> bool:
    """Whether a server of ours says that it lives: a guest network's page is a good answer too."""
    try:
        return bool(answer.json() == _LIVE)
    except ValueError:
        return False


def _json_of(answer: httpx.Response) -> Any:
    """Read a good answer.

    Raises:
        ServerFault: if it is none of a server of ours.
    """
    try:
        return answer.json()
    except ValueError as fault:
        raise _refusal_of_proxy(answer.status_code) from fault


def _expecting(etag: str) -> dict[str, str]:
    return {"If-Match": etag} if etag else {}


def _refusal(answer: httpx.Response) -> Rejected | ServerFault:
    """Turn a problem document into words."""
    try:
        problem = answer.json()
        said = problem.get("detail") or problem.get("title") or ""
        slug = str(problem.get("type", "")).rsplit("/", 1)[-1]
        wrong = msgspec.convert(problem.get("errors") or (), tuple[WrongField, ...])
        told = problem.get("change")
        change = None if told is None else msgspec.convert(told, WhoChanged)
        why = problem.get("because")
        because = None if why is None else msgspec.convert(why, WorkReason)
    except (ValueError, AttributeError, KeyError, TypeError, msgspec.ValidationError):
        return _refusal_of_proxy(answer.status_code)
    fields = "; ".join(f"{one.field}: {one.message}" for one in wrong)
    text = f"the server refused: {said}" + (f" ({fields})" if fields else "")
    status = answer.status_code
    return Refused(text, wrong, problem=slug, status=status, change=change, because=because)


def _refusal_of_proxy(status: int) -> Rejected | ServerFault:
    """Say what somebody before the server answers in its place, in words of their own."""
    if status == _TOO_LARGE:
        text = (
            "the server refused: a proxy in front of it does not let anything this large through"
        )
        return Refused(text, (), problem="too-large", status=status)
    text = f"the server answered {status} with nothing readable"
    kind = TroubleKind.SERVER_FAILED if status >= _FAILED else TroubleKind.UNREADABLE
    return ServerFault(text, kind=kind)
