"""The list on paper: its letters, lines and words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import uharfbuzz as hb

from server.language_texts import read_texts
from server.paper.lettering import (
    cut_font,
    families,
    font_path,
    lacks_letters,
    open_font,
    runs_right,
    shape,
    wrap,
)
from server.paper_lists.paper_list_texts import LIST_TEXTS, ListWording
from shared.credential.manual_code import format_manual_code
from shared.paper.font_families import SHIPPED

LONG = "Hohenlohe-Schillingsfürst " * 7 + "zu Waldenburg-Barte"


def flat(text: str) -> str:
    """Leave out where lines break."""
    return "".join(text.split())


def test_no_letter_of_a_long_name_is_lost() -> None:
    """Broken at spaces, and inside a word that is wider than its column."""
    for name in (LONG, "محمد عبد الله", "W" * 200, "ก" * 200, "é" * 200):
        assert flat("".join(wrap(name, 12.0))) == flat(name)
    (cut,) = wrap("W" * 200, 12.0, lines_max=1)
    assert cut.endswith("…")


def test_an_emoji_is_left_out_as_tills_leave_it_out() -> None:
    """Mailed tickets and those of a till say the same of an event's name."""
    drawn = "".join(glyph.text for run in shape("Lights 🎉👩‍👧!").runs for glyph in run.glyphs)
    assert drawn == "Lights !"
    assert shape("🎉").runs == ()


def test_it_is_known_of_which_names_a_letter_is_lacking() -> None:
    """Who prints a list is told: signs alone were found at the door, by nobody."""
    assert not lacks_letters("Łukasz Ærø 🎉 محمد שלום กำหนด\u2068\u00a0x")
    assert lacks_letters("Klara प्रिया")
    assert lacks_letters("山田 太郎") is (families() == SHIPPED)


@pytest.mark.parametrize("name", ["山田 太郎", "髙橋 ゆき", "王 小明啊", "김 철수도"])
def test_a_name_of_the_far_east_is_drawn_where_its_font_is_installed(name: str) -> None:
    """Each letter is a glyph with an outline, and goes into the file by itself."""
    runs = shape(name, is_bold=True).runs
    drawn = {run.font: {glyph.number for glyph in run.glyphs} for run in runs}
    is_installed = families() != SHIPPED
    assert lacks_letters(name) is not is_installed
    for font, glyphs in drawn.items():
        cut = cut_font(font, glyphs)
        face = hb.Font(hb.Face(hb.Blob(cut)))
        empty = [glyph for glyph in glyphs if not outline(face, glyph)]
        assert len(empty) <= 1, "the space"
        assert len(cut) < font_path(font).stat().st_size / 2
    told = "".join(glyph.text for run in runs for glyph in run.glyphs)
    assert (told == name) is is_installed


def test_a_text_runs_as_its_first_letter_does() -> None:
    """Numbers and marks have no direction; what is set apart does not count."""
    assert runs_right("محمد Karl", otherwise=False)
    assert not runs_right("Karl محمد", otherwise=True)
    assert runs_right("12 – ", otherwise=True)
    assert runs_right("\u2068Nord\u2069: حسب", otherwise=False)


@pytest.mark.parametrize("family", SHIPPED)
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_a_font_is_cut_down_to_what_is_drawn_and_draws_it_unchanged(
    family: str, weight: str
) -> None:
    """Each glyph keeps its number, its outline and its width; others have no outline."""
    font = f"{family}-{weight}"
    words = {"NotoSansArabic": "محمد", "NotoSansThai": "กำหนด", "NotoSansHebrew": "שלום"}
    line = shape(words.get(family, "Ärger, 12,50 €"), is_bold=weight == "Bold")
    drawn = {glyph.number for run in line.runs if run.font == font for glyph in run.glyphs}
    assert len(drawn) >= 4
    whole, file = open_font(font), cut_font(font, drawn)
    cut = hb.Font(hb.Face(hb.Blob(file)))
    for glyph in drawn | {0}:
        assert cut.get_glyph_extents(glyph) == whole.get_glyph_extents(glyph)
        assert cut.get_glyph_h_advance(glyph) == whole.get_glyph_h_advance(glyph)
        assert outline(cut, glyph) == outline(whole, glyph)
    with_outline = {glyph for glyph in range(cut.face.glyph_count) if outline(cut, glyph)}
    letters = {glyph for glyph in drawn if outline(whole, glyph)}
    assert letters <= with_outline
    assert len(with_outline) <= 4 * len(drawn), "parts of those that are drawn, and no more"
    assert len(file) < font_path(font).stat().st_size / 2
    assert cut_font(font, sorted(drawn)) == file


def outline(font: hb.Font, glyph: int) -> list[object]:
    """Return how a glyph is drawn."""
    lines: list[object] = []
    font.draw_glyph_with_pen(glyph, Pen(lines))
    return lines


class Pen:
    """Notes what a font draws."""

    def __init__(self, lines: list[object]) -> None:
        self._lines = lines

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *points: self._lines.append((name, points))


def test_each_language_has_all_the_lists_words() -> None:
    """None is the English one, and all take the same values."""
    texts = read_texts(LIST_TEXTS)
    english = texts["en"]
    for language, own in texts.items():
        assert own.keys() == english.keys(), language
        for key, text in own.items():
            assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[key]))
        assert ListWording(language).say("made", time="x", plan=1)
    same = {
        (language, key)
        for language, own in texts.items()
        for key, text in own.items()
        if language != "en" and text == english[key]
    }
    assert same <= {
        (language, key) for language in texts for key in ("column_name", "column_code")
    } | {(language, "date") for language in texts}


def test_codes_are_spelled_as_tickets_spell_them() -> None:
    """So that a list is in the order in which its codes are read."""
    numbers = sorted(one for one in (0, 1 << 39, 12_345, (1 << 40) - 1))
    assert [format_manual_code(one) for one in numbers] == sorted(map(format_manual_code, numbers))


def test_no_name_draws_over_other_lines_of_the_paper() -> None:
    """Else one guest's name would blot out others' of the list that a cut-off gate works by."""
    tower = shape(f"A{chr(0x30D) * 100}")
    assert len([glyph for run in tower.runs for glyph in run.glyphs]) == len("A\u030d")
    assert shape("Ada \u202e 12") == shape("Ada  12")
