"""`gatekeeper terminal`: say which card terminal a till asks, and whether it answers."""

from __future__ import annotations

import argparse
from typing import Final

from command_line.exit_statuses import EXIT_DONE, EXIT_NO
from command_line.json_lines import encode_line
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device_loop import run_in_device_loop
from gatekeeper.store.store import Store
from gatekeeper.terminals.card_payments import CardPayments
from gatekeeper.terminals.terminal_setup import (
    TerminalSetup,
    address_of,
    keep_setup,
    make_setup,
    read_setup,
)

_EXAMPLE: Final = """\
example:
  $ gatekeeper terminal --profile ~/tills/door --use zvt:192.168.1.70
  {"terminal":"zvt:192.168.1.70:20007","answers":true,"is_blocked":false}
  $ gatekeeper terminal --profile ~/tills/door --use by-hand
  {"terminal":"by-hand","answers":false,"is_blocked":false}

Without --use it only checks whether the terminal answers. Every till starts with by-hand: the
cashier keys the amount into a separate terminal and tells the till whether it was paid. The
terminal must speak ZVT over the network; its password is in its papers, and is 000000 on most. The
till's program must be closed.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = "Say which card terminal the till in DIR uses, and whether it answers."
    parser.epilog = _EXAMPLE
    add_profile(parser, "the till")
    parser.add_argument("--use", metavar="TERMINAL", help="zvt:HOST[:PORT], or by-hand")
    parser.add_argument(
        "--password", metavar="DIGITS", default="000000", help="six digits; default: 000000"
    )
    parser.add_argument("--currency", default="EUR", help="the currency of payments; default: EUR")


def run(args: argparse.Namespace) -> int:
    """Do it and print one line; 1 if a terminal does not answer, or a payment there is open."""
    return run_in_device_loop(_run(args))


async def _run(args: argparse.Namespace) -> int:
    system = machine_system()
    sets_up = args.use is not None
    session = await GateSession.open(args.profile, system=system, starts_boot=sets_up)
    try:
        session.profile.demand_till()
        if sets_up:
            keep_setup(session.store, make_setup(args.use, args.password), session.till.recorder)
        return await _tell(session.store, read_setup(session.store), args.currency)
    finally:
        await session.close()


async def _tell(store: Store, setup: TerminalSetup | None, currency: str) -> int:
    answers = is_blocked = False
    if setup is not None:
        desk = CardPayments(store, setup)
        answers, is_blocked = await desk.is_there(currency), desk.is_blocked()
    said = {
        "terminal": address_of(setup),
        "answers": answers,
        "is_blocked": is_blocked,
    }
    print(encode_line(said).decode(), flush=True)
    return EXIT_DONE if setup is None or (answers and not is_blocked) else EXIT_NO
