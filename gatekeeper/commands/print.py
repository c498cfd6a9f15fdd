"""`gatekeeper print`: set a till's printer up, try it, and see to print jobs."""

from __future__ import annotations

import argparse
import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from command_line.exit_statuses import EXIT_DONE, EXIT_NO
from command_line.json_lines import encode_line
from gatekeeper.boxoffice.name_and_tax_number_on_papers import issuer_of
from gatekeeper.boxoffice.papers_from_journal import Papers
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.opened_till import note_copy, note_drawer
from gatekeeper.device_loop import run_in_device_loop
from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.fiscal.unsigned import NoSigner
from gatekeeper.printing.print_queue import PrintQueue, advice_key
from gatekeeper.printing.printer_profiles import (
    ROLLS,
    PageSize,
    PdfProfile,
    PictureProfile,
    escpos_profile,
)
from gatekeeper.printing.printer_setup import make_setup
from gatekeeper.printing.trial_page import make_trial_page
from gatekeeper.wording.texts import Texts
from shared.kernel.errors import BadInput
from shared.kernel.instant import format_instant
from shared.kernel.languages import ENGLISH, LANGUAGE_NAMES

if TYPE_CHECKING:
    from gatekeeper.store.print_job_table import PrintJob

_EXAMPLE: Final = """\
example:
  $ gatekeeper print --profile ~/tills/door --use tcp:192.168.1.60 --drawer-pin 2 --language de
  {"printer":"tcp:192.168.1.60","language":"de"}
  $ gatekeeper print --profile ~/tills/door --test
  {"job":12,"about":"test","kind":"ticket","state":"printed","copy":0,"confirmed_by":"printer",…}

Without other options it prints what is waiting and lists the jobs that need attention. A sale is
valid whatever the printer does; "next" says what to do. --again prints a job once more, marked as
a copy if any of it may be on paper. --sale prints a sale's papers from the journal, if the till
was switched off before there was a job. --done says that somebody looked and the paper is
there, --drop that it is not needed. --picture saves it as PNG, for a till without a printer.
The till's own program must be closed.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = "Print what is waiting at the till in DIR, and report the result."
    parser.epilog = _EXAMPLE
    add_profile(parser, "the till")
    parser.add_argument(
        "--use",
        metavar="PRINTER",
        help="tcp:HOST[:PORT], serial:PATH[@BAUD], device:PATH, folder:PATH or system:NAME",
    )
    parser.add_argument("--paper", choices=sorted(ROLLS), default="80mm", help="a roll's width")
    parser.add_argument(
        "--page", choices=[one.value for one in PageSize], default="a4", help="a ticket's page"
    )
    parser.add_argument("--language", choices=sorted(LANGUAGE_NAMES), default=ENGLISH)
    parser.add_argument("--drawer-pin", type=int, choices=[0, 2, 5], default=0)
    parser.add_argument(
        "--no-status", action="store_true", help="the printer does not report its status"
    )
    parser.add_argument(
        "--no-answer", action="store_true", help="the printer does not confirm that it has printed"
    )
    parser.add_argument("--no-cutter", action="store_true", help="paper is torn off by hand")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--test", action="store_true", help="print a page that admits nobody")
    what.add_argument("--drawer", action="store_true", help="open the drawer")
    what.add_argument("--again", metavar="JOB", type=int, help="print a job once more")
    what.add_argument("--done", metavar="JOB", type=int, help="say that a job is on paper")
    what.add_argument("--drop", metavar="JOB", type=int, help="say that a job is no longer needed")
    what.add_argument("--sale", metavar="ID", help="print a sale's papers, from the journal")
    what.add_argument("--report", metavar="SEQ", type=int, help="print an X or Z report's entry")
    what.add_argument("--about", metavar="ID", help="list a sale's, shift's or ticket's jobs")
    what.add_argument("--picture", metavar="JOB", type=int, help="write a job to --to as PNG")
    parser.add_argument("--to", metavar="FILE", type=Path, help="the picture's file")


def run(args: argparse.Namespace) -> int:
    """Do it and print one line for each job; 1 if something is still to be done."""
    return run_in_device_loop(_run(args))


async def _run(args: argparse.Namespace) -> int:
    system = machine_system()
    is_on_record = args.drawer or args.again is not None or args.picture is not None
    session = await GateSession.open(args.profile, system=system, starts_boot=is_on_record)
    try:
        session.profile.demand_till()
        queue = PrintQueue(session.store, system.clock)
        if args.use is not None:
            _use(queue, args)
        papers = _papers(session, queue)
        queue.is_needed = papers.is_needed
        queue.on_copy = partial(note_copy, session)
        if args.drawer:
            note_drawer(session)
        if args.report is not None:
            papers.print_report(args.report)
        elif args.sale is not None:
            # One that has jobs is listed by `--about`.
            await papers.print_sale(papers.find_sale(args.sale))
        return await _act(queue, args)
    finally:
        await session.close()


def _use(queue: PrintQueue, args: argparse.Namespace) -> None:
    escpos = msgspec.structs.replace(
        escpos_profile(args.language, args.paper, args.drawer_pin),
        has_cutter=not args.no_cutter,
        tells_status=not args.no_status,
        tells_done=not args.no_answer,
    )
    pdf = PdfProfile(language=args.language, size=PageSize(args.page))
    queue.use(make_setup(args.use, escpos, pdf))
    _say({"printer": args.use, "language": args.language})


def _papers(session: GateSession, queue: PrintQueue) -> Papers:
    system = machine_system()
    return Papers(
        session.store,
        session.knowledge,
        system.entropy,
        issuer_of(session.profile, _texts(queue).language),
        fiscal=FiscalSigning(session.store, NoSigner(), system.clock),
        queue=queue,
    )


async def _act(queue: PrintQueue, args: argparse.Namespace) -> int:
    if args.drawer:
        refused = await queue.kick_drawer()
        _say({"drawer": refused is None} | ({"reason": refused.why} if refused else {}))
        return EXIT_DONE if refused is None else EXIT_NO
    if args.picture is not None:
        if args.to is None:
            raise BadInput("say where the picture goes: --to FILE")
        picture = await queue.show(args.picture, PictureProfile(language=args.language))
        await asyncio.to_thread(args.to.write_bytes, picture)
        _say({"job": args.picture, "picture": str(args.to)})
        return EXIT_DONE
    if args.about is not None:
        jobs = queue.list_about(args.about)
    else:
        jobs = await _print(queue, args)
    for job in jobs:
        _say(_facts(job, _texts(queue)))
    return EXIT_NO if any(job.is_open for job in jobs) else EXIT_DONE


async def _print(queue: PrintQueue, args: argparse.Namespace) -> list[PrintJob]:
    """Print what waits, and return what was asked for and what is open."""
    number: int | None = None
    if args.test:
        number = queue.enqueue(make_trial_page(), "test").number
    elif args.again is not None:
        number = queue.again(args.again).number
    elif args.done is not None:
        number = queue.confirm(args.done).number
    elif args.drop is not None:
        number = queue.drop(args.drop).number
    await queue.print_waiting()
    asked = [] if number is None else [queue.get(number)]
    return asked + [job for job in queue.list_open() if job.number != number]


def _texts(queue: PrintQueue) -> Texts:
    return Texts(ENGLISH if queue.setup is None else queue.setup.profile.language)


def _say(line: dict[str, Any]) -> None:
    print(encode_line(line).decode(), flush=True)


def _facts(job: PrintJob, texts: Texts) -> dict[str, Any]:
    return {
        "job": job.number,
        "about": job.about,
        "kind": job.kind,
        "state": job.state.value,
        "copy": job.copy,
        "confirmed_by": job.confirmed_by,
        "printer": job.printer,
        "made_at": format_instant(job.made_at),
        "next": texts.say(advice_key(job)) if job.is_open else "",
    }
