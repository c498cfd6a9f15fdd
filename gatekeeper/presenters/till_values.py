"""What the till's window shows and what it stands on, as plain values; without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from gatekeeper.boxoffice.answers import Sale, StockLine
from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftAnswer
from gatekeeper.presenters.page_items import Option
from gatekeeper.wording.texts import TEXTS
from shared.kernel.instant import Instant
from shared.kernel.money import Money
from shared.manifest.prices import PricePlan
from shared.sales.basket import Basket, fill_basket
from shared.sales.cash import exact_cash
from shared.sales.price_plan import WantedTickets
from shared.sales.reasons import Refusal


class TillStep(StrEnum):
    """Which screen is shown."""

    STARTING = "starting"
    WHO = "who"
    """Nobody is at the till, or no shift is open."""
    FLOAT = "float"
    SELL = "sell"
    CASH = "cash"
    CARD = "card"
    WORKING = "working"
    """A request is with the engine, or the terminal."""
    DONE = "done"
    MENU = "menu"
    COUNT = "count"
    COMPARED = "compared"
    CLOSED = "closed"


class Person(NamedTuple):
    """Who is at the till.

    Attributes:
        id: Opaque; stands in entries.
        name: Shown while they are at work.
    """

    id: str
    name: str


class PrintRequest(NamedTuple):
    """What a cashier says of a paper that only a person can judge.

    Attributes:
        number: The job's.
        is_printed: It is there; else it is printed again.
    """

    number: int
    is_printed: bool


class TillFacts(NamedTuple):
    """What the engine knows now.

    Attributes:
        event: Its name, or "" while none is known.
        currency: Of its prices, or "".
        stock: What may be sold.
        plan: What it costs.
        now: In server time, as well as it is known.
        mode: The rung that holds: `online`, `lan` or `offline`.
        waiting: Entries that the server has not got yet.
        shift: The one that is open, or None.
        problem: Why nothing can be sold, in a sentence, or "".
        paper_key: The catalogue's key of what is to be done about the printer, or "".
        asked_job: The print job of which only a person can tell whether its paper is good.
        has_terminal: A card terminal is asked by the till itself.
        has_printer: Tickets are printed; else they are shown.
    """

    event: str = ""
    currency: str = ""
    stock: tuple[StockLine, ...] = ()
    plan: PricePlan = PricePlan()
    now: Instant = Instant(0)
    mode: str = "offline"
    waiting: int = 0
    shift: OpenShift | None = None
    problem: str = ""
    paper_key: str = ""
    asked_job: int | None = None
    has_terminal: bool = False
    has_printer: bool = False


class BasketRow(NamedTuple):
    """A line of what is bought.

    Attributes:
        text: What, and how many.
        amount: What it comes to.
        code: The type, so that one can be taken away again; -1 for a line that only says.
    """

    text: str
    amount: str
    code: int = -1


class TillScreen(NamedTuple):
    """All that the window shows.

    Attributes:
        step: Which screen it is.
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
        status: Event, who is at work, and which rung holds.
    """

    step: TillStep
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


@dataclass
class TillState:
    """Where the window stands.

    Attributes:
        step: Which screen is shown.
        person: Who is at work, or None.
        facts: What the engine knows.
        counts: The basket: how many of each type, by its code.
        typed: The digits of the amount that is being keyed in, in minor units.
        note: A sentence for the cashier; `is_bad` where something was refused.
        sale: The last one, until the next begins.
        shown: Which of its tickets is shown.
        counted: What the drawer's last count came to.
        card_step: The catalogue's key of what the card terminal is doing, or "".
    """

    step: TillStep = TillStep.STARTING
    person: Person | None = None
    facts: TillFacts = field(default_factory=TillFacts)
    counts: dict[int, int] = field(default_factory=dict)
    typed: str = ""
    note: str = ""
    is_bad: bool = False
    sale: Sale | None = None
    shown: int = 0
    counted: ShiftAnswer | None = None
    card_step: str = ""

    @property
    def amount(self) -> int:
        """What is keyed in, in minor units."""
        return int(self.typed or "0")

    @property
    def wanted(self) -> tuple[WantedTickets, ...]:
        """What is in the basket, as it is asked for."""
        return tuple(WantedTickets(code, count) for code, count in self.counts.items())

    def fill(self) -> Basket | Refusal | None:
        """Price the basket; None where it is empty, a refusal where it is not sold so."""
        if not self.counts:
            return None
        return fill_basket(self.facts.plan, self.wanted, self.facts.now)

    @property
    def basket(self) -> Basket | None:
        """What is in the basket; None where it is empty or cannot be sold so."""
        found = self.fill()
        return found if isinstance(found, Basket) else None

    @property
    def due(self) -> int:
        """What is due in cash, in minor units."""
        basket = self.basket
        if basket is None:
            return 0
        return exact_cash(basket.total_minor, self.facts.plan.cash_step_minor)

    def spell(self, minor: int) -> str:
        """Spell an amount of the event's currency."""
        currency = self.facts.currency
        return TEXTS.money(Money(minor, currency)) if currency else str(minor)

    def say(self, text: str, *, is_bad: bool = False) -> None:
        """Show a sentence to the cashier."""
        self.note, self.is_bad = text, is_bad
