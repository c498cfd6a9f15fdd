"""Webhooks, which the desk calls other programs: where messages go, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from gatekeeper.organizer.edit_clashes import save_over, unless_changed
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking

KINDS: Final = (
    "order.created",
    "order.confirmed",
    "order.cancelled",
    "ticket.transferred",
    "ticket.checkedin",
    "event.published",
    "event.cancelled",
    "alarm.raised",
    "alarm.ended",
)
"""What a program can be told of, as the server names it."""
TRIAL: Final = "webhook.test"
LOG_PAGE: Final = 50
_CHANGED_MEANWHILE: Final = 412
_NOT_FOUND: Final = 404


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages go, as the server's `WebhookAnswer` says.

    Attributes:
        kinds: What it hears of; empty for everything.
        paused_because: `asked`, `gone`, `failing` or `unanswered`; "" while messages are sent.
        old_secret_until: Until when the secret before this one signs too.
    """

    id: str
    name: str
    url: str
    kinds: tuple[str, ...]
    state: str
    paused_because: str
    is_failing: bool
    failures: int
    failing_since: datetime | None
    last_taken_at: datetime | None
    old_secret_until: datetime | None
    etag: str

    @property
    def is_paused(self) -> bool:
        """Whether its messages are held."""
        return self.state == "paused"

    @property
    def stopped_because(self) -> str:
        """Why it was paused though nobody asked for it; "" else, and where it is not known."""
        because = self.paused_because
        return because if because in {"gone", "failing", "unanswered"} else ""

    @property
    def host(self) -> str:
        """Whose address it is, without what may be secret in it."""
        try:
            return urlsplit(self.url).hostname or self.url
        except ValueError:
            return self.url

    @property
    def fields(self) -> Fields:
        """What an edit sets."""
        return {"name": self.name, "url": self.url, "kinds": sorted(self.kinds)}


class NewSecret(msgspec.Struct, frozen=True):
    """A program, and the secret that signs for it: to be had this once."""

    webhook: Program
    secret: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way to a program, as the server's `DeliveryAnswer` says.

    Attributes:
        state: `waiting`, `held`, `taken` or `failed`.
        status: Of the last answer; None where there was none.
    """

    message_id: str
    kind: str
    state: str
    attempts: int
    status: int | None
    said: str
    created_at: datetime


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try, as the server's `AttemptAnswer` says.

    Attributes:
        answer: The first bytes of what was answered.
    """

    at: datetime
    ms: int
    status: int | None
    said: str
    answer: str


class Log(msgspec.Struct, frozen=True):
    """Messages, the latest first; `next` names the page of earlier ones, if there is one."""

    items: tuple[Message, ...] = ()
    next: str | None = None


class SentMessage(msgspec.Struct, frozen=True):
    """A message, what it says, and its tries, the last one first."""

    delivery: Message
    attempts: tuple[DeliveryAttempt, ...]


class WebhookClient:
    """Looks after an organization's webhooks.

    Args:
        api: Somebody signed in.
        site: An event of the organization.
    """

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self._api = api
        self.organization_id = site.organization_id
        self._path = f"/organizations/{site.organization_id}/webhooks"
        self._making = UnheardMaking()

    async def list_programs(self) -> tuple[Program, ...]:
        """List the programs by their names."""
        return await self._api.read(tuple[Program, ...], self._path)

    async def add(self, fields: Fields) -> NewSecret:
        """Have messages sent to a program.

        Asked for again because no answer came, it is another one: nobody has the former's secret.

        Args:
            fields: As `Program.fields`.

        Raises:
            Refused: for an address that is not taken, or one program too many.
        """

        async def end(unseen: Program) -> None:
            await self._api.delete(self._one(unseen), unseen.etag)

        async def make() -> NewSecret:
            return await self._api.make(NewSecret, self._path, fields)

        return await self._making.anew(
            fields, self.list_programs, lambda one: one.fields == fields, end, make
        )

    async def save(self, program: Program, fields: Fields, etag: str = "") -> Clash | None:
        """Change where messages go, or of what.

        Args:
            program: As it was read.
            fields: As `Program.fields`, as they shall be.
            etag: Of what was looked at last; "" for the program's own.

        Returns:
            What somebody else changed of it meanwhile; then nothing was written.
        """

        async def write(etag: str) -> None:
            await self._api.patch(self._one(program), fields, etag)

        self._making.forget()
        return await save_over(program, fields, lambda: self._read(program), write, etag)

    async def pause(self, program: Program, *, is_paused: bool) -> None:
        """Hold a program's messages, or send them, those that were held first."""
        fields = {"state": "paused" if is_paused else "active"}
        try:
            await self._api.patch(self._one(program), fields, program.etag)
        except Refused as refusal:
            if refusal.status != _CHANGED_MEANWHILE:
                raise
            # It is meant whatever its name or address has become.
            now = await self._read(program)
            await self._api.patch(self._one(program), fields, now.etag)

    async def renew(self, program: Program) -> NewSecret | Clash:
        """Draw another secret; for a day the one before signs beside it.

        Returns:
            The secret; or what somebody else changed of it meanwhile. One that was drawn just now
            may be in the program already: it still signs alone then.
        """

        async def draw() -> NewSecret:
            return await self._api.make(
                NewSecret, f"{self._one(program)}/secret", etag=program.etag
            )

        self._making.forget()
        return await unless_changed(program, draw, lambda: self._read(program))

    async def remove(self, program: Program) -> Clash | None:
        """Send a program nothing more, and forget its log.

        Returns:
            What somebody else changed of it meanwhile; then it is still there.
        """

        async def remove() -> None:
            try:
                await self._api.delete(self._one(program), program.etag)
            except Refused as refusal:
                if refusal.status != _NOT_FOUND:
                    raise  # else another one was faster, and it is what was meant

        self._making.forget()
        return await unless_changed(program, remove, lambda: self._read(program))

    async def try_out(self, program: Program) -> Message:
        """Send a message that tells of nothing.

        Raises:
            Refused: while the program is paused.
        """
        return await self._api.make(Message, f"{self._one(program)}/test")

    async def read_log(self, program: Program, after: str = "") -> Log:
        """Read what was sent lately, or before a page."""
        query: dict[str, Any] = {"limit": LOG_PAGE} | ({"after": after} if after else {})
        return await self._api.read(Log, f"{self._one(program)}/deliveries", **query)

    async def read_sent(self, program: Program, message_id: str) -> SentMessage:
        """Read what a message says, and its tries."""
        return await self._api.read(SentMessage, f"{self._one(program)}/deliveries/{message_id}")

    async def send_again(self, program: Program, message_id: str) -> Message:
        """Send a message once more, under its own id.

        Raises:
            Refused: while the program is paused.
        """
        again = f"{self._one(program)}/deliveries/{message_id}/again"
        return await self._api.make(Message, again)

    async def _read(self, program: Program) -> Program:
        return await self._api.read(Program, self._one(program))

    def _one(self, program: Program) -> str:
        return f"{self._path}/{program.id}"


def find_flaw(name: str, url: str, kinds: Sequence[str] | None) -> str:
    """Say what is missing before a server is asked: `name`, `url` or `kinds`; "" for nothing.

    Args:
        name: As typed.
        url: As typed.
        kinds: What was ticked; None for everything.
    """
    if not name.strip():
        return "name"
    if "://" not in url.strip():
        return "url"
    return "kinds" if kinds is not None and not kinds else ""


def join_log(before: Log, latest: Log) -> Log:
    """Join the latest page to what was read before; earlier pages stay while there is no gap."""
    known = {one.message_id for one in latest.items}
    if not any(one.message_id in known for one in before.items):
        return latest
    earlier = tuple(one for one in before.items if one.message_id not in known)
    return Log((*latest.items, *earlier), before.next if earlier else latest.next)


def append_log(before: Log, earlier: Log) -> Log:
    """Put a page of earlier messages behind what was read."""
    known = {one.message_id for one in before.items}
    more = tuple(one for one in earlier.items if one.message_id not in known)
    return Log((*before.items, *more), earlier.next)
