"""A till's printer and card terminal, looked at and changed while it is open."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec

from gatekeeper.boxoffice.papers_from_journal import Papers
from gatekeeper.boxoffice.selling import Till
from gatekeeper.boxoffice.till_staff import TillStaff
from gatekeeper.printing.finding_printers import find_printers
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.printing.printer_profiles import EscposProfile, PdfProfile, escpos_profile, roll_of
from gatekeeper.printing.printer_setup import make_setup
from gatekeeper.printing.trial_page import make_trial_page
from gatekeeper.store.store import Store
from gatekeeper.terminals.terminal_of_till import use_terminal
from gatekeeper.terminals.terminal_setup import address_of, keep_setup, read_setup
from gatekeeper.terminals.terminal_setup import make_setup as make_terminal
from gatekeeper.wording.texts import TEXTS


class LookAtMachines(NamedTuple):
    """Which printer and terminal has the till, and which could it have?"""


class UsePrinter(NamedTuple):
    """The till is to print elsewhere.

    Attributes:
        address: As `printing.setup.PrinterSetup` has it.
        roll: Of `gatekeeper.printing.printer_profiles.ROLLS`.
        drawer_pin: Of `gatekeeper.printing.printer_profiles.DRAWER_PINS`.
    """

    address: str
    roll: str
    drawer_pin: int


class TryPrinter(NamedTuple):
    """A page that admits nobody is to be printed."""


class UseTerminal(msgspec.Struct, frozen=True):
    """The till is to ask another card terminal, or none.

    Attributes:
        address: `zvt:HOST[:PORT]` or `by-hand`.
        cashier: Opaque id of who is at work.
        authorized_by: Of the supervisor who allows it: a terminal says what was paid.
    """

    address: str
    cashier: str
    authorized_by: str = ""


class Machines(NamedTuple):
    """A till's printer and card terminal.

    Attributes:
        printer: Its address; "" for none.
        roll, drawer_pin: As `UsePrinter` has them.
        terminal: Its address, or `by-hand`.
        found: The addresses of printers that this machine knows of.
        answers: Whether the terminal that was chosen just now does.
        is_refused: Whoever was to allow it may not.
    """

    printer: str = ""
    roll: str = "80mm"
    drawer_pin: int = 0
    terminal: str = "by-hand"
    found: tuple[str, ...] = ()
    answers: bool = False
    is_refused: bool = False


MachineRequest = LookAtMachines | UsePrinter | TryPrinter | UseTerminal


async def see_to_machines(
    till: Till,
    store: Store,
    staff: TillStaff,
    papers: Papers,
    printer: PrintQueue,
    request: MachineRequest,
) -> Machines:
    """Do what is asked, and tell what the till has then.

    Raises:
        BadInput: if an address is none, or a payment at the present terminal is open.
        StoreFault: if the disk refuses.
    """
    answers = False
    match request:
        case UsePrinter():
            language = TEXTS.language
            escpos = escpos_profile(language, request.roll, request.drawer_pin)
            printer.use(make_setup(request.address, escpos, PdfProfile(language=language)))
            papers.write_in(language)
        case TryPrinter():
            printer.enqueue(make_trial_page(), "test")
        case UseTerminal():
            if not staff.is_supervisor(request.authorized_by):
                return _describe(store, printer, is_refused=True)
            keep_setup(
                store,
                make_terminal(request.address),
                till.recorder,
                cashier=request.cashier,
                authorized_by=request.authorized_by,
            )
            terminal = use_terminal(till, store)
            stock = till.stock()
            currency = stock[0].currency if stock else ""
            answers = terminal is not None and await terminal.is_there(currency)
        case LookAtMachines():
            pass
    found = await asyncio.to_thread(find_printers)
    return _describe(store, printer, found=found, answers=answers)


def _describe(
    store: Store,
    printer: PrintQueue,
    *,
    found: tuple[str, ...] = (),
    answers: bool = False,
    is_refused: bool = False,
) -> Machines:
    setup, terminal = printer.setup, read_setup(store)
    own = Machines()
    profile = None if setup is None else setup.profile
    if isinstance(profile, EscposProfile):
        own = own._replace(roll=roll_of(profile), drawer_pin=profile.drawer_pin)
    return own._replace(
        printer="" if setup is None else setup.address,
        terminal=address_of(terminal),
        found=found,
        answers=answers,
        is_refused=is_refused,
    )
