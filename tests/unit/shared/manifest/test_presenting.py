"""From a scanned text to what it can mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.reasons import Reason
from shared.credential.credential_fields import Claims
from shared.credential.manual_code import format_manual_code
from shared.credential.signing import sign_credential
from shared.kernel.id_types import TicketId
from shared.manifest.presenting import (
    foreign_ticket_id,
    present_claim,
    present_pointer,
    present_tag,
    present_text,
)
from tests.factories.house import EVENT, TICKET_KEY, make_digits, make_key, make_keyring

RING = make_keyring()


def test_genuine_digits_name_their_ticket_and_key() -> None:
    """A signed ticket is proven before anything is looked up."""
    presented = present_text(make_digits(TicketId(42)), RING, event_id=EVENT)
    assert presented.ticket_id == 42
    assert presented.key is not None
    assert presented.flaw is None


def test_forged_digits_carry_their_flaw() -> None:
    """Another key's signature under our key id is a bad signature."""
    presented = present_text(
        make_digits(TicketId(42), signing_key=make_key(9)), RING, event_id=EVENT
    )
    assert presented.flaw is Reason.BAD_SIGNATURE
    assert presented.ticket_id is None


def test_unknown_key_is_told_from_forgery() -> None:
    """A ticket of a house that we do not know is not called forged."""
    assert (
        present_text(make_digits(TicketId(42), key_id=8), RING, event_id=EVENT).flaw
        is Reason.UNKNOWN_KEY
    )


@pytest.mark.parametrize(
    "text", ["", "  ", "0" * 200, "9" * 200, "x" * 600, "\x00\x01", "a\nb", "1" * 1_000_000]
)
def test_what_cannot_be_a_ticket_is_malformed(text: str) -> None:
    """Empty, binary and endless texts are answered without a look-up."""
    assert present_text(text, RING, event_id=EVENT).flaw is Reason.MALFORMED


def test_foreign_codes_are_looked_up_by_hash_and_perhaps_as_manual_codes() -> None:
    """An imported barcode finds its row; what looks like a manual code is tried as one."""
    presented = present_text("TKT-20260704-ABCD1234", RING, event_id=EVENT)
    assert presented.ticket_id == foreign_ticket_id("TKT-20260704-ABCD1234", EVENT)
    assert presented.manual_code is None
    assert present_text(format_manual_code(77), RING, event_id=EVENT).manual_code == 77


def test_tag_credential_is_good_on_its_own_tag_only() -> None:
    """The same bytes from another tag, or from a QR, admit nobody."""
    uid = b"\x04SEVEN!"
    credential = sign_credential(
        Claims(key_id=7, ticket_id=TicketId(42), ticket_type_code=1, tag_uid=uid), TICKET_KEY
    )
    assert present_tag(credential, RING, tag_uid=uid).ticket_id == 42
    assert present_tag(credential, RING, tag_uid=b"another").flaw is Reason.BAD_SIGNATURE


@given(st.text(max_size=700))
def test_no_text_is_an_error(text: str) -> None:
    """Whatever a reader hands over gets a calm answer."""
    presented = present_text(text, RING, event_id=EVENT)
    assert (presented.flaw is None) == (presented.ticket_id is not None)


def test_a_claim_of_a_tag_is_resolved_as_the_tag_itself() -> None:
    """Hex with the UID that was seen; without one the same hex is a text like any other."""
    uid = b"\x04SEVEN!"
    code = sign_credential(
        Claims(key_id=7, ticket_id=TicketId(42), ticket_type_code=1, tag_uid=uid), TICKET_KEY
    ).hex()
    assert present_claim(code, uid.hex(), RING, event_id=EVENT).ticket_id == 42
    assert present_claim(code, b"another".hex(), RING, event_id=EVENT).key is None
    assert present_claim(code, None, RING, event_id=EVENT) == present_text(
        code, RING, event_id=EVENT
    )
    assert present_claim("", uid.hex(), RING, event_id=EVENT) == present_pointer(uid, EVENT)
    for spoilt in (code.upper(), f"{code} ", code[:-1] + "٣", make_digits(TicketId(42))):
        flaw = present_claim(spoilt, uid.hex(), RING, event_id=EVENT).flaw
        assert flaw is Reason.MALFORMED
