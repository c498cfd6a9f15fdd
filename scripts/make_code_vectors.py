"""Writes tests/vectors/codes_read.json: what stands for codes that were read, and proves it.

Imported codes and badges are known by their hashes, and an entry proves a code without telling it.
What lies sealed for a badge stands there as well, and names as they are looked up. The file
belongs to docs/specs/credential.md (section 9), manifest.md (sections 10 and 11) and journal.md
(sections 5 and 9), and is never edited by hand. Run this after adding a vector; a test proves that
the file is what this makes.

    python scripts/make_code_vectors.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from shared.credential.badges_and_pins import hash_badge
from shared.credential.credential_fields import Claims
from shared.credential.manual_code import format_manual_code
from shared.credential.signing import sign_credential
from shared.credential.uid_media import medium_code
from shared.journal.chain import hash_code
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.manifest.badge_signatures import badge_key
from shared.manifest.pin_seal import seal_pin
from shared.manifest.presenting import (
    foreign_digest,
    foreign_ticket_id,
    is_foreign_form,
    present_found,
    present_pointer,
)
from shared.manifest.sealed_names_for_search import (
    badge_public_key,
    badge_seed,
    rows_of,
    seal_key,
)
from shared.manifest.seen_codes import prove_foreign, prove_manual, prove_signed, seen_word

VECTORS_PATH: Final = Path("tests/vectors/codes_read.json")
ORGANIZATION: Final = OrganizationId("og_vectors00000")
EVENT: Final = EventId("ev_vectors00000")
DEVICE: Final = DeviceId("dv_vectors00000")
CLAIM: Final = ClaimId("dv_vectors00000.5f5f5f5f5f5f5f5f")
TICKET_KEY: Final = SigningKey(hashlib.sha256(b"gatekeeper/vectors/tickets").digest())
TEXTS: Final = (
    "4006381333931",
    "  padded with spaces ",
    "Caf\u00e9-17",
    "Cafe\u0301-17",
    "7K2M-9Q4T-H",
    "9" * 199,
    "x" * 512,
)
NO_CODES: Final = (
    "",
    "   ",
    "x" * 513,
    "tab\there",
    "line\n",
    "\u00a0no-break",
    "\u202eback",
    "\x00",
)
UID: Final = bytes.fromhex("04a1b2c3d4e5f6")
MANUAL_CODE: Final = 261007662234
CLAIMS: Final = Claims(
    key_id=1, ticket_id=TicketId(0x1122334455667788), ticket_type_code=7, generation=2
)
BADGES: Final = ("GKB1-G2CP2-CSC6F-KTZJJ", " gkb1-of-ones-own ", "gkb1-g2cp2-csc6f-ktzjj\r\n")
PERSON: Final = "sv_vectors00000"
NAMES_KEY: Final = hashlib.sha256(b"gatekeeper/vectors/names").digest()
PIN_HASH: Final = "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNo"
NAMES: Final = (
    "Zo\u00eb  M\u00fcller-Stra\u00dfe",
    "\u0141ukasz \u00d8ster \u00c6sop",
    "\u0645\u062d\u0645\u062f \u0639\u0644\u0649",
    "one two three four five",
    "\u1fb3",
)


class _Once:
    """Draws the key of a seal, which would be random."""

    def random_bytes(self, size: int) -> bytes:
        return hashlib.sha256(b"gatekeeper/vectors/once").digest()[:size]


def make_vectors() -> dict[str, Any]:
    """Return the whole file."""
    return {
        "organization_id": ORGANIZATION,
        "event_id": EVENT,
        "device_id": DEVICE,
        "claim_id": CLAIM,
        "imported": [_imported(text, text) for text in TEXTS],
        "tag": {"uid": UID.hex()}
        | _imported(medium_code(UID), present_pointer(UID, EVENT).hashed),
        "found": {
            "ticket_id": format_ticket_id(CLAIMS.ticket_id),
            "code_hash": hash_code(present_found(CLAIMS.ticket_id).hashed, EVENT).hex(),
        },
        "not_imported": [text for text in NO_CODES if not is_foreign_form(text)],
        "badges": [
            {
                "code": code,
                "badge_hash": hash_badge(code, ORGANIZATION),
                "sign_key": badge_key(code, ORGANIZATION).public_key.hex(),
            }
            for code in BADGES
        ],
        "seen": list(_seen()),
        "sealed": _sealed(),
        "names": [
            {"name": name, "keys": [row.key for row in rows_of(CLAIMS.ticket_id, name)]}
            for name in NAMES
        ],
    }


def _sealed() -> dict[str, Any]:
    """Say what a badge opens: a publication's key, and its PIN's hash."""
    seed = badge_seed(BADGES[0], ORGANIZATION)
    public = badge_public_key(seed)
    seal = seal_key(NAMES_KEY, PERSON, public, _Once())
    return {
        "badge": BADGES[0],
        "person": PERSON,
        "private_key": seed.hex(),
        "public_key": public.hex(),
        "publication_key": NAMES_KEY.hex(),
        "name_seal": {"public_key": seal.public_key.hex(), "box": seal.box.hex()},
        "pin_hash": PIN_HASH,
        "pin_box": seal_pin(PIN_HASH, PERSON, public).hex(),
    }


def _imported(text: str, hashed: str) -> dict[str, Any]:
    return {
        "text": text,
        "ticket_id": format_ticket_id(foreign_ticket_id(text, EVENT)),
        "code_hash": hash_code(hashed, EVENT).hex(),
        "seen": prove_foreign(_word(), foreign_digest(text, EVENT)).hex(),
    }


def _seen() -> list[dict[str, Any]]:
    credential = sign_credential(CLAIMS, TICKET_KEY)
    return [
        {
            "of": "a printed credential",
            "public_key": TICKET_KEY.public_key.hex(),
            "credential": credential.hex(),
            "seen": prove_signed(_word(), credential).hex(),
        },
        {
            "of": "a manual code",
            "manual_code": format_manual_code(MANUAL_CODE),
            "seen": prove_manual(_word(), MANUAL_CODE).hex(),
        },
    ]


def _word() -> bytes:
    return seen_word(EVENT, DEVICE, CLAIM)


if __name__ == "__main__":
    VECTORS_PATH.write_text(json.dumps(make_vectors(), indent=2) + "\n", encoding="utf-8")
