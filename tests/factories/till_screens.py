"""Every screen of the till's window, prepared without an engine behind it, for pictures."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from PySide6.QtWidgets import QApplication

from gatekeeper.boxoffice.answers import (
    OpenPart,
    PartState,
    TicketOutcome,
)
from gatekeeper.boxoffice.finding_past_sales import TicketLook
from gatekeeper.boxoffice.last_sale_before_start import LastPapers, LastSale
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.sizes import Extent
from gatekeeper.presenters.till.choosing_seats import take_best
from gatekeeper.presenters.till.state import TillFacts, TillState, TillStep
from gatekeeper.presenters.till.which_screen import show
from gatekeeper.presenters.till.window_requests import PersonAtTill
from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from gatekeeper.terminals.printer_and_terminal import Machines
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.journal.sale_body import SalePayment
from shared.sales.tenders import Tender
from shared.sales.till_basket import Discount
from tests.factories.panels import REFERENCE_INCHES
from tests.factories.removed import remove
from tests.factories.till_facts import (
    ALL_PAID,
    COUNTED,
    FULL,
    HALF_PAID,
    HOSTS,
    LISTS,
    NAMES,
    ORDERS,
    PARKED,
    PAST,
    SALE,
    STOCK,
    UNKNOWN,
    X_REPORT,
    facts,
    seated_facts,
    seatless_facts,
)
from tests.factories.till_money_screens import money_states


class PanelTill(TillWindow):
    """A till's window over all of a panel that this machine need not have."""

    def __init__(self, panel: Extent, theme: Theme, inches: float) -> None:
        self._panel = panel
        super().__init__(theme, inches)

    def _screen_extent(self) -> Extent:
        return self._panel


class TillScreens:
    """A till's window that is told what to show.

    Args:
        width: In pixels.
        height: In pixels.
        theme: Its colours.
        inches: The panel's diagonal.
        percent: How large its texts are set.
    """

    def __init__(
        self,
        width: int,
        height: int,
        theme: Theme,
        inches: float = REFERENCE_INCHES,
        percent: int = 100,
    ) -> None:
        self.window = PanelTill(Extent(width, height), theme, inches)
        self.window.resize(width, height)
        self.window.show()
        self.window.set_text_percent(percent)
        QApplication.processEvents()

    def close(self) -> None:
        """Close the window."""
        remove(self.window)
        QApplication.processEvents()

    def show_all(self) -> Iterator[str]:
        """Show every screen, one after the other; yield each one's name while it is shown."""
        for name, state in till_states():
            self.window.page.show_screen(show(state))
            yield name


def till_states() -> Iterator[tuple[str, TillState]]:
    """Make every state of the window that looks different, with its name."""
    yield "till_starting", TillState()
    nobody = facts()._replace(event="Lantern Night", shift=None)
    yield "till_who", TillState(step=TillStep.WHO, facts=nobody)
    yield (
        "till_who_no_cashier",
        TillState(step=TillStep.WHO, facts=nobody._replace(badges=frozenset())),
    )
    left_open = facts()._replace(open_sales=(UNKNOWN,))
    yield "till_who_open", TillState(step=TillStep.WHO, facts=left_open)
    empty = facts()._replace(evacuated=("Main hall and galleries", "Courtyard"))
    yield "till_who_evacuated", TillState(step=TillStep.WHO, facts=empty)
    yield "till_sell_evacuated", TillState(step=TillStep.SELL, facts=empty)
    yield from _selling()
    yield from _seats()
    yield from _paying()
    yield from _drawer(nobody)
    yield from _open_sales()
    yield from _after()
    yield from money_states(_at, facts(), PAST[0], SALE)


def _selling() -> Iterator[tuple[str, TillState]]:
    yield "till_sell", _at(TillStep.SELL)
    yield "till_sell_basket", _at(TillStep.SELL, counts=dict(FULL))
    waits = facts()._replace(
        mode="offline", waiting=27, open_sales=(UNKNOWN, HALF_PAID), parked=PARKED
    )
    yield "till_sell_services", _at(TillStep.SELL, facts=waits)
    yield "till_sell_paper", _at(TillStep.SELL, facts=facts()._replace(asked_job=7))
    refused = _at(TillStep.SELL, counts=dict(FULL), facts=waits)
    refused.say(TEXTS.say("till.refused.unknown"), is_bad=True)
    yield "till_sell_refused", refused
    yield "till_done", _at(TillStep.DONE, sale=SALE)
    yield "till_other", _at(TillStep.OTHER, counts=dict(FULL))
    yield "till_code", _at(TillStep.TEXT, counts=dict(FULL), purpose="promo", typed="LANTERN")
    yield "till_why", _at(TillStep.WHY, purpose="comp")


def _seats() -> Iterator[tuple[str, TillState]]:
    seated = seated_facts()
    small = _at(TillStep.SEATS, facts=seated, seated_type=1)
    take_best(small, 1, 3)
    yield "till_seats", small
    hall = _at(TillStep.SEATS, facts=seated_facts(30, 40), seated_type=2)
    hall.say(TEXTS.say("till.seats_alone", seats="F 12"))
    yield "till_seats_hall", hall
    basket = _at(TillStep.SELL, facts=seated)
    take_best(basket, 1, 2)
    yield "till_sell_seats", basket
    yield "till_sell_seats_cut_off", _at(TillStep.SELL, facts=seatless_facts(is_live=False))


def _paying() -> Iterator[tuple[str, TillState]]:
    yield "till_cash", _at(TillStep.CASH, counts=dict(FULL), typed="5000")
    yield "till_card", _at(TillStep.CARD, counts=dict(FULL), on_card=91_250)
    parts = [Tender(kind="cash", amount_minor=5_000), Tender(kind="card", amount_minor=10_000)]
    yield "till_rest", _at(TillStep.REST, counts=dict(FULL), parts=parts)
    yield "till_working", _at(TillStep.WORKING, counts=dict(FULL))
    request = SellRequest(lines=(), tenders=())
    off = Discount(percent_points=5_000)
    yield "till_allow", _at(TillStep.ALLOW, counts=dict(FULL), discount=off, pending=request)
    badge = Badge("sv_1", "Dr. Ottoline Brandt-Henriksen")
    wrong = _at(TillStep.PIN, pending=request, badge=badge, typed="4839")
    wrong.say(TEXTS.say("unlock.wrong", count=4), is_bad=True)
    yield "till_pin", wrong


def _drawer(nobody: TillFacts) -> Iterator[tuple[str, TillState]]:
    yield "till_float", _at(TillStep.FLOAT, typed="20000", facts=nobody)
    looked_at = facts()._replace(asked_job=7, asked_paper="Balcony · Row 12, seat 34 · …FD0-P")
    yield "till_menu", _at(TillStep.MENU, facts=looked_at)
    yield "till_amount", _at(TillStep.AMOUNT, purpose="paid_out", typed="4250")
    yield "till_receiver", _at(TillStep.RECEIVER)
    machines = Machines(
        printer="tcp:192.168.1.60",
        terminal="zvt:192.168.1.70:20007",
        found=("device:/dev/usb/lp0", "system:Office", "serial:/dev/serial/by-id/usb-TM-T20"),
    )
    yield "till_machines", _at(TillStep.MACHINES, machines=machines)
    yield "till_machines_none", _at(TillStep.MACHINES, machines=Machines())
    yield "till_printers", _at(TillStep.PRINTERS, machines=machines)
    yield "till_terminals", _at(TillStep.TERMINALS, machines=machines)
    yield "till_address", _at(TillStep.TEXT, purpose="printer", typed="192.168.1.60")
    yield "till_report", _at(TillStep.REPORT, counted=X_REPORT)
    yield "till_count", _at(TillStep.COUNT, typed="48700")
    yield "till_compared", _at(TillStep.COMPARED, counted=COUNTED, left_minor=20_000)
    receiver = PersonAtTill("ca_noor", "Noor Abdelrahman-Oyelaran")
    handed = _at(TillStep.COMPARED, counted=COUNTED, purpose="hand_over", receiver=receiver)
    yield "till_compared_hand_over", handed
    unsettled = _at(TillStep.COMPARED, counted=COUNTED, purpose="close_named")
    unsettled.facts = facts()._replace(is_emptied_by_close=True)
    unsettled.say(TEXTS.say("till.drawer.open_sales"), is_bad=True)
    yield "till_compared_open", unsettled
    closed = TillState(step=TillStep.CLOSED, facts=nobody, counted=COUNTED)
    closed.say(TEXTS.say("till.closed_note", number=12))
    yield "till_closed", closed


def _open_sales() -> Iterator[tuple[str, TillState]]:
    some = facts()._replace(open_sales=(UNKNOWN, HALF_PAID), parked=PARKED, has_terminal=True)
    yield "till_open", _at(TillStep.OPEN, facts=some)
    yield "till_open_left", _at(TillStep.OPEN, facts=some, shown=1)
    paid = facts()._replace(open_sales=(ALL_PAID,))
    yield "till_open_paid", _at(TillStep.OPEN, facts=paid)
    cash, rest = (SalePayment(kind=one, amount_minor=9_000) for one in ("cash", "voucher"))
    taken = OpenPart(payment=cash, number=0, state=PartState.TAKEN)
    asking = OpenPart(payment=rest, number=1, state=PartState.ASKING)
    voucher = msgspec.structs.replace(UNKNOWN, parts=(taken, asking))
    refused = _at(TillStep.OPEN, facts=some._replace(open_sales=(voucher,)))
    refused.say(TEXTS.say("till.refused.unknown_voucher"), is_bad=True)
    yield "till_open_voucher", refused
    booked = "8101-9201-28004869 + 8102-9202-28004869"
    card = SalePayment(kind="card", amount_minor=18_750, reference=booked)
    both = OpenPart(payment=card, number=0, state=PartState.ASKING, is_twice=True)
    twice = some._replace(open_sales=(msgspec.structs.replace(UNKNOWN, parts=(both,)),))
    told = _at(TillStep.OPEN, facts=twice)
    told.say(TEXTS.say("till.doubt.twice", receipts=booked), is_bad=True)
    yield "till_open_twice", told
    back = msgspec.structs.replace(UNKNOWN.parts[0], state=PartState.REVERSING)
    going = some._replace(open_sales=(msgspec.structs.replace(UNKNOWN, parts=(back,)),))
    unsure = _at(TillStep.OPEN, facts=going)
    unsure.say(TEXTS.say("till.doubt.back"), is_bad=True)
    yield "till_open_back", unsure
    yield "till_open_none", _at(TillStep.OPEN)
    yield "till_parked", _at(TillStep.PARKED, facts=some)


def _after() -> Iterator[tuple[str, TillState]]:
    yield "till_pick_up", _at(TillStep.TEXT, purpose="ticket")
    yield "till_orders", _at(TillStep.ORDERS, orders=ORDERS)
    group = frozenset(one.ticket_id for one in ORDERS[0].tickets[3:9])
    yield "till_order", _at(TillStep.ORDER, orders=ORDERS, order=ORDERS[0], picked=group)
    yield "till_order_alone", _at(TillStep.ORDER, orders=ORDERS[2:], order=ORDERS[2])
    hosts = facts()._replace(stock=(*STOCK, *LISTS), plan=HOSTS)
    yield "till_sell_guests", _at(TillStep.SELL, facts=hosts)
    yield "till_guests", _at(TillStep.GUESTS, facts=hosts)
    guest = {"facts": hosts, "guest_list": 21, "purpose": "guest"}
    yield "till_guest", _at(TillStep.GUEST, **guest)
    yield "till_guest_named", _at(TillStep.GUEST, typed="KLÁRA NOVÁKOVÁ", plus=2, **guest)
    back = tuple((one.ticket_id, one.price_minor) for one in PAST[0].tickets)
    waiting = LastSale(PAST[0], LastPapers.WAITING, change_minor=500, back=back)
    for last in (waiting, LastSale(PAST[0], back=back, is_refund=True)):
        told = facts()._replace(last_sale=last)
        yield f"till_last_{last.papers}", _at(TillStep.LAST, past=PAST[0], facts=told)
    yield "till_sales", _at(TillStep.SALES, sales=PAST)
    yield "till_sales_none", _at(TillStep.SALES)
    yield "till_tickets", _at(TillStep.TICKETS, sales=PAST[:4])
    chosen = frozenset({PAST[0].tickets[0].ticket_id})
    prints = facts()._replace(has_printer=True)
    yield "till_sale", _at(TillStep.SALE, past=PAST[0], picked=chosen, facts=prints)
    request = AfterRequest(purpose=Purpose.REFUND, reason="cannot_come")
    yield (
        "till_confirm",
        _at(TillStep.CONFIRM, past=PAST[0], picked=chosen, draft=request),
    )
    gifts = tuple(msgspec.structs.replace(one, price_minor=0) for one in PAST[0].tickets)
    given = msgspec.structs.replace(PAST[0], tender="comp", total_minor=0, tickets=gifts)
    yield (
        "till_take_back",
        _at(TillStep.CONFIRM, past=given, picked=chosen, draft=request),
    )
    gone = PAST[0].tickets[:1]
    dear = {"past": PAST[0], "giving": gone, "credit": 3_800}
    yield "till_exchange", _at(TillStep.SELL, counts={4: 1}, **dear)
    yield "till_exchange_back", _at(TillStep.SELL, counts={1: 1}, **dear)
    yield "till_exchange_none", _at(TillStep.SELL, **dear)
    yield "till_exchanged", _at(TillStep.DONE, sale=SALE, back_by={"cash": 2_550})
    yield "till_paid_back", _at(TillStep.PAID_BACK, paid_back=3_800, tender="cash")
    look = TicketLook(
        code="1", ticket_id="beef30a1c2d4e5f0", ticket_type=NAMES[3], is_used=True, sale=PAST[0]
    )
    yield "till_ticket", _at(TillStep.TICKET, look=look)
    risk = _at(TillStep.ALLOW, pending=request)
    risk.say(TEXTS.say("till.allow_risk"), is_bad=True)
    yield "till_allow_risk", risk
    handed = tuple(
        TicketOutcome(
            ticket_id=one.ticket_id, reason="ok", digits=one.digits, manual_code=one.manual_code
        )
        for one in SALE.tickets
    )
    copies = tuple(msgspec.structs.replace(one, is_copy=True) for one in handed)
    copied = _at(TillStep.HANDED, handed=copies)
    copied.say(TEXTS.say("till.copied"))
    yield "till_handed", copied
    unprinted = facts()._replace(paper_key="print.unreachable")
    yield "till_handed_unprinted", _at(TillStep.HANDED, handed=handed, facts=unprinted)
    cut = _at(TillStep.TICKET, look=look)
    cut.say(TEXTS.say("till.refused.cut_off"), is_bad=True)
    yield "till_ticket_cut_off", cut


def _at(step: TillStep, **changes: object) -> TillState:
    state = TillState(step=step, person=PersonAtTill("ca_mara", "Mara Quintanilla"), facts=facts())
    vars(state).update(changes)
    return state
