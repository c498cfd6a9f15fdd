"""The published vectors: made by their script, and answered alike by both implementations."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from scripts.make_credential_vectors import render
from shared.credential.codec import encode_body, from_digits, to_digits
from shared.credential.credential_fields import Claims
from shared.credential.inspecting import inspect_code, parse_key_file
from shared.credential.manual_code import format_manual_code, parse_manual_code
from shared.credential.ndef_record import from_ndef
from shared.credential.signing import sign_credential
from shared.credential.verifying import Flaw, verify_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from shared.kernel.instant import parse_instant
from tests.unit.shared.credential import second_implementation as second
from tests.unit.shared.credential.strategies import VECTORS, VECTORS_PATH, keyring_of

KEYRING = keyring_of(VECTORS["keyring"])
KEYS = parse_key_file(json.dumps(VECTORS["keyring"]).encode())
VERDICTS = {
    "valid": "verified",
    "unknown_key": "unknown_key",
    "bad_signature": "bad_signature",
    "out_of_scope": "unknown_key",
}


def named(*sections: str) -> list[Any]:
    return [
        pytest.param(section, vector, id=f"{section}: {vector['name']}")
        for section in sections
        for vector in VECTORS[section]
    ]


def verdict_of(credential: bytes, tag_uid: bytes | None) -> str:
    _, signer = verify_credential(credential, KEYRING, tag_uid=tag_uid)
    return signer.value if isinstance(signer, Flaw) else "verified"


def inspected(text: str) -> object:
    return json.loads(msgspec.json.encode(inspect_code(text, KEYS)))


def test_the_file_is_what_its_script_makes() -> None:
    """Nobody edits it by hand, and no change of ours moves a byte unseen."""
    assert VECTORS_PATH.read_text(encoding="utf-8") == render()


def test_the_specification_opens_with_a_vector() -> None:
    """Its example is the second valid vector, digit by digit and field by field."""
    page = (VECTORS_PATH.parents[2] / "docs" / "specs" / "credential.md").read_text("utf-8")
    vector, signer = VECTORS["valid"][1], VECTORS["signers"][0]
    assert "".join(page.split("```")[1].split()) == vector["digits"]
    table = page.split("```")[2].split("It verifies")[0]
    fields = re.findall(r"^\| `([0-9a-f]+)` \|", table, re.MULTILINE)
    assert "".join(fields) == vector["bytes"]
    assert signer["public_key"] in page


@pytest.mark.parametrize(("section", "vector"), named(*VERDICTS))
def test_a_credential_gets_its_verdict(section: str, vector: dict[str, Any]) -> None:
    """From both implementations; and its claims are read as written."""
    credential = bytes.fromhex(vector["bytes"])
    seen = None if vector["tag_uid_seen"] is None else bytes.fromhex(vector["tag_uid_seen"])
    assert verdict_of(credential, seen) == VERDICTS[section]
    assert second.judge(credential, seen, VECTORS["keyring"]) == VERDICTS[section]
    assert second.facts_of(credential) == vector["claims"]


@pytest.mark.parametrize(("section", "vector"), named(*VERDICTS))
def test_a_printed_credential_is_inspected_as_written(
    section: str, vector: dict[str, Any]
) -> None:
    """Digits, bytes and output belong together; a tag's form has no digits."""
    if vector["digits"] is None:
        assert vector["inspect"] is None
        return
    assert to_digits(bytes.fromhex(vector["bytes"])) == vector["digits"]
    assert from_digits(vector["digits"]).hex() == vector["bytes"]
    assert inspected(vector["digits"]) == vector["inspect"]
    assert second.inspect(vector["digits"], VECTORS["keyring"]) == vector["inspect"]
    assert (vector["inspect"]["signature"] == "valid") == (section in {"valid", "out_of_scope"})


@pytest.mark.parametrize(("section", "vector"), named("valid", "out_of_scope", "unknown_key"))
def test_the_named_signer_makes_these_bytes(section: str, vector: dict[str, Any]) -> None:
    """A second signer can check itself against the seeds."""
    said = vector["claims"]
    seed = next(s["seed"] for s in VECTORS["signers"] if s["name"] == vector["signer"])
    claims = Claims(
        key_id=int(said["kid"], 16),
        ticket_id=TicketId(int(said["ticket_id"], 16)),
        ticket_type_code=said["ticket_type"],
        valid_from=said["valid_from"] and parse_instant(said["valid_from"]),
        valid_until=said["valid_until"] and parse_instant(said["valid_until"]),
        generation=said["generation"],
        tag_uid=said["tag_uid"] and bytes.fromhex(said["tag_uid"]),
    )
    made = sign_credential(claims, SigningKey(bytes.fromhex(seed)))
    assert made.hex() == vector["bytes"]


@pytest.mark.parametrize(("section", "vector"), named("not_the_digits_spelling"))
def test_another_spelling_is_no_credential(section: str, vector: dict[str, Any]) -> None:
    """Refused before any cryptography, by both."""
    with pytest.raises(Malformed):
        from_digits(vector["text"])
    assert second.bytes_of_digits(vector["text"]) is None
    assert inspected(vector["text"]) == vector["inspect"]
    assert second.inspect(vector["text"], VECTORS["keyring"]) == vector["inspect"]
    assert vector["inspect"]["format"] == "foreign"


@pytest.mark.parametrize(("section", "vector"), named("not_the_bytes"))
def test_misshapen_bytes_are_malformed(section: str, vector: dict[str, Any]) -> None:
    """Length and first byte, before any cryptography."""
    credential = bytes.fromhex(vector["bytes"])
    assert verify_credential(credential, KEYRING, tag_uid=None) == (None, Flaw.MALFORMED)
    assert second.judge(credential, None, VECTORS["keyring"]) == "malformed"


@pytest.mark.parametrize(("section", "vector"), named("ndef"))
def test_an_ndef_message_holds_a_credential_or_is_malformed(
    section: str, vector: dict[str, Any]
) -> None:
    """The one record, and nothing else."""
    message = bytes.fromhex(vector["message"])
    expected = vector["bytes"] and bytes.fromhex(vector["bytes"])
    assert second.bytes_of_ndef(message) == expected
    if expected is None:
        with pytest.raises(Malformed):
            from_ndef(message)
    else:
        assert from_ndef(message) == expected


@pytest.mark.parametrize("vector", VECTORS["windows"], ids=lambda vector: str(vector["bytes"]))
def test_a_window_is_signed_widened(vector: dict[str, Any]) -> None:
    """The exact window gives these five bytes."""
    claims = Claims(
        key_id=1,
        ticket_id=TicketId(1),
        ticket_type_code=1,
        valid_from=vector["valid_from"] and parse_instant(vector["valid_from"]),
        valid_until=vector["valid_until"] and parse_instant(vector["valid_until"]),
    )
    assert encode_body(claims)[13:18].hex() == vector["bytes"]
    assert vector["from_step"] << 20 | vector["until_step"] == int(vector["bytes"], 16)


@pytest.mark.parametrize("vector", VECTORS["manual_codes"], ids=lambda v: ascii(v["text"]))
def test_a_manual_code_is_read_or_refused(vector: dict[str, Any]) -> None:
    """The number and our spelling, or neither, by both."""
    text, number = vector["text"], vector["number"]
    assert second.number_of_manual_code(text) == number
    assert second.inspect(text, []) == inspected(text)
    if number is None:
        with pytest.raises(Malformed):
            parse_manual_code(text)
    else:
        assert parse_manual_code(text) == number
        assert format_manual_code(number) == second.spelling_of(number) == vector["spelling"]
