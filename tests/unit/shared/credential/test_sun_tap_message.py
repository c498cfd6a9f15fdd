"""Keys per tag and SUN messages, against published examples."""

from __future__ import annotations

from typing import Final

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.sun_tap_message import (
    SunFlaw,
    SunKeys,
    SunVerified,
    _aes_cbc,
    _subkeys,
    _xor,
    diversify_key,
    read_sun_uid,
    sun_mac,
    verify_sun,
)
from shared.kernel.errors import Malformed

ZERO_KEYS: Final = SunKeys(file_key=bytes(16), meta_key=bytes(16))

# AN12196 and the examples of its public back ends: all keys zero.
ENCRYPTED_PICC: Final = (
    "https://tag.example/v?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"
)
PLAIN: Final = "https://tag.example/v?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3"
ENCRYPTED_FILE: Final = (
    "https://tag.example/v?picc_data=FDE4AFA99B5C820A2C1BB0F1C792D0EB"
    "&enc=94592FDE69FA06E8E3B6CA686A22842B&cmac=C48B89C17A233B2C"
)


# ---------------------------------------------------------------- keys per tag


def test_the_published_key_is_derived() -> None:
    """AN10922, section 2.2.1: UID, application id and system id."""
    derived = diversify_key(
        bytes.fromhex("00112233445566778899aabbccddeeff"),
        bytes.fromhex("04782e21801d803042f54e585020416275"),
    )
    assert derived.hex() == "a8dd63a3b89d54b37ca802473fda9175"


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=31))
def test_a_long_input_gives_the_plain_cmac(key: bytes, diversification: bytes) -> None:
    """From 17 to 32 bytes with the constant, padding to two blocks is what CMAC does itself."""
    cmac = CMAC(algorithms.AES128(key))
    cmac.update(b"\x01" + diversification)
    assert diversify_key(key, diversification) == cmac.finalize()


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=1, max_size=15))
def test_a_short_input_is_padded_to_two_blocks(key: bytes, diversification: bytes) -> None:
    """The bare UID, for example, gives another key than plain CMAC would."""
    cmac = CMAC(algorithms.AES128(key))
    cmac.update(b"\x01" + diversification)
    assert diversify_key(key, diversification) != cmac.finalize()


@pytest.mark.parametrize("key", ["00" * 16, "ff" * 16, "80" + "00" * 15, "2b7e1516" * 4])
def test_subkeys_carry_the_reduction(key: str) -> None:
    """K1 and K2 agree with the library's CMAC of one whole and of one padded block."""
    raw = bytes.fromhex(key)
    first, second = _subkeys(raw)
    for message, subkey in ((bytes(range(16)), first), (b"abc", second)):
        cmac = CMAC(algorithms.AES128(raw))
        cmac.update(message)
        block = message if len(message) == 16 else (message + b"\x80").ljust(16, b"\0")
        assert _aes_cbc(raw, _xor(block, subkey)) == cmac.finalize()


# ---------------------------------------------------------------- SUN


@pytest.mark.parametrize(
    ("message", "uid", "counter"),
    [
        (ENCRYPTED_PICC, "04de5f1eacc040", 61),
        (PLAIN, "041e3c8a2d6b80", 6),
        (ENCRYPTED_FILE, "04958caa5c5e80", 1),
    ],
)
def test_published_messages_verify(message: str, uid: str, counter: int) -> None:
    """Plain, with encrypted UID and counter, and with encrypted file data; as text and bytes."""
    tag_uid = bytes.fromhex(uid)
    expected = SunVerified(tag_uid, counter)
    for form in (message, message.encode(), message.lower().encode()):
        if form != message.lower().encode() or message != ENCRYPTED_FILE:
            assert verify_sun(form, ZERO_KEYS, counter_seen=None, tag_uid=tag_uid) == expected
    assert read_sun_uid(message, ZERO_KEYS) == tag_uid


def test_the_mac_covers_the_file_data_as_it_is_spelled() -> None:
    """Encrypted data in another case is another text, which no tag wrote."""
    spelled = ENCRYPTED_FILE.replace("94592FDE", "94592fde")
    assert verify_sun(spelled, ZERO_KEYS, counter_seen=None, tag_uid=None) == SunFlaw.BAD_MAC


def test_file_data_behind_the_mac_is_no_message() -> None:
    """Anybody can put it there: the MAC does not cover it."""
    given = PLAIN + "&enc=" + "00" * 16
    assert verify_sun(given, ZERO_KEYS, counter_seen=None, tag_uid=None) is SunFlaw.MALFORMED


@pytest.mark.parametrize("message", [ENCRYPTED_PICC, PLAIN, ENCRYPTED_FILE])
def test_a_message_is_taken_once(message: str) -> None:
    """A counter that is not above the highest seen is a replay; a higher one is new."""
    fresh = verify_sun(message, ZERO_KEYS, counter_seen=None, tag_uid=None)
    assert isinstance(fresh, SunVerified)

    def again(seen: int) -> SunVerified | SunFlaw:
        return verify_sun(message, ZERO_KEYS, counter_seen=seen, tag_uid=None)

    assert again(fresh.counter) == SunFlaw.REPLAYED
    assert again(fresh.counter + 1) == SunFlaw.REPLAYED
    assert again(fresh.counter - 1) == fresh


def test_a_message_on_another_tag_is_refused() -> None:
    """Copied to another UID it is told from a forgery."""
    other = bytes.fromhex("04111111111111")
    assert verify_sun(PLAIN, ZERO_KEYS, counter_seen=None, tag_uid=other) == SunFlaw.WRONG_TAG


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace("ctr=000006", "ctr=000007"),
        PLAIN.replace("041E3C8A2D6B80", "041E3C8A2D6B81"),
        PLAIN.replace("4B00064004B0B3D3", "4B00064004B0B3D2"),
        ENCRYPTED_FILE.replace("842B&", "842C&"),
    ],
)
def test_a_changed_message_has_a_bad_mac(changed: str) -> None:
    """UID, counter, file data and MAC hang together."""
    assert verify_sun(changed, ZERO_KEYS, counter_seen=None, tag_uid=None) == SunFlaw.BAD_MAC


def test_a_message_under_another_key_has_a_bad_mac() -> None:
    """Without the tag's key nobody makes one."""
    keys = SunKeys(file_key=b"\x01" * 16, meta_key=bytes(16))
    assert verify_sun(PLAIN, keys, counter_seen=None, tag_uid=None) == SunFlaw.BAD_MAC


@pytest.mark.parametrize(
    "message",
    [
        "",
        "https://tag.example/",
        "https://tag.example/v?uid=041E3C8A2D6B80&ctr=000006",
        "https://tag.example/v?ctr=000006&cmac=4B00064004B0B3D3",
        "https://tag.example/v?uid=041E3C8A2D6B80&cmac=4B00064004B0B3D3",
        PLAIN.replace("041E3C8A2D6B80", "041E3C8A2D6B"),
        PLAIN.replace("041E3C8A2D6B80", "041E3C8A2D6B8G"),
        PLAIN.replace("041E3C8A2D6B80", "041E3C8A2D6B8٠"),
        PLAIN.replace("041E3C8A2D6B80", " 41E3C8A2D6B80"),
        PLAIN + "&uid=041E3C8A2D6B80",
        PLAIN + "00",
        ENCRYPTED_FILE.replace("94592FDE69FA06E8E3B6CA686A22842B", ""),
        ENCRYPTED_FILE.replace("94592FDE69FA06E8E3B6CA686A22842B", "94592FDE"),
        "https://tag.example/v?picc_data=" + "00" * 16 + "&cmac=94EED9EE65337086",
        "https://tag.example/v?" + "x" * 240 + PLAIN,
        b"\xff\xfe?uid=\x80",
    ],
)
def test_what_is_no_message_is_malformed(message: str | bytes) -> None:
    """Anything at all may stand on a tag; it is refused without an exception."""
    assert verify_sun(message, ZERO_KEYS, counter_seen=None, tag_uid=None) == SunFlaw.MALFORMED
    with pytest.raises(Malformed):
        read_sun_uid(message, ZERO_KEYS)


def test_an_encrypted_message_without_a_meta_key_is_malformed() -> None:
    """Where no key is known for it, it says nothing."""
    keys = SunKeys(file_key=bytes(16))
    assert verify_sun(ENCRYPTED_PICC, keys, counter_seen=None, tag_uid=None) == SunFlaw.MALFORMED


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_no_message_breaks_the_verifier(message: str | bytes) -> None:
    """Whatever stands on a tag gets a verdict."""
    assert isinstance(
        verify_sun(message, ZERO_KEYS, counter_seen=None, tag_uid=None), SunFlaw | SunVerified
    )


@given(st.binary(min_size=7, max_size=7), st.integers(0, 0xFFFFFF))
def test_tags_of_one_make_have_keys_of_their_own(uid: bytes, counter: int) -> None:
    """Under a master key, a message made with one tag's key verifies for that tag alone."""
    keys = SunKeys(file_key=b"\x07" * 16, system=b"\x30\x42\xf5event")
    key = diversify_key(b"\x07" * 16, uid + b"\x30\x42\xf5event")
    mac = sun_mac(key, uid, counter).hex()
    other = bytes((uid[0] ^ 1, *uid[1:]))
    message = f"t?uid={uid.hex()}&ctr={counter:06x}&cmac={mac}"
    moved = f"t?uid={other.hex()}&ctr={counter:06x}&cmac={mac}"
    said = verify_sun(message, keys, counter_seen=None, tag_uid=uid)
    assert said == SunVerified(uid, counter)
    assert verify_sun(moved, keys, counter_seen=None, tag_uid=other) == SunFlaw.BAD_MAC
