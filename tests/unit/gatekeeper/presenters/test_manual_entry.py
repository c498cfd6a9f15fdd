"""A manual code while it is typed."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.presenters.manual_entry import CHECK_KEYS, CODE_KEYS, ForeignEntry, ManualEntry
from shared.credential.manual_code import format_manual_code
from shared.manifest.presenting import FOREIGN_SIZE_MAX

numbers = st.integers(0, 2**40 - 1)


def enter(text: str) -> ManualEntry:
    return reduce(ManualEntry.type, text, ManualEntry())


@given(numbers)
def test_every_code_can_be_typed_and_fits(number: int) -> None:
    """Whatever was issued can be entered, character by character, and is spelled as printed."""
    code = format_manual_code(number)
    entry = enter(code)
    assert entry.fits
    assert entry.spell() == code
    assert entry.left == 0


@given(numbers)
def test_small_letters_and_look_alikes_are_understood(number: int) -> None:
    """People say O for 0 and L for 1, and type as they like."""
    code = format_manual_code(number)
    body = code[:-1].lower().replace("0", "o").replace("1", "l")
    assert enter(body + code[-1]).fits


@given(numbers, st.integers(0, 7), st.sampled_from(CODE_KEYS))
def test_one_wrong_character_never_fits(number: int, place: int, wrong: str) -> None:
    """The check symbol finds every single wrong character."""
    code = format_manual_code(number).replace("-", "")
    if code[place] == wrong:
        return
    assert not enter(code[:place] + wrong + code[place + 1 :]).fits


def test_keys_that_cannot_follow_are_off() -> None:
    """Check symbols come last; after them nothing does."""
    assert not any(ManualEntry().may_follow(key) for key in CHECK_KEYS)
    eight = enter("7K2M9Q4T")
    assert all(eight.may_follow(key) for key in CODE_KEYS + CHECK_KEYS)
    assert not any(enter("7K2M9Q4T*").may_follow(key) for key in CODE_KEYS + CHECK_KEYS)


def test_other_characters_change_nothing() -> None:
    """Letters that never stand in a code, emoji and spaces are ignored."""
    assert enter("7 é🎫\x00İu-K").text == "7K"


def test_erasing_goes_back_one_by_one() -> None:
    """The last character goes first, and nothing is left of nothing."""
    assert enter("7K").erase().text == "7"
    assert ManualEntry().erase().text == ""


def test_a_code_of_another_box_office_is_taken_as_it_is_printed() -> None:
    """Case and marks count; what cannot stand in a line, and one too many, is not taken."""
    entry = ForeignEntry()
    for character in " Fest-0\n\t1é ":
        entry = entry.type(character)
    assert (entry.text, entry.count, entry.fits) == ("Fest-01é ", 9, True)
    assert entry.spell().replace("\u200b", "") == "Fest-01é _"
    assert not ForeignEntry().fits
    full = ForeignEntry("7" * FOREIGN_SIZE_MAX)
    assert full.type("8") == full
    assert full.erase().count == FOREIGN_SIZE_MAX - 1
    assert full.spell().startswith("…")
