"""Lines of mixed scripts: in the order of drawing, broken where they may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.printing.letters_as_dots import text_width
from gatekeeper.printing.line_breaks_and_text_runs import visual_runs, wrap
from gatekeeper.printing.paper_fonts import families, family_of
from shared.paper.font_families import SHIPPED


def drawn(text: str, *, starts_right: bool = False) -> list[str]:
    return [run.text for run in visual_runs(text, starts_right=starts_right)]


def test_a_line_of_one_script_is_one_run() -> None:
    """Latin, figures and signs between them stay together."""
    assert drawn("Order A7K2M · 25.00 €") == ["Order A7K2M · 25.00 €"]


def test_latin_inside_arabic_stands_where_a_reader_expects_it() -> None:
    """From the right: word, VIP, word, number; so the number is drawn first."""
    runs = [one.strip() for one in drawn("تذكرة VIP رقم 12", starts_right=True)]
    assert [one for one in runs if one] == ["12", "رقم", "VIP", "تذكرة"]


def test_an_isolated_amount_keeps_its_order_in_arabic() -> None:
    """The sign stays before the figures, the currency behind them."""
    joined = "".join(drawn("\u2066-5.00 €\u2069", starts_right=True))
    assert joined == "-5.00 €"


def test_a_letter_of_no_font_is_drawn_as_such() -> None:
    """Nobody takes a gap for nothing."""
    assert drawn("नम") == ["\ufffd\ufffd"]


@pytest.mark.parametrize("name", ["山田太郎", "王小明"])
def test_a_name_of_the_far_east_is_drawn_where_its_font_is_installed(name: str) -> None:
    """A till's tickets and receipts say who it is, as mailed ones and the list on paper do."""
    is_installed = families() != SHIPPED
    assert drawn(name) == [name if is_installed else "\ufffd" * len(name)]
    assert (text_width(name, 1.0) > len(name) * 0.9) is is_installed


def test_an_emoji_is_left_out_and_stars_are_counted() -> None:
    """A ticket of "Lights 🎉" looked damaged; of three stars none is lost."""
    assert drawn("Lights 🎉✨👩🏽‍👧❤\ufe0f🇩🇪!") == ["Lights !"]
    assert drawn("★★★") == ["\ufffd" * 3]
    assert drawn("🎉") == []


@pytest.mark.parametrize(("letter", "family"), [("A", 0), ("ب", 1), ("ก", 2), ("א", 3), ("Ж", 0)])
def test_each_script_has_its_font(letter: str, family: int) -> None:
    """The fonts are shipped; none is asked of the machine."""
    assert family_of(letter) == SHIPPED[family]


@given(st.text(max_size=80), st.integers(1, 40))
def test_broken_lines_hold_every_letter_and_fit(text: str, width: int) -> None:
    """Nothing but spaces at a line's end is lost, and no line is too long."""
    lines = wrap(text, width, len)
    assert all(len(line) <= width or len(line) == 1 for line in lines)
    kept = "".join(lines).replace(" ", "")
    assert kept == text.replace(" ", "").replace("\n", "").replace("\u200b", "")


@given(st.text(max_size=60))
def test_any_text_can_be_measured_and_drawn(text: str) -> None:
    """Whatever stands in a name, nothing raises."""
    assert text_width(text, 10.0) >= 0
    assert len(visual_runs(text, starts_right=True)) <= max(1, len(text))


def test_no_name_draws_over_other_lines_of_the_paper() -> None:
    """A letter's hundred marks, and what turns round or breaks a line, are not drawn."""
    assert drawn(f"A{chr(0x30D) * 100}") == ["A\u030d"]
    assert drawn("Ada\u2028Lund \u202e 12") == ["Ada Lund  12"]
