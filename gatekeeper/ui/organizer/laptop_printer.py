"""Pages to this laptop's own printer, and what became of them in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.printing.ports import Paper
from gatekeeper.printing.print_outcome import Printed, SendResult, Unknown
from gatekeeper.printing.printer_profiles import PageSize, PdfProfile
from gatekeeper.printing.system_printer import SystemPrinter
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.wording.texts import TEXTS
from shared.kernel.ports import Clock


def print_here(
    thread: DeskThread, clock: Clock, paper: Paper, say: Callable[[str, str], None]
) -> None:
    """Give A4 pages to this laptop's printer.

    Args:
        thread: Waits for it.
        clock: For how long.
        paper: The pages.
        say: Shows a sentence and the role of its look.
    """
    printer = SystemPrinter("", PdfProfile(size=PageSize.A4), clock)
    say(TEXTS.say("staff.badge.printing"), "lead")

    def show(result: SendResult) -> None:
        if isinstance(result, Printed):
            say(TEXTS.say("staff.badge.printed"), "good")
        elif isinstance(result, Unknown):
            say(TEXTS.say("staff.badge.unknown"), "warn")
        else:
            say(TEXTS.say("staff.badge.no_printer"), "bad")

    thread.ask(
        lambda: asyncio.to_thread(printer.send, paper),
        show,
        lambda fault: say(spell_fault(fault), "bad"),
    )
