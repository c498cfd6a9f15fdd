"""The page of calling off, in each of its states, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.before_doors.date_moves_client import (
    DateLine,
    MovePlan,
    MovePreview,
    WantedMove,
)
from gatekeeper.organizer.before_doors.event_cancelling_client import (
    Calling,
    CallingOffPreview,
    DateChoice,
    Forecast,
    LeftOrder,
    MoneyBack,
    Refunded,
    RefundsStanding,
    SentBack,
    TicketCount,
)
from gatekeeper.organizer.before_doors.notices_client import Notice, Unreached
from gatekeeper.organizer.failed_work import WorkEnd
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.wording.texts import TEXTS
from shared.wire.work_reasons import WorkReason
from tests.factories.guest_list_screens import BROKEN

LONG: Final = "Friends and supporters of the lantern makers and everybody they bring along"
PREVIEW: Final = CallingOffPreview(
    tickets=(
        TicketCount("Standing", "paid", 1_800),
        TicketCount("Standing", "payment_expired", 12),
        TicketCount(LONG, "paid", 200),
        TicketCount(LONG, "pending_admissible", 7),
    ),
    inside_persons=300,
    orders=1_240,
    by_currency=(
        Forecast(
            currency="EUR",
            by_tender=(
                MoneyBack("card", 3_000_000),
                MoneyBack("cash", 1_250_000),
                MoneyBack("online", 900_000),
                MoneyBack("voucher", 40_000),
            ),
            at_till_minor=1_100_000,
            left_minor=5_000,
            left_orders=2,
        ),
        Forecast(
            currency="CHF",
            by_tender=(MoneyBack("card", 70_000),),
            at_till_minor=0,
            left_minor=1_000,
            left_orders=1,
        ),
    ),
)
BEFORE: Final = Calling(
    name=f"Night of the Lanterns. {LONG}",
    state="active",
    preview=PREVIEW,
    dates=(DateChoice("oc_1", "Friday"), DateChoice("oc_2", LONG)),
)
WORKING: Final = RefundsStanding(
    state="working",
    reason="storm",
    orders=1_998,
    settled=840,
    back=610,
    left=3,
    none=28,
    by_currency=(
        Refunded(
            currency="EUR",
            sent=(
                SentBack("card", "pending", 2_000_000),
                SentBack("voucher", "done", 40_000),
                SentBack("online", "unknown", 2_500),
            ),
            at_till_minor=500_000,
            at_till_paid_minor=20_000,
            left_minor=5_000,
            left=2,
        ),
        Refunded(
            currency="CHF",
            sent=(SentBack("card", "pending", 70_000),),
            at_till_minor=0,
            at_till_paid_minor=0,
            left_minor=1_000,
            left=1,
        ),
    ),
    is_under_way=True,
)
LEFT: Final = tuple(
    LeftOrder(
        number=number,
        buyer_name=name,
        buyer_email=email,
        buyer_phone="+49 151 0000000",
        left_minor=2_500,
        currency=currency,
        said="The order is not paid, but someone has entered on it.",
        whys=whys,
    )
    for number, name, email, currency, whys in (
        (17, LONG, "friends-of-the-lantern-makers@lanterns.example.org", "EUR", ("less_booked",)),
        (230, None, None, "CHF", ("refused",)),
        (231, "Zoë Müller", "zoe@example.org", "EUR", ("in_doubt", "void")),
    )
)
DURING: Final = Calling(name="Lanterns", state="cancelled", standing=WORKING)


NOTICE: Final = Notice(
    id="no_1",
    kind="moved",
    created_at=datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
    ended_at=None,
    waiting=212,
    sent=1_020,
    no_address=1,
    no_server=0,
    refused=1,
    doubtful=1,
    unreached=tuple(
        Unreached(
            number=number,
            outcome=outcome,
            buyer_name=name,
            buyer_email=email,
            buyer_phone="+49 151 0000000",
        )
        for number, outcome, name, email in (
            (17, "no_address", LONG, None),
            (230, "doubtful", "Zoë Müller", "zoe@example.org"),
            (231, "refused", None, "friends-of-the-lantern-makers@lanterns.example.org"),
        )
    ),
)
PLAN: Final = MovePlan(
    name="Night of the Lanterns",
    state="active",
    timezone="Europe/Berlin",
    dates=tuple(
        DateLine(
            id=f"oc_{day}",
            name=name,
            doors_at=datetime(2026, 10, day, 17, tzinfo=UTC),
            starts_at=datetime(2026, 10, day, 18, tzinfo=UTC),
            ends_at=datetime(2026, 10, day + 1, 1, 30, tzinfo=UTC),
        )
        for day, name in ((23, "Friday"), (24, LONG))
    ),
)
MOVE: Final = MovePreview(
    tickets=(TicketCount(LONG, "paid", 1_800), TicketCount(LONG, "pending_admissible", 7)),
    inside_persons=12,
    orders=1_240,
    unreached=31,
    has_mail=True,
    zones_to_check=("Arena", "Balcony"),
)
NO_PASSWORD: Final = WorkEnd("", (WorkReason("mail.password"),))


def show_moving(work: EventPages) -> Iterator[str]:
    """Show the page of moving: what it means, and who was not reached after it."""
    page = work.date_moves
    work.enter("date_moves")
    page.show_plan(PLAN)
    page.choose(0)
    page.refunds.setChecked(True)
    page.starts.show_moment(datetime(2026, 10, 30, 20, tzinfo=UTC))
    asked: list[WantedMove] = []
    page.wants_preview.connect(asked.append)
    page.findChildren(QPushButton, "movingTry")[0].click()
    page.show_preview(asked[0], MOVE)
    yield "desk-moving"
    page.show_plan(msgspec.structs.replace(PLAN, dates=PLAN.dates[:1], notice=NOTICE))
    page.say(TEXTS.say("moving.done", count=1), "good")
    yield "desk-moving-told"
    broken = msgspec.structs.replace(NOTICE, is_stopped=True, waiting=0, failed=BROKEN)
    page.show_plan(msgspec.structs.replace(PLAN, dates=PLAN.dates[:1], notice=broken))
    yield "desk-moving-stopped"
    waiting = msgspec.structs.replace(NOTICE, waiting=212, put_off=NO_PASSWORD)
    page.show_plan(msgspec.structs.replace(PLAN, dates=PLAN.dates[:1], notice=waiting))
    yield "desk-moving-put-off"


def show_calling(work: EventPages) -> Iterator[str]:
    """Show the page before, while the money goes back, and with what needs a person."""
    page = work.event_cancelling
    work.enter("event_cancelling")
    page.show_calling(BEFORE)
    yield "desk-calling-before"
    page.show_calling(DURING)
    yield "desk-calling-during"
    stopped = msgspec.structs.replace(WORKING, state="stopped", is_under_way=False)
    off = msgspec.structs.replace(NOTICE, kind="cancelled")
    page.show_calling(msgspec.structs.replace(DURING, standing=stopped, left=LEFT, notice=off))
    yield "desk-calling-left"
