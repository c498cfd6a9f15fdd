"""Signing and verifying: what was signed passes, and nothing else does, whatever was changed."""

from __future__ import annotations

import functools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.credential.codec import decode_credential, to_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import IdRange, Keyring, TicketKey
from shared.credential.signing import sign_credential
from shared.credential.verifying import (
    Flaw,
    verify_credential,
    verify_digits,
)
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from tests.factories.strength import sized
from tests.unit.shared.credential.strategies import ANY_CLAIMS, UIDS, claims, ticket_key

KEY = SigningKey(b"k" * 32)
OTHER = SigningKey(b"o" * 32)
SAID = Claims(
    key_id=0x0102, ticket_id=TicketId(0x1122334455667788), ticket_type_code=9, generation=3
)
UID = bytes.fromhex("04010203040506")


def keyring_for(said: Claims, key: SigningKey = KEY) -> Keyring:
    return Keyring([ticket_key(said.key_id, key.public_key)])


@functools.cache
def every_keyring() -> Keyring:
    """Give all 65536 ids to one key, so that only the signature can refuse a changed id."""
    return Keyring(ticket_key(key_id, KEY.public_key) for key_id in range(0x10000))


@given(claims())
def test_a_printed_credential_verifies_from_its_digits(said: Claims) -> None:
    """Signed, spelled, read and verified: the same claims, by the key that signed."""
    keyring = keyring_for(said)
    outcome = verify_digits(to_digits(sign_credential(said, KEY)), keyring)
    assert outcome == (said, keyring.named(said.key_id)[0])


@given(claims(tag_uids=UIDS), UIDS)
def test_a_bound_credential_verifies_on_its_own_tag_only(said: Claims, other: bytes) -> None:
    """Not on another tag, and not where no tag was read."""
    credential = sign_credential(said, KEY)
    _, signer = verify_credential(credential, keyring_for(said), tag_uid=said.tag_uid)
    assert isinstance(signer, TicketKey)
    refused = (said, Flaw.BAD_SIGNATURE)
    assert verify_credential(credential, keyring_for(said), tag_uid=None) == refused
    if other != said.tag_uid:
        assert verify_credential(credential, keyring_for(said), tag_uid=other) == refused


@given(claims(), UIDS)
def test_a_printed_credential_on_a_tag_is_a_copyable_code(said: Claims, uid: bytes) -> None:
    """It verifies on any tag, since it is bound to none."""
    _, signer = verify_credential(sign_credential(said, KEY), keyring_for(said), tag_uid=uid)
    assert isinstance(signer, TicketKey)


@pytest.mark.parametrize("said", [SAID, msgspec.structs.replace(SAID, tag_uid=UID)])
def test_every_single_byte_change_is_refused(said: Claims) -> None:
    """All 255 other values of each byte, even where every key id is known."""
    credential, keyring, step = sign_credential(said, KEY), every_keyring(), sized(5, 1)
    for at in range(len(credential)):
        for value in range(at % step, 256, step):
            if value != credential[at]:
                changed = credential[:at] + bytes((value,)) + credential[at + 1 :]
                _, flaw = verify_credential(changed, keyring, tag_uid=changed[19:26])
                assert isinstance(flaw, Flaw), (at, value)
                assert (flaw is Flaw.MALFORMED) == (at == 0)


@given(ANY_CLAIMS, st.data())
def test_a_changed_byte_of_any_credential_is_refused(said: Claims, data: st.DataObject) -> None:
    """The same of any credential at all."""
    credential = bytearray(sign_credential(said, KEY))
    credential[data.draw(st.integers(0, len(credential) - 1))] ^= data.draw(st.integers(1, 255))
    keyring = Keyring(
        ticket_key(key_id, KEY.public_key)
        for key_id in {said.key_id, int.from_bytes(credential[1:3], "big")}
    )
    _, flaw = verify_credential(bytes(credential), keyring, tag_uid=said.tag_uid)
    assert isinstance(flaw, Flaw)


@pytest.mark.parametrize("said", [SAID, msgspec.structs.replace(SAID, tag_uid=UID)])
def test_every_truncation_and_extension_is_malformed(said: Claims) -> None:
    """Cut anywhere at either end, or with anything added."""
    credential, keyring = sign_credential(said, KEY), keyring_for(said)
    for size in range(len(credential)):
        for part in (credential[:size], credential[len(credential) - size :]):
            assert verify_credential(part, keyring, tag_uid=UID) == (None, Flaw.MALFORMED)
    for more in range(1, 20):
        outcome = verify_credential(credential + bytes(more), keyring, tag_uid=UID)
        assert outcome == (None, Flaw.MALFORMED)


def test_every_changed_digit_is_refused() -> None:
    """All nine other digits in each of 200 places, and each pair of neighbours exchanged."""
    digits, keyring = to_digits(sign_credential(SAID, KEY)), every_keyring()
    for place in range(200):
        for digit in "0123456789":
            if digit != digits[place]:
                changed = digits[:place] + digit + digits[place + 1 :]
                assert isinstance(verify_digits(changed, keyring)[1], Flaw)
    for place in range(199):
        swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        assert isinstance(verify_digits(swapped, keyring)[1], Flaw) == (swapped != digits)


@settings(max_examples=sized(50, 200))
@given(st.text(max_size=210) | st.text(alphabet="0123456789", min_size=199, max_size=201))
def test_any_text_is_answered_with_a_verdict(text: str) -> None:
    """No text raises; and none of these is a ticket."""
    assert isinstance(verify_digits(text, every_keyring())[1], Flaw)


def test_a_key_id_names_candidates_and_the_signature_decides() -> None:
    """Two keys of one id: whichever signed is found; a third is none of them."""
    both = Keyring([ticket_key(SAID.key_id, key.public_key) for key in (KEY, OTHER)])
    for place, key in enumerate((KEY, OTHER)):
        outcome = verify_credential(sign_credential(SAID, key), both, tag_uid=None)
        assert outcome == (SAID, both.named(SAID.key_id)[place])
    stranger = sign_credential(SAID, SigningKey(b"s" * 32))
    assert verify_credential(stranger, both, tag_uid=None) == (SAID, Flaw.BAD_SIGNATURE)


def test_an_unknown_id_is_told_from_a_bad_signature() -> None:
    """No key has the id, though one would verify it under another."""
    elsewhere = msgspec.structs.replace(SAID, key_id=7)
    outcome = verify_credential(sign_credential(elsewhere, KEY), keyring_for(SAID), tag_uid=None)
    assert outcome == (elsewhere, Flaw.UNKNOWN_KEY)


@pytest.mark.parametrize(
    "scope",
    [{"ids": IdRange(0x12, 8)}, {"ticket_type_codes": (8,)}, {"generation_max": 2}],
)
def test_a_genuine_signature_out_of_scope_is_unknown_key(scope: dict[str, object]) -> None:
    """Id, type or generation: the key may not say this."""
    keyring = Keyring([ticket_key(SAID.key_id, KEY.public_key, **scope)])
    outcome = verify_credential(sign_credential(SAID, KEY), keyring, tag_uid=None)
    assert outcome == (SAID, Flaw.UNKNOWN_KEY)


def test_the_first_key_that_signed_and_covers_is_the_one() -> None:
    """The same key twice with two scopes: out of one, within the other."""
    narrow = ticket_key(SAID.key_id, KEY.public_key, generation_max=0)
    wide = ticket_key(SAID.key_id, KEY.public_key, ticket_type_codes=(9,))
    widest = ticket_key(SAID.key_id, KEY.public_key)
    keyring = Keyring([narrow, wide, widest])
    outcome = verify_credential(sign_credential(SAID, KEY), keyring, tag_uid=None)
    assert outcome == (SAID, wide)


def test_a_bad_signature_is_named_before_the_scope() -> None:
    """A forged credential out of scope is a forged one."""
    keyring = Keyring([ticket_key(SAID.key_id, KEY.public_key, generation_max=0)])
    forged = sign_credential(SAID, OTHER)
    assert verify_credential(forged, keyring, tag_uid=None) == (SAID, Flaw.BAD_SIGNATURE)


def test_claims_that_do_not_fit_are_not_signed() -> None:
    """The signer refuses before it signs."""
    with pytest.raises(BadInput, match="generation"):
        sign_credential(msgspec.structs.replace(SAID, generation=256), KEY)


@given(claims())
def test_signing_is_the_same_every_time(said: Claims) -> None:
    """Ed25519 needs no chance, so a reprint is the very same code."""
    assert sign_credential(said, KEY) == sign_credential(said, KEY)
    assert decode_credential(sign_credential(said, KEY))[0] == said
