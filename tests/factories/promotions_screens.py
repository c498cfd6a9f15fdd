"""The page of discounts and vouchers, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.organizer.prepare.promotions_client import Discounts, ListedPromotion
from gatekeeper.organizer.prepare.vouchers_client import Made, Voucher, Vouchers
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.widgets.plain_table import select_row
from gatekeeper.wording.texts import TEXTS

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def promotion(number: int = 1, **more: Any) -> ListedPromotion:
    """Make a discount of ten percent for everybody."""
    fields: dict[str, Any] = {
        "id": f"pr_{number}",
        "name": f"Early lanterns {number}",
        "kind": "percent",
        "percent_points": 1_000,
        "fixed_minor": 0,
        "buy": 0,
        "free": 0,
        "has_code": False,
        "ticket_type_ids": None,
        "ends_at": None,
        "uses": None,
        "taken": 0,
    }
    return ListedPromotion(**(fields | more))


PROMOTIONS = (
    promotion(1),
    promotion(2, kind="fixed", fixed_minor=500, has_code=True, uses=200, taken=17, ends_at=NOW),
    promotion(3, kind="buy_get", buy=4, free=1, ticket_type_ids=("tt_1", "tt_2")),
)


def voucher(number: int = 1, **more: Any) -> Voucher:
    """Make a voucher of which something is spent."""
    fields: dict[str, Any] = {
        "id": f"vc_{number}",
        "currency": "EUR",
        "value_minor": 4_000,
        "spent_minor": 1_250,
        "unbooked_minor": 0,
        "note": f"Friends of the lantern makers {number}",
        "ends_at": None,
        "created_at": NOW,
        "withdrawn_at": None,
    }
    return Voucher(**(fields | more))


VOUCHERS = (
    voucher(1, unbooked_minor=1_250),
    voucher(2, spent_minor=4_000, note=""),
    voucher(3, ends_at=NOW),
    voucher(4, withdrawn_at=NOW, ends_at=datetime(2027, 1, 1, tzinfo=UTC)),
)
MADE = tuple(
    Made(voucher(number, spent_minor=0, note="=press"), f"0123-4567-89AB-CDE{number}")
    for number in range(3)
)


def show_promotions(work: EventPages, plan: EventPlan) -> Iterator[str]:
    """Show them, and name it."""
    page = work.promotions
    work.enter("promotions")
    page.show_discounts(Discounts(plan, PROMOTIONS))
    page.say(TEXTS.say("promo.flaw.amount"), "bad")
    yield "desk-promotions"
    page.kind.setCurrentIndex(2)
    select_row(page.table, 1)
    remove = page.findChild(QPushButton, "promotionRemove")
    assert isinstance(remove, QPushButton)
    remove.click()
    yield "desk-promotions-remove"
    page.tabs.setCurrentWidget(page.vouchers)
    page.vouchers.now = lambda: NOW
    page.vouchers.show_vouchers(Vouchers(plan, VOUCHERS, is_all=False))
    page.vouchers.table.setCurrentCell(0, 0)
    withdraw = page.findChild(QPushButton, "voucherWithdraw")
    assert isinstance(withdraw, QPushButton)
    withdraw.click()
    page.vouchers.say(TEXTS.say("vouchers.lost", go=TEXTS.say("vouchers.go")), "bad")
    yield "desk-promotions-vouchers"
    page.vouchers.show_made(MADE)
    done = page.findChild(QPushButton, "voucherDone")
    assert isinstance(done, QPushButton)
    done.click()
    yield "desk-promotions-codes"
