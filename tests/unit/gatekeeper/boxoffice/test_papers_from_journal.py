"""From a durable sale over the signer's durable outcome to print jobs, killed at every step."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import cast

import msgspec
import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.name_and_tax_number_on_papers import issuer_of
from gatekeeper.boxoffice.papers_from_journal import Papers
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.fiscal.ports import Facts, FiscalPort, Handle, Signed, Unavailable
from gatekeeper.fiscal.unsigned import NoSigner
from gatekeeper.gate.requests import Scan
from gatekeeper.printing.documents import DrawerReport, TicketPaper, decode_document
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.printing.printer_profiles import EscposProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.printing.rendering import render
from gatekeeper.store.print_job_table import JobState
from shared.journal.shift_body import ShiftAct, ShiftBody, ShiftSums
from shared.journal.shift_body import TenderSum as JournalTenderSum
from shared.kernel.errors import BadInput
from shared.manifest.event_config import IssuerConfig
from shared.sales.receipt import Receipt
from tests.factories.gate_event import STANDARD
from tests.factories.strength import sized
from tests.factories.till_bench import cashier
from tests.factories.till_house import REDUCED, TillHouse, basket, cash, make_market
from tests.factories.waiting import until
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.escpos_paper import EscposPaper
from tests.fakes.fiscal_signer import SINCE, TestSigner
from tests.fakes.receipt_printer import NetworkPrinter


class Counter:
    """One till with its desks, opened again as often as a test kills it."""

    def __init__(self, folder: Path) -> None:
        self.issuer = TillHouse(folder, make_market())
        self.clock = ManualClock()

    async def open(self) -> GateSession:
        session = await self.issuer.open()
        if self.issuer.starts == 1:
            await session.sync_once()
        return session

    def papers(self, session: GateSession, signer: FiscalPort | None = None) -> Papers:
        return Papers(
            session.store,
            session.knowledge,
            SeededEntropy("papers"),
            issuer_of(session.profile),
            fiscal=self.fiscal(session, signer or NoSigner()),
            queue=PrintQueue(session.store, self.clock),
        )

    def fiscal(self, session: GateSession, signer: FiscalPort) -> FiscalSigning:
        return FiscalSigning(session.store, signer, self.clock, budget_seconds=1.0)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


async def sell(session: GateSession) -> Sale:
    """Sell two types for cash, with change."""
    request = basket((STANDARD, 2), (REDUCED, 1), tenders=(cash(10_000),))
    return (await session.till.sell(request)).sold()


def receipt_of(session: GateSession, sale: Sale) -> Receipt:
    job = session.store.prints.list_about(sale.sale_id)[-1]
    document = decode_document(job.document)
    assert isinstance(document, Receipt)
    return document


async def test_a_sale_becomes_a_ticket_each_and_a_receipt(counter: Counter) -> None:
    """The tickets are those of the sale, digit for digit; the receipt adds up."""
    session = await counter.open()
    sale = await sell(session)
    jobs = await counter.papers(session).print_sale(sale.seq)
    assert [(job.kind, job.state) for job in jobs] == [
        *[("ticket", JobState.QUEUED)] * 3,
        ("receipt", JobState.QUEUED),
    ]
    tickets = [decode_document(job.document) for job in jobs[:3]]
    for ticket, sold in zip(tickets, sale.tickets, strict=True):
        assert isinstance(ticket, TicketPaper)
        assert (ticket.digits, ticket.manual_code) == (sold.digits, sold.manual_code)
        assert ticket.receipt_number == sale.receipt_number
        assert ticket.starts_at is not None
        assert (await session.scan(Scan(ticket.digits))).reason == "ok"
    receipt = receipt_of(session, sale)
    assert receipt.total_minor == sum(line.gross_minor for line in receipt.lines) == 6_250
    assert [(one.given_minor, one.change_minor) for one in receipt.payments] == [(10_000, 3_750)]
    assert receipt.fiscal_lines == ()
    await session.close()


async def test_a_ticket_for_several_says_how_many(counter: Counter) -> None:
    """As the office's do: whoever stands at the gate counts by it."""
    server = counter.issuer.paired.link.server
    config = server.office.config
    kinds = [msgspec.structs.replace(one, persons=4) for one in config.ticket_types]
    server.office.config = msgspec.structs.replace(config, ticket_types=tuple(kinds))
    server.publish()
    session = await counter.open()
    sale = await sell(session)
    job, *_ = await counter.papers(session).print_sale(sale.seq)
    said = EscposPaper()
    said.feed(render(decode_document(job.document), EscposProfile()))
    assert "× 4" in said.texts()
    await session.close()


async def test_receipts_and_reports_carry_the_legal_name_and_tax_number(
    tmp_path: Path,
) -> None:
    """As the plan says them, and the till's profile does not; tickets carry the usual name."""
    counter = Counter(tmp_path)
    server = make_market()
    server.office.config = msgspec.structs.replace(
        server.office.config,
        issuer=IssuerConfig(
            "Lanterns", "Lanterns e. V.", "Hafenstraße 1\n\n20457 Hamburg", "DE 1"
        ),
    )
    server.publish()
    counter.issuer = TillHouse(tmp_path, server)
    session = await counter.open()
    sale = await sell(session)
    jobs = await counter.papers(session).print_sale(sale.seq)
    receipt = receipt_of(session, sale)
    assert receipt.organization == "Lanterns e. V."
    assert receipt.address == ("Hafenstraße 1", "20457 Hamburg", "Tax number DE 1")
    ticket = decode_document(jobs[0].document)
    assert isinstance(ticket, TicketPaper)
    assert ticket.organization == "Lanterns"
    await session.close()


async def test_asked_again_nothing_more_is_printed(counter: Counter) -> None:
    """Whoever is unsure asks again; a second print is a copy of the first job."""
    session = await counter.open()
    sale = await sell(session)
    papers = counter.papers(session)
    first = await papers.print_sale(sale.seq)
    assert await papers.print_sale(papers.find_sale(sale.sale_id)) == first
    with pytest.raises(BadInput, match="not a sale"):
        await papers.print_sale(sale.seq - 1)
    with pytest.raises(BadInput, match="no sale under"):
        papers.find_sale("ff")
    await session.close()


async def test_a_till_that_was_killed_before_its_jobs_makes_the_same_papers(
    counter: Counter,
) -> None:
    """The sale is durable and named as unprinted; its tickets have the same digits."""
    session = await counter.open()
    sale = await sell(session)
    await session.close()
    session = await counter.open()
    papers = counter.papers(session)
    assert [one.entry.seq for (one,) in papers.list_unprinted()] == [sale.seq]
    jobs = await papers.print_sale(sale.seq)
    documents = [decode_document(job.document) for job in jobs]
    printed = [one.digits for one in documents if isinstance(one, TicketPaper)]
    assert printed == [one.digits for one in sale.tickets]
    assert papers.list_unprinted() == []
    await session.close()


async def test_the_signer_is_asked_after_the_sale_is_durable_and_once(counter: Counter) -> None:
    """Its lines and code are on the receipt; the same answer is given after a restart."""
    session = await counter.open()
    sale = await sell(session)
    signer = TestSigner()
    await counter.papers(session, signer).print_sale(sale.seq)
    receipt = receipt_of(session, sale)
    assert (receipt.fiscal_lines, receipt.fiscal_code) == (("Signature 1",), "V0;1")
    (facts,) = signer.asked
    assert (facts.number, facts.kind, facts.series) == (sale.receipt_number, "sale", "dv_till")
    assert sum(part.amount_minor for part in facts.parts) == 6_250
    assert sum(rate.gross_minor for rate in facts.rates) == 6_250
    await session.close()
    session = await counter.open()
    outcome = counter.fiscal(session, signer).outcome_of(sale.sale_id)
    assert isinstance(outcome, Signed)
    assert outcome.opaque == b"opaque"
    assert len(signer.asked) == 1
    await session.close()


@pytest.mark.parametrize("mood", ["silent", "slow", "unavailable", "dies"])
async def test_a_signer_that_does_not_sign_costs_a_signature_and_no_sale(
    counter: Counter, mood: str
) -> None:
    """ "Signer unavailable" stands on the receipt, durable, and it is not signed later."""
    session = await counter.open()
    sale = await sell(session)
    signer = TestSigner(mood)
    papers = counter.papers(session, signer)
    await papers.print_sale(sale.seq)
    said = "Sicherheitseinrichtung ausgefallen" if mood == "unavailable" else "Signer unavailable"
    assert receipt_of(session, sale).fiscal_lines == (said,)
    signer.released.set()
    signer.mood = "signs"
    outcome = counter.fiscal(session, signer).outcome_of(sale.sale_id)
    assert isinstance(outcome, Unavailable)
    if mood == "unavailable":
        assert outcome.since == SINCE
    await papers.print_sale(sale.seq)
    assert receipt_of(session, sale).fiscal_lines == (said,)
    assert len(signer.asked) == (0 if mood == "unavailable" else 1)
    await session.close()


GARBAGE = {
    "nothing": None,
    "a text": "signed",
    "no letters": Signed(("\ud800",)),
    "no text": Signed(cast("tuple[str]", (b"x",))),
    "a roll of paper": Signed(("x",) * 20_000),
    "no QR code": Signed(code="x" * 5_000),
    "no token": Handle(cast("bytes", "x")),
}


@pytest.mark.parametrize("is_begin", [True, False])
@pytest.mark.parametrize("said", GARBAGE)
async def test_a_signer_that_answers_garbage_keeps_no_ticket_from_being_printed(
    counter: Counter, said: str, is_begin: bool
) -> None:
    """It has failed: its receipt says so and can be drawn, and so can those that come after."""
    session = await counter.open()
    sale = await sell(session)
    signer = TestSigner()
    setattr(signer, "begin" if is_begin else "finish", lambda *_: GARBAGE[said])
    jobs = await counter.papers(session, signer).print_sale(sale.seq)
    assert [job.kind for job in jobs] == ["ticket"] * 3 + ["receipt"]
    assert receipt_of(session, sale).fiscal_lines == ("Signer unavailable",)
    assert render(decode_document(jobs[-1].document), EscposProfile())
    outcome = counter.fiscal(session, signer).outcome_of(sale.sale_id)
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == "failed"
    await session.close()


async def test_a_signature_that_comes_late_is_kept_for_the_export(counter: Counter) -> None:
    """The receipt stays unsigned; what the signer counted is not lost."""
    session = await counter.open()
    sale = await sell(session)
    signer = TestSigner("slow")
    papers = counter.papers(session, signer)
    await papers.print_sale(sale.seq)
    signer.released.set()
    until(lambda: signer.counter == 1)
    rows = session.store.fiscal._connection
    late = "SELECT late FROM fiscal_outcome WHERE about=?"
    while (kept := next(rows.execute(late, (sale.sale_id,)))[0]) is None:  # noqa: ASYNC110 - a row appears
        await asyncio.sleep(0.01)
    assert b"Signature 1" in kept
    await session.close()


async def test_a_till_killed_while_it_asked_says_unavailable_after_its_start(
    counter: Counter,
) -> None:
    """Nobody knows what the signer said: the receipt says so, and what it left open is ended."""
    session = await counter.open()
    sale = await sell(session)
    signer = TestSigner()
    with session.store.transaction("fiscal_ask"):
        session.store.fiscal.ask(sale.sale_id, b"t0")
    at = counter.clock.wall()
    signer.began[b"t0"] = Facts(
        series="dv_till", number=0, kind="sale", started_at=at, ended_at=at
    )
    await session.close()
    session = await counter.open()
    fiscal = counter.fiscal(session, signer)
    assert await fiscal.recover("dv_till") == [sale.sale_id]
    assert isinstance(fiscal.outcome_of(sale.sale_id), Unavailable)
    assert signer.open_handles() == []
    await counter.papers(session, signer).print_sale(sale.seq)
    assert receipt_of(session, sale).fiscal_lines == ("Signer unavailable",)
    assert signer.asked == []
    await session.close()


async def test_x_and_z_reports_are_the_sums_of_their_signed_entries(counter: Counter) -> None:
    """The paper names the entry and its hash, so that it can be held against the journal."""
    session = await counter.open()
    shift = "5a" * 16
    recorder, store, seq = session._recorder, session.store, 0
    for body in (
        ShiftBody(
            shift_id=shift, number=1, act=ShiftAct.OPEN, amount_minor=20_000, currency="EUR"
        ),
        ShiftBody(
            shift_id=shift,
            number=2,
            act=ShiftAct.CLOSE,
            amount_minor=26_000,
            currency="EUR",
            cashier="ca_mara",
            z_number=7,
            terminal_minor=0,
            open_sales=("7c" * 16,),
            sums=ShiftSums(
                first_seq=store.journal.last_seq,
                last_seq=store.journal.last_seq + 1,
                entry_count=2,
                float_minor=20_000,
                expected_minor=26_250,
                gross_minor=6_250,
                sale_count=1,
                tenders=(JournalTenderSum(kind="cash", sale_minor=6_250, moved_minor=-5),),
            ),
        ),
    ):
        with store.transaction("shift"):
            seq = store.journal.append(body, recorder.stamp())
    papers = counter.papers(session)
    (job,) = papers.print_report(seq)
    assert papers.print_report(seq) == [job]
    report = decode_document(job.document)
    assert isinstance(report, DrawerReport)
    assert (report.number, report.expected_minor, report.counted_minor) == (7, 26_250, 26_000)
    assert (report.shift, report.open_sales, report.tenders[0].moved_minor) == (1, 1, -5)
    ((_, signed),) = store.journal.read(seq, seq)
    assert report.entry_hash == sha256(signed.entry).hexdigest()
    said = EscposPaper()
    said.feed(render(report, EscposProfile()))
    for text in ("Z report 7", "-€2.50", report.entry_hash[:32], report.entry_hash[32:]):
        assert text in said.texts()
    with pytest.raises(BadInput, match="not a report"):
        papers.print_report(seq - 1)
    await session.close()


async def test_papers_name_the_cashier_also_cut_off_and_after_they_were_removed(
    counter: Counter,
) -> None:
    """By the name that the organizer gave; a report has the id besides, as its entries have."""
    session = await counter.open()
    store, recorder = session.store, session._recorder
    for told in ((cashier(name="Mara"), cashier(name="Noor")), (cashier(name="Noor"),), ()):
        with store.transaction("cashiers"):
            store.cashiers.put(told)
    request = msgspec.structs.replace(
        basket((STANDARD, 1), tenders=(cash(2_500),)), cashier="ca_mara"
    )
    sale = (await session.till.sell(request)).sold()
    papers = counter.papers(session)
    await papers.print_sale(sale.seq)
    said = EscposPaper()
    said.feed(render(receipt_of(session, sale), EscposProfile()))
    assert "Cashier Mara" in said.texts()
    assert "ca_mara" not in said.texts()
    sums = ShiftSums(first_seq=1, last_seq=sale.seq, entry_count=1)
    for person, wanted in (("ca_noor", "Cashier Noor · ca_noor"), ("ca_x", "Cashier ca_x")):
        body = ShiftBody(
            shift_id="5a" * 16,
            number=2,
            act=ShiftAct.X_REPORT,
            currency="EUR",
            cashier=person,
            sums=sums,
        )
        with store.transaction("shift"):
            seq = store.journal.append(body, recorder.stamp())
        (job,) = papers.print_report(seq)
        said = EscposPaper()
        said.feed(render(decode_document(job.document), EscposProfile()))
        assert wanted in " ".join(said.texts().split()), said.texts()
    await session.close()


class Killed(BaseException):
    """The power is gone at this step."""


async def test_killed_at_any_step_of_signing_and_printing_no_paper_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    """After the next start: one job for each paper, printed once, or open for a person to see."""
    step, was_killed = 0, True
    while was_killed:
        step += sized(2, 1)
        was_killed = await _kill_at(step, tmp_path / str(step))
    assert step > 12


async def _kill_at(step: int, folder: Path) -> bool:
    """Kill the till at its n-th crash point after the sale; return whether there was one."""
    counter, signer = Counter(folder), TestSigner()
    left: list[int] = []

    def crash(_point: str) -> None:
        if left:
            left.append(0)
            if len(left) == step + 1:
                raise Killed

    with NetworkPrinter() as printer:
        use = PrinterSetup(printer.address, EscposProfile())
        session: GateSession = await counter.issuer.open(crash)
        await session.sync_once()
        sale = await sell(session)
        desk = PrintQueue(session.store, counter.clock)
        desk.use(use)
        left.append(0)
        try:
            await counter.papers(session, signer).print_sale(sale.seq)
            await PrintQueue(session.store, SystemClock()).print_waiting()
            was_killed = False
        except Killed:
            was_killed = True
        left.clear()
        await session.close()
        session = await counter.open()
        fiscal = counter.fiscal(session, signer)
        await fiscal.recover("dv_till")
        papers = counter.papers(session, signer)
        for (one,) in papers.list_unprinted():
            await papers.print_sale(one.entry.seq)
        desk = PrintQueue(session.store, SystemClock())
        await desk.print_waiting()
        jobs = desk.list_about(sale.sale_id)
        assert [job.kind for job in jobs] == ["ticket"] * 3 + ["receipt"]
        seen = [job for job in jobs if job.state is JobState.PRINTED]
        asked = [job for job in jobs if job.state is JobState.UNKNOWN]
        assert len(seen) + len(asked) == 4
        assert len(seen) <= printer.cuts <= 4
        assert len(asked) <= 1
        assert len(signer.asked) <= 1
        outcome = fiscal.outcome_of(sale.sale_id)
        printed = receipt_of(session, sale).fiscal_lines
        assert printed == (
            outcome.lines if isinstance(outcome, Signed) else ("Signer unavailable",)
        )
        await session.close()
    return was_killed


async def test_z_report_parts_what_is_missing_by_who_had_the_drawer(counter: Counter) -> None:
    """Who takes a short drawer over does not answer for it; a wrong count is told, and once."""
    session = await counter.open()
    store, recorder, first = session.store, session._recorder, session.store.journal.last_seq + 1
    seq = 0
    sums = ShiftSums(
        first_seq=first, last_seq=first + 3, entry_count=4, float_minor=20_000,
        expected_minor=20_000,
    )  # fmt: skip
    for act, amount, whose, more in (
        (ShiftAct.OPEN, 20_000, "ca_mara", {}),
        (ShiftAct.COUNT, 0, "ca_mara", {}),
        (ShiftAct.COUNT, 19_634, "ca_mara", {}),
        (ShiftAct.HAND_OVER, 19_634, "ca_mara", {"receiver": "ca_ben"}),
        (ShiftAct.HAND_OVER, 19_700, "ca_ben", {"receiver": "ca_noor"}),
        (ShiftAct.CLOSE, 19_650, "ca_noor", {"z_number": 7, "sums": sums}),
    ):
        body = ShiftBody(
            shift_id="5a" * 16, number=1, act=act, amount_minor=amount, currency="EUR",
            cashier=whose, **more,
        )  # fmt: skip
        with store.transaction("shift"):
            seq = store.journal.append(body, recorder.stamp())
    (job,) = counter.papers(session).print_report(seq)
    report = decode_document(job.document)
    assert isinstance(report, DrawerReport)
    assert [(one.cashier, one.over_minor) for one in report.hand_overs] == [
        ("ca_mara", -366),
        ("ca_ben", 66),
    ]
    said = EscposPaper()
    said.feed(render(report, EscposProfile()))
    parted = said.texts().partition("Short")[2].splitlines()[:5]
    assert [line.split()[0] for line in parted] == [
        "-€3.50", "Counted", "ca_mara,", "ca_ben,", "Since",
    ]  # fmt: skip
    assert [line.split()[-1] for line in parted] == [
        "-€3.50", "-€200.00", "-€3.66", "€0.66", "-€0.50",
    ]  # fmt: skip
    await session.close()
