"""The till's printer and card terminal, as somebody at its window sets them up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gatekeeper.presenters.till.approval_presses import begin_allowing
from gatekeeper.presenters.till.state import Presses, TillStep
from gatekeeper.presenters.till.window_requests import Request
from gatekeeper.printing.printer_profiles import DRAWER_PINS, ROLLS
from gatekeeper.terminals.printer_and_terminal import (
    LookAtMachines,
    Machines,
    TryPrinter,
    UsePrinter,
    UseTerminal,
)
from gatekeeper.terminals.terminal_setup import BY_HAND
from gatekeeper.wording.texts import TEXTS
from shared.kernel.hosts import PORT_MAX, is_host, is_port

_ADDRESS: Final = re.compile(r"([a-z0-9][a-z0-9.-]*)(?::(\d{1,5}))?")
PRINTER: Final = "printer"
TERMINAL: Final = "terminal"
WRITES: Final = frozenset({PRINTER, TERMINAL})
"""What an address that is typed may be of."""


class MachinePresses(Presses):
    """Takes what is pressed about the printer and the terminal."""

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "machines": self._press_machines,
            "printers": lambda _: self._go(TillStep.PRINTERS),
            "terminals": lambda _: self._go(TillStep.TERMINALS),
            "printer": self._press_printer,
            "roll": self._press_roll,
            "pin": self._press_pin,
            "try_printer": self._press_try,
            "by_hand": self._press_by_hand,
            "address": self._press_address,
        }

    def enter(self) -> Request | None:
        """Take the address that was typed."""
        state = self._state
        typed = state.typed.strip().lower()
        found = _ADDRESS.fullmatch(typed)
        if found is None or not is_host(found[1]) or not is_port(int(found[2] or PORT_MAX)):
            state.say(TEXTS.say("till.address_bad"), is_bad=True)
            return None
        if state.purpose == PRINTER:
            return self._use_printer(f"tcp:{typed}")
        begin_allowing(state, UseTerminal(f"zvt:{typed}", state.cashier))
        return None

    def take(self, request: Request, found: Machines) -> None:
        """Show what there is now."""
        state = self._state
        state.machines = found
        text, is_bad = "", found.is_refused
        if found.is_refused:
            text = TEXTS.say("till.refused.not_allowed")
        elif isinstance(request, UsePrinter):
            text = TEXTS.say("till.printer_used")
        elif isinstance(request, TryPrinter):
            text = TEXTS.say("till.printer_tried")
        elif isinstance(request, UseTerminal) and request.address != BY_HAND:
            is_bad = not found.answers
            text = TEXTS.say("till.terminal_silent" if is_bad else "till.terminal_answers")
        state.go(TillStep.MACHINES, text)
        state.is_bad = is_bad

    def _go(self, step: TillStep) -> None:
        if self._state.step is TillStep.MACHINES:
            self._state.go(step)

    def _press_machines(self, _rest: str) -> Request | None:
        state = self._state
        return state.ask(LookAtMachines()) if state.step is TillStep.MENU else None

    def _press_printer(self, rest: str) -> Request | None:
        found = self._state.machines
        if self._state.step is not TillStep.PRINTERS or found is None or rest not in found.found:
            return None
        return self._use_printer(rest)

    def _press_roll(self, rest: str) -> Request | None:
        found = self._state.machines
        if self._state.step is not TillStep.MACHINES or found is None or rest not in ROLLS:
            return None
        return self._state.ask(UsePrinter(found.printer, rest, found.drawer_pin))

    def _press_pin(self, rest: str) -> Request | None:
        found, pins = self._state.machines, {str(pin): pin for pin in DRAWER_PINS}
        if self._state.step is not TillStep.MACHINES or found is None or rest not in pins:
            return None
        return self._state.ask(UsePrinter(found.printer, found.roll, pins[rest]))

    def _press_try(self, _rest: str) -> Request | None:
        found = self._state.machines
        if self._state.step is not TillStep.MACHINES or found is None or not found.printer:
            return None
        return self._state.ask(TryPrinter())

    def _press_by_hand(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is TillStep.TERMINALS:
            state.asked_from = TillStep.TERMINALS
            begin_allowing(state, UseTerminal(BY_HAND, state.cashier))
        return None

    def _press_address(self, rest: str) -> Request | None:
        """Ask for an address in the network: a printer's or a terminal's."""
        state = self._state
        steps = {PRINTER: TillStep.PRINTERS, TERMINAL: TillStep.TERMINALS}
        if rest in steps and state.step is steps[rest]:
            state.purpose, state.asked_from = rest, state.step
            state.go(TillStep.TEXT)
        return None

    def _use_printer(self, address: str) -> Request:
        before = self._state.machines or Machines()
        request = self._state.ask(UsePrinter(address, before.roll, before.drawer_pin))
        self._state.asked_from = TillStep.PRINTERS
        return request


def is_roll_printer(found: Machines) -> bool:
    """Tell whether a till's printer prints on a roll, and may open a drawer."""
    return found.printer.partition(":")[0] in {"tcp", "serial", "device"}
