"""The entry that takes a ticket's right away: its bytes, its bounds, and who has signed it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scripts.make_withdrawal_vectors import HAND_OVER, REFUND, SPEAKER, make_vectors
from shared.journal.chain import SignedEntry, decode_body, decode_entry, is_signed_by
from shared.journal.entry import EntryKind
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import Malformed
from shared.kernel.packing import pack
from shared.manifest.badge_signatures import badge_key, is_supervisors_word, withdrawal_word
from shared.manifest.event_config import SupervisorConfig

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "withdrawals.json").read_text("utf-8")
)


def read(vector: dict[str, Any]) -> WithdrawalBody:
    body = decode_body(decode_entry(bytes.fromhex(vector["entry"])))
    assert isinstance(body, WithdrawalBody)
    return body


def test_the_vectors_are_what_the_script_makes() -> None:
    """The file is never edited by hand."""
    assert make_vectors() == VECTORS


@pytest.mark.parametrize("vector", VECTORS["entries"], ids=lambda one: str(one["name"]))
def test_an_entry_reads_as_its_vector_says(vector: dict[str, Any]) -> None:
    """Bytes, signature and every field of the entries that other programs are tested with."""
    signed = SignedEntry(bytes.fromhex(vector["entry"]), bytes.fromhex(vector["signature"]))
    assert is_signed_by(signed, bytes.fromhex(VECTORS["device_public_key"]))
    assert decode_entry(signed.entry).kind == EntryKind.WITHDRAWAL
    body = read(vector)
    shown = {name: getattr(body, name) for name in body.__struct_fields__}
    for name in ("signature", "seen", "grant_code"):
        shown[name] = shown[name].hex()
    shown["parts"] = msgspec.to_builtins([*shown["parts"]])
    assert shown == vector["body"]


def test_a_badge_signs_this_ticket_purpose_and_amount_and_no_other() -> None:
    """Who has a supervisor's signature for one payout has it for nothing else."""
    body = read(VECTORS["entries"][0])
    key = bytes.fromhex(VECTORS["badge_public_key"])
    people = [
        SupervisorConfig(id=SPEAKER.person, name="Sam", pin_hash="", badge_hash="", sign_key=key)
    ]

    def is_signed(said: WithdrawalBody) -> bool:
        word = withdrawal_word(
            SPEAKER,
            claim_id=said.claim_id,
            ticket_id=said.ticket_id,
            purpose=said.purpose,
            generation=said.generation,
            amount_minor=said.amount_minor,
            currency=said.currency,
        )
        return is_supervisors_word(word, body.signature, people)

    assert is_signed(body)
    other: list[dict[str, Any]] = [
        {"ticket_id": body.ticket_id + 1},
        {"purpose": "void"},
        {"amount_minor": body.amount_minor + 1},
        {"currency": "USD"},
        {"generation": 2},
        {"claim_id": "61" * 16},
    ]
    for change in other:
        assert not is_signed(msgspec.structs.replace(body, **change)), change
    assert key == badge_key("GKB1-VECTORS-OF-A-BADGE", SPEAKER.organization_id).public_key


@pytest.mark.parametrize(
    "change",
    [
        {"generation": 0x10000},
        {"generation": -1},
        {"amount_minor": -1},
        {"amount_minor": 10**12 + 1},
        {"mode": "asleep"},
        {"purpose": "x" * 65},
        {"new_generation": 0x10000},
        {"new_manual_code": -1},
        {"signature": bytes(129)},
    ],
    ids=str,
)
def test_a_body_out_of_bounds_is_no_body(change: dict[str, Any]) -> None:
    """What is out of its bounds has no effect for any reader."""
    entry = decode_entry(bytes.fromhex(VECTORS["entries"][1]["entry"]))
    bad = msgspec.structs.replace(HAND_OVER, **change)
    with pytest.raises(Malformed):
        decode_body(msgspec.structs.replace(entry, body=pack(bad)))


def test_a_purpose_of_a_later_version_is_kept() -> None:
    """A later version may add a purpose without being accused."""
    entry = decode_entry(bytes.fromhex(VECTORS["entries"][1]["entry"]))
    later = msgspec.structs.replace(REFUND, purpose="lend")
    assert decode_body(msgspec.structs.replace(entry, body=pack(later))) == later
