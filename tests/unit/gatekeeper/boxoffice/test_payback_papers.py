"""What a guest whose money goes back is handed: a receipt, once, whatever stops in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatekeeper.boxoffice.answers import ExchangeAnswer, Sale, TicketOutcome, TillAnswer
from gatekeeper.boxoffice.papers_and_drawer import PapersAndDrawer
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.printing.documents import decode_document
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.printing.printer_profiles import EscposProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.printing.rendering import render
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId
from shared.kernel.ids import parse_ticket_id
from shared.sales.receipt import Receipt
from shared.sales.sale_refusals import SaleReason
from tests.factories.gate_event import EVENT, STANDARD
from tests.factories.till_house import REDUCED
from tests.fakes.escpos_paper import EscposPaper
from tests.fakes.fiscal_signer import TestSigner
from tests.unit.gatekeeper.boxoffice.test_papers_from_journal import Counter, sell


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def pay_back(session: GateSession, sale: Sale, **said: Any) -> list[int]:
    """Write down that all of a sale's tickets were paid back, in cash; the entries' numbers."""
    store, recorder = session.store, session._recorder
    seqs: list[int] = []
    for number, one in enumerate(sale.tickets):
        body = WithdrawalBody(
            claim_id=ClaimId(f"{len(seqs):032x}"),
            ticket_id=parse_ticket_id(one.ticket_id),
            generation=0,
            mode="online",
            sale_id=sale.sale_id,
            currency="EUR",
            ticket_type_code=(STANDARD, STANDARD, REDUCED)[number],
            **{
                "purpose": "refund",
                "tender": "cash",
                "amount_minor": (2_500, 2_500, 1_250)[number],
            }
            | said,
        )
        with store.transaction("withdrawal"):
            stamp = recorder.stamp()
            seqs.append(store.journal.append(body, stamp, event_id=EVENT))
    return seqs


async def test_what_was_paid_back_is_a_receipt_that_names_the_one_it_takes_back(
    counter: Counter,
) -> None:
    """Signed like a sale's, with what went back of each type; asked again, nothing more."""
    session = await counter.open()
    sale = await sell(session)
    seqs = pay_back(session, sale)
    signer = TestSigner()
    papers = counter.papers(session, signer)
    (job,) = jobs = await papers.print_payback(seqs)
    assert await papers.print_payback(seqs) == jobs
    receipt = decode_document(job.document)
    assert isinstance(receipt, Receipt)
    assert (receipt.kind, receipt.number, receipt.of_number) == ("refund", seqs[-1], 1)
    assert [(one.count, one.gross_minor) for one in receipt.lines] == [(2, -5_000), (1, -1_250)]
    assert [(one.kind, one.amount_minor) for one in receipt.payments] == [("cash", -6_250)]
    (facts,) = signer.asked
    assert (facts.kind, facts.number, facts.of_number) == ("refund", seqs[-1], 1)
    assert sum(one.gross_minor for one in facts.rates) == facts.parts[0].amount_minor == -6_250
    assert receipt.fiscal_lines == ("Signature 1",)
    said = EscposPaper()
    said.feed(render(receipt, EscposProfile()))
    for text in (f"Refund {seqs[-1]}", "reverses receipt 1", "-€62.50", "-€50.00"):
        assert text in said.texts()
    await session.close()


async def test_a_void_bears_its_sales_number_and_an_exchange_what_went_back_by_it(
    counter: Counter,
) -> None:
    """What pays for other tickets is on their receipt; without money there is no paper."""
    session = await counter.open()
    sale = await sell(session)
    papers = counter.papers(session)
    (job,) = await papers.print_payback(pay_back(session, sale, purpose="void"))
    void = decode_document(job.document)
    assert isinstance(void, Receipt)
    assert (void.kind, void.number, void.of_number) == ("void", 1, 0)
    part = {"purpose": "exchange", "credited_minor": 1_000, "credited_to": "ab" * 16}
    (job,) = await papers.print_payback(pay_back(session, sale, **part))
    back = decode_document(job.document)
    assert isinstance(back, Receipt)
    assert (back.kind, back.total_minor) == ("refund", -3_250)
    assert await papers.print_payback(pay_back(session, sale, amount_minor=0)) == []
    await session.close()


async def test_a_guest_whose_money_goes_back_is_handed_a_receipt(counter: Counter) -> None:
    """Of a refund, and of what an exchange has left over; a replaced ticket costs no receipt."""
    session = await counter.open()
    sale = await sell(session)
    queue = PrintQueue(session.store, counter.clock)
    queue.use(PrinterSetup("tcp:127.0.0.1:1", EscposProfile()))
    counted: list[None] = []
    desk = PapersAndDrawer(counter.papers(session), queue, lambda: counted.append(None))
    seqs = pay_back(session, sale)
    outcomes = tuple(
        TicketOutcome(ticket_id="", reason="ok", seq=seq, amount_minor=100) for seq in seqs
    )
    await desk.print_taken_back(AfterAnswer(reason="ok", tickets=outcomes, tender="cash"))
    given = {"purpose": "exchange", "credited_minor": 1_000, "credited_to": "ab" * 16}
    given_seqs = pay_back(session, sale, **given)
    taken = await sell(session)
    sold = TillAnswer(reason=SaleReason.OK, mode="online", sale=taken)
    ended = tuple(TicketOutcome(ticket_id="", reason="ok") for _ in given_seqs)
    await desk.print_exchanged(
        ExchangeAnswer(
            reason="ok",
            mode="online",
            sale=sold,
            ended=ended,
            tender="cash",
            paid_out_by={"cash": 3_250},
        )
    )
    for seq in (seqs[-1], given_seqs[-1]):
        (job,) = queue.list_about(f"payback-{seq}")
        assert job.kind == "receipt"
    assert len(counted) == 3  # twice for what went back, and once for the sale
    await session.close()


async def test_a_till_that_was_killed_before_the_receipt_of_a_refund_prints_it_after_its_start(
    counter: Counter,
) -> None:
    """Of what was paid back at once, and of nothing that was before."""
    session = await counter.open()
    sale = await sell(session)
    papers = counter.papers(session)
    await papers.print_sale(sale.seq)
    first = pay_back(session, sale)
    await papers.print_payback(first)
    assert papers.list_unprinted() == []
    later = pay_back(session, sale)
    await session.close()
    session = await counter.open()
    papers = counter.papers(session)
    (act,) = papers.list_unprinted()
    assert [one.entry.seq for one in act] == list(later)
    assert len(await papers.print_payback(later)) == 1
    assert papers.list_unprinted() == []
    await session.close()


async def test_a_till_that_was_killed_with_a_full_disk_prints_all_that_it_owed(
    counter: Counter,
) -> None:
    """Its disk had room for what was sold and paid back, and for no paper of it; once each."""
    session = await counter.open()
    printed, first, other = [await sell(session) for _ in range(3)]
    await counter.papers(session).print_sale(printed.seq)
    back = pay_back(session, first)
    last = await sell(session)
    await session.close()
    session = await counter.open()
    queue = PrintQueue(session.store, counter.clock)
    queue.use(PrinterSetup("tcp:127.0.0.1:1", EscposProfile()))
    desk = PapersAndDrawer(counter.papers(session), queue, lambda: None)
    await desk.print_unprinted()
    made = {one.about: one.number for one in queue.list_open()}
    paid_back = f"payback-{back[-1]}"
    assert sorted(made, key=made.__getitem__) == [
        printed.sale_id,
        first.sale_id,
        other.sale_id,
        paid_back,
        last.sale_id,
    ]
    await desk.print_unprinted()
    assert {one.about: one.number for one in queue.list_open()} == made
    await session.close()


async def test_a_till_that_never_printed_prints_its_newest_sale_alone(counter: Counter) -> None:
    """It has a printer since: nobody stands there for what it sold before."""
    session = await counter.open()
    _, last = [await sell(session) for _ in range(2)]
    (act,) = counter.papers(session).list_unprinted()
    assert [one.entry.seq for one in act] == [last.seq]
    await session.close()
