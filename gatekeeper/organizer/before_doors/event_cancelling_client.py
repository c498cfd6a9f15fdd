"""Calling an event off at the desk: looked at before, done as one act, its refunds followed.

Everything stands at the server, so a desk that dies in the middle finds it again.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.organizer.before_doors.notices_client import Notice, read_notice
from gatekeeper.organizer.server_api import EventSite, ServerApi
from shared.kernel.errors import Rejected
from shared.manifest.name_folding import fold_name

LEFT_SHOWN_MAX: Final = 200
"""Orders of a date that was called off, that need a person, and are listed; more are counted."""

CALLABLE: Final = frozenset({"draft", "pending_approval", "published", "active", "cancelled"})
"""States in which an event is called off; cancelled by its state alone, its money is left."""
TYPED_MAX: Final = 30
_NOT_FOUND: Final = 404


class TicketCount(msgspec.Struct, frozen=True):
    """So many tickets of a type in one state."""

    name: str
    state: str
    count: int


class MoneyBack(msgspec.Struct, frozen=True):
    """So much by one tender, in minor units."""

    tender: str
    amount_minor: int


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What calling off would mean for the money of one currency, as `ForecastAnswer` says."""

    currency: str
    by_tender: tuple[MoneyBack, ...]
    at_till_minor: int
    left_minor: int
    left_orders: int


class CallingOffPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What calling off would mean now, as the server's `PreviewAnswer` says.

    Attributes:
        has_mail: Older servers do not say.
    """

    tickets: tuple[TicketCount, ...]
    inside_persons: int
    orders: int
    by_currency: tuple[Forecast, ...]
    has_mail: bool = True


class SentBack(msgspec.Struct, frozen=True):
    """What was sent back by one tender, by what became of it; in minor units."""

    tender: str
    state: str
    amount_minor: int


class Refunded(msgspec.Struct, frozen=True, kw_only=True):
    """How far the refunds in one currency have come, as `RefundedAnswer` says."""

    currency: str
    sent: tuple[SentBack, ...]
    at_till_minor: int
    at_till_paid_minor: int
    left_minor: int
    left: int


class RefundsStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How far the refunds have come, as the server's `CancellationAnswer` says."""

    state: str
    reason: str
    orders: int
    settled: int
    back: int
    left: int
    none: int
    by_currency: tuple[Refunded, ...]
    is_under_way: bool
    late: int = 0

    @property
    def is_stuck(self) -> bool:
        """Whether nobody works on it, though it is not done and nobody has stopped it."""
        return self.state == "working" and not self.is_under_way

    @property
    def may_go_on(self) -> bool:
        """Whether saying the act again would do something; of a finished run, what came since."""
        has_more = self.settled < self.orders or self.late > 0
        return self.state == "stopped" or self.is_stuck or has_more


class LeftOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order whose money a person has to look at.

    Attributes:
        whys: As the server's `SettledOrderAnswer` says.
    """

    number: int
    buyer_name: str | None
    buyer_email: str | None
    buyer_phone: str | None
    left_minor: int
    currency: str
    said: str
    whys: tuple[str, ...]


class DateChoice(msgspec.Struct, frozen=True):
    """A date that may be called off by itself."""

    id: str
    name: str


class Calling(msgspec.Struct, frozen=True, kw_only=True):
    """How an event stands, or one date of it.

    Attributes:
        name: The event's, or the date's.
        dates: The event's, where there are several.
        state: The event's; `cancelled` where the date is.
        preview: What calling it off would mean; None once it was done, or cannot be.
        standing: How far its refunds are; None before.
        left: What needs a person, by number.
        notice: What buyers were told of it, or None.
    """

    name: str
    state: str
    preview: CallingOffPreview | None = None
    standing: RefundsStanding | None = None
    left: tuple[LeftOrder, ...] = ()
    notice: Notice | None = None
    dates: tuple[DateChoice, ...] = ()

    @property
    def is_under_way(self) -> bool:
        """Whether the server still works on it."""
        is_told = self.notice is None or not self.notice.is_under_way
        return not is_told or (self.standing is not None and self.standing.is_under_way)


class EventCancellingClient:
    """Calls one event off, or one date of it, and follows what comes of it.

    Args:
        api: Somebody signed in.
        site: The event.
        date: The date's id; "" for the whole event.
    """

    def __init__(self, api: ServerApi, site: EventSite, date: str = "") -> None:
        self._api, self.site, self.date = api, site, date
        place = f"/occurrences/{date}" if date else ""
        self._path = f"{site.path}{place}/cancellation"

    async def read(self) -> Calling:
        """Read how the event stands, and what calling it off would mean."""
        event = await self._api.get(self.site.path)
        found = Calling(name=event["name"], state=event["state"])
        rows = await self._api.get(f"{self.site.path}/occurrences")
        if len(rows) > 1:
            dates = tuple(DateChoice(row["id"], row["name"]) for row in rows)
            found = msgspec.structs.replace(found, dates=dates)
        for row in rows:
            if row["id"] == self.date:
                is_off = row["cancelled_at"] is not None
                state = "cancelled" if is_off else found.state
                found = msgspec.structs.replace(found, name=row["name"], state=state)
        try:
            standing = await self._api.read(RefundsStanding, self._path)
        except Rejected as fault:
            if fault.status != _NOT_FOUND:
                raise
            if found.state not in (CALLABLE - {"cancelled"} if self.date else CALLABLE):
                return found
            preview = await self._api.get(f"{self._path}/preview")
            return msgspec.structs.replace(
                found, preview=msgspec.convert(preview, CallingOffPreview)
            )
        left = await self._read_left() if standing.left or standing.late else ()
        notice = await read_notice(self._api, self.site, "cancelled", self.date)
        return msgspec.structs.replace(found, standing=standing, left=left, notice=notice)

    async def call_off(
        self, reason: str, words: str | None = None, language: str = "en"
    ) -> Calling:
        """Cancel the event and have its money given back; said again, it goes on.

        Args:
            reason: Why, for the books.
            words: What buyers are told beside that it is off; None where they are told nothing.
            language: Of what they are told.

        Raises:
            Refused: if the event is over, or this needs a manager.
        """
        tell = None if words is None else {"language": language, "words": words}
        await self._api.post(self._path, {"reason": reason, "tell": tell})
        return await self.read()

    async def go_on(self) -> Calling:
        """Have the refunds go on, and look for orders that tills have brought since."""
        found = await self._api.read(RefundsStanding, self._path)
        return await self.call_off(found.reason)

    async def stop(self) -> Calling:
        """Let the refunds rest; the event stays cancelled."""
        await self._api.post(f"{self._path}/stop")
        return await self.read()

    async def _read_left(self) -> tuple[LeftOrder, ...]:
        path = f"{self._path}/orders"
        page = await self._api.get(path, outcome="left", limit=LEFT_SHOWN_MAX)
        return msgspec.convert(page["items"], tuple[LeftOrder, ...])


def word_to_type(name: str) -> str:
    """Return what is typed before an event is called off: its name, or how that begins."""
    return " ".join(name.split())[:TYPED_MAX].strip()


def is_typed(name: str, text: str) -> bool:
    """Whether somebody has typed, or copied, which name they mean; case and spaces aside.

    Accents and signs count for nothing either: not every keyboard has each letter of a name.
    """
    typed, word = " ".join(text.split()), word_to_type(name)
    return typed.casefold() == word.casefold() or fold_name(typed) == fold_name(word) != ""
