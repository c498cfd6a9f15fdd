"""A paper whose print job is forgotten is printed again as a copy; signed once, it stays so."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.boxoffice.name_and_tax_number_on_papers import issuer_of
from gatekeeper.boxoffice.papers_from_journal import Papers
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.fiscal.ports import FiscalPort
from gatekeeper.fiscal.unsigned import NoSigner
from gatekeeper.printing import print_queue
from gatekeeper.printing.documents import decode_document
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.store.print_job_table import JobState
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.instant import SECOND
from shared.sales.receipt import Receipt
from tests.factories.gate_event import STANDARD
from tests.factories.selling import sell
from tests.factories.till_house import TillHouse, make_market
from tests.fakes.entropy import SeededEntropy
from tests.fakes.fiscal_signer import TestSigner

KEPT = 6


def _papers(
    session: GateSession, house: TillHouse, signer: FiscalPort | None = None
) -> tuple[Papers, PrintQueue]:
    queue = PrintQueue(session.store, house.paired.clock)
    fiscal = FiscalSigning(session.store, signer or NoSigner(), house.paired.clock)
    entropy, issuer = SeededEntropy("papers"), issuer_of(session.profile)
    papers = Papers(session.store, session.knowledge, entropy, issuer, fiscal=fiscal, queue=queue)
    return papers, queue


async def test_what_was_printed_long_ago_is_a_copy_and_what_never_was_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of twelve sales the first is forgotten; the last but one has waited for room on the disk."""
    monkeypatch.setattr(print_queue, "PRINT_JOBS_KEPT", KEPT)
    house = TillHouse(tmp_path, make_market())
    session = await house.open()
    await session.sync_once()
    papers, queue = _papers(session, house)
    sales = []
    for turn in range(12):
        sales.append(await sell(session, STANDARD, 1))
        if turn != 10:
            jobs = await papers.print_sale(sales[-1].seq)
            assert [job.copy for job in jobs] == [0, 0]
            for job in jobs:
                queue.drop(job.number)
        house.paired.clock.advance(SECOND)
    assert queue.list_about(sales[0].sale_id) == []
    assert [job.copy for job in await papers.print_sale(sales[10].seq)] == [0, 0]
    assert [job.copy for job in await papers.print_sale(sales[0].seq)] == [1, 1]
    await session.close()


async def test_an_earlier_receipt_is_printed_again_as_a_copy_and_no_ticket_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest comes back for it: also where its job is forgotten, and once while it waits."""
    monkeypatch.setattr(print_queue, "PRINT_JOBS_KEPT", 2)
    house = TillHouse(tmp_path, make_market())
    session = await house.open()
    await session.sync_once()
    signer = TestSigner()
    papers, queue = _papers(session, house, signer)
    first, second = [await sell(session, STANDARD, 1) for _ in range(2)]
    jobs = await papers.print_sale(first.seq)
    assert await papers.print_receipt_again(first.sale_id) == jobs[-1], "it is coming"
    for job in jobs:
        queue.drop(queue.confirm(_sent(queue, job.number)).number)
    again = await papers.print_receipt_again(first.sale_id)
    assert (again.number, again.copy, again.state) == (jobs[-1].number, 1, JobState.QUEUED)
    queue.confirm(_sent(queue, again.number))
    for job in await papers.print_sale(second.seq):
        queue.confirm(_sent(queue, job.number))
    await papers.print_sale((await sell(session, STANDARD, 1)).seq)
    assert queue.list_about(first.sale_id) == []
    anew = await papers.print_receipt_again(first.sale_id)
    receipt = decode_document(anew.document)
    assert isinstance(receipt, Receipt)
    assert (receipt.number, receipt.fiscal_lines) == (first.receipt_number, ("Signature 1",))
    assert (anew.copy, await papers.print_receipt_again(first.sale_id)) == (1, anew)
    assert {one.kind for one in queue.list_open() if one.number >= anew.number} == {"receipt"}
    with pytest.raises(BadInput, match="no sale under"):
        await papers.print_receipt_again("ff")
    await session.close()


def _sent(queue: PrintQueue, number: int) -> int:
    """Let a job be one that went to the printer, and somebody has to look."""
    queue._put(queue.get(number), state=JobState.UNKNOWN, sends=1)
    return number


async def test_a_receipt_made_anew_says_what_its_signer_said_and_leaves_none_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was no room for its job; the next try is at the till or by the verb, unsigned."""
    house = TillHouse(tmp_path, make_market())
    session = await house.open()
    await session.sync_once()
    signer = TestSigner()
    for later in (signer, None):
        sale = await sell(session, STANDARD, 1)
        papers, queue = _papers(session, house, signer)
        with monkeypatch.context() as full:
            full.setattr(queue, "enqueue_all", _refuse)
            with pytest.raises(StoreFault):
                await papers.print_sale(sale.seq)
        open_before = len(signer.open_handles())
        papers, _ = _papers(session, house, later)
        receipt = decode_document((await papers.print_sale(sale.seq))[-1].document)
        assert isinstance(receipt, Receipt)
        assert receipt.fiscal_lines == (f"Signature {len(signer.asked)}",)
        assert len(signer.open_handles()) == open_before
    assert len(signer.asked) == 2
    await session.close()


def _refuse(*_: object) -> None:
    message = "no room"
    raise StoreFault(message)
