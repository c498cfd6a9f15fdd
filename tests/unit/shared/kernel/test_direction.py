"""Beside words of another direction, names and numbers stay where they were written."""

from __future__ import annotations

import pytest
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

from gatekeeper.wording.texts import Texts
from shared.kernel.text_direction import set_apart, set_lines_apart

NAME = "شهرزاد"
RLM = "\u200f"


def seen(text: str) -> str:
    """Return the letters of a line as they stand on it, from left to right (UAX #9)."""
    line = BidiParagraph(text, TextDirection.LTR).get_reordered_string()
    return "".join(letter for letter in line if letter not in "\u2066\u2068\u2069")


def test_a_number_after_an_arabic_name_stays_after_it() -> None:
    """In an English or German line; without a direction of its own the name draws it before."""
    assert seen(f"{NAME} · 3 left").startswith("3")
    for texts in map(Texts, ("en", "de", "th")):
        said = seen(texts.beside(NAME, 3, "2026-07-04"))
        assert said.endswith(" · 3 · 2026-07-04")
        assert said.startswith(NAME[::-1])


def test_a_catalogues_text_sets_a_name_apart_in_every_language() -> None:
    """The order's number after the holder's name."""
    said = Texts("en").say("verdict.holder", name=NAME, order="17")
    assert seen(said) == f"{NAME[::-1]} · order 17"


@pytest.mark.parametrize("plain", ["", "Gate C", "Zoë", "ประตู", 17, "-0.1"])
def test_what_runs_from_left_to_right_stays_as_it_is_among_its_like(plain: object) -> None:
    """No letter is added to what is searched, copied and printed every day."""
    assert set_apart(plain, runs_left=False) == str(plain)
    assert set_apart(plain, runs_left=True)[1:-1] == str(plain)


def test_what_is_empty_takes_no_place() -> None:
    """None too; a count of nothing is something."""
    assert Texts("en").beside("", None, 0, "inside") == "0 · inside"


def test_a_line_of_parts_runs_as_the_sentence_does() -> None:
    """Parts that are set apart have no say in it: the line would run to the right."""
    parts = " · ".join(set_apart(one, runs_left=True) for one in ("حسن", "North", 3))
    assert set_apart(parts, runs_left=True) == f"\u2067{parts}\u2069"
    assert set_apart(parts, runs_left=False) == f"\u2066{parts}\u2069"
    mixed = f"بوابة {parts}"
    assert set_apart(mixed, runs_left=True) == f"\u2068{mixed}\u2069"


def test_what_is_set_apart_stays_so_in_each_line_into_which_it_is_broken() -> None:
    """A Latin name of two lines within an Arabic one ends its brackets where it began them."""
    name = "\u2068Reduced (students, pensioners)\u2069"
    broken = (f"{RLM}\u20681 × Reduced (students,", "pensioners)\u2069 · \u206619.00 €\u2069")
    text = " ".join(broken)
    assert set_lines_apart(text, broken) == (
        f"{RLM}\u20661 × Reduced (students,\u2069",
        "\u2066pensioners)\u2069 · \u206619.00 €\u2069",
    )
    first, _, second = name.rpartition(" ")
    assert set_lines_apart(name, (first, second)) == (
        "\u2066Reduced (students,\u2069",
        "\u2066pensioners)\u2069",
    )
    assert set_lines_apart(name, [name]) == (name,), "one line needs nothing"


def test_parts_within_parts_are_ended_and_begun_again_in_their_order() -> None:
    """Each by the letters that it has besides those inside, in whichever line they stand."""
    broken = ("\u206812 \u2066A", "B\u2069 ليلى", "C\u2069 D")
    assert set_lines_apart(" ".join(broken), broken) == (
        "\u206712 \u2066A\u2069\u2069",
        "\u2067\u2066B\u2069 ليلى\u2069",
        "\u2067C\u2069 D",
    )
