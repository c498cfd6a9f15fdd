"""Tills and places are called once: whoever named a till "Till" reads no "Till Till"."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Check, Light
from gatekeeper.presenters.desk.doors_ready_words import spell_line
from gatekeeper.wording.texts import TEXTS, Texts
from gatekeeper.wording.tills_and_places import call_place, call_till
from shared.kernel.instant import SECOND, Instant, datetime_from_instant
from shared.kernel.languages import LANGUAGE_NAMES

NOW = datetime_from_instant(Instant(1_800_000_000 * SECOND))


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_a_till_that_is_named_by_its_role_is_called_once(language: str) -> None:
    """In each language by its own word, in whatever case, with a number or without."""
    texts = Texts(language)
    word = texts.say("desk.role.till")
    for name in (word, word.upper(), f"{word} 2", f"2. {word}"):
        said = call_till(texts, name)
        assert said.casefold().count(word.casefold()) == 1, said
    said = call_till(texts, "Bar")
    assert word in said
    assert "Bar" in said


def test_other_words_that_begin_alike_are_no_role() -> None:
    """Tillman's counter is a till of that name."""
    texts = Texts("en")
    assert call_till(texts, "Tillman's") == "Till Tillman's"
    assert call_till(texts, "Main till") == "Main till"


def test_a_device_that_is_named_like_its_gate_is_said_once() -> None:
    """One that was opened on the organizer's laptop is named so by itself."""
    texts = Texts("en")
    assert call_place(texts, "North", "north ") == "North"
    assert call_place(texts, "North", "north-1") == "North (north-1)"
    assert call_place(texts, "", "Till") == "Till"
    assert call_place(texts, "North", "") == "North"


def test_the_board_names_each_till_once() -> None:
    """Whatever is the matter with it."""
    TEXTS.use("en")
    for state in ("never_heard", "silent", "trouble", "heard", "no_shift", "no_float", "printer"):
        line = BoardLine(
            check=Check.TILL, light=Light.RED, state=state, name="Till", since=NOW, count=2
        )
        assert spell_line(line, NOW).startswith("Till: "), state
        other = BoardLine(
            check=Check.TILL, light=Light.RED, state=state, name="Bar", since=NOW, count=2
        )
        assert spell_line(other, NOW).startswith("Till Bar: "), state
