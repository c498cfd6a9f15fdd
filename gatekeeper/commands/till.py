"""`gatekeeper till`: the till's window, or by `--lines` its engine without one."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Final

from command_line.exit_statuses import EXIT_DONE, say_line
from command_line.json_lines import encode_line
from gatekeeper.commands.away_words import words_of_away
from gatekeeper.commands.display import check_display
from gatekeeper.commands.kiosk import pair_here
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.practice import make_practice
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.device.refund_and_exchange_parts import lines_of
from gatekeeper.device_loop import run_in_device_loop
from gatekeeper.gate.troubles import of_copies
from gatekeeper.store.profile import IN_CLEAR
from gatekeeper.supervisor.device_settings import TEXT_PERCENTS
from gatekeeper.sync.engine import FIRST_SYNC_SECONDS
from gatekeeper.terminals.terminal_of_till import use_terminal
from gatekeeper.this_machine import System, read_lines
from shared.kernel.errors import GatekeeperError, StoreFault
from shared.kernel.languages import LANGUAGE_NAMES

SYNC_SECONDS: Final = 5.0
"""A till that knows its event sells on after so long; it goes on trying beside."""

LINE_SIZE_MAX: Final = 1024 * 1024
_SAID_MAX: Final = 500

_EXAMPLE: Final = """\
examples:
  $ gatekeeper till --profile ~/tills/door --full-screen
  $ gatekeeper till --profile ~/tills/door --lines <<'END'
  {"shift": "open", "amount_minor": 20000, "cashier": "ca_7k2m9q4t1x0c"}
  {"sell": [{"type": 1, "count": 2}], "tenders": [{"kind": "cash", "amount_minor": 10000}],
   "cashier": "ca_7k2m9q4t1x0c"}
  END
  {"ok":true,"reason":"ok","mode":"online","seq":4,"number":1,"shift_id":"5f0c…",…}
  {"ok":true,"reason":"ok","mode":"online","seq":5,"sale_id":"a1b2…","receipt_number":1,
   "total_minor":5000,"change_minor":5000,"tickets":[{"ticket_id":"beef30a1c2d4e5f6",
   "digits":"0412…","manual_code":"7K2M-9Q4T-H",…},…],…}

Each request is one line (wrapped here for reading) and gets one answer line, in order, once it is
on disk. Requests are

  {"sell": [{"type": 1, "count": 2}, …], "tenders": [{"kind": "cash" | "card" | "comp" | "voucher",
    "amount_minor"?, "code"?}, …], "promo"?, "reason"?}
  {"shift": "open" | "paid_in" | "paid_out" | "drop" | "no_sale" | "x" | "count" | "close" |
    "hand_over" | "tender_moved" | "approve", "amount_minor"?, …}
  {"void": SALE}  {"refund": [TICKET, …], "reason", "tender"?, "in_full"?}  {"reprint": TICKET}
  {"exchange": TICKET, "to": CODE, "tenders"?: […], "tender"?, "in_full"?}  {"transfer": TICKET}
  {"pick_up": CODE | [TICKET, …], "reason"?}  {"find": TEXT, "badge": BADGE}
  {"stock": true}    {"open_sales": true}    {"last": true}
  {"ask_again": ID}  {"decide": ID, "is_paid": true, "code"?}
  {"finish": ID, "tenders": […]}  {"give_up": ID}
  {"server": "GKA1 …"}

each with "cashier" and, where rights require it, "authorized_by". Cash without an amount is exact;
any other tender without one pays the rest. With "tender": "split" each part of a sale is refunded
the way it was paid, the last one first ("paid_out_by" says how much). A sale without an open shift
is refused as no_shift. After a start, "last" says what was sold or refunded last, its change and
its tickets, so that nothing is done twice. A payment with an unknown outcome leaves an open sale,
which holds its tickets until one of the four lines with its ID is sent. "server" says where the
server is now: the content of the QR code that the desk shows after a move.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = (
        "Open the till's window: badge, tiles, CASH or CARD, tickets. A profile that\n"
        "is not paired yet asks for the one-time code first, as gatekeeper kiosk does. With\n"
        "--lines answer requests from standard input instead, each with a JSON line. While it\n"
        "runs, it uploads its journal and downloads changes; at the end of the input it syncs\n"
        "once more if it can."
    )
    parser.epilog = _EXAMPLE
    add_profile(parser, "the till")
    parser.add_argument(
        "--lines", action="store_true", help="without a window: requests in, answers out"
    )
    parser.add_argument(
        "--practice",
        action="store_true",
        help="practice mode: nothing reaches the ledger, papers are marked",
    )
    parser.add_argument(
        "--badge",
        metavar="CODE",
        default="",
        help="start with this badge signed in, as if it had been scanned; only to try things out:"
        " anyone who can list this machine's processes can read it",
    )
    parser.add_argument("--full-screen", action="store_true", help="use the whole screen")
    parser.add_argument(
        "--theme", choices=("dark", "light", "contrast"), default="light", help="default: light"
    )
    parser.add_argument(
        "--panel-inches", metavar="N", type=float, help="the screen's measured diagonal"
    )
    parser.add_argument(
        "--text-size", metavar="PERCENT", type=int, choices=TEXT_PERCENTS, default=100
    )
    parser.add_argument("--language", choices=sorted(LANGUAGE_NAMES), help="default: the system's")
    parser.add_argument(
        "--customer-display",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto: on a second screen, if there is one",
    )
    parser.add_argument(
        "--customer-logo", metavar="FILE", type=Path, help="a picture for the customer display"
    )
    parser.add_argument(
        "--customer-language", choices=sorted(LANGUAGE_NAMES), help="default: the window's"
    )


def run(args: argparse.Namespace) -> int:
    """Show the window until it is closed, or answer until the input ends; give the exit status.

    Raises:
        BadInput: if the folder is no till's.
        EnvironmentFault: if there is nowhere to show a window.
    """
    if args.lines:
        return run_in_device_loop(_run(args))
    check_display("for a till without a screen use gatekeeper till --lines")

    from gatekeeper.ui.gate.app import BECAME_TILL
    from gatekeeper.ui.till.app import CustomerOptions, TillLook, run_till
    from gatekeeper.ui.till.customer_watch import DisplayWish

    folder, system = args.profile.expanduser(), machine_system()
    if not _is_device(folder, system):
        status = pair_here(args, folder, system)
        if status != BECAME_TILL:
            return status
    if args.practice:
        folder, system = asyncio.run(make_practice(folder, system))
    return run_till(
        folder,
        system,
        TillLook(
            args.theme,
            args.panel_inches,
            args.text_size,
            is_full_screen=args.full_screen,
            language=args.language or "",
        ),
        badge=args.badge,
        customer=CustomerOptions(
            DisplayWish(args.customer_display), args.customer_logo, args.customer_language or ""
        ),
    )


def _is_device(folder: Path, system: System) -> bool:
    try:
        return ProfileFolder(folder, system).is_paired()
    except StoreFault:
        return True  # the till's window says what is wrong with it


async def _run(args: argparse.Namespace) -> int:
    folder, system = args.profile, machine_system()
    if args.practice:
        folder, system = await make_practice(folder, system)
    session = await GateSession.open(folder, system=system)
    try:
        session.profile.demand_till()
        session.keep_drawer()
        use_terminal(session.till, session.store)
        if session.profile.speaks_in_clear:
            _say(IN_CLEAR)
        is_new = not session.status().event or session.till.has_to_ask
        await _sync(session, FIRST_SYNC_SECONDS if is_new else SYNC_SECONDS)
        if problem := of_copies(session.store).text:
            _say(problem)
        await _serve(session)
        await _sync(session, FIRST_SYNC_SECONDS)
        if problem := of_copies(session.store).text:
            _say(problem)
    finally:
        await session.close()
    return EXIT_DONE


async def _serve(session: GateSession) -> None:
    """Answer lines one after another until the input ends."""
    lines = lines_of(session)
    background = asyncio.ensure_future(session.run_background())
    try:
        for open_sale in session.till.open_sales.list_open():
            _say(f"sale {open_sale.sale_id} is open: {open_sale.reason.value}")
        async for line in read_lines(sys.stdin.buffer, LINE_SIZE_MAX):
            await session.engine.find_out()
            answer = await lines.answer(line)
            sys.stdout.buffer.write(encode_line(answer) + b"\n")
            sys.stdout.buffer.flush()
            if answer["seq"] is not None:
                session.engine.poke()
    finally:
        background.cancel()
        with contextlib.suppress(asyncio.CancelledError, GatekeeperError):
            await background


async def _sync(session: GateSession, seconds: float) -> None:
    """Bring the till up to date, if the server can be reached in good time."""
    try:
        async with asyncio.timeout(seconds):
            await session.sync_once()
    except TimeoutError:
        _say("the server is taking too long; going on with what this till knows")
    except GatekeeperError as fault:
        _say(f"not synced: {words_of_away(fault, session.profile)}")


def _say(sentence: str) -> None:
    say_line("gatekeeper till", sentence[:_SAID_MAX])
