"""Two implementations, one specification: they agree on thousands of damaged codes."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey as BareKey

from shared.credential import pretix_sig1
from shared.credential.codec import to_digits
from shared.credential.inspecting import CodeFormat, InspectionKey, inspect_code, parse_key_file
from shared.credential.signing import sign_credential
from shared.credential.verifying import Flaw, verify_credential, verify_digits
from shared.kernel.ed25519 import SigningKey, is_valid_bare
from shared.kernel.errors import Malformed
from tests.factories.strength import sized
from tests.unit.shared.credential import second_implementation as second
from tests.unit.shared.credential.strategies import ANY_CLAIMS, VECTORS, claims, keyring_of
from tests.unit.shared.kernel import edwards25519 as curve

CODES = sized(800, 10_000)
ENTRIES: Final = VECTORS["keyring"]
KEYRING: Final = keyring_of(ENTRIES)
KEYS: Final = parse_key_file(json.dumps(ENTRIES).encode())
SEED: Final = bytes.fromhex(VECTORS["signers"][0]["seed"])
SIGNER: Final = SigningKey(SEED)

# pretix's published example of its own format (libpretixsync 8ebc571, its test suite).
PRETIX_TEXT: Final = (
    "E4BibyTSylQOgeKjuMPiTDxi5HXPuTVsx1qCli3IL0143gj0EZXOB9iQInANxRFJ"
    "Tt4Pf9nXnHdB91Qk/RN0L5AIBABSxw2TKFnSUNUCKAEAPAQA"
)
PRETIX_ENTRY: Final = {
    "kid": "demo",
    "public_key": "ec00fbfef140df712c638cf63c7afb8993ec67c9f9761d1a8cff20cb3366988b",
    "format": "pretix-sig1",
}

Damage = Callable[[random.Random, str], str]


def change_digit(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("0123456789") + text[place + 1 :]


def change_some_digits(chance: random.Random, text: str) -> str:
    for _ in range(chance.randrange(2, 8)):
        text = change_digit(chance, text)
    return text


def flip_bit(chance: random.Random, text: str) -> str:
    """Anywhere but in the form byte, so that the length and form still fit."""
    return f"{int(text) ^ 1 << chance.randrange(656):0200d}"


def flip_byte(chance: random.Random, text: str) -> str:
    return f"{int(text) ^ chance.randrange(1, 256) << 8 * chance.randrange(83):0200d}"


def change_key_id(chance: random.Random, text: str) -> str:
    key_id = int(chance.choice([entry["kid"] for entry in ENTRIES] + ["0003"]), 16)
    number = int(text)
    return f"{number ^ ((number >> 640 & 0xFFFF) ^ key_id) << 640:0200d}"


def add_to_s(chance: random.Random, text: str) -> str:
    """S is little-endian in the last 32 bytes: add the group order some times over."""
    credential = int(text).to_bytes(83, "big")
    scalar = int.from_bytes(credential[51:], "little") + chance.randrange(15) * curve.GROUP_ORDER
    scalar %= 1 << 256
    return to_digits(credential[:51] + scalar.to_bytes(32, "little"))


def cut_or_continue(chance: random.Random, text: str) -> str:
    return chance.choice([text[1:], text[:-1], "0" + text, text + "0", text * 2, text[:100]])


def insert_character(chance: random.Random, text: str) -> str:
    place = chance.randrange(200)
    return text[:place] + chance.choice("+- _OlI٠0\0\n.e") + text[place + 1 :]


def leave(chance: random.Random, text: str) -> str:
    return text


DAMAGES: Final[Sequence[Damage]] = [
    change_digit, change_some_digits, flip_bit, flip_byte, change_key_id, add_to_s,
    cut_or_continue, insert_character, leave,
]  # fmt: skip


def ours(text: str) -> object:
    return json.loads(msgspec.json.encode(inspect_code(text, KEYS)))


def our_verdict(text: str) -> str:
    _, signer = verify_digits(text, KEYRING)
    return signer.value if isinstance(signer, Flaw) else "verified"


def test_both_agree_on_thousands_of_damaged_codes() -> None:
    """The same verdict, and the same line from `inspect`, for each; and all verdicts occur."""
    chance = random.Random(20261120)
    codes = [v["digits"] for name in ("valid", "out_of_scope") for v in VECTORS[name]]
    codes = [code for code in codes if code is not None]
    verdicts: Counter[str] = Counter()
    for number in range(CODES):
        text = DAMAGES[number % len(DAMAGES)](chance, chance.choice(codes))
        verdict = second.judge(second.bytes_of_digits(text), None, ENTRIES)
        assert our_verdict(text) == verdict, text
        assert ours(text) == second.inspect(text, ENTRIES), text
        verdicts[verdict] += 1
    assert set(verdicts) == {"verified", "malformed", "unknown_key", "bad_signature"}
    assert min(verdicts.values()) > CODES * 0.03


@settings(max_examples=sized(60, 300))
@given(ANY_CLAIMS, st.sampled_from(ENTRIES), st.none() | st.binary(min_size=7, max_size=7))
def test_both_agree_on_genuine_credentials(
    said: Any, entry: dict[str, Any], seen: bytes | None
) -> None:
    """Any claims, under any key id of the keyring, on the right tag, another or none."""
    said = msgspec.structs.replace(said, key_id=int(entry["kid"], 16))
    credential = sign_credential(said, SIGNER)
    for uid in (seen, said.tag_uid):
        _, signer = verify_credential(credential, KEYRING, tag_uid=uid)
        verdict = signer.value if isinstance(signer, Flaw) else "verified"
        assert verdict == second.judge(credential, uid, ENTRIES)


@given(claims(), st.integers(0, 7), st.integers(0, 7), st.integers(1, 2**64))
def test_both_agree_on_signatures_that_no_library_makes(
    said: Any, key_part: int, r_part: int, nonce: int
) -> None:
    """Keys and R with parts of small order, hashed and computed as if all were well."""
    secret = curve.scalar_of(SEED)
    public_key = curve.encode(
        curve.add(curve.multiply(secret, curve.BASE), curve.SMALL_ORDER_POINTS[key_part])
    )
    encoded_r = curve.encode(
        curve.add(curve.multiply(nonce, curve.BASE), curve.SMALL_ORDER_POINTS[r_part])
    )
    message = repr(said).encode()
    signature = curve.signature(
        encoded_r, nonce + curve.challenge(encoded_r, public_key, message) * secret
    )
    assert is_valid_bare(public_key, signature, message) == second.verifies(
        public_key, signature, message
    )


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_both_agree_on_random_keys_and_signatures(public_key: bytes, signature: bytes) -> None:
    """Half of the keys are no points at all."""
    assert not is_valid_bare(public_key, signature, b"")
    assert not second.verifies(public_key, signature, b"")


def damaged_pretix_texts() -> list[str]:
    chance = random.Random(7)
    alphabet = "ABCXYZabcxyz0189+/=-_ \n"
    texts = []
    for _ in range(sized(1_000, 3_000)):
        characters = list(PRETIX_TEXT)
        for _ in range(chance.randrange(3)):
            place = chance.randrange(len(characters))
            act = chance.randrange(3)
            if act == 0:
                characters[place] = chance.choice(alphabet)
            elif act == 1:
                del characters[place]
            else:
                characters.insert(place, chance.choice(alphabet))
        texts.append("".join(characters))
    return texts


def test_both_agree_on_damaged_pretix_codes() -> None:
    """Section 13 suffices to read pretix's format as we do."""
    keys = parse_key_file(json.dumps([PRETIX_ENTRY]).encode())
    states: Counter[str] = Counter()
    for text in damaged_pretix_texts():
        expected = second.inspect(text, [PRETIX_ENTRY])
        assert json.loads(msgspec.json.encode(inspect_code(text, keys))) == expected, text
        states[expected["signature"]] += 1
    assert {"valid", "invalid", "none"} == set(states)


@settings(max_examples=sized(60, 300))
@given(
    st.binary(max_size=40)
    | st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from([0, 1, 2, 5]), st.binary(max_size=11)).map(
            lambda field: bytes((field[0] << 3 | field[1],)) + field[2]
        ),
        max_size=6,
    ).map(b"".join)
)
def test_both_agree_on_any_signed_pretix_payload(payload: bytes) -> None:
    """Whatever a key of pretix's might sign: read alike, or refused alike."""
    key = SigningKey(b"p" * 32)
    signature = BareKey(b"p" * 32).sign(payload).signature
    raw = b"\1" + len(payload).to_bytes(2, "big") + b"\0\x40" + payload + signature
    text = base64.b64encode(raw).decode()[::-1]
    entry = {"kid": "p", "public_key": key.public_key.hex(), "format": "pretix-sig1"}
    keys = [InspectionKey("p", key.public_key, CodeFormat.PRETIX_SIG1)]
    expected = second.inspect(text, [entry])
    assert json.loads(msgspec.json.encode(inspect_code(text, keys))) == expected
    assert expected["format"] in {"pretix-sig1", "foreign"}


@pytest.mark.parametrize("size", [4096, 4097])
def test_both_stop_reading_pretix_codes_at_the_same_length(size: int) -> None:
    """4096 characters may be one; one more may not."""
    text = "A" * size
    assert second.pretix_ticket(text) is None
    with pytest.raises(Malformed):
        pretix_sig1.parse(text)
