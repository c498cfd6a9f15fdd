"""Bytes for receipt printers: understood, within the paper, and read back from what they draw."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from numpy.typing import NDArray

from gatekeeper.printing.documents import PrintedTenderSum
from gatekeeper.printing.escpos_dialect import kick_drawer
from gatekeeper.printing.printer_profiles import EscposProfile, PageSize, PdfProfile
from gatekeeper.printing.receipt_and_refund_slips import compose_receipt
from gatekeeper.printing.rendering import render
from gatekeeper.printing.roll_ticket import ticket_moment
from gatekeeper.wording.texts import Texts
from tests.factories.papers import (
    LANGUAGES,
    make_badge,
    make_digits,
    make_receipt,
    make_report,
    make_ticket,
)
from tests.factories.strength import sized
from tests.fakes.escpos_paper import EscposPaper, UnknownWord

WIDTHS = [(576, 48), (512, 42), (384, 32)]


def printed(data: bytes, dots: int = 576) -> EscposPaper:
    paper = EscposPaper(dots)
    paper.feed(data)
    return paper


def codes(picture: NDArray[np.uint8]) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("dots", "columns"), WIDTHS)
def test_a_ticket_is_read_back_from_what_the_printer_draws(
    language: str, dots: int, columns: int
) -> None:
    """In every language and on every width of paper the gate reads the same digits."""
    profile = EscposProfile(language=language, dots=dots, columns=columns, module_dots=5)
    paper = printed(render(make_ticket(), profile), dots)
    assert codes(paper.picture) == [make_digits()]
    assert [event.kind for event in paper.events][-1] == "cut"


def test_no_paper_is_kept_back_by_a_time_zone_that_the_till_does_not_know() -> None:
    """It was paid for: its times are UTC's then, and say so."""
    there = {"time_zone": "Europe/Atlantis"}
    profile = EscposProfile(language="en", dots=576, columns=48)
    texts = Texts("en")
    papers = (make_receipt(), make_report(), make_ticket())
    for document in (structs.replace(one, **there) for one in papers):
        assert render(document, profile)
    receipt = compose_receipt(structs.replace(make_receipt(), **there), texts)
    assert any("UTC" in str(item) for item in receipt)
    assert ticket_moment(structs.replace(make_ticket(), **there), texts).endswith(" UTC")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("dots", "columns"), WIDTHS)
def test_every_paper_fits_on_every_roll(language: str, dots: int, columns: int) -> None:
    """No line and no picture is wider than the paper, whatever the language."""
    profile = EscposProfile(language=language, dots=dots, columns=columns)
    for document in (make_receipt(), make_report(), make_report(number=0), make_badge()):
        paper = printed(render(document, profile), dots)  # the paper itself refuses what is wider
        assert paper.picture.shape[1] == dots + 48
        assert (paper.picture < 128).any()


def test_a_receipt_says_what_was_paid_and_the_tax_per_rate() -> None:
    """Name, number, lines, discount, tenders, change and tax stand there in plain letters."""
    said = printed(render(make_receipt(), EscposProfile())).texts()
    for text in (
        "Kulturverein Uferhalle e. V.", "Receipt 17", "Standing", "€50.00", "2 × €25.00",
        "Balcony, reduced", "-€1.99", "Row 12, seat 34", "€68.91", "Cash, given", "€21.09",
        "7% tax in €50.00", "€3.27", "19% tax in €18.91", "€3.02", "Shift 3", "slip 0042",
    ):  # fmt: skip
        assert text in said, text


@pytest.mark.parametrize("currency", ["IDR", "IQD"])
def test_a_total_that_is_wider_than_the_paper_in_large_letters_is_painted(currency: str) -> None:
    """A printer would break it, and its last digits would stand alone on a line of their own."""
    total = 123_456_789_000
    payment = structs.replace(make_receipt().payments[0], amount_minor=total)
    receipt = make_receipt(currency=currency, total_minor=total, payments=(payment,))
    profile = EscposProfile(dots=384, columns=32)
    paper = printed(render(receipt, profile), 384)
    assert "Total" not in paper.texts()
    assert [event.kind for event in paper.events].count("raster") == 1


def test_a_z_report_says_that_the_drawer_is_short() -> None:
    """Expected, counted and the difference stand under each other."""
    said = printed(render(make_report(), EscposProfile())).texts()
    for text in ("Z report 42", "€1,249.47", "€1,244.47", "Short", "-€5.00", "17-214"):
        assert text in said, text


def test_a_report_says_of_what_the_numbers_beside_its_tenders_are() -> None:
    """A sale that was paid in parts has several payments: one number is of sales, one of them."""
    said = printed(render(make_report(), EscposProfile())).texts()
    sales, payments, cash = (said.index(one) for one in ("Sales (196)", "Payments", "Cash (120)"))
    assert sales < payments < cash
    assert "Payments" not in printed(render(make_report(tenders=()), EscposProfile())).texts()


def test_a_z_report_says_how_many_sales_it_left_unfinished() -> None:
    """A card may have been charged for each; of none it says nothing."""
    said = printed(render(make_report(open_sales=2), EscposProfile())).texts()
    assert said.split("Unfinished sales", 1)[1].split()[0] == "2"
    none = printed(render(make_report(open_sales=0), EscposProfile())).texts()
    assert "Unfinished sales" not in none


def test_a_report_says_what_was_moved_to_a_tender_by_hand() -> None:
    """Cash that somebody called a card's is in no drawer: whoever signs the report sees it."""
    cash = PrintedTenderSum("cash", 2, 2_500, moved_minor=-1_500)
    card = PrintedTenderSum("card", 0, 1_500, moved_minor=1_500)
    said = printed(render(make_report(tenders=(cash, card)), EscposProfile())).texts()
    assert said.index("Cash (2)") < said.index("Card (0)") < said.index("Of that moved by hand")
    assert said.count("Of that moved by hand") == 1


def test_a_copy_and_practice_stand_on_black_bands_above_all() -> None:
    """Nobody takes a second print for the first, or practice for a ticket."""
    plain = printed(render(make_ticket(), EscposProfile()))
    copied = printed(render(make_ticket(is_practice=True), EscposProfile(), copy=2))
    assert [event.kind for event in copied.events].count("raster") == (
        [event.kind for event in plain.events].count("raster") + 2
    )
    band = copied.picture[30:60, 30:-30]
    assert (band < 128).mean() > 0.5


def test_what_code_page_858_lacks_is_painted_and_never_a_question_mark() -> None:
    """Thai, Arabic and Hebrew names come as pictures among the printer's own letters."""
    for name in ("งานริมน้ำ", "مهرجان النهر", "פסטיבל הנהר", "Ярмарка", "Đà Nẵng"):
        paper = printed(render(make_ticket(event=name), EscposProfile()))
        assert "?" not in paper.texts()
        assert name not in paper.texts()
        assert "Standing" in paper.texts()


def test_a_printer_on_a_serial_line_draws_the_code_itself() -> None:
    """A few hundred bytes instead of some thousand, for the same digits."""
    raster = render(make_ticket(), EscposProfile())
    native = render(make_ticket(), EscposProfile(native_code=True))
    paper = printed(native)
    assert [event.value for event in paper.events if event.kind == "qr"] == [make_digits()]
    assert codes(paper.picture) == [make_digits()]
    assert len(native) < 1_000 < len(raster)


def test_a_code_of_37_modules_has_four_of_white_on_each_side() -> None:
    """Digits fit into version 5 at level M, and the quiet zone is on the paper."""
    paper = printed(render(make_ticket(), EscposProfile(module_dots=6)))
    rows = sum(event.value[0] for event in paper.events if event.kind == "raster")
    assert rows == (37 + 4 + 4) * 6
    (code,) = zxingcpp.read_barcodes(paper.picture)
    assert (code.text, code.ec_level) == (make_digits(), "M")


def test_names_from_outside_command_no_printer() -> None:
    """Control bytes in a name are letters of nothing: no cut, no drawer."""
    nasty = "A\x1bp\x00\x19\xfa\x1dV\x00B\x10\x14\x01\x00\x05\n\n\x00C"
    paper = printed(render(make_ticket(event=nasty, zone=nasty, seat=nasty), EscposProfile()))
    kinds = [event.kind for event in paper.events]
    assert kinds.count("cut") == 1
    assert "drawer" not in kinds


@pytest.mark.parametrize("pin", [2, 5])
def test_the_drawer_is_kicked_on_its_pin(pin: int) -> None:
    """Two drawers can hang on a printer."""
    (event,) = printed(kick_drawer(pin)).events
    assert (event.kind, event.value) == ("drawer", pin)


def test_the_interpreter_refuses_what_no_printer_knows() -> None:
    """A wrong byte of ours fails here, not at the door."""
    with pytest.raises(UnknownWord):
        printed(b"\x1b\x99\x00")


_ANY: Final = st.text(max_size=60)


@settings(max_examples=sized(10, 30), deadline=None)
@given(_ANY, _ANY, _ANY, st.sampled_from(["en", "ar", "th"]))
def test_whatever_stands_in_a_name_the_paper_is_printed(
    event: str, kind: str, other: str, language: str
) -> None:
    """Any letters of any script, unfinished or forbidden: one ticket, one cut, the same code."""
    ticket = make_ticket(event=event, ticket_type=kind, zone=other, seat=other, venue=other)
    paper = printed(render(ticket, EscposProfile(language=language)))
    kinds = [event.kind for event in paper.events]
    assert (kinds.count("cut"), kinds.count("drawer"), kinds.count("forget")) == (1, 0, 0)
    assert make_digits() in codes(paper.picture)


@settings(max_examples=sized(3, 8), deadline=None)
@given(_ANY, _ANY, st.sampled_from(list(PageSize)))
def test_whatever_stands_in_a_name_the_page_is_made(event: str, name: str, size: PageSize) -> None:
    """The same as PDF."""
    ticket = make_ticket(event=event, ticket_type=name, zone=name, venue=name, organization=name)
    assert render(ticket, PdfProfile(size=size)).startswith(b"%PDF")
    assert render(make_badge(name=name, company=event), PdfProfile(size=size)).startswith(b"%PDF")
