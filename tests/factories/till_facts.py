"""What a till of the pictures knows: its stock, its shift, its sales and its orders."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import (
    OpenPart,
    OpenSale,
    PartState,
    PrintedTicket,
    Sale,
    StockLine,
)
from gatekeeper.boxoffice.finding_past_sales import PastSale, PastTicket
from gatekeeper.boxoffice.order_search_at_till import FoundOrder, FoundTicket
from gatekeeper.boxoffice.seat_watch import SeatView
from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftAnswer
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.till.state import TillFacts
from shared.journal.sale_body import SaleLine, SalePayment
from shared.journal.shift_body import ShiftSums, TenderSum
from shared.kernel.id_types import EventId, SeatId, TicketTypeId
from shared.kernel.instant import Instant
from shared.kernel.money import Money
from shared.manifest.price_plan import PricePlan, TypePrices
from shared.sales.basket_pricing import WantedTickets
from shared.sales.till_basket import Basket
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import SeatKind, SeatOffer, suits
from tests.factories.past_sales import as_journaled
from tests.factories.seats import make_seat_map

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
LISTS: Final = tuple(
    StockLine(code=code, name=name, left=40, held=0, price_minor=0, currency="EUR")
    for code, name in ((21, "Friends of the band"), (22, "Press and photographers"))
)
HOSTS: Final = PricePlan(
    types=(
        *PLAN.types,
        *(
            TypePrices(
                code=one.code,
                ticket_type_id=TicketTypeId(f"tt_{one.code}"),
                price_minor=0,
                currency="EUR",
                order_max=6,
                visibility="staff",
                host="Ada Lund-Kristoffersen",
            )
            for one in LISTS
        ),
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
PAID: Final = SalePayment(kind="cash", amount_minor=11_400, given_minor=12_000, change_minor=600)
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
FULL: Final = {1: 2, 2: 1, 4: 12, 7: 3}
X_REPORT: Final = ShiftAnswer(
    ok=True,
    expected_minor=49_200,
    sums=ShiftSums(
        first_seq=1,
        last_seq=240,
        entry_count=240,
        float_minor=20_000,
        paid_in_minor=5_000,
        paid_out_minor=1_250,
        dropped_minor=100_000,
        gross_minor=312_500,
        payout_minor=4_800,
        ticket_count=118,
        payout_count=2,
        tenders=(
            TenderSum(kind="cash", sale_count=70, sale_minor=188_000),
            TenderSum(kind="card", sale_count=30, sale_minor=124_500),
        ),
    ),
)
PARKED: Final = (
    ("9a" * 16, SellRequest(lines=(WantedTickets(4, 2), WantedTickets(1, 1)), tenders=())),
)
_LINES: Final = (
    SaleLine(ticket_type_code=4, count=2, unit_minor=5_000),
    SaleLine(ticket_type_code=7, count=1, unit_minor=8_750),
)
_PART: Final = OpenPart(payment=SalePayment(kind="card", amount_minor=18_750), number=0)
UNKNOWN: Final = OpenSale(
    sale_id="a7" * 16,
    event_id=EventId("ev_1"),
    request=PARKED[0][1],
    basket=Basket(currency="EUR", lines=_LINES, shares=((5_000, 5_000), (8_750,))),
    plan=1,
    parts=(msgspec.structs.replace(_PART, state=PartState.ASKING),),
)
HALF_PAID: Final = msgspec.structs.replace(
    UNKNOWN,
    sale_id="b8" * 16,
    parts=(
        OpenPart(
            payment=SalePayment(kind="card", amount_minor=8_750), number=0, state=PartState.PAID
        ),
    ),
)
ALL_PAID: Final = msgspec.structs.replace(
    HALF_PAID,
    parts=(
        OpenPart(
            payment=SalePayment(kind="card", amount_minor=HALF_PAID.basket.total_minor),
            number=0,
            state=PartState.PAID,
        ),
    ),
)
PAST: Final = as_journaled(
    PastSale(
        sale_id=f"{number:032x}",
        seq=number,
        receipt_number=number,
        total_minor=11_400,
        tender=tender,
        shift_id=SHIFT.shift_id,
        tickets=tuple(
            PastTicket(
                ticket_id=f"beef30a1c2d4{number:03d}{place}",
                ticket_type=NAMES[3 - place],
                price_minor=3_800,
                is_gone=place == 1,
                seat="" if place == 1 else f"Circle, left · G · {20 + place}",
            )
            for place in range(3)
        ),
    )
    for number, tender in zip(range(118, 106, -1), ("cash", "card") * 6, strict=True)
)
ORDERS: Final = tuple(
    FoundOrder(
        number=str(7_002 + place),
        state="paid",
        currency="EUR",
        name=name,
        phone="+420 602 123 456",
        email="klara@example.org",
        tickets=tuple(
            FoundTicket(
                ticket_id=f"beef30a1c2d4{place:02d}{number:02d}",
                ticket_type=NAMES[number % 3],
                price_minor=3_800,
                is_used=number == 0,
                is_replaced=number < 2,
                is_reissued=number == 2,
                handed_at=Instant(1_790_000_000_000_000) if number == 1 else None,
                handed_by="Mara Quintanilla" if number == 1 else "",
            )
            for number in range(count)
        ),
    )
    for place, (name, count) in enumerate(
        (("Choir of Klára Nováková-Brandtová", 14), ("Anna Novak", 1), ("", 2))
    )
)


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


def seated_facts(rows: int = 6, seats: int = 12) -> TillFacts:
    """Return what a till knows of an event of which three types have seats."""
    room = SeatRows(make_seat_map(rows, seats))
    ids = [one.id for one in room.seat_map.seats if one.kind is not SeatKind.KILLED]
    had = frozenset(one for number, one in enumerate(ids) if number % 7)
    own = frozenset(ids[: len(ids) // 3]) & had
    offers = {1: SeatOffer(1), 2: SeatOffer(2, ("front",)), 4: SeatOffer(4)}
    left = {
        code: frozenset(one for one in had if suits(offer, room.by_id[one]))
        for code, offer in offers.items()
    }
    types = tuple(msgspec.structs.replace(one, seats=offers.get(one.code)) for one in PLAN.types)
    view = SeatView(room, own, had - own, is_live=True, left=left)
    return facts()._replace(plan=PricePlan(types=types), seats=view)


def seatless_facts(*, is_live: bool) -> TillFacts:
    """Return what a till without a seat left knows; whether the server tells it of others."""
    seated = seated_facts()
    assert seated.seats is not None
    left = dict.fromkeys(seated.seats.left, frozenset[SeatId]())
    return seated._replace(
        mode="online" if is_live else "offline",
        seats=msgspec.structs.replace(seated.seats, is_live=is_live, left=left),
    )
