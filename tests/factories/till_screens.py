"""Every screen of the till's window, prepared without an engine behind it, for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from gatekeeper.boxoffice.answers import PrintedTicket, Sale, StockLine
from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftAnswer
from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.sizes import Extent
from gatekeeper.presenters.till_screens import show
from gatekeeper.presenters.till_values import Person, TillFacts, TillState, TillStep
from gatekeeper.ui.appearance import load_font_family
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.wording.texts import TEXTS
from shared.journal.sale import Payment
from shared.kernel.id_types import TicketTypeId
from shared.kernel.money import Money
from shared.manifest.prices import PricePlan, TypePrices
from tests.factories.panels import REFERENCE_INCHES

NAMES: Final = (
    "Stalls",
    "Circle, reduced",
    "Standing room",
    "Companion of a guest in a wheelchair",
    "Child under 12",
    "Box",
    "Festival pass for four days with camping",
)
STOCK: Final = tuple(
    StockLine(
        code=code,
        name=name,
        left=0 if code == 6 else 240 - 31 * code,
        held=0,
        price_minor=1_250 * code,
        currency="EUR",
    )
    for code, name in enumerate(NAMES, start=1)
)
PLAN: Final = PricePlan(
    types=tuple(
        TypePrices(
            code=one.code,
            ticket_type_id=TicketTypeId(f"tt_{one.code}"),
            price_minor=one.price_minor,
            currency="EUR",
        )
        for one in STOCK
    )
)
SHIFT: Final = OpenShift(shift_id="5f" * 16, currency="EUR", cashier="ca_mara", opened_seq=1)
COUNTED: Final = ShiftAnswer(
    ok=True,
    z_number=12,
    counted_minor=48_700,
    expected_minor=49_200,
    difference_minor=-500,
    card_minor=124_500,
)
PAID: Final = Payment(kind="cash", amount_minor=11_400, given_minor=12_000, change_minor=600)
SALE: Final = Sale(
    sale_id="a1" * 16,
    receipt_number=118,
    seq=240,
    total=Money(11_400, "EUR"),
    tickets=tuple(
        PrintedTicket(
            ticket_id=f"beef30a1c2d4e5f{number}",
            digits="".join(str(at * 7 % 10) for at in range(200)),
            manual_code="7K2M-9Q4T-H",
            ticket_type=NAMES[3],
            price=Money(3_800, "EUR"),
        )
        for number in range(3)
    ),
    payments=(PAID,),
)


class PanelTill(TillWindow):
    """A till's window over all of a panel that this machine need not have."""

    def __init__(self, panel: Extent, theme: Theme, inches: float) -> None:
        self._panel = panel
        super().__init__(load_font_family(), theme, inches)

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
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(self.window, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()

    def show_all(self) -> Iterator[str]:
        """Show every screen, one after the other; yield each one's name while it is shown."""
        for name, state in till_states():
            self.window.page.show_screen(show(state))
            yield name


def till_states() -> Iterator[tuple[str, TillState]]:
    """Make every state of the window that looks different, with its name."""
    yield "till_starting", TillState()
    nobody = TillFacts(
        event="Lantern Night", currency="EUR", stock=STOCK, plan=PLAN, mode="online"
    )
    yield "till_who", TillState(step=TillStep.WHO, facts=nobody)
    yield "till_float", _at(TillStep.FLOAT, typed="20000", facts=nobody)
    yield "till_sell", _at(TillStep.SELL)
    full = {1: 2, 2: 1, 4: 12, 7: 3}
    yield "till_sell_basket", _at(TillStep.SELL, counts=full)
    waits = facts()._replace(mode="offline", waiting=27)
    refused = _at(TillStep.SELL, counts=full, facts=waits)
    refused.say(TEXTS.say("till.refused.unknown"), is_bad=True)
    yield "till_sell_refused", refused
    yield "till_cash", _at(TillStep.CASH, counts=full, typed="5000")
    yield "till_card", _at(TillStep.CARD, counts=full)
    yield "till_working", _at(TillStep.WORKING, counts=full)
    yield "till_done", _at(TillStep.DONE, sale=SALE)
    yield "till_menu", _at(TillStep.MENU, facts=facts()._replace(asked_job=7))
    yield "till_count", _at(TillStep.COUNT, typed="48700")
    yield "till_compared", _at(TillStep.COMPARED, counted=COUNTED)
    closed = TillState(step=TillStep.CLOSED, facts=nobody, counted=COUNTED)
    closed.say(TEXTS.say("till.closed_note", number=12))
    yield "till_closed", closed


def facts() -> TillFacts:
    """Return what a till at work knows."""
    return TillFacts(
        event="Lantern Night: the long evening of the harbour",
        currency="EUR",
        stock=STOCK,
        plan=PLAN,
        mode="online",
        shift=SHIFT,
    )


def _at(step: TillStep, **changes: object) -> TillState:
    state = TillState(step=step, person=Person("ca_mara", "Mara Quintanilla"), facts=facts())
    for name, value in changes.items():
        setattr(state, name, value)
    return state
