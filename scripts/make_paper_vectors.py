"""Writes tests/vectors/paper.json: journal entries of who was let in by a list on paper.

The file belongs to docs/specs/journal.md and is never edited by hand. Run this after adding a
vector; a test proves that the file is what this makes.

    python scripts/make_paper_vectors.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from shared.journal.chain import encode_body, seal_entry
from shared.journal.entry import ENTRY_VERSION, NO_HASH, Entry, EntryKind, ScanBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.manifest.badge_signatures import BadgeScope, badge_key, paper_word, sign_word

VECTORS_PATH: Final = Path("tests/vectors/paper.json")
DEVICE_KEY: Final = SigningKey(hashlib.sha256(b"gatekeeper/vectors/gate").digest())
BADGE: Final = "GKB1-VECTORS-OF-A-BADGE"
SPEAKER: Final = BadgeScope(
    OrganizationId("og_vectors00000"),
    EventId("ev_vectors00000"),
    DeviceId("dv_vectors00000"),
    "sv_vectors00000",
)
WALL: Final = Instant(1_783_184_400_000_000)
BETWEEN: Final = ScanBody(
    claim_id=ClaimId("5f" * 16),
    gate_id=GateId("gt_vectors00000"),
    zone_id=ZoneId("zn_vectors00000"),
    occurrence_id=OccurrenceId("oc_vectors00000"),
    direction="in",
    count=2,
    ticket_id=TicketId(0x1122334455667788),
    generation=None,
    key_id=None,
    code_hash=bytes(range(16)),
    verdict="admit",
    reason="ok",
    mode="offline",
    policy="home",
    person=SPEAKER.person,
    why="paper",
    happened_from=Instant(WALL - 90 * MINUTE),
    happened_until=Instant(WALL - 30 * MINUTE),
)
CASES: Final = {
    "between two times": BETWEEN,
    "until after it was keyed in": msgspec.structs.replace(
        BETWEEN, claim_id=ClaimId("60" * 16), happened_until=Instant(WALL + 30 * MINUTE)
    ),
    "times that are not in order": msgspec.structs.replace(
        BETWEEN, claim_id=ClaimId("61" * 16), happened_from=Instant(WALL - 10 * MINUTE)
    ),
    "one time is missing": msgspec.structs.replace(
        BETWEEN, claim_id=ClaimId("62" * 16), happened_until=None
    ),
}


def make_vectors() -> dict[str, Any]:
    """Return the file's content."""
    badge = badge_key(BADGE, SPEAKER.organization_id)
    cases = enumerate(CASES.items(), start=2)
    return {
        "device_public_key": DEVICE_KEY.public_key.hex(),
        "badge_public_key": badge.public_key.hex(),
        "organization_id": SPEAKER.organization_id,
        "entries": [_vector(name, number, body, badge) for number, (name, body) in cases],
    }


def word_of(body: ScanBody) -> Any:
    """Return what the badge signs of a passage."""
    assert body.ticket_id is not None
    return paper_word(
        SPEAKER,
        claim_id=body.claim_id,
        ticket_id=body.ticket_id,
        zone_id=body.zone_id,
        direction=body.direction,
        count=body.count,
        span=(body.happened_from, body.happened_until),
    )


def _vector(name: str, number: int, bare: ScanBody, badge: SigningKey) -> dict[str, Any]:
    body = msgspec.structs.replace(bare, signature=sign_word(badge, word_of(bare)))
    entry = Entry(
        v=ENTRY_VERSION,
        device_id=SPEAKER.device_id,
        boot=bytes(range(8)),
        dseq=number,
        seq=number,
        previous=NO_HASH,
        kind=EntryKind.SCAN,
        event_id=SPEAKER.event_id,
        wall=WALL,
        monotonic=Duration(2_000_000 * number),
        offset=Duration(350),
        offset_error=Duration(20_000),
        epoch=1,
        cursor=117,
        body=encode_body(body),
    )
    sealed = seal_entry(entry, DEVICE_KEY)
    at, at_error = body.paper_time(Instant(entry.corrected + 20_000))
    return {
        "name": name,
        "entry": sealed.entry.hex(),
        "signature": sealed.signature.hex(),
        "happened_from": body.happened_from,
        "happened_until": body.happened_until,
        "at": at,
        "at_error": at_error,
    }


if __name__ == "__main__":
    VECTORS_PATH.write_text(json.dumps(make_vectors(), indent=2) + "\n", encoding="utf-8")
