"""What stands on a tag: a ticket, a text, an address, or anything else."""

from __future__ import annotations

import ndef
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers.nfc.ndef_message import credential_of, text_of
from shared.credential.ndef_record import to_ndef
from tests.factories.tags import tag_credential

SUN_ADDRESS = "https://tag.example/v?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3"


def _message(*records: object) -> bytes:
    return b"".join(ndef.message_encoder(records))


@pytest.mark.parametrize("credential", [tag_credential(), tag_credential(None)])
def test_a_ticket_is_its_bytes_and_no_text(credential: bytes) -> None:
    """Both forms, from exactly the one record."""
    message = to_ndef(credential)
    assert credential_of(message) == credential
    assert text_of(message) is None
    assert credential_of(message + b"\xd0\0\0") is None
    assert credential_of(message[:-1]) is None


def test_texts_and_addresses_are_given_as_they_are_stored() -> None:
    """An address's query is not percent-encoded: SUN messages are signed over it."""
    assert text_of(_message(ndef.TextRecord("7K2M-9Q4T-H"))) == "7K2M-9Q4T-H"
    assert text_of(_message(ndef.UriRecord(SUN_ADDRESS))) == SUN_ADDRESS


@pytest.mark.parametrize(
    "message",
    [
        _message(ndef.TextRecord("a"), ndef.TextRecord("b")),
        _message(ndef.Record("image/png", data=b"x")),
        _message(ndef.TextRecord("")),
        _message(ndef.TextRecord("x" * 1025)),
        b"\xd1\x01\xff\x54\x02en",
        b"\xd1\x01\x03T\x02\xff\xff",
        b"\0",
    ],
)
def test_anything_else_is_nothing(message: bytes) -> None:
    """Several records, other kinds, empty, overlong or broken ones."""
    assert text_of(message) is None
    assert credential_of(message) is None


@given(st.binary(max_size=200))
def test_no_garbage_breaks_the_reading(message: bytes) -> None:
    """Whatever stands on a tag gets an answer."""
    text = text_of(message)
    assert text is None or isinstance(text, str)
    assert credential_of(message) is None
