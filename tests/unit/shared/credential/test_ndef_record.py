"""The NDEF record: there and back, and nothing else is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.ndef_record import RECORD_TYPE, from_ndef, to_ndef
from shared.kernel.errors import Malformed
from tests.unit.shared.credential.second_implementation import bytes_of_ndef

CREDENTIALS = st.binary(min_size=83, max_size=83) | st.binary(min_size=90, max_size=90)


@given(CREDENTIALS)
def test_a_credential_survives_its_record(credential: bytes) -> None:
    """Either size; and the larger fits the smallest tag that we support, with its TLV."""
    message = to_ndef(credential)
    assert from_ndef(message) == bytes_of_ndef(message) == credential
    assert len(message) in {100, 107}
    assert len(message) + 3 <= 142


def test_the_record_is_the_one_of_the_specification() -> None:
    """First and last, short, external type."""
    message = to_ndef(bytes(90))
    assert message[:17] == b"\xd4\x0e\x5agatekeeper:gk1"
    assert RECORD_TYPE == b"gatekeeper:gk1"


@given(st.sampled_from([83, 90]), st.integers(0, 16), st.integers(1, 255))
def test_a_changed_head_is_refused(size: int, at: int, mask: int) -> None:
    """Flags, lengths and type are all of them fixed."""
    message = bytearray(to_ndef(bytes(size)))
    message[at] ^= mask
    assert bytes_of_ndef(bytes(message)) is None
    with pytest.raises(Malformed):
        from_ndef(bytes(message))


@pytest.mark.parametrize("size", [83, 90])
def test_every_truncation_and_extension_is_refused(size: int) -> None:
    """A record that was cut, and one with something after it."""
    message = to_ndef(bytes(size))
    for length in range(len(message)):
        with pytest.raises(Malformed):
            from_ndef(message[:length])
    for more in range(1, 20):
        with pytest.raises(Malformed):
            from_ndef(message + bytes(more))


@given(st.binary(max_size=120))
def test_any_bytes_are_read_as_the_second_implementation_reads_them(message: bytes) -> None:
    """The same credential, or refused by both."""
    expected = bytes_of_ndef(message)
    if expected is None:
        with pytest.raises(Malformed, match="no Gatekeeper ticket"):
            from_ndef(message)
    else:
        assert from_ndef(message) == expected
