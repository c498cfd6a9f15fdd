"""The till's screens about its printer and its card terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.printer_and_terminal_presses import (
    PRINTER,
    TERMINAL,
    is_roll_printer,
)
from gatekeeper.presenters.till.screen_parts import back
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.printing.printer_profiles import DRAWER_PINS, ROLLS
from gatekeeper.terminals.printer_and_terminal import Machines
from gatekeeper.terminals.terminal_setup import BY_HAND
from gatekeeper.wording.texts import TEXTS


def _show_machines(state: TillState) -> TillScreen:
    found = state.machines or Machines()
    ways = [
        Option("printers", TEXTS.say("till.printer_choose"), is_main=not found.printer),
        Option("try_printer", TEXTS.say("till.printer_try"), is_enabled=bool(found.printer)),
        Option("terminals", TEXTS.say("till.terminal_choose")),
    ]
    if is_roll_printer(found):
        ways += [
            Option(f"roll:{roll}", TEXTS.say(f"till.roll.{roll}"), is_main=roll == found.roll)
            for roll in ROLLS
        ]
        ways += [
            Option(f"pin:{pin}", _spell_pin(pin), is_main=pin == found.drawer_pin)
            for pin in DRAWER_PINS
        ]
    printer = _spell_printer(found.printer) or TEXTS.say("till.printer_none")
    terminal = found.terminal.removeprefix("zvt:")
    if found.terminal == BY_HAND:
        terminal = TEXTS.say("till.terminal_by_hand")
    return TillScreen(
        title=TEXTS.say("till.machines_title"),
        ways=tuple(ways),
        rows=(
            BasketRow(TEXTS.say("till.printer"), TEXTS.isolate(printer)),
            BasketRow(TEXTS.say("till.terminal"), TEXTS.isolate(terminal)),
        ),
        foot=(back(),),
    )


def _show_printers(state: TillState) -> TillScreen:
    found = state.machines or Machines()
    known = tuple(Option(f"printer:{one}", _spell_printer(one)) for one in found.found)
    own = Option(f"address:{PRINTER}", TEXTS.say("till.in_network"))
    return TillScreen(
        title=TEXTS.say("till.printer_choose"),
        ways=(*known, own),
        is_list=True,
        foot=(back(),),
    )


def _show_terminals(_state: TillState) -> TillScreen:
    return TillScreen(
        title=TEXTS.say("till.terminal_choose"),
        ways=(
            Option("by_hand", TEXTS.say("till.terminal_by_hand")),
            Option(f"address:{TERMINAL}", TEXTS.say("till.in_network"), "ZVT"),
        ),
        is_list=True,
        foot=(back(),),
    )


def _spell_pin(pin: int) -> str:
    return TEXTS.say("till.drawer_pin", pin=pin) if pin else TEXTS.say("till.drawer_none")


def _spell_printer(address: str) -> str:
    """Say where a printer is: by its cable, its name or its address."""
    kind, _, where = address.partition(":")
    cable = {"device": "USB", "serial": "RS-232"}.get(kind, "")
    return TEXTS.beside(cable, where.rpartition("/")[2] if cable else where)


MACHINE_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.MACHINES: _show_machines,
    TillStep.PRINTERS: _show_printers,
    TillStep.TERMINALS: _show_terminals,
}
