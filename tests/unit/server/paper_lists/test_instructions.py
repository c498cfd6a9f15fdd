"""What a gate's list on paper tells staff to press is what the gate's screen offers."""

from __future__ import annotations

import pytest

from gatekeeper.wording.texts import read_catalogue
from server.language_texts import read_texts
from server.paper_lists.paper_list_texts import LIST_TEXTS
from shared.kernel.languages import LANGUAGE_NAMES


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_buttons_are_named_as_they_stand_on_the_screen(language: str) -> None:
    """From the name that is looked for to who was let in by paper, in each language."""
    said, screen = read_texts(LIST_TEXTS)[language]["how"], read_catalogue(language)
    for key in ("names.title", "paper.key_in"):
        assert str(screen[key]) in said, key
