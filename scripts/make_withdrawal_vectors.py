"""Writes tests/vectors/withdrawals.json: journal entries that withdraw tickets, from fixed seeds.

The file belongs to docs/specs/journal.md and is never edited by hand. Run this after adding a
vector; a test proves that the file is what this makes.

    python scripts/make_withdrawal_vectors.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from shared.admission.purpose import Purpose
from shared.journal.chain import encode_body, seal_entry
from shared.journal.entry import ENTRY_VERSION, NO_HASH, Entry, EntryKind
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId, TicketId
from shared.kernel.instant import Duration, Instant
from shared.manifest.badge_signatures import BadgeScope, badge_key, sign_word, withdrawal_word

VECTORS_PATH: Final = Path("tests/vectors/withdrawals.json")
DEVICE_KEY: Final = SigningKey(hashlib.sha256(b"gatekeeper/vectors/till").digest())
BADGE: Final = "GKB1-VECTORS-OF-A-BADGE"
SPEAKER: Final = BadgeScope(
    OrganizationId("og_vectors00000"),
    EventId("ev_vectors00000"),
    DeviceId("dv_vectors00000"),
    "sv_vectors00000",
)
REFUND: Final = WithdrawalBody(
    claim_id=ClaimId("5f" * 16),
    ticket_id=TicketId(0x1122334455667788),
    generation=1,
    purpose=Purpose.REFUND,
    mode="offline",
    reason="changed_mind",
    sale_id="a1" * 16,
    currency="EUR",
    amount_minor=2_450,
    tender="cash",
    cashier="ca_vectors00000",
    authorized_by=SPEAKER.person,
)
HAND_OVER: Final = WithdrawalBody(
    claim_id=ClaimId("60" * 16),
    ticket_id=TicketId(0x1122334455667788),
    generation=1,
    purpose=Purpose.HAND_OVER,
    mode="online",
    new_generation=2,
    new_key_id=7,
    new_manual_code=123_456_789_012,
    cashier="ca_vectors00000",
    grant_code=bytes(range(16)),
)


def make_vectors() -> dict[str, Any]:
    """Return the file's content."""
    word = withdrawal_word(
        SPEAKER,
        claim_id=REFUND.claim_id,
        ticket_id=REFUND.ticket_id,
        purpose=REFUND.purpose,
        generation=REFUND.generation,
        amount_minor=REFUND.amount_minor,
        currency=REFUND.currency,
    )
    badge = badge_key(BADGE, SPEAKER.organization_id)
    signed = msgspec.structs.replace(REFUND, signature=sign_word(badge, word))
    return {
        "device_public_key": DEVICE_KEY.public_key.hex(),
        "badge_public_key": badge.public_key.hex(),
        "organization_id": SPEAKER.organization_id,
        "entries": [
            _vector("a refund that a supervisor has signed, cut off", 2, signed),
            _vector("a hand-over that the ledger has granted", 3, HAND_OVER),
        ],
    }


def _vector(name: str, number: int, body: WithdrawalBody) -> dict[str, Any]:
    entry = Entry(
        v=ENTRY_VERSION,
        device_id=SPEAKER.device_id,
        boot=bytes(range(8)),
        dseq=number,
        seq=number,
        previous=NO_HASH,
        kind=EntryKind.WITHDRAWAL,
        event_id=SPEAKER.event_id,
        wall=Instant(1_783_184_400_000_000),
        monotonic=Duration(2_000_000 * number),
        offset=Duration(350),
        offset_error=Duration(20_000),
        epoch=1,
        cursor=117,
        body=encode_body(body),
    )
    sealed = seal_entry(entry, DEVICE_KEY)
    named = dict(zip(body.__struct_fields__, _values(body), strict=True))
    fields = msgspec.json.decode(msgspec.json.encode(named))
    return {
        "name": name,
        "entry": sealed.entry.hex(),
        "signature": sealed.signature.hex(),
        "body": fields,
    }


def _values(body: WithdrawalBody) -> list[object]:
    values = msgspec.structs.astuple(body)
    return [one.hex() if isinstance(one, bytes) else one for one in values]


def main() -> None:
    """Write the file."""
    VECTORS_PATH.write_text(json.dumps(make_vectors(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
