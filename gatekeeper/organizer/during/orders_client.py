"""Orders and their tickets at the desk: found, looked at, and what is done about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from gatekeeper.gate.holder_search import LETTERS_MIN
from gatekeeper.organizer.failed_work import ORDER_MAILS, find_held_up
from gatekeeper.organizer.prepare.guest_imports_client import list_types
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, Refused, ServerApi
from shared.credential.manual_code import parse_manual_code
from shared.field_limits import SEARCH_SIZE_MAX
from shared.kernel.errors import BadInput, Rejected
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import instant_from_datetime
from shared.manifest.name_folding import fold_name
from shared.manifest.name_spellings import found_by, spellings_of
from shared.manifest.presenting import foreign_ticket_id
from shared.wire.work_reasons import WorkReason

ORDERS_SHOWN_MAX: Final = 50
"""Orders, and likewise tickets, that a search at the desk shows."""
PASSAGES_SHOWN_MAX: Final = 4
"""Of one ticket: the last ones, since a pass may have hundreds."""

_PAGES_MAX: Final = 40
"""Pages that a search follows: the server looks at thousands of orders for each."""
_NUMBER: Final = re.compile(r"#?([0-9]{1,9})")
_TICKET_ID: Final = re.compile(r"[0-9a-fA-F]{16}")
CHANGED_SINCE: Final = "changed-since-shown"
"""The problem of what is refused here since it was agreed to by what is not so any more."""
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_NO_SUCH_ROUTE: Final = (_NOT_FOUND, 405)
_WORST_FIRST: Final = ("refused", "waiting", "nothing", "sent")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order, as the server's `OrderSummary` says."""

    id: str
    number: int
    state: str
    channel: str
    currency: str
    total_minor: int
    buyer_email: str | None
    buyer_name: str | None
    buyer_phone: str | None
    created_at: datetime


class OrderTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket, as the server's `TicketAnswer` says.

    Attributes:
        kind: The name of its type.
    """

    id: str
    order_id: str | None
    seat_id: str | None
    state: str
    blocked: bool
    manual_code: str | None
    holder_name: str | None
    holder_email: str | None = None
    kind: str = ""

    @property
    def code(self) -> str:
        """What people call it by."""
        return self.manual_code or self.id

    @property
    def is_used(self) -> bool:
        """Whether somebody has come in on it."""
        return self.state == "validated"

    @property
    def is_over(self) -> bool:
        """Whether nothing can be done about it any more."""
        return self.state in {"cancelled", "expired"}


class FoundOrders(msgspec.Struct, frozen=True, kw_only=True):
    """What a search has found.

    Attributes:
        tickets: Found by their code, id or holder's name.
        is_all: There is no more.
    """

    orders: tuple[Order, ...]
    tickets: tuple[OrderTicket, ...]
    is_all: bool


class OrderMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail of an order's tickets, as the server's `OrderMailAnswer` says.

    Attributes:
        outcome: `waiting`, `sent`, `nothing` or `refused`.
        said: How the last try ended, or what holds up all mails; "" before the first.
        because: The same by code; empty of older servers.
    """

    asked_at: datetime
    outcome: str
    said: str
    because: tuple[WorkReason, ...] = ()


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody came in on a ticket, or went out, as the ledger counts it.

    Attributes:
        is_entry: They came in.
        gate: The gate's name; "" of one that is gone.
        count: How many at once.
    """

    is_entry: bool
    at: datetime
    gate: str
    count: int


class OpenedOrder(msgspec.Struct, frozen=True):
    """What is looked at: an order with its tickets, or a ticket that no order has brought.

    Attributes:
        mail: The last mail of its tickets; of one in several parts that which stands worst. None
            where none was asked for within a month.
    """

    order: Order | None
    tickets: tuple[OrderTicket, ...]
    mail: OrderMail | None = None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket's refund gives back, or has given; see the server's `RefundAnswer`.

    Attributes:
        rules: The event's refund terms, where they were read too.
        timezone: The event's, for these.
    """

    currency: str | None
    price_minor: int
    back_minor: int
    noted_minor: int | None
    is_used: bool
    rest_minor: int = 0
    rules: tuple[dict[str, Any], ...] = ()
    timezone: str = "UTC"

    @property
    def agreed(self) -> tuple[str | None, int, int, int | None, bool, int]:
        """What somebody agrees to who is shown this."""
        sums = self.price_minor, self.back_minor, self.noted_minor
        return self.currency, *sums, self.is_used, self.rest_minor


class OrderClient:
    """Finds an event's orders, and does what is done about them."""

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self.api, self.site = api, site

    async def find(self, text: str) -> FoundOrders:
        """Find orders by number, name, e-mail or telephone, and tickets by code, id or holder.

        Without words: the latest orders; where there are none, tickets that lists have brought.
        """
        # What was pasted may hold marks that nobody sees, and that no name holds.
        seen = "".join(one if one.isprintable() else " " for one in text)
        words = " ".join(seen.split())[:SEARCH_SIZE_MAX]
        if not words:
            page = await self.api.get(f"{self.site.path}/orders", limit=ORDERS_SHOWN_MAX)
            latest = msgspec.convert(page["items"], tuple[Order, ...])
            if not latest:  # what lists have brought no order has
                return await self._first_tickets()
            is_all = page.get("next") is None
            return FoundOrders(orders=await self._in_zone(latest), tickets=(), is_all=is_all)
        kinds = await list_types(self.api, self.site)
        exact = await self._by_code(words, kinds)
        if exact:
            return FoundOrders(orders=(), tickets=exact, is_all=True)
        numbered = await self._by_number(words)
        if numbered and words.startswith("#"):
            return FoundOrders(orders=await self._in_zone(numbered), tickets=(), is_all=True)
        orders, all_orders = await self._search("orders", q=words)
        tickets, all_tickets = await self._by_name(words)
        known = {one.id for one in numbered}
        further = [one for one in msgspec.convert(orders, list[Order]) if one.id not in known]
        return FoundOrders(
            orders=await self._in_zone((*numbered, *further)),
            tickets=tuple(_ticket(one, kinds) for one in tickets),
            is_all=all_orders and all_tickets,
        )

    async def open_order(self, order_id: str) -> OpenedOrder:
        """Read an order as it is now."""
        kinds = await list_types(self.api, self.site)
        found = await self.api.get(f"{self.site.path}/orders/{order_id}")
        tickets = tuple(_ticket(one, kinds) for one in found["tickets"])
        order = msgspec.convert(found["order"], Order)
        (shown,) = await self._in_zone((order,))
        return OpenedOrder(shown, tickets, await self._last_mail(order))

    async def open_ticket(self, ticket_id: str) -> OpenedOrder:
        """Read a ticket as it is now, with its order if one has brought it."""
        found = await self.api.get(self._ticket(ticket_id))
        if found["order_id"] is not None:
            return await self.open_order(found["order_id"])
        return OpenedOrder(None, (_ticket(found, await list_types(self.api, self.site)),))

    async def list_passages(self, ticket_id: str) -> tuple[Passage, ...]:
        """Return when and where people last passed on a ticket, in the order it was heard."""
        path = f"{self.site.path}/checkins"
        page = await self.api.get(path, ticket_id=ticket_id, limit=PASSAGES_SHOWN_MAX)
        if not page["items"]:
            return ()
        plan = await self.api.get(f"{self.site.path}/plan")
        gates = {gate["id"]: str(gate["name"]) for gate in plan["gates"]}
        zone = await self.api.zone_of(self.site)
        return tuple(
            Passage(
                is_entry=one["direction"] == "in",
                at=datetime.fromisoformat(one["at"]).astimezone(zone),
                gate=gates.get(one["gate_id"], ""),
                count=one["count"],
            )
            for one in reversed(page["items"])
            if not one["is_annulled"]
        )

    async def check_seen(self, seen: OrderTicket, refund: Refund | None = None) -> None:
        """Make sure that a ticket is still what somebody looks at who is about to change it.

        Args:
            seen: As it is shown.
            refund: What giving it back was shown to mean.

        Raises:
            Refused: with `CHANGED_SINCE`, if somebody else has changed it, or what it means.
        """
        now = _ticket(await self.api.get(self._ticket(seen.id)), {})
        is_so = now == msgspec.structs.replace(seen, kind=now.kind)
        if is_so and refund is not None:
            is_so = (await self.read_refund(seen.id)).agreed == refund.agreed
        if not is_so:
            text = f"ticket {seen.code} has changed in the meantime"
            raise Refused(text, (), problem=CHANGED_SINCE, status=_CONFLICT)

    async def send_mail(self, order_id: str, language: str) -> int:
        """Have an order's tickets mailed to its buyer; in how many mails.

        Asked again while they wait it is the same wish: they bring the tickets as they are when
        they are sent, and a buyer would get one for each press.

        Raises:
            Refused: if it is not paid, has no address, or there is no mail server.
        """
        path = f"{self.site.path}/orders/{order_id}/mail"
        ended = [one for one in await self._mails(order_id) if one.outcome != "waiting"]
        after = instant_from_datetime(ended[0].asked_at) if ended else "none"
        key = f"desk-{language}-{after}"
        return len(await self.api.post(path, {"language": language}, key=key))

    async def name_holder(self, ticket_id: str, name: str, email: str) -> bool:
        """Say whom a ticket is for; whether gates are told names at this event."""
        fields = {"name": name, "email": email or None}
        made = await self.api.put(f"{self._ticket(ticket_id)}/holder", fields, UNTAGGED)
        return bool(made["names_at_gates"] != "off")

    async def block(self, ticket_id: str, *, is_blocked: bool) -> None:
        """Deny a ticket both ways for now, or allow it again."""
        fields = {"blocked": is_blocked}
        await self.api.put(f"{self._ticket(ticket_id)}/block", fields, UNTAGGED)

    async def reissue(self, ticket_id: str, *, even_if_used: bool) -> str:
        """Give a ticket a new code; those given out before are worth nothing. The new one.

        Raises:
            Refused: if it was used, and this is not said or not allowed.
        """
        path = f"{self._ticket(ticket_id)}/reissue"
        made = await self.api.post(f"{path}?even_if_used={_yes(even_if_used)}")
        return str(made["manual_code"] or made["id"])

    async def read_refund(self, ticket_id: str) -> Refund:
        """Return what a refund would give back now, or has given."""
        return await self.api.read(Refund, f"{self._ticket(ticket_id)}/refund")

    async def preview_refund(self, ticket_id: str) -> Refund:
        """Return what a refund would give back now, with the event's terms."""
        refund = await self.read_refund(ticket_id)
        event = await self.api.get(self.site.path)
        rules = tuple(event["pricing"]["refunds"])
        return msgspec.structs.replace(refund, rules=rules, timezone=str(event["timezone"]))

    async def refund(
        self, ticket_id: str, reason: str, *, even_if_used: bool, in_full: bool
    ) -> Refund:
        """Cancel a ticket, and have noted what is owed back; once, however often it is asked.

        Raises:
            Refused: if it was used, and this is not said or not allowed.
        """
        query = f"even_if_used={_yes(even_if_used)}&in_full={_yes(in_full)}"
        await self.api.post(f"{self._ticket(ticket_id)}/refund?{query}", {"reason": reason})
        return await self.read_refund(ticket_id)

    async def cancel(
        self, order_id: str, reason: str, *, even_if_used: bool, in_full: bool
    ) -> None:
        """Cancel an order with all its tickets, and have noted what is owed back; once.

        Raises:
            Refused: if one was used, and this is not said or not allowed.
        """
        query = f"even_if_used={_yes(even_if_used)}&in_full={_yes(in_full)}"
        path = f"{self.site.path}/orders/{order_id}/cancel"
        await self.api.post(f"{path}?{query}", {"reason": reason})

    def _ticket(self, ticket_id: str) -> str:
        return f"{self.site.path}/tickets/{ticket_id}"

    async def _by_code(self, words: str, kinds: Mapping[str, str]) -> tuple[OrderTicket, ...]:
        # A code of another box office is known by its hash alone, which is its ticket's id.
        foreign = format_ticket_id(foreign_ticket_id(words, self.site.event_id))
        for ticket_id in (words, foreign) if _TICKET_ID.fullmatch(words) else (foreign,):
            try:
                return (_ticket(await self.api.get(self._ticket(ticket_id)), kinds),)
            except Rejected as fault:
                if fault.status != _NOT_FOUND:
                    raise
        try:
            parse_manual_code(words)
        except BadInput:
            return ()
        page = await self.api.get(f"{self.site.path}/tickets", manual_code=words)
        return tuple(_ticket(one, kinds) for one in page["items"])

    async def _by_name(self, words: str) -> tuple[list[Any], bool]:
        """Find tickets by their holder's name: who is called just so before whom it is a part of.

        A short name stands in many others. Of all that it stands in those are told here; only
        where there are more than are shown the server is asked for them by themselves.
        """
        if sum(map(len, fold_name(words).split())) < LETTERS_MIN:
            return [], True
        parts, is_all = await self._search("tickets", name=words)
        if is_all:
            is_whole = found_by(spellings_of(words), is_whole=True)
            parts.sort(key=lambda one: not is_whole(fold_name(one["holder_name"] or "")))
            return parts, True
        whole, _ = await self._search("tickets", name=words, whole="true")
        tickets = [*{one["id"]: one for one in (*whole, *parts)}.values()]
        return tickets[:ORDERS_SHOWN_MAX], False

    async def _in_zone(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Return orders with their times as the venue's clock shows them."""
        zone = await self.api.zone_of(self.site)
        return tuple(
            msgspec.structs.replace(one, created_at=one.created_at.astimezone(zone))
            for one in orders
        )

    async def _mails(self, order_id: str) -> list[OrderMail]:
        try:
            found = await self.api.get(f"{self.site.path}/orders/{order_id}/mail")
        except Refused as fault:
            if fault.status in _NO_SUCH_ROUTE:  # a server of before tells nothing of it
                return []
            raise
        return msgspec.convert(found, list[OrderMail])

    async def _last_mail(self, order: Order) -> OrderMail | None:
        mails = [] if order.buyer_email is None else await self._mails(order.id)
        if not mails:
            return None
        parts = [one for one in mails if one.asked_at == mails[0].asked_at]
        worst = min(parts, key=lambda one: _WORST_FIRST.index(one.outcome))
        if worst.outcome == "waiting" and not worst.said:
            whose = self.site.organization_id
            held_up = await find_held_up(self.api, whose, ORDER_MAILS)
            if held_up is not None:
                worst = msgspec.structs.replace(worst, said=held_up.said, because=held_up.because)
        zone = await self.api.zone_of(self.site)
        return msgspec.structs.replace(worst, asked_at=worst.asked_at.astimezone(zone))

    async def _by_number(self, words: str) -> tuple[Order, ...]:
        """Find the order of a number: the first one before the next."""
        match = _NUMBER.fullmatch(words)
        if match is None:
            return ()
        number = int(match[1])
        page = await self.api.get(f"{self.site.path}/orders", limit=1, after=number + 1)
        found = msgspec.convert(page["items"], tuple[Order, ...])
        return tuple(one for one in found if one.number == number)

    async def _first_tickets(self) -> FoundOrders:
        page = await self.api.get(f"{self.site.path}/tickets", limit=ORDERS_SHOWN_MAX)
        kinds = await list_types(self.api, self.site)
        tickets = tuple(_ticket(one, kinds) for one in page["items"])
        return FoundOrders(orders=(), tickets=tickets, is_all=page.get("next") is None)

    async def _search(self, kind: str, **query: str) -> tuple[list[Any], bool]:
        """Follow a list's pages until enough is found; whether that is all."""
        found: list[Any] = []
        for _ in range(_PAGES_MAX):
            page = await self.api.get(f"{self.site.path}/{kind}", limit=ORDERS_SHOWN_MAX, **query)
            found += page["items"]
            if page.get("next") is None:
                return found[:ORDERS_SHOWN_MAX], len(found) <= ORDERS_SHOWN_MAX
            if len(found) >= ORDERS_SHOWN_MAX:
                break
            query["after"] = page["next"]
        return found[:ORDERS_SHOWN_MAX], False


def _ticket(fields: Mapping[str, Any], kinds: Mapping[str, str]) -> OrderTicket:
    kind = kinds.get(fields["ticket_type_id"], "")
    return msgspec.structs.replace(msgspec.convert(fields, OrderTicket), kind=kind)


def _yes(is_so: bool) -> str:  # noqa: FBT001 - one value, spelled
    return "true" if is_so else "false"
