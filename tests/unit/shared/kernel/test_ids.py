"""Ids: their shape, their randomness, and the one spelling of a ticket id."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import ids
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from tests.fakes.entropy import SeededEntropy

TICKET_IDS = st.integers(0, 2**64 - 1)
HEX_DIGITS = "0123456789abcdefABCDEF"


class FixedEntropy:
    """Gives the bytes that it was given."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def random_bytes(self, size: int) -> bytes:
        assert size == len(self._value)
        return self._value


@given(st.integers())
def test_an_id_tells_its_kind_and_is_lower_case_crockford(seed: int) -> None:
    """Prefix, underscore, twelve characters without I, L, O and U."""
    made = ids.new_id(ids.EVENT, SeededEntropy(seed))
    assert re.fullmatch(r"ev_[0-9a-hjkmnp-tv-z]{12}", made)


def test_an_id_uses_sixty_bits() -> None:
    """The ends of the range, and the four bits that are dropped."""
    assert ids.new_id("ev", FixedEntropy(bytes(8))) == "ev_000000000000"
    assert ids.new_id("ev", FixedEntropy(b"\xff" * 8)) == "ev_zzzzzzzzzzzz"
    assert ids.new_id("ev", FixedEntropy(bytes(7) + b"\x10")) == "ev_000000000001"
    assert ids.new_id("ev", FixedEntropy(bytes(7) + b"\x0f")) == "ev_000000000000"


def test_prefixes_tell_the_kinds_apart() -> None:
    """No two kinds share a prefix, and each is two letters."""
    prefixes = [
        ids.ORGANIZATION, ids.USER, ids.EVENT, ids.OCCURRENCE, ids.VENUE, ids.ZONE, ids.GATE,
        ids.TICKET_TYPE, ids.ORDER, ids.DEVICE, ids.SESSION, ids.CONFLICT,
    ]  # fmt: skip
    assert len(set(prefixes)) == len(prefixes)
    assert all(len(prefix) == 2 for prefix in prefixes)


@given(TICKET_IDS)
def test_a_ticket_id_survives_its_spelling(ticket_id: TicketId) -> None:
    """Sixteen lower-case digits, read back in either case."""
    text = ids.format_ticket_id(ticket_id)
    assert re.fullmatch(r"[0-9a-f]{16}", text)
    assert ids.parse_ticket_id(text) == ticket_id
    assert ids.parse_ticket_id(text.upper()) == ticket_id


@given(st.text(max_size=20))
def test_what_is_not_sixteen_hex_digits_is_no_ticket_id(text: str) -> None:
    """Any text is either refused or is exactly sixteen hex digits."""
    try:
        ids.parse_ticket_id(text)
    except BadInput:
        return
    assert len(text) == 16
    assert set(text) <= set(HEX_DIGITS)


@pytest.mark.parametrize(
    "text",
    [
        "", "0123456789abcde", "0123456789abcdef0", "00 11 22 33 44 5", "00112233445566  ",
        "+123456789abcdef", "0x23456789abcdef", "0123_56789abcdef", "0123456789abcdeg",
        "\uff10" * 16, "0123456789abcde\n",
    ],
)  # fmt: skip
def test_look_alikes_of_a_ticket_id_are_refused(text: str) -> None:
    """White space, signs, underscores and foreign digits, which Python's own readers take."""
    with pytest.raises(BadInput, match="16 hex digits"):
        ids.parse_ticket_id(text)
