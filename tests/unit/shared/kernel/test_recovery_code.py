"""The recovery code: typed from paper, each slip is found and its group named."""

from __future__ import annotations

import pytest

from shared.kernel.errors import Malformed
from shared.kernel.ids import CROCKFORD
from shared.kernel.recovery_code import make_recovery_code, parse_recovery_code
from tests.fakes.entropy import SeededEntropy

CODE = make_recovery_code(SeededEntropy(7))


def test_code_is_read_however_it_is_typed() -> None:
    """Small letters, no hyphens, O for 0 and l for 1."""
    typed = CODE.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert parse_recovery_code(typed) == CODE
    assert parse_recovery_code(f" {CODE.replace('-', '')}\n") == CODE


def test_each_wrong_character_is_found_and_its_group_named() -> None:
    """No single slip passes."""
    for place, sign in enumerate(CODE):
        if sign == "-":
            continue
        for other in CROCKFORD:
            if other != sign:
                wrong = CODE[:place] + other + CODE[place + 1 :]
                with pytest.raises(Malformed, match=f"group {place // 5 + 1} "):
                    parse_recovery_code(wrong)


def test_exchanged_characters_and_groups_are_found() -> None:
    """What fingers do."""
    groups = CODE.split("-")
    for at in range(5):
        exchanged = groups.copy()
        exchanged[at], exchanged[at + 1] = exchanged[at + 1], exchanged[at]
        if exchanged != groups:
            with pytest.raises(Malformed):
                parse_recovery_code("-".join(exchanged))
    for at in range(len(CODE) - 1):
        a, b = CODE[at], CODE[at + 1]
        if a != b and "-" not in {a, b}:
            with pytest.raises(Malformed):
                parse_recovery_code(CODE[:at] + b + a + CODE[at + 2 :])


@pytest.mark.parametrize("text", ["", "ABCD", CODE + "A", CODE.replace(CODE[0], "U", 1), "é" * 24])
def test_what_is_no_code_is_refused(text: str) -> None:
    """In words, and never by a crash."""
    with pytest.raises(Malformed):
        parse_recovery_code(text)
