"""What stands for codes that were read: the published vectors are what we make and take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.make_code_vectors import (
    CLAIM,
    DEVICE,
    EVENT,
    NO_CODES,
    ORGANIZATION,
    TICKET_KEY,
    make_vectors,
)
from shared.credential.manual_code import parse_manual_code
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.header import NameSeal
from shared.manifest.pin_seal import open_pin
from shared.manifest.presenting import foreign_digest
from shared.manifest.sealed_names_for_search import badge_seed, open_key
from shared.manifest.seen_codes import is_foreign_known, is_manual_known, read_signed, seen_word
from tests.factories.house import make_keyring, make_ticket_key

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "codes_read.json").read_text("utf-8")
)
WORD = seen_word(EVENT, DEVICE, CLAIM)


def test_the_vectors_are_what_the_script_makes() -> None:
    """The file is never edited by hand."""
    assert make_vectors() == VECTORS
    assert VECTORS["not_imported"] == list(NO_CODES)


def test_codes_that_differ_in_unicode_form_alone_are_two() -> None:
    """Nothing is folded: the list and the reader say the same bytes, or another code."""
    composed, decomposed = (
        one["ticket_id"] for one in VECTORS["imported"] if one["text"].startswith("Caf")
    )
    assert composed != decomposed


def test_each_proof_is_taken_for_its_passage_alone() -> None:
    """As readers of entries take it; another device's claim it does not prove."""
    signed, manual = VECTORS["seen"]
    keyring = make_keyring(
        make_ticket_key(public_key=TICKET_KEY.public_key, event_id=EVENT, key_id=1)
    )
    imported = VECTORS["imported"][0]
    number = parse_manual_code(manual["manual_code"])
    digest = foreign_digest(imported["text"], EVENT)
    other = seen_word(EVENT, DEVICE, type(CLAIM)("another"))
    for word, is_taken in ((WORD, True), (other, False)):
        proof = bytes.fromhex(signed["seen"])
        assert (read_signed(proof, keyring, EVENT, word) is not None) is is_taken
        assert is_manual_known(bytes.fromhex(manual["seen"]), word, number) is is_taken
        assert is_foreign_known(bytes.fromhex(imported["seen"]), word, digest) is is_taken


def test_the_badge_opens_what_was_sealed_for_its_person() -> None:
    """The publication's key by its seal, the PIN's hash by its box; both by the named key."""
    sealed = VECTORS["sealed"]
    seed = badge_seed(sealed["badge"], ORGANIZATION)
    assert seed.hex() == sealed["private_key"]
    box = {name: bytes.fromhex(value) for name, value in sealed["name_seal"].items()}
    key = open_key([NameSeal(sealed["person"], **box)], sealed["person"], seed)
    assert key is not None
    assert key.hex() == sealed["publication_key"]
    pin_box = bytes.fromhex(sealed["pin_box"])
    one = SupervisorConfig(
        id=sealed["person"], name="", pin_hash="", badge_hash="", sign_key=b"", pin_box=pin_box
    )
    assert open_pin(one, seed) == sealed["pin_hash"]
