"""A cashier who does what the till's window says, and counts what goes through their hands."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

from gatekeeper.boxoffice.answers import OpenSale, PartState, TillAnswer
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.device.opened_till import OpenedTill, add_printer
from gatekeeper.presenters.fault_words import spell_fault
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillScreen, TillState, TillStep
from gatekeeper.presenters.till.window_requests import Answer, Request, SettleSale, allowed_by
from gatekeeper.ui.till.till_thread import TillThread
from shared.journal.chain import decode_body, decode_entry
from shared.journal.shift_body import ShiftBody
from shared.kernel.errors import StoreFault
from shared.sales.tenders import CARD, CASH
from tests.factories.till_bench import BADGE
from tests.factories.till_evening import CHIEF_BADGE, OTHER_BADGE, PIN
from tests.factories.till_house import TillHouse
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.small_disk import SmallDisk

_LIKELY: Final = ("type", "cash", "card", "amount", "approved", "enter")
_RARE: Final = ("leave", "no_sale", "back", "give_up", "close", "count")
_LEFT_ALONE: Final = ("machines", "seats")
_FROM_HAND: Final = {"open": 1, "paid_in": 1, "paid_out": -1, "drop": -1}
_BADGES: Final = {
    TillStep.WHO: (BADGE, OTHER_BADGE),
    TillStep.CLOSED: (BADGE, OTHER_BADGE),
    TillStep.RECEIVER: (BADGE, OTHER_BADGE),
    TillStep.ALLOW: (CHIEF_BADGE, CHIEF_BADGE, OTHER_BADGE, ""),
}


class ObedientCashier:
    """Presses what is offered, at random, and takes and gives what the window says.

    Attributes:
        hands: What is in the drawer and on the card terminal by that, in minor units.
        on_terminal: What the terminal took by hand of which nothing was heard yet.
        trail: What was done, for whoever looks for a fault.
    """

    def __init__(self, house: TillHouse, chance: random.Random, disk: SmallDisk) -> None:
        self._house, self._chance, self._disk = house, chance, disk
        self.hands = Counter[str]()
        self.on_terminal, self._booked = 0, 0
        self.trail: list[str] = []
        self.desk = TillPresenter()

    async def start(self) -> None:
        """Start the till's program, and sign in."""
        self._thread = thread = TillThread(self._open)
        thread._loop.close()
        thread._loop = asyncio.get_running_loop()
        thread._till = self.till = await self._open()
        self.desk = TillPresenter()
        self._look()
        await self._do(self.desk.take_code(BADGE))

    async def stop(self) -> None:
        """Switch the till off."""
        await self.till.session.close()

    async def work(self) -> None:
        """Do one thing."""
        state, chance = self.desk.state, self._chance
        self._look()
        if badge := chance.choice(_BADGES.get(state.step, ("",))):
            await self._do(self.desk.take_code(badge))
        elif state.step is TillStep.PIN:
            for digit in PIN:
                self.desk.press(f"digit:{digit}")
            await self._press("enter")
        else:
            await self._press(self._choose(self.desk.screen()))

    def check(self) -> None:
        """Hold the drawer and the card sum against what was done."""
        sums = self.till.session.shifts.sums()
        if sums is None:
            return
        parts = Counter[str]()
        for part in self.desk.state.parts:
            parts[part.kind] += part.amount_minor or 0
        for sale in self.desk.state.facts.open_sales:
            parts += _taken(sale)
        card = sum(one.net_minor for one in sums.tenders if one.kind == CARD)
        by_hand = self.hands[CARD] - parts[CARD] - self.on_terminal
        said = "\n".join(self.trail[-30:])
        assert sums.expected_minor == self.hands[CASH] - parts[CASH], said
        assert card == by_hand + self._settled() - self._booked, said

    # ---- inside

    async def _open(self) -> OpenedTill:
        session = await self._house.open(self._disk)
        self._disk.hold(session.store)
        await session.sync_once()
        session.keep_drawer()
        return add_printer(session, self._house.paired.system())

    def _look(self) -> None:
        self.desk.take_facts(self._thread._read(self.till))

    def _choose(self, screen: TillScreen) -> str:
        if self.on_terminal:  # it said yes, and the till has not kept it yet
            return self._chance.choice(("approved", "back"))
        offered = [one.key for one in (*screen.ways, *screen.foot) if one.is_enabled]
        offered += [one.key for one in screen.rows if one.key]
        offered = [one for one in offered if not one.startswith(_LEFT_ALONE)]
        if screen.has_letters:
            offered = ["back"]
        if screen.has_digits and self._chance.random() < 0.5:
            offered = [f"digit:{digit}" for digit in ("1", "2", "5", "0", "00")]
        weights = [
            8 if one.startswith(_LIKELY) else 0.3 if one.startswith(_RARE) else 1
            for one in offered
        ]
        key = self._chance.choices(offered or ["enter"], weights or [1])[0]
        name, _, sale_id = key.partition(":")
        return f"{self._read_slip(sale_id)}:{sale_id}" if name in {"paid", "unpaid"} else key

    def _read_slip(self, sale_id: str) -> str:
        """Say what the terminal's own paper says of the payment that nobody knows."""
        sale = self._opened()[sale_id]
        assert sale.unknown is not None
        name = f"{sale_id}-{sale.unknown.number}"
        return "paid" if name in self._terminal.charged else "unpaid"

    @property
    def _terminal(self) -> CardTerminal:
        return self._house.terminal or CardTerminal()

    def _opened(self) -> dict[str, OpenSale]:
        return {one.sale_id: one for one in self.desk.state.facts.open_sales}

    def _settled(self) -> int:
        """Return what the terminal has taken by itself for sales that are made."""
        names = {one.sale_id for one in self.till.session.till.open_sales.list_open()}
        charged = self._terminal.charged.items()
        return sum(amount for name, amount in charged if name.partition("-")[0] not in names)

    async def _press(self, key: str) -> None:
        state = self.desk.state
        step, before, amount = state.step, list(state.parts), 0
        if step is TillStep.CARD:
            amount = state.card_amount
        request = self.desk.press(key)
        self.trail.append(f"{step.value}: {key}")
        if step is TillStep.CARD and key == "approved" and not self.on_terminal:
            self.on_terminal = amount
            self.hands[CARD] += amount
        elif step is TillStep.CARD and key in {"back", "declined"}:
            self.hands[CARD] -= self.on_terminal  # it said no, in the end
            self.on_terminal = 0
        elif len(state.parts) > len(before):
            self.hands[state.parts[-1].kind] += state.parts[-1].amount_minor or 0
        if step is TillStep.CARD and len(state.parts) > len(before):
            self.on_terminal = 0
        for part in before if len(state.parts) < len(before) else ():
            if part not in state.parts or before.count(part) > state.parts.count(part):
                before.remove(part)
                self._give(part.kind, part.amount_minor or 0)
                break
        self._cancel()
        await self._do(request)

    async def _do(self, request: Request | None) -> None:
        """Have the engine do it, and whatever that leads to."""
        while request is not None:
            opened, before = self._opened(), list(self.desk.state.parts)
            try:
                answer = await self._thread._do(self.till, request)
            except StoreFault as fault:
                self.desk.take_fault(spell_fault(fault), request)
                self._look()
                return
            finally:
                self._forget(request)
            asked, request = request, self.desk.take(request, answer)
            reason, note = getattr(answer, "reason", ""), self.desk.state.note
            self.trail.append(f"  {type(asked).__name__}: {reason} {note!r}")
            self._take(asked, answer, len(before), opened)
            self._look()

    def _forget(self, request: Request) -> None:
        """Forget the badge that allowed it, as the till's thread does."""
        if allowed_by(request):
            self.till.session.names.forget()

    def _take(
        self, asked: Request, answer: Answer, parts: int, opened: dict[str, OpenSale]
    ) -> None:
        """Take and give what the screen says now."""
        state, sale = self.desk.state, getattr(answer, "sale", None)
        sale = sale.sale if isinstance(sale, TillAnswer) else sale
        match asked:
            case SellRequest() | TicketExchangeRequest() if sale is not None:
                new = [one for one in sale.payments if one.kind != "exchange"][parts:]
                self.hands[CASH] += sum(one.amount_minor for one in new if one.kind == CASH)
                self.hands.subtract(state.back_by)
                self.on_terminal = 0
            case SettleSale() if sale is not None:
                paid = sum(one.amount_minor for one in sale.payments if one.kind == CASH)
                self.hands[CASH] += paid - _taken(opened[asked.sale_id])[CASH]
            case SettleSale() if getattr(answer, "is_ok", False):
                self.hands.subtract(_taken(opened[asked.sale_id]))
            case ShiftRequest() if isinstance(answer, ShiftAnswer) and answer.ok:
                self._take_act(asked, answer)
            case AfterRequest() if state.step is TillStep.PAID_BACK:
                self.hands.subtract(state.paid_parts)
        self._cancel()

    def _take_act(self, asked: ShiftRequest, answer: ShiftAnswer) -> None:
        self.hands[CASH] += _FROM_HAND.get(asked.act, 0) * (asked.amount_minor or 0)
        if asked.act == "close":
            assert answer.expected_minor == self.hands[CASH], "\n".join(self.trail[-30:])
            self.hands.clear()
            self._booked = self._settled()
        if asked.act == "tender_moved":
            ((_, signed),) = self.till.session.store.journal.read(answer.seq, answer.seq)
            body = decode_body(decode_entry(signed.entry))
            assert isinstance(body, ShiftBody)
            self.hands[body.tender] -= body.amount_minor
            self.hands[body.tender_to] += body.amount_minor

    def _cancel(self) -> None:
        """Cancel at the terminal what was taken there by hand, if the window says so."""
        state = self.desk.state
        if self.on_terminal and _is_told(state, CARD, self.on_terminal):
            self.hands[CARD] -= self.on_terminal
            self.on_terminal = 0

    def _give(self, kind: str, amount: int) -> None:
        assert _is_told(self.desk.state, kind, amount), self.desk.state.note
        self.hands[kind] -= amount


def _is_told(state: TillState, kind: str, amount: int) -> bool:
    said = f"Cancel {state.spell(amount)} at" if kind == CARD else f"Give {state.spell(amount)} "
    return said in state.note


def _taken(sale: OpenSale) -> Counter[str]:
    """Return what lay on the counter before somebody was asked for another part."""
    taken = Counter[str]()
    for part in sale.parts:
        if part.state is PartState.TAKEN:
            taken[part.payment.kind] += part.payment.amount_minor
    return taken
