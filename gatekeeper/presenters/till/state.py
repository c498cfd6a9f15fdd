"""What the till's window shows and what it stands on, as plain values; without Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from gatekeeper.boxoffice.answers import OpenSale, Sale, StockLine, TicketOutcome
from gatekeeper.boxoffice.finding_past_sales import PastSale, PastTicket, TicketLook
from gatekeeper.boxoffice.last_sale_before_start import LastSale
from gatekeeper.boxoffice.order_search_at_till import FoundOrder
from gatekeeper.boxoffice.seat_watch import SeatView
from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftAnswer
from gatekeeper.boxoffice.till_requests import PartlyPaid, SellRequest
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.seat_picture import SeatPicture
from gatekeeper.presenters.till.window_requests import Allowed, Drafted, PersonAtTill
from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from gatekeeper.terminals.printer_and_terminal import Machines
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import EventId, SeatId
from shared.kernel.instant import Instant
from shared.kernel.money import Money
from shared.manifest.price_plan import PricePlan, TypePrices
from shared.sales.basket_pricing import NO_COUNTS, WantedTickets
from shared.sales.cash_rounding import round_cash
from shared.sales.promotion_code import hash_promotion_code
from shared.sales.sale_refusals import Refusal
from shared.sales.tenders import Tender
from shared.sales.till_basket import NO_DISCOUNT, Basket, Discount, fill_basket

Asked = TypeVar("Asked")


class TillStep(StrEnum):
    """The screens of a till's window, of which one is shown at a time."""

    STARTING = "starting"
    WHO = "who"
    """Nobody is at the till, or no shift is open."""
    FLOAT = "float"
    SELL = "sell"
    SEATS = "seats"
    """Seats are chosen on the map."""
    CASH = "cash"
    CARD = "card"
    WORKING = "working"
    """A request is with the engine, or the terminal."""
    DONE = "done"
    MENU = "menu"
    COUNT = "count"
    COMPARED = "compared"
    CLOSED = "closed"
    REST = "rest"
    """A part is paid; how is the rest?"""
    OTHER = "other"
    """What is done with a basket besides selling it for cash or card."""
    TEXT = "text"
    """A code is scanned or typed."""
    WHY = "why"
    AMOUNT = "amount"
    RECEIVER = "receiver"
    """Whose drawer is it from now on?"""
    REPORT = "report"
    MACHINES = "machines"
    """The printer and the card terminal."""
    PRINTERS = "printers"
    TERMINALS = "terminals"
    PARKED = "parked"
    OPEN = "open"
    """Sales that are not finished."""
    LAST = "last"
    """The last sale before the till started."""
    SALES = "sales"
    SALE = "sale"
    TICKETS = "tickets"
    ORDERS = "orders"
    """Which of the orders that were found?"""
    ORDER = "order"
    TICKET = "ticket"
    GUESTS = "guests"
    """Whose guest is it?"""
    GUEST = "guest"
    """A guest's name, and how many they bring."""
    CONFIRM = "confirm"
    PAID_BACK = "paid_back"
    HANDED = "handed"
    ALLOW = "allow"
    """Somebody who may is to allow it."""
    PIN = "pin"


class TillFacts(NamedTuple):
    """What a till's engine knows now of its event, and of what it may sell.

    Attributes:
        event: Its name, or "" while none is known.
        currency: Of its prices, or "".
        stock: What may be sold.
        plan: What it costs.
        price_counts: How much of each counted tier and code the next sale may use, by id.
        now: In server time, as well as it is known.
        mode: The rung that holds: `online`, `lan` or `offline`.
        waiting: Entries that the server has not got yet.
        shift: The one that is open, or None.
        badges: The hashes of those that open this till; None while they are not known.
        evacuated: Zones, by name, that are being emptied: whoever buys could not get in.
        problem: Why nothing can be sold, in a sentence, or "".
        paper_key: The catalogue's key of what is to be done about the printer, or "".
        is_roll_low: The printer's roll is near its end.
        asked_job: The print job of which only a person can tell whether its paper is good.
        asked_paper: Which paper that is, as it is called on it.
        event_id: The present event's.
        open_sales: Sales that are not finished.
        parked: Baskets that were put aside, each with its id.
        paid_in_part: The basket of which a part is paid, with its tenders, or perhaps all, by a
            card that was keyed in by hand.
        is_emptied_by_close: A close leaves nothing to sell until the server is reached.
        has_terminal: A card terminal is asked by the till itself.
        has_printer: Tickets are printed; else they are shown.
        unprinted: Sales and tickets, by id, whose papers the printer has not got out: it lacks
            paper, is off, or stopped in the middle.
        has_vouchers: Somebody can be asked to redeem vouchers.
        seats: Which reserved seats can be sold; None without any.
        device_key: The catalogue's key of what is wrong with clock or folder, or that the till was
            revoked, or "".
        zone: The venue's, for times on its screens; None while none is known.
        gate_hint: The catalogue's key of what gates may not know of this till's tickets, or "".
        last_sale: The one before the till started, until something else is done at it.
    """

    event: str = ""
    currency: str = ""
    stock: tuple[StockLine, ...] = ()
    plan: PricePlan = PricePlan()
    price_counts: Mapping[str, int] = NO_COUNTS
    now: Instant = Instant(0)
    mode: str = "offline"
    waiting: int = 0
    shift: OpenShift | None = None
    badges: frozenset[str] | None = None
    evacuated: tuple[str, ...] = ()
    problem: str = ""
    paper_key: str = ""
    is_roll_low: bool = False
    asked_job: int | None = None
    asked_paper: str = ""
    event_id: EventId = EventId("")
    open_sales: tuple[OpenSale, ...] = ()
    parked: tuple[tuple[str, SellRequest], ...] = ()
    paid_in_part: PartlyPaid | None = None
    is_emptied_by_close: bool = False
    has_terminal: bool = False
    has_printer: bool = False
    unprinted: frozenset[str] = frozenset()
    has_vouchers: bool = False
    gate_hint: str = ""
    device_key: str = ""
    seats: SeatView | None = None
    zone: tzinfo | None = None
    last_sale: LastSale | None = None

    @property
    def why_early(self) -> str:
        """The catalogue's key of why no shift can be opened yet; "" if one can, or is open."""
        if self.event or self.shift is not None:
            return ""
        return "trouble.not_published" if self.mode == "online" else "trouble.unreachable"

    def prices_of(self, code: int | None) -> TypePrices | None:
        """Return how a type is sold; None where it is not."""
        return next((one for one in self.plan.types if one.code == code), None)

    def is_off_sale(self, code: int) -> bool:
        """Whether a type is sold, but not now: too early, or nobody comes in by it any more."""
        prices = self.prices_of(code)
        if prices is None:
            return False
        first, last = prices.sales_from, prices.sales_until
        return (first is not None and self.now < first) or (last is not None and self.now > last)

    def host_of(self, code: int | None) -> str:
        """Return whose guests a type is for; "" for one that is sold."""
        prices = self.prices_of(code)
        return "" if prices is None else prices.host


WRITTEN: Final = frozenset({TillStep.TEXT, TillStep.GUEST})
"""Where letters are typed."""
SELLING: Final = frozenset({TillStep.SELL, TillStep.DONE})
"""Where the tiles are."""
COUNTING: Final = SELLING | {TillStep.SEATS}
"""Where digits say how many."""


class BasketRow(NamedTuple):
    """A line of a till's screen with an amount: of what is bought, or of what was counted.

    Attributes:
        text: What, and how many.
        amount: What it comes to, or "".
        key: Of the button that it is, or "" for a line that only says.
        spoken: What a screen reader says of it.
        is_main: Whether it is chosen.
    """

    text: str
    amount: str = ""
    key: str = ""
    spoken: str = ""
    is_main: bool = False


class TillScreen(NamedTuple):
    """One screen of a till, as its window paints it.

    Attributes:
        step: Which screen it is; `show` says it.
        title: What to do, in a line.
        ways: Large buttons.
        is_list: Whether these are lines of a list, which say more.
        has_digits: Whether amounts are keyed in.
        has_letters: Whether a code is typed.
        icon: A large drawing over the title and the label, where there is nothing else; or "".
        rows: What is bought, or what was counted.
        label, amount: The one number that matters now.
        note: A sentence under it; `is_bad` where something was refused.
        foot: What leads on and back.
        code: What a ticket's QR code holds, or "".
        code_text: What stands under it.
        status: Event, who is at work, and which rung holds; `is_alone` where it is not the server.
        seats: The map to choose seats on, or None.
    """

    step: TillStep = TillStep.STARTING
    title: str = ""
    ways: tuple[Option, ...] = ()
    is_list: bool = False
    has_digits: bool = False
    has_letters: bool = False
    icon: str = ""
    rows: tuple[BasketRow, ...] = ()
    label: str = ""
    amount: str = ""
    note: str = ""
    is_bad: bool = False
    foot: tuple[Option, ...] = ()
    code: str = ""
    code_text: str = ""
    status: tuple[str, ...] = ()
    is_alone: bool = False
    seats: SeatPicture | None = None


@dataclass
class TillState:
    """All that a till's window goes by: who is at work, which screen is shown, what is bought.

    Attributes:
        step: Which screen is shown.
        person: Who is at work, or None.
        facts: What the engine knows.
        counts: The basket: how many of each type, by its code.
        seats: The seats of tickets that have some, by the type's code.
        on_map: Those of them that somebody chose on the map.
        seated_type: For which type seats are chosen.
        discount, why, promo: What comes off its prices, the reason for it, and a guest's code.
        parts: How some of it is paid already.
        voucher_left: What is on a voucher that could not pay all of it, in minor units.
        typed: The digits or signs that are being keyed in.
        doubted: Cash that hardly anybody hands over for this: Enter takes it if pressed again.
        on_card: What is keyed into the card terminal, if nothing else is typed: what was due when
            that began, in minor units.
        note: A sentence for the cashier; `is_bad` where something was refused.
        returned: The sentences of `note` that say what goes back to the guest.
        sale: The last one, until the next begins.
        shown: Which of its tickets is shown.
        counted: What the drawer's last count, report or close came to.
        asked_from: The screen that the engine was asked from.
        purpose: What an amount, a text, or a list is for.
        draft: What is asked for once its reason is known, or once it was confirmed.
        pending: What somebody has to allow.
        badge: The supervisor's whose PIN is keyed in.
        receiver: Who takes the drawer.
        left_minor, terminal_minor: What stays in the drawer, and the terminal's end of day.
        sales: The latest ones; `past` is the one that is looked at, `picked` its tickets chosen.
        look: The ticket that was scanned.
        orders: Those that were found; `order` is the one that is looked at.
        guest_list: The code of the list that a guest is added to; they bring `plus` others.
        giving: What goes back for what is in the basket, which it pays with `credit`.
        back_by: What an exchange that was made gives back by each tender, in minor units.
        paid_back: What was paid out by now, in minor units; by which `tender`, and in which parts.
        handed: The tickets that were printed anew.
        is_last_told: Somebody was told of the last sale before the till started.
        machines: The till's printer and card terminal; None while nobody has looked.
        card_step: The catalogue's key of what the card terminal is doing, or "".
    """

    step: TillStep = TillStep.STARTING
    person: PersonAtTill | None = None
    facts: TillFacts = field(default_factory=TillFacts)
    counts: dict[int, int] = field(default_factory=dict)
    seats: dict[int, list[SeatId]] = field(default_factory=dict)
    on_map: set[SeatId] = field(default_factory=set)
    seated_type: int = 0
    discount: Discount = NO_DISCOUNT
    why: str = ""
    promo: str = ""
    parts: list[Tender] = field(default_factory=list)
    voucher_left: int = 0
    typed: str = ""
    doubted: int | None = None
    on_card: int = 0
    note: str = ""
    is_bad: bool = False
    returned: list[str] = field(default_factory=list)
    sale: Sale | None = None
    shown: int = 0
    counted: ShiftAnswer | None = None
    asked_from: TillStep = TillStep.SELL
    purpose: str = ""
    draft: Drafted | None = None
    pending: Allowed | None = None
    badge: Badge | None = None
    receiver: PersonAtTill | None = None
    left_minor: int | None = None
    terminal_minor: int | None = None
    sales: tuple[PastSale, ...] = ()
    past: PastSale | None = None
    picked: frozenset[str] = frozenset()
    look: TicketLook | None = None
    orders: tuple[FoundOrder, ...] = ()
    order: FoundOrder | None = None
    paid_back: int = 0
    paid_parts: Counter[str] = field(default_factory=Counter)
    tender: str = ""
    handed: tuple[TicketOutcome, ...] = ()
    guest_list: int | None = None
    plus: int = 0
    giving: tuple[PastTicket, ...] = ()
    credit: int = 0
    back_by: Mapping[str, int] = field(default_factory=dict)
    card_step: str = ""
    machines: Machines | None = None
    is_last_told: bool = False

    @property
    def is_name(self) -> bool:
        """Whether what is typed is somebody's name, in any script."""
        return self.purpose in {"ticket", "guest"}

    @property
    def is_handed_over(self) -> bool:
        """Whether a badge is that of who takes the drawer."""
        is_counted = self.step in {TillStep.COUNT, TillStep.COMPARED}
        return self.step is TillStep.RECEIVER or (is_counted and self.purpose == "hand_over")

    @property
    def cashier(self) -> str:
        """The opaque id of who is at work, or ""."""
        return "" if self.person is None else self.person.id

    @property
    def amount(self) -> int:
        """The amount that the cashier has keyed in, in minor units."""
        return int(self.typed or "0")

    @property
    def card_amount(self) -> int:
        """What a card is to pay, in minor units: it stays, whatever prices do meanwhile."""
        return self.amount if self.typed else self.on_card

    @property
    def wanted(self) -> tuple[WantedTickets, ...]:
        """The tickets in the basket, as the till is asked for them: a count of each type."""
        return tuple(WantedTickets(code, count) for code, count in self.counts.items())

    def fill(self) -> Basket | Refusal | None:
        """Price the basket; None where it is empty, a refusal where it is not sold so."""
        if not self.counts:
            return None
        codes = [hash_promotion_code(self.facts.event_id, self.promo)] if self.promo else []
        return fill_basket(
            self.facts.plan,
            self.wanted,
            self.facts.now,
            codes=codes,
            left=self.facts.price_counts,
            discount=self.discount,
        )

    def price_of_one(self, stock: StockLine) -> int:
        """Return what the next ticket of a type costs, its fee included, in minor units."""
        prices = self.facts.prices_of(stock.code)
        count = 1 if prices is None else prices.order_min
        wanted, basket = (WantedTickets(stock.code, count),), self.basket
        used = {} if basket is None else basket.uses
        counts = self.facts.price_counts.items()
        left = {one: max(0, free - used.get(one, 0)) for one, free in counts}
        found = fill_basket(self.facts.plan, wanted, self.facts.now, left=left)
        if isinstance(found, Refusal):
            return stock.price_minor
        line = found.lines[0]
        return line.unit_minor + line.fee_minor // line.count

    @property
    def basket(self) -> Basket | None:
        """What is in the basket; None where it is empty or cannot be sold so."""
        found = self.fill()
        return found if isinstance(found, Basket) else None

    @property
    def left(self) -> int:
        """What of the basket is not paid yet, by parts or what goes back, in minor units."""
        basket = self.basket
        paid = sum(part.amount_minor or 0 for part in self.parts) + self.credit
        return 0 if basket is None else max(0, basket.total_minor - paid)

    @property
    def due(self) -> int:
        """What is due in cash, in minor units."""
        return round_cash(self.left, self.facts.plan.cash_step_minor)

    @property
    def is_enough_cash(self) -> bool:
        """Whether what is keyed in pays it all: rounded, or laid down to the last coin."""
        return self.amount >= self.due or self.amount == self.left

    @property
    def is_part_in_cash(self) -> bool:
        """Whether what is keyed in leaves something that coins can pay."""
        return 0 < self.amount < min(self.due, self.left)

    def spell(self, minor: int) -> str:
        """Spell an amount of the event's currency."""
        currency = self.facts.currency
        return TEXTS.money(Money(minor, currency)) if currency else str(minor)

    @property
    def home(self) -> TillStep:
        """The screen a basket is paid from: the tiles, or what is left after a part of it."""
        return TillStep.REST if self.parts else TillStep.SELL

    def go(self, step: TillStep, text: str = "") -> None:
        """Show another screen, with nothing keyed in."""
        self.step, self.typed, self.doubted = step, "", None
        self.say(text)

    def begin_anew(self) -> None:
        """Have nothing in hand: it was sold, or put aside."""
        self.parts.clear()
        self.typed = ""
        self.empty()

    def empty(self) -> None:
        """Take everything out of the basket, and the seats with it."""
        self.counts.clear()
        self.seats.clear()
        self.on_map.clear()
        self.voucher_left = 0
        self.forget_terms()

    def forget_terms(self) -> None:
        """Forget discount and promotion once the basket is empty: they were for that guest."""
        if not self.counts:
            self.discount, self.why, self.promo = NO_DISCOUNT, "", ""

    def ask(self, request: Asked) -> Asked:
        """Show that the engine is at work, and remember where it was asked from."""
        self.asked_from, self.step = self.step, TillStep.WORKING
        return request

    def say(self, text: str, *, is_bad: bool = False, back: str = "") -> None:
        """Show a sentence to the cashier, and behind it one that says what goes back."""
        self.note, self.is_bad = " ".join(filter(None, (text, back))), is_bad
        self.returned[:] = [back] if back else []

    def say_meanwhile(self, text: str) -> None:
        """Show what has gone wrong by itself: it takes the place of all but what goes back."""
        self.note, self.is_bad = " ".join((*self.returned, text)), True

    def say_returned(self, text: str) -> None:
        """Say what goes back beside what already does: no part is forgotten for the next."""
        self.returned.append(text)
        self.note, self.is_bad = " ".join(self.returned), False


class Presses:
    """Takes what is pressed about one thing, where the window stands."""

    def __init__(self, state: TillState) -> None:
        self._state = state
