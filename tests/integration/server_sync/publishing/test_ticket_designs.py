"""An event's design reaches a till by the sync, and its paper without any network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp

from command_line.clock_and_randomness import SystemClock
from gatekeeper.boxoffice.name_and_tax_number_on_papers import issuer_of
from gatekeeper.boxoffice.papers_from_journal import Papers
from gatekeeper.device.refund_and_exchange_parts import lines_of
from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.fiscal.unsigned import NoSigner
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.printing.printer_profiles import PageSize, PdfProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.readers.decoder_libraries import QR
from gatekeeper.store.picture_store import PictureStore
from shared.manifest.header import ChunkRef
from tests.factories.designs import NOTE
from tests.factories.ledger_office import LedgerOffice
from tests.factories.sent_pictures import in_base64, make_photograph, make_picture
from tests.factories.wired_gates import WiredGate, open_gate
from tests.fakes.entropy import SeededEntropy

ONE_DATABASE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def give_design(office: LedgerOffice) -> list[dict[str, Any]]:
    """Give the event a picture and its tickets a design; returns the pictures."""
    call, owner = office.office.ok, office.owner
    made = []
    for content in (make_picture((12, 74, 110), (300, 120)), make_photograph((900, 300))):
        body = {"content": in_base64(content)}
        made.append(await call("POST", f"{owner.path}/pictures", owner, json=body))
    look = {
        "logo_id": made[0]["id"],
        "picture_id": made[1]["id"],
        "has_band": True,
        "accent": "#7a1f5c",
        "note": NOTE,
        "hidden": ["price"],
    }
    await call("PUT", f"{office.path}/look", owner, json=look)
    return made


async def open_till(office: LedgerOffice, folder: Path) -> tuple[WiredGate, str]:
    """Open a till with a shift; returns its cashier besides."""
    call, owner = office.office.ok, office.owner
    body = {"name": "Mara", "rights": {"sell": True}}
    cashier = (await call("POST", f"{owner.path}/cashiers", owner, json=body))["cashier"]["id"]
    till = await open_gate(office, folder, 0, role="till")
    till.session.keep_drawer()
    await till.sync()
    await answered(till, shift="open", amount_minor=10_000, cashier=cashier)
    return till, str(cashier)


async def answered(till: WiredGate, **line: Any) -> dict[str, Any]:
    """Ask the till's engine."""
    answer = await lines_of(till.session).answer(json.dumps(line).encode())
    assert answer["ok"], answer
    return answer


async def print_one(till: WiredGate, folder: Path, cashier: str) -> pdfium.PdfPage:
    """Sell a ticket and print it as a page, by the desks of a real till."""
    tenders = [{"kind": "cash", "amount_minor": 5_000}]
    sold = await answered(till, sell=[{"type": 1, "count": 1}], tenders=tenders, cashier=cashier)
    session = till.session
    desk = PrintQueue(session.store, SystemClock())
    desk.use(PrinterSetup(f"folder:{folder}", PdfProfile(size=PageSize.A4)))
    fiscal = FiscalSigning(session.store, NoSigner(), SystemClock())
    house = issuer_of(session.profile)
    entropy = SeededEntropy("papers")
    papers = Papers(session.store, session.knowledge, entropy, house, fiscal=fiscal, queue=desk)
    await papers.print_sale(sold["seq"])
    assert not await desk.print_waiting()
    page = taken(folder)
    dots = np.asarray(page.render(scale=203 / 72).to_pil().convert("L"))
    assert [one.text for one in zxingcpp.read_barcodes(dots, formats=QR)] == [
        sold["tickets"][0]["digits"]
    ]
    return page


def make_folder(folder: Path) -> Path:
    """Make the folder that is printed to."""
    made = folder / "paper"
    made.mkdir()
    return made


def taken(folder: Path) -> pdfium.PdfPage:
    """Take the only ticket from a folder."""
    (file,) = folder.glob("ticket-*.pdf")
    page = pdfium.PdfDocument(file.read_bytes())[0]
    file.unlink()
    return page


def pictures_on(page: pdfium.PdfPage) -> int:
    """Count the pictures of a page."""
    return sum(one.type == pdfium.raw.FPDF_PAGEOBJ_IMAGE for one in page.get_objects())


@ONE_DATABASE
async def test_a_cut_off_till_prints_the_design_that_it_has_heard_of(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Plain before; with pictures once synced; plain again when the office says so."""
    office, paper = ledger_office, make_folder(tmp_path)
    till, cashier = await open_till(office, tmp_path)
    assert pictures_on(await print_one(till, paper, cashier)) == 0
    made = await give_design(office)
    await till.sync()
    kept = PictureStore(till.session.store.disk)
    assert all(kept.read(one["digest"]) is not None for one in made)
    till.wire.is_cut = True
    page = await print_one(till, paper, cashier)
    assert pictures_on(page) == 2
    said = page.get_textpage().get_text_range()
    assert "example.org/terms" in said
    assert "25.00" not in said
    till.wire.is_cut = False
    gone = await office.office.call("DELETE", f"{office.path}/look", office.owner)
    assert gone.status_code == 204
    await till.sync()
    assert [kept.read(one["digest"]) for one in made] == [None, None]
    assert pictures_on(await print_one(till, paper, cashier)) == 0
    await till.session.close()


@ONE_DATABASE
async def test_another_picture_than_the_plan_signed_is_not_kept(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sits in between cannot put one on tickets; the till sells, and stays connected."""
    office = ledger_office
    till, cashier = await open_till(office, tmp_path)
    made = await give_design(office)
    fetch = till.wire.fetch_chunk
    hashes = {one["digest"] for one in made}

    async def lie(event_id: Any, ref: ChunkRef) -> bytes:
        content = await fetch(event_id, ref)
        return b"another" if ref.sha256.hex() in hashes else content

    monkeypatch.setattr(till.wire, "fetch_chunk", lie)
    await till.sync()
    kept = PictureStore(till.session.store.disk)
    assert [kept.read(one["digest"]) for one in made] == [None, None]
    page = await print_one(till, make_folder(tmp_path), cashier)
    assert pictures_on(page) == 0
    assert "example.org/terms" in page.get_textpage().get_text_range()
    monkeypatch.setattr(till.wire, "fetch_chunk", fetch)
    for _ in range(4):
        await till.sync()
    assert all(kept.read(one["digest"]) is not None for one in made)
    for wrong in ("../journal.db", "", "A" * 64, made[0]["digest"].upper()):
        assert kept.read(wrong) is None
    await till.session.close()
