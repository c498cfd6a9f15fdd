"""No name that somebody chose is a formula where the organizer opens a file."""

from __future__ import annotations

import pytest

from shared.kernel.spreadsheet_cells import plain_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a", " =1"]
    + ["\ufeff=1", "\u202e=1", "\u00a0\u200b＝1", "\n@a"],
)
def test_what_a_spreadsheet_may_take_for_a_formula_is_text(text: str) -> None:
    """Also in wide letters, or behind what nobody sees."""
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada;=1+1", "Ada;'=1+1"),
        ("Ada; \u200b＝1", "Ada;' \u200b＝1"),
        ("Ada\n@a;\t-1", "Ada\n'@a;\t'-1"),
        ("=1;;=1", "'=1;;'=1"),
        ("a\u2028+1", "a\u2028'+1"),
    ],
)
def test_nor_is_what_another_country_s_spreadsheet_takes_for_a_cell_of_its_own(
    text: str, shown: str
) -> None:
    """Many part lines at semicolons, and know no quotes in the middle of such a part."""
    assert plain_cell(text) == shown


@pytest.mark.parametrize("text", ["a; b;", "Row 1, -2", "1;2", "a - b = c", "x@y.org;z@y.org"])
def test_parts_that_are_no_formulas_stay_as_they_are(text: str) -> None:
    """Lists of words."""
    assert plain_cell(text) == text


@pytest.mark.parametrize("text", ["", "Ada Lund", "  Ada", "'=1", "2027-07-03", "\u200fعلي", "€5"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    """Names, dates and what is written from right to left."""
    assert plain_cell(text) == text
