"""Bytes and digits: every round trip, and one spelling only."""

from __future__ import annotations

from contextlib import suppress

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.codec import decode_credential, encode_body, from_digits, to_digits
from shared.credential.credential_fields import Claims
from shared.kernel.errors import Malformed
from shared.kernel.instant import format_instant
from tests.unit.shared.credential.second_implementation import bytes_of_digits, facts_of
from tests.unit.shared.credential.strategies import ANY_CLAIMS, claims

PRINTED = b"\x10" + bytes(range(1, 83))
TAGGED = b"\x11" + bytes(range(1, 90))
LEAST = 0x10 << 656
MOST = (0x11 << 656) - 1


@given(ANY_CLAIMS, st.binary(min_size=64, max_size=64))
def test_claims_survive_their_bytes(said: Claims, signature: bytes) -> None:
    """What is laid out is read back, with body and signature apart."""
    body = encode_body(said)
    assert decode_credential(body + signature) == (said, body, signature)


@given(st.binary(min_size=82, max_size=82))
def test_bytes_survive_their_claims(rest: bytes) -> None:
    """Every 83 bytes of the printed form mean something, and no two bodies mean the same."""
    decoded, body, _signature = decode_credential(b"\x10" + rest)
    opens, closes = decoded.valid_from, decoded.valid_until
    if opens is None or closes is None or opens <= closes:
        assert encode_body(decoded) == body


@given(claims())
def test_the_second_implementation_reads_the_same_claims(said: Claims) -> None:
    """Field by field, with another calendar and other arithmetic."""
    facts = facts_of(encode_body(said) + bytes(64))
    assert facts == {
        "kid": f"{said.key_id:04x}",
        "ticket_id": f"{said.ticket_id:016x}",
        "ticket_type": said.ticket_type_code,
        "valid_from": said.valid_from and format_instant(said.valid_from),
        "valid_until": said.valid_until and format_instant(said.valid_until),
        "generation": said.generation,
        "tag_uid": None,
    }


@pytest.mark.parametrize("form", [0x00, 0x0F, 0x10, 0x11, 0x12, 0x90, 0xFF])
def test_only_two_pairs_of_form_and_length_are_credentials(form: int) -> None:
    """83 bytes from 0x10 and 90 from 0x11; no truncation, extension or swap."""
    taken = set()
    for size in range(95):
        with suppress(Malformed):
            decode_credential(bytes((form,) * min(size, 1)) + bytes(max(size - 1, 0)))
            taken.add(size)
    assert taken == {0x10: {83}, 0x11: {90}}.get(form, set())


@given(st.binary(min_size=82, max_size=82))
def test_digits_survive_both_ways(rest: bytes) -> None:
    """Bytes to 200 digits and back, agreeing with long multiplication."""
    digits = to_digits(b"\x10" + rest)
    assert len(digits) == 200
    assert from_digits(digits) == bytes_of_digits(digits) == b"\x10" + rest


@given(st.integers(LEAST, MOST) | st.sampled_from([LEAST, MOST, LEAST - 1, MOST + 1]))
def test_a_number_is_a_credential_in_the_printed_form_only(number: int) -> None:
    """Exactly the numbers whose top byte is 0x10, to either end."""
    digits = f"{number:0200d}"
    if LEAST <= number <= MOST:
        assert to_digits(from_digits(digits)) == digits
        assert "0478" <= digits[:4] <= "0508"
    else:
        with pytest.raises(Malformed):
            from_digits(digits)


@pytest.mark.parametrize("number", [0, 256**83 - 1, 256**83, 10**200 - 1])
def test_numbers_far_off_are_refused(number: int) -> None:
    """Zero, the end of 83 bytes, just beyond it, and the largest of 200 digits."""
    with pytest.raises(Malformed):
        from_digits(f"{number:0200d}")


@given(
    st.integers(0, 199),
    st.characters(exclude_characters="0123456789") | st.sampled_from("٠०๐０²½+-_ \0"),
)
def test_one_character_that_is_no_ascii_digit_is_enough(place: int, character: str) -> None:
    """Wherever it stands, and though Python itself takes many of them for digits."""
    digits = to_digits(PRINTED)
    with pytest.raises(Malformed):
        from_digits(digits[:place] + character + digits[place + 1 :])


@given(st.integers(0, 260).filter(lambda size: size != 200))
def test_any_other_length_is_refused(size: int) -> None:
    """Cut, padded with zeros before, or continued behind."""
    digits = to_digits(PRINTED)
    with pytest.raises(Malformed):
        from_digits((digits * 2)[:size])
    with pytest.raises(Malformed):
        from_digits(digits.lstrip("0").zfill(size) if size > 200 else digits[200 - size :])


@pytest.mark.parametrize("text", ["", "9" * 1_000_000, "\0" * 1_000_000, "🎫" * 200])
def test_garbage_of_any_length_is_refused_at_the_door(text: str) -> None:
    """A million digits cost nothing: the length is looked at first."""
    with pytest.raises(Malformed):
        from_digits(text)


@pytest.mark.parametrize("number", [LEAST, MOST])
def test_the_digits_fit_a_qr_code_of_37_modules(number: int) -> None:
    """Version 5, error correction M, numeric mode."""
    code = segno.make(f"{number:0200d}", error="m", boost_error=False, micro=False)
    assert (code.version, code.error, code.mode) == (5, "M", "numeric")
    assert code.symbol_size(border=0) == (37, 37)
