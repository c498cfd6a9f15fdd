"""Papers that wait for the printer while what they are for is taken back or replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.boxoffice.papers_and_drawer import PapersAndDrawer
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.device.opened_till import PAPER_AGAIN, OpenedTill, add_printer
from gatekeeper.device.refund_and_exchange_parts import after_sale_of, lines_of
from gatekeeper.printing.documents import TicketPaper, decode_document
from gatekeeper.printing.printer_profiles import EscposProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.store.print_job_table import ASKING, JobState
from shared.admission.purpose import Purpose
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import NoteBody
from shared.kernel.errors import ServerFault
from shared.kernel.ids import parse_ticket_id
from shared.sales.cashier_rights import CashierRights
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import cashier
from tests.factories.till_house import TillHouse, make_market
from tests.fakes.receipt_printer import NetworkPrinter
from tests.fakes.small_disk import SmallDisk
from tests.fakes.sync_server import FakeSyncServer

PRINTED, DROPPED = JobState.PRINTED, JobState.DROPPED


class Counter:
    """A till by lines whose papers are made as its window makes them."""

    def __init__(self, till: OpenedTill, server: FakeSyncServer) -> None:
        self.till, self.lines = till, lines_of(till.session)
        self.server = server

    async def ask(self, **line: Any) -> dict[str, Any]:
        """Send a line of Mara's that must be done."""
        answer = await self.lines.answer(msgspec.json.encode({"cashier": "ca_mara", **line}))
        assert answer["ok"], answer
        return answer

    async def sell(self) -> dict[str, Any]:
        """Sell two tickets, and let their papers wait."""
        basket = [{"type": STANDARD, "count": 2}]
        sold = await self.ask(sell=basket, tenders=[{"kind": "cash"}])
        await self.till.papers.print_sale(sold["seq"])
        return sold

    def states(self, sale: dict[str, Any]) -> list[JobState]:
        """Return what became of a sale's two tickets and of its receipt."""
        return [job.state for job in self.till.printer.list_about(sale["sale_id"])]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    server = make_market()
    server.cashiers = (cashier(CashierRights(sell=True, refund_minor=100_000)),)
    house = TillHouse(tmp_path, server)
    session = await house.open()
    await session.sync_once()
    session.keep_drawer()
    made = Counter(add_printer(session, house.paired.system()), server)
    await made.ask(shift="open", amount_minor=0)
    yield made
    await session.close()


async def test_a_ticket_that_is_taken_back_before_there_is_paper_is_not_printed_any_more(
    counter: Counter,
) -> None:
    """It would come out for the next guest; what is still good does, and the receipt."""
    with NetworkPrinter() as printer:
        printer.rows_left = -1
        counter.till.printer.use(PrinterSetup(printer.address, EscposProfile()))
        whole, partly, kept = await counter.sell(), await counter.sell(), await counter.sell()
        assert await counter.till.printer.print_waiting()
        await counter.ask(void=whole["sale_id"])
        await counter.ask(refund=[partly["tickets"][0]["ticket_id"]], reason="ill")
        printer.load_paper()
        assert not await counter.till.printer.print_waiting()
        assert counter.states(whole) == [DROPPED, DROPPED, PRINTED]
        assert counter.states(partly) == [DROPPED, PRINTED, PRINTED]
        assert counter.states(kept) == [PRINTED, PRINTED, PRINTED]
        assert printer.cuts == 6


async def test_a_credential_that_was_replaced_while_it_waited_is_not_printed_any_more(
    counter: Counter,
) -> None:
    """The one that took its place is: nobody is handed one that admits nobody."""
    with NetworkPrinter() as printer:
        printer.rows_left = -1
        counter.till.printer.use(PrinterSetup(printer.address, EscposProfile()))
        sale = await counter.sell()
        ticket_id = sale["tickets"][0]["ticket_id"]
        await counter.ask(reprint=ticket_id)
        printer.load_paper()
        assert not await counter.till.printer.print_waiting()
        assert counter.states(sale) == [DROPPED, PRINTED, PRINTED]
        assert [one.state for one in counter.till.printer.list_about(ticket_id)] == [PRINTED]


async def test_a_credential_that_takes_anothers_place_is_on_disk_as_a_paper_with_its_withdrawal(
    counter: Counter,
) -> None:
    """No journal has its digits: a till killed right after would owe a ticket that it cannot make.

    Where the disk has no room for the paper, the old credential is good still.
    """
    with NetworkPrinter() as printer:
        counter.till.printer.use(PrinterSetup(printer.address, EscposProfile()))
        sale = await counter.sell()
        first, second = (one["ticket_id"] for one in sale["tickets"])
        anew = await counter.ask(reprint=first)
        (job,) = counter.till.printer.list_about(first)
        paper = decode_document(job.document)
        assert isinstance(paper, TicketPaper)
        assert paper.digits == anew["tickets"][0]["digits"]
        disk = SmallDisk()
        disk.hold(counter.till.session.store)
        disk.is_full = True
        refused = await counter.lines.answer(
            msgspec.json.encode({"cashier": "ca_mara", "reprint": second})
        )
        disk.make_room()
        assert (refused["ok"], refused["reason"]) == (False, "not_recorded")
        assert counter.till.printer.list_about(second) == []


async def test_what_a_cut_off_till_prints_again_says_on_paper_which_copy_it_is(
    counter: Counter,
) -> None:
    """It is the code that was sold: of two papers without a mark one would be sold on."""
    with NetworkPrinter() as printer:
        counter.till.printer.use(PrinterSetup(printer.address, EscposProfile()))
        sale = await counter.sell()
        counter.server.is_cut = True
        with pytest.raises(ServerFault):
            await counter.till.session.sync_once()
        ticket_id = sale["tickets"][0]["ticket_id"]
        asked = AfterRequest(
            purpose=Purpose.REPRINT, ticket_ids=(parse_ticket_id(ticket_id),), cashier="ca_mara"
        )
        papers = PapersAndDrawer(counter.till.papers, counter.till.printer, lambda: None)
        for _ in range(2):
            answer = await after_sale_of(counter.till.session).do(asked)
            assert [one.is_copy for one in answer.tickets] == [True]
            await papers.print_taken_back(answer)
        assert not await counter.till.printer.print_waiting()
        jobs = counter.till.printer.list_about(ticket_id)
        assert [(one.state, one.copy) for one in jobs] == [(PRINTED, 1), (PRINTED, 2)]


async def test_a_paper_that_may_be_out_is_printed_again_on_record(counter: Counter) -> None:
    """Whoever pulls the printer's cable has two papers of one ticket: the journal says so."""
    printer = counter.till.printer
    with NetworkPrinter() as device:
        printer.use(PrinterSetup(device.address, EscposProfile()))
        device.hangs_up_after = device.taken + 600
        sale = await counter.sell()
        await printer.print_waiting()
        device.hangs_up_after = None
        half, waits, _ = printer.list_about(sale["sale_id"])
        assert half.state in ASKING  # half printed, or unknown where all was on the line
        printer.again(waits.number)  # of which nothing was sent
        for _ in range(2):
            printer.again(half.number)
            assert not await printer.print_waiting()
    journal = counter.till.session.store.journal
    entries = [
        decode_body(decode_entry(one.entry)) for _, one in journal.read(1, journal.last_seq)
    ]
    notes = [one for one in entries if isinstance(one, NoteBody) and one.topic == PAPER_AGAIN]
    assert [one.text for one in notes] == [f"ticket {sale['sale_id']} {n}" for n in (1, 2)]
    assert {one.person for one in notes} == {"ca_mara"}
