"""`gatekeeper tag`: sell a walk-up ticket, or take a sold one, and write it to an NFC tag."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from command_line.exit_statuses import EXIT_DONE, EXIT_NO, say_line
from command_line.json_lines import encode_line
from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device_loop import run_in_device_loop
from shared.kernel.errors import BadInput
from shared.kernel.ports import Clock

if TYPE_CHECKING:
    from gatekeeper.boxoffice.selling import Till
    from gatekeeper.readers.nfc.tag_reader_thread import NfcSource

TAG_WAIT_SECONDS: Final = 60.0
"""For a tag that takes a ticket of the command line."""

_EXAMPLE: Final = """\
example:
  $ gatekeeper tag --profile ~/tills/door --type 1 --tender cash --cashier ID --reader pcsc
  hold an empty tag to the reader
  {"ticket_id":"beef30a1c2d4e5f6","receipt_number":17,"digits":"0412…","manual_code":"7K2M-9Q4T-H",
   "written":true,"uid":"04a1b2c3d4e5f6","product":"NTAG213"}

A sale needs an open shift, and a cashier who may sell (`gatekeeper till`). It is on disk before a
tag is asked for. If no tag takes the ticket in time, "written" is false and the exit status 1:
print "digits" as a QR code, or write it later, at the same till:

  $ gatekeeper tag --profile ~/tills/door --ticket beef30a1c2d4e5f6

The ticket is signed for this one tag: copied to another, or shown as a QR code, it admits nobody.
docs/specs/media.md says what each kind of tag prevents, and what it does not.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = (
        "Sell one ticket at this till and write it to the next NFC tag, bound to its UID\n"
        "and read back. A tag that is torn away may be held there again."
    )
    parser.epilog = _EXAMPLE
    add_profile(parser, "the till")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--type", metavar="NUMBER", type=int, help="sell one of this ticket type")
    what.add_argument("--ticket", metavar="ID", help="write one that this till has sold")
    parser.add_argument("--tender", choices=["cash", "card", "comp"], default="cash")
    parser.add_argument("--cashier", metavar="ID", default="", help="id of the cashier who sells")
    parser.add_argument(
        "--reader",
        metavar="SPEC",
        default="nfc:auto",
        help="nfc:auto, nfc:PATH (as nfcpy names it), pcsc, or pcsc:PART-OF-ITS-NAME"
        " (default: %(default)s)",
    )
    parser.add_argument("--original", action="store_true", help="only accept chips signed by NXP")
    parser.add_argument("--replace", action="store_true", help="overwrite a ticket on the tag")
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=float,
        default=TAG_WAIT_SECONDS,
        help="how long to wait for a tag (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Sell, write and print one JSON line; 0 if the tag holds the ticket, else 1."""
    return run_in_device_loop(_run(args))


async def _run(args: argparse.Namespace) -> int:
    system = machine_system()
    session = await GateSession.open(args.profile, system=system)
    try:
        session.profile.demand_till()
        session.keep_drawer()
        source = _open_reader(args.reader, system.clock)
        try:
            line = await _sell(session.till, args)
            is_written = await _write(session.till, source, args, line)
        finally:
            source.close()
    finally:
        await session.close()
    print(encode_line(line).decode(), flush=True)
    return EXIT_DONE if is_written else EXIT_NO


def _open_reader(spec: str, clock: Clock) -> NfcSource:
    from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
    from gatekeeper.readers.reader_from_text import open_reader

    reader = open_reader(spec, clock)
    if isinstance(reader, NfcSource):
        return reader
    reader.close()
    raise BadInput(f"{spec[:60]!r} cannot read tags; use nfc:auto or pcsc")


async def _sell(till: Till, args: argparse.Namespace) -> dict[str, Any]:
    """Sell one ticket, or name the one that was sold."""
    if args.ticket is not None:
        return {"ticket_id": args.ticket}
    sale = (await till.sell(one_type(args.type, kind=args.tender, cashier=args.cashier))).sold()
    ticket = sale.tickets[0]
    return {
        "ticket_id": ticket.ticket_id,
        "receipt_number": sale.receipt_number,
        "digits": ticket.digits,
        "manual_code": ticket.manual_code,
    }


async def _write(
    till: Till, source: NfcSource, args: argparse.Namespace, line: dict[str, Any]
) -> bool:
    from gatekeeper.boxoffice.putting_tickets_on_tags import write_until_held
    from gatekeeper.readers.nfc.writing import WritingRule

    rule = WritingRule(requires_original=args.original, replaces_tickets=args.replace)
    signer = till.tag_signer(line["ticket_id"])
    _say("hold an empty tag to the reader")
    written = await write_until_held(source, signer, rule, _say, seconds=args.wait)
    line["written"] = written is not None
    if written is None:
        _say(source.fault or "no tag took the ticket; it is sold: print it, or use --ticket")
        return False
    line |= {"uid": written.uid.hex(), "product": written.product}
    return True


def _say(text: str) -> None:
    say_line("gatekeeper tag", text)
