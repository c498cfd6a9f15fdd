"""Whatever stands in a name, it stays in its line and turns nothing round beside it."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

from gatekeeper.wording.texts import Texts
from shared.kernel.text_direction import set_apart
from shared.kernel.text_in_line import MARKS_AT_ONE_SIDE, MARKS_MAX, keep_in_line

TURNING = {
    "an override": "Ada \u202e Lund",
    "an override that is ended too often": "Ada \u202eLund\u202c\u202c",
    "an embedding": "\u202bAda Lund",
    "an isolate that nobody ends": "Ada \u2067 Lund",
    "an override of numbers": "\u202dAda",
    "ends of isolates that nobody began": "Ada \u2069\u2069\u2067 Lund",
}


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lund",
        unicodedata.normalize("NFD", "Nguyễn Thị Ở, Škvorecký"),
        "בְּרֵאשִׁ֖ית",
        "مُحَمَّدٌ",
        "ที่นี่ น้ำ",
        "རྒྱུད་བླ",
        "👨\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈",
        "می\u200cخواهم",
        "€ – … ×",
    ],
)
def test_a_name_as_languages_write_it_stays_as_it_is(name: str) -> None:
    """With points, tones and vowels above and below its letters."""
    assert keep_in_line(name) == name


@pytest.mark.parametrize("end", ["\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029", "\t", "\x1b"])
def test_a_line_end_is_a_space(end: str) -> None:
    """Whatever a program may take for one; what commands a machine as well."""
    assert keep_in_line(f"Ada{end}ADMIT") == "Ada ADMIT"


@pytest.mark.parametrize("between", ["", "\u200d", "\u2060"])
@pytest.mark.parametrize("mark", ["\u030d", "\u0e47", "\u0489", "\u0323"])
def test_a_letter_bears_no_more_marks_than_languages_pile_up(mark: str, between: str) -> None:
    """Also where what nobody sees stands between them; the next letter has its own."""
    shown = keep_in_line(f"A{(mark + between) * 190}B{mark}")
    assert shown.replace(between, "") == f"A{mark}B{mark}"


def test_nor_do_different_marks_pile_up() -> None:
    """Two above and two below; Thai ones, of which no rule says where they stand, are few."""
    many = "".join(map(chr, range(0x300, 0x345)))
    shown = keep_in_line(f"A{many}B")
    sides = Counter(unicodedata.combining(one) for one in shown[1:-1])
    assert sides[230] <= MARKS_AT_ONE_SIDE
    assert sides[220] <= MARKS_AT_ONE_SIDE
    assert len(shown) <= 2 + MARKS_MAX
    assert len(keep_in_line("ก" + "็ัิีึืฺุู่้๊๋์ํ๎")) <= 1 + MARKS_MAX


@pytest.mark.parametrize("name", TURNING.values(), ids=TURNING)
def test_no_name_turns_round_what_is_said_after_it(name: str) -> None:
    """The order's number, and when the ticket was used."""
    texts = Texts("en")
    said = texts.say("verdict.used", time="17:04", gate=name, age="3 min")
    seen = BidiParagraph(said, TextDirection.LTR).get_reordered_string()
    assert "17:04" in seen
    assert seen.endswith("3 min")
    assert (
        BidiParagraph(texts.about(name, "17 left"), TextDirection.LTR)
        .get_reordered_string()
        .endswith("17 left")
    )


@pytest.mark.parametrize("runs_left", [False, True])
@pytest.mark.parametrize("name", TURNING.values(), ids=TURNING)
def test_what_is_set_apart_begins_and_ends_within_itself(name: str, *, runs_left: bool) -> None:
    """Each isolate is ended, and none of the sentence's is."""
    depth = 0
    for sign in set_apart(name, runs_left=runs_left):
        depth += (sign in "\u2066\u2067\u2068") - (sign == "\u2069")
        assert depth >= 0
    assert depth == 0
