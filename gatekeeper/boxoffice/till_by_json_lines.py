"""A till by lines of JSON: each line is one request, and gets one answer that is on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Final

import msgspec

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.exchanging import Exchanges
from gatekeeper.boxoffice.json_answers import (
    spell_last,
    spell_open,
    spell_order,
    spell_outcome,
    spell_sale,
    spell_stock,
)
from gatekeeper.boxoffice.last_sale_before_start import LastSale
from gatekeeper.boxoffice.order_search_at_till import Finder
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest, AfterSale
from gatekeeper.boxoffice.selling import Till
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.shifts import Shifts
from gatekeeper.boxoffice.terminal_totals import add_terminal_sum
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest, WantedSeats
from gatekeeper.boxoffice.till_staff import TillStaff
from shared.admission.purpose import Purpose
from shared.credential.manual_code import parse_manual_code
from shared.journal.bounds import Amount, KeyedName
from shared.kernel.duplicate_names import find_names_twice
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.id_types import SeatId, TicketId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.same_fields import made_of
from shared.kernel.undecodable import UNDECODABLE
from shared.sales.basket_pricing import WantedTickets
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tenders import SPLIT, Tender

_Code = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
_Text = Annotated[str, msgspec.Meta(max_length=4_096)]
_Ids = Annotated[tuple[KeyedName, ...], msgspec.Meta(max_length=100)]
_Count = Annotated[int, msgspec.Meta(ge=-(1 << 31), lt=1 << 31)]


class WantedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some tickets of one type."""

    type: _Code
    count: _Count = 1
    seats: Annotated[tuple[KeyedName, ...], msgspec.Meta(max_length=100)] = ()


class TillLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the input: one of the verbs, and what goes with it.

    Attributes:
        sell: What is in the basket.
        shift: What is done at the drawer.
        void: A sale of the open shift is taken back, whole.
        refund: Tickets of this till's are paid back.
        exchange: A ticket of this till's is given back for one of the type `to`.
        transfer: Somebody else becomes a ticket's holder: another credential takes its place.
        reprint: A ticket is printed again; its earlier copies are worth nothing then.
        pick_up: A ticket that was bought before gets a credential of its own: by its code, or
            some tickets of an order that was found, by their ids.
        find: Orders are looked up by name, number, phone, e-mail or a ticket of them, with the
            `badge` of a cashier who may.
        stock: Tell what is left.
        open_sales: Tell which sales are not finished.
        last: Tell what was sold or paid back last in the open shift, after a start above all.
        ask_again: Ask what became of an open sale's payment.
        decide: A person says so.
        finish: Pay what is left of an open sale.
        give_up: End an open sale, and give back what was paid.
        server: Where the server is now, by its signed word: a window scans that.
    """

    sell: tuple[WantedLine, ...] | None = None
    shift: str | None = None
    void: KeyedName | None = None
    refund: _Ids | None = None
    exchange: KeyedName | None = None
    transfer: KeyedName | None = None
    reprint: KeyedName | None = None
    pick_up: _Text | _Ids | None = None
    find: _Text | None = None
    stock: bool | None = None
    open_sales: bool | None = None
    last: bool | None = None
    ask_again: KeyedName | None = None
    decide: KeyedName | None = None
    finish: KeyedName | None = None
    give_up: KeyedName | None = None
    server: _Text | None = None

    to: _Code | None = None
    badge: KeyedName = ""
    tenders: tuple[Tender, ...] = ()
    promo: KeyedName = ""
    cashier: KeyedName = ""
    authorized_by: KeyedName = ""
    reason: KeyedName = ""
    amount_minor: Amount | None = None
    left_minor: Amount | None = None
    terminal_minor: Amount | None = None
    sale_id: KeyedName = ""
    tender: KeyedName = ""
    tender_to: KeyedName = ""
    receiver: KeyedName = ""
    z_number: Amount = 0
    in_full: bool = False
    names_open_sales: bool = False
    is_paid: bool | None = None
    code: KeyedName = ""


_DECODER: Final = msgspec.json.Decoder(TillLine)
_PATH_MAX: Final = 64
"""Letters of a request's own name that an answer repeats."""


class TillLines:
    """Answers lines, one after another, by the engine that the window uses."""

    def __init__(
        self,
        till: Till,
        shifts: Shifts,
        after_sale: AfterSale,
        exchanges: Exchanges,
        finder: Finder,
        find_last: Callable[[], LastSale | None],
        take_address: Callable[[str], bool],
        staff: TillStaff,
    ) -> None:
        """Answer by these."""
        self._staff = staff
        self._till, self._shifts = till, shifts
        self._after_sale, self._exchanges = after_sale, exchanges
        self._finder, self._find_last = finder, find_last
        self._take_address = take_address

    async def answer(self, raw: bytes) -> dict[str, Any]:
        """Answer one line; whatever it holds, there is an answer."""
        try:
            line = _DECODER.decode(raw)
            twice = find_names_twice(raw)
        except UNDECODABLE as fault:
            return self._no(SaleReason.MALFORMED, f"not a request: {fault}")
        if twice:
            # Which of two amounts was meant nobody can tell.
            return self._no(SaleReason.MALFORMED, f"{twice[0][:_PATH_MAX]} appears twice")
        if not line.authorized_by and self._staff.is_supervisor(line.cashier):
            # What they may do beyond a cashier they allow themselves, and their badge has to sign.
            line = msgspec.structs.replace(line, authorized_by=line.cashier)
        verbs = [verb for verb in self._ACTIONS if getattr(line, verb) is not None]
        if len(verbs) != 1:
            text = f"a line must have one of {', '.join(self._ACTIONS)}"
            return self._no(SaleReason.MALFORMED, text)
        try:
            return await self._ACTIONS[verbs[0]](self, line)
        except BadInput as fault:
            return self._no(SaleReason.MALFORMED, str(fault))
        except StoreFault as fault:
            return self._no(SaleReason.NOT_RECORDED, str(fault))

    # -- verbs ---------------------------------------------------------------------------------

    async def _sell(self, line: TillLine) -> dict[str, Any]:
        assert line.sell is not None
        request = SellRequest(
            lines=tuple(WantedTickets(one.type, one.count) for one in line.sell),
            tenders=line.tenders,
            promo=line.promo,
            cashier=line.cashier,
            authorized_by=line.authorized_by,
            why=line.reason,
            seats=_seats_of(line.sell),
        )
        return self._spell(await self._till.sell(request))

    async def _shift(self, line: TillLine) -> dict[str, Any]:
        assert line.shift is not None
        asked = made_of(ShiftRequest, line, act=line.shift, why=line.reason, currency="")
        request = await add_terminal_sum(asked, self._shifts, self._till.ports.terminal_day)
        return self._spell_shift(self._shifts.do(request))

    async def _void(self, line: TillLine) -> dict[str, Any]:
        assert line.void is not None
        asked = AfterRequest(purpose=Purpose.VOID, sale_id=line.void)
        return await self._take_back(line, asked)

    async def _refund(self, line: TillLine) -> dict[str, Any]:
        assert line.refund is not None
        asked = AfterRequest(
            purpose=Purpose.REFUND,
            ticket_ids=tuple(dict.fromkeys(parse_ticket_id(one) for one in line.refund)),
        )
        return await self._take_back(line, asked)

    async def _exchange(self, line: TillLine) -> dict[str, Any]:
        if line.to is None:
            return self._no(SaleReason.MALFORMED, 'name the type to exchange it for: "to"')
        sell = SellRequest(
            lines=(WantedTickets(line.to, 1),),
            tenders=line.tenders,
            promo=line.promo,
            cashier=line.cashier,
            authorized_by=line.authorized_by,
            why=line.reason,
        )
        asked = TicketExchangeRequest(
            ticket_ids=(parse_ticket_id(line.exchange or ""),),
            sell=sell,
            tender=line.tender,
            reason=line.reason,
            in_full=line.in_full,
        )
        answer = await self._exchanges.do(asked)
        spelled = self._head(answer.reason, None)
        if answer.sale is not None:
            spelled = self._spell(answer.sale)
        elif answer.text:
            spelled["text"] = answer.text
        spelled["mode"] = answer.mode
        if answer.is_ok:
            spelled |= {"paid_out_minor": answer.paid_out_minor, "tender": answer.tender}
        if answer.tender == SPLIT:
            spelled["paid_out_by"] = dict(answer.paid_out_by)
        if answer.ended:
            spelled["ended"] = [spell_outcome(one) for one in answer.ended]
        return spelled

    async def _transfer(self, line: TillLine) -> dict[str, Any]:
        ticket_id = parse_ticket_id(line.transfer or "")
        asked = AfterRequest(purpose=Purpose.TRANSFER, ticket_ids=(ticket_id,))
        return await self._take_back(line, asked)

    async def _reprint(self, line: TillLine) -> dict[str, Any]:
        ticket_id = parse_ticket_id(line.reprint or "")
        asked = AfterRequest(purpose=Purpose.REPRINT, ticket_ids=(ticket_id,))
        return await self._take_back(line, asked)

    async def _pick_up(self, line: TillLine) -> dict[str, Any]:
        if isinstance(line.pick_up, tuple):
            ids = tuple(dict.fromkeys(parse_ticket_id(one) for one in line.pick_up))
            return await self._hand_over(line, ids)
        text = (line.pick_up or "").strip()
        asked = AfterRequest(purpose=Purpose.HAND_OVER, code=text, is_manual=_is_manual(text))
        return await self._take_back(line, asked)

    async def _hand_over(self, line: TillLine, ids: tuple[TicketId, ...]) -> dict[str, Any]:
        """Hand over what was found, by the badge of whoever found it."""
        finder = self._finder
        asked = AfterRequest(purpose=Purpose.HAND_OVER, ticket_ids=ids)
        if not line.badge:
            return await self._take_back(line, asked)
        if not finder.show_badge(line.badge):
            return self._no(SaleReason.NOT_ALLOWED, "scan the badge of a cashier who may search")
        asked = msgspec.structs.replace(asked, found_by=finder.found_by)
        finder.forget()
        return await self._take_back(line, asked)

    async def _take_back(self, line: TillLine, asked: AfterRequest) -> dict[str, Any]:
        request = msgspec.structs.replace(
            asked,
            cashier=line.cashier,
            authorized_by=line.authorized_by,
            reason=line.reason,
            tender=line.tender,
            in_full=line.in_full,
        )
        answer = await self._after_sale.do(request)
        seqs = [one.seq for one in answer.tickets if one.seq is not None]
        spelled = self._head(answer.reason, max(seqs, default=None))
        if answer.mode:
            spelled["mode"] = answer.mode
        if answer.text:
            spelled["text"] = answer.text
        if answer.tender:
            spelled |= {"paid_out_minor": answer.paid_out_minor, "tender": answer.tender}
        if answer.tender == SPLIT:
            spelled["paid_out_by"] = dict(answer.paid_out_by)
        if answer.tickets:
            spelled["tickets"] = [spell_outcome(one) for one in answer.tickets]
        return spelled

    async def _find(self, line: TillLine) -> dict[str, Any]:
        finder = self._finder
        if not finder.show_badge(line.badge):
            return self._no(SaleReason.NOT_ALLOWED, "scan the badge of a cashier who may search")
        try:
            found = await finder.find(line.find or "")
        finally:
            finder.forget()
        if isinstance(found, Refusal):
            return self._no(found.reason, found.text)
        return self._yes() | {"orders": [spell_order(one) for one in found]}

    async def _stock(self, _line: TillLine) -> dict[str, Any]:
        return self._yes() | {"stock": [spell_stock(one) for one in self._till.stock()]}

    async def _open_sales(self, _line: TillLine) -> dict[str, Any]:
        found = self._till.open_sales.list_open()
        return self._yes() | {"open_sales": [spell_open(one) for one in found]}

    async def _last(self, _line: TillLine) -> dict[str, Any]:
        last = self._find_last()
        return self._yes() | {"last": None if last is None else spell_last(last)}

    async def _ask_again(self, line: TillLine) -> dict[str, Any]:
        return self._spell(await self._till.open_sales.ask_again(line.ask_again or ""))

    async def _decide(self, line: TillLine) -> dict[str, Any]:
        if line.is_paid is None:
            return self._no(SaleReason.MALFORMED, 'say whether it was paid: "is_paid"')
        person = line.authorized_by or line.cashier
        return self._spell(
            await self._till.open_sales.decide(
                line.decide or "", is_paid=line.is_paid, reference=line.code, person=person
            )
        )

    async def _finish(self, line: TillLine) -> dict[str, Any]:
        person = line.authorized_by or line.cashier
        finished = await self._till.open_sales.finish(line.finish or "", line.tenders, person)
        return self._spell(finished)

    async def _give_up(self, line: TillLine) -> dict[str, Any]:
        person = line.authorized_by or line.cashier
        return self._spell(await self._till.open_sales.give_up(line.give_up or "", person))

    async def _server(self, line: TillLine) -> dict[str, Any]:
        return self._yes() | {"is_new": self._take_address(line.server or "")}

    _ACTIONS: Final[dict[str, Callable[[TillLines, TillLine], Awaitable[dict[str, Any]]]]] = {
        "sell": _sell,
        "shift": _shift,
        "void": _void,
        "refund": _refund,
        "exchange": _exchange,
        "transfer": _transfer,
        "reprint": _reprint,
        "pick_up": _pick_up,
        "find": _find,
        "stock": _stock,
        "open_sales": _open_sales,
        "last": _last,
        "ask_again": _ask_again,
        "decide": _decide,
        "finish": _finish,
        "give_up": _give_up,
        "server": _server,
    }

    # -- spelling ------------------------------------------------------------------------------

    def _yes(self) -> dict[str, Any]:
        return self._head(SaleReason.OK.value, None)

    def _no(self, reason: SaleReason, text: str) -> dict[str, Any]:
        return self._head(reason.value, None) | {"text": text}

    def _head(self, reason: str, seq: int | None) -> dict[str, Any]:
        is_ok = reason == SaleReason.OK
        return {"ok": is_ok, "reason": reason, "mode": self._till.ports.mode(), "seq": seq}

    def _spell(self, answer: TillAnswer) -> dict[str, Any]:
        spelled = self._head(answer.reason.value, answer.seq) | {"mode": answer.mode}
        if answer.text:
            spelled["text"] = answer.text
        if answer.sale is not None:
            spelled |= spell_sale(answer.sale)
        if answer.open_sale is not None:
            spelled["open_sale"] = spell_open(answer.open_sale)
        return spelled

    def _spell_shift(self, answer: ShiftAnswer) -> dict[str, Any]:
        fields = msgspec.structs.asdict(answer)
        told = {
            name: value
            for name, value in fields.items()
            if name not in {"ok", "reason", "sums"}
            and value not in {None, ""}
            and (value != 0 or name.endswith("_minor"))  # nothing over and nothing short is a word
        }
        if answer.sums is not None:
            told["sums"] = msgspec.structs.asdict(answer.sums)
        return self._head(answer.reason.value, answer.seq or None) | told


def _seats_of(lines: Sequence[WantedLine]) -> tuple[WantedSeats, ...]:
    """Return the seats that lines name, by type."""
    named: dict[int, tuple[SeatId, ...]] = {}
    for line in lines:
        if line.seats:
            seats = tuple(SeatId(one) for one in line.seats)
            named[line.type] = named.get(line.type, ()) + seats
    return tuple(WantedSeats(code, seats) for code, seats in named.items())


def _is_manual(text: str) -> bool:
    """Tell whether a text has the form of a manual code."""
    try:
        parse_manual_code(text)
    except BadInput:
        return False
    return True
